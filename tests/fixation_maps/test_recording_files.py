import pytest
from made_fixations import made_set
from made_recordings import recording_file

from foveola.data_schema import FoveolaError, write_fixation_set
from foveola.fixation_maps.recording_files import recording_files


def test_a_folder_gives_its_recordings_and_what_might_be_one(tmp_path):
    recording = recording_file(tmp_path, "r.h5")
    write_fixation_set(tmp_path / "f.h5", made_set())
    (tmp_path / "damaged.h5").write_bytes(b"\x89HDF")
    (tmp_path / "notes.txt").touch()
    assert recording_files([tmp_path]) == [tmp_path / "damaged.h5", recording]


def test_a_file_that_is_named_counts_whatever_it_is(tmp_path):
    assert recording_files([tmp_path / "none.h5"]) == [tmp_path / "none.h5"]


def test_a_folder_without_recordings_is_an_error(tmp_path):
    with pytest.raises(FoveolaError, match="holds no recording"):
        recording_files([tmp_path])
