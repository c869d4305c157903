from pathlib import Path

import pytest
from made_recordings import recording_file

from foveola.command_line.main import main
from foveola.data_schema import faults_of, read_fixation_set


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def test_a_folder_of_recordings_becomes_a_fixation_set(tmp_path: Path, capsys) -> None:
    (tmp_path / "data").mkdir()
    recording_file(tmp_path / "data", "a.h5", seed=0, observer="a")
    recording_file(tmp_path / "data", "b.h5", seed=1, observer="b")
    out = tmp_path / "mine.h5"
    words = ["--detector", "engbert-kliegl", "--set", "merge_deg=0.6", "--drop-first"]
    assert run("fixations", tmp_path / "data", "-o", out, *words) == 0
    assert "12 fixations of 2 observers on 1 stimulus, 0 off" in capsys.readouterr().out
    assert faults_of(out) == []
    fixations = read_fixation_set(out)
    assert fixations.info.name == "mine"
    assert fixations.provenance.parameters["detector"] == "engbert-kliegl"
    assert fixations.provenance.parameters["detector_parameters"]["merge_deg"] == 0.6
    assert fixations.provenance.parameters["drop_first"] is True


def test_bad_files_are_named_at_the_end_and_the_rest_is_written(tmp_path: Path, capsys) -> None:
    good = recording_file(tmp_path, "good.h5")
    (tmp_path / "bad.h5").write_bytes(b"nonsense")
    out = tmp_path / "out.h5"
    assert run("fixations", tmp_path / "bad.h5", good, "-o", out) == 1
    assert "Left out: " in capsys.readouterr().err
    assert len(read_fixation_set(out).table) == 7


def test_without_any_good_file_each_bad_one_is_named(tmp_path: Path, capsys) -> None:
    (tmp_path / "bad.h5").write_bytes(b"nonsense")
    assert run("fixations", tmp_path / "bad.h5", "-o", tmp_path / "out.h5") == 1
    error = capsys.readouterr().err
    assert "bad.h5: this is not an HDF5 file" in error.replace("\n", "")
    assert "No recording could be used" in error
    assert not (tmp_path / "out.h5").exists()


def test_a_misspelled_parameter_is_answered_with_those_known(tmp_path: Path, capsys) -> None:
    recording = recording_file(tmp_path, "a.h5")
    assert run("fixations", recording, "-o", tmp_path / "o.h5", "--set", "merge=1") == 1
    assert "merge_deg" in capsys.readouterr().err


def test_parts_stay_where_a_file_is_bad_and_go_when_all_is_done(tmp_path: Path, capsys) -> None:
    good = recording_file(tmp_path, "good.h5")
    (tmp_path / "bad.h5").write_bytes(b"nonsense")
    out = tmp_path / "out.h5"
    assert run("fixations", good, tmp_path / "bad.h5", "-o", out, "--detector", "motion") == 1
    assert len(list((tmp_path / "out.h5.parts").glob("good-*.npz"))) == 1
    assert run("fixations", good, "-o", out, "--detector", "motion") == 0
    assert not (tmp_path / "out.h5.parts").exists()
