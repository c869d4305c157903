import numpy as np
import pytest
from made_fixations import made_set
from made_layouts import save_image, save_mat, save_text

from foveola.data_schema import FileFormatError, FoveolaError
from foveola.fixation_maps.datasets import DATASETS, import_dataset, without_first
from foveola.fixation_maps.published import Viewings


def test_an_unknown_name_is_answered_with_those_known():
    with pytest.raises(FoveolaError, match=r"'osi'.*osie"):
        import_dataset("osi", ".")


@pytest.mark.parametrize("name", DATASETS)
def test_an_empty_folder_is_an_error_that_says_what_is_missing(tmp_path, name):
    with pytest.raises(FileFormatError, match="there (is|are) no .*publishes it"):
        import_dataset(name, tmp_path)
    assert DATASETS[name].citation
    assert DATASETS[name].size or DATASETS[name].stimuli


def test_the_first_fixation_is_left_out_as_the_field_does_or_on_demand(tmp_path):
    save_image(tmp_path / "ALLSTIMULI" / "a.jpeg")
    gaze = np.full((60, 3), 10.0)
    save_mat(tmp_path / "DATA" / "ab" / "a.mat", a={"DATA": {"eyeData": gaze}})
    usual, kept = (import_dataset("mit1003", tmp_path, drop_first=drop) for drop in (None, False))
    assert (len(usual.table), usual.info.first_dropped) == (0, True)
    assert (len(kept.table), kept.info.first_dropped) == (1, False)


def test_the_first_fixation_is_known_by_its_order():
    fixations = made_set()
    shorter = without_first(fixations)
    assert len(shorter.table) == len(fixations.table) * 5 // 6
    assert shorter.table["order"].min() == 1


def test_where_observers_are_one_no_fixation_is_the_first():
    made = made_set()
    viewings = Viewings()
    viewings.add(0, "all", [1.0], [1.0])
    pooled = viewings.as_set(made.info, made.stimuli, made.folder, [], {})
    with pytest.raises(FoveolaError, match="does not tell which"):
        without_first(pooled)


def test_a_frame_rate_is_for_videos(tmp_path):
    with pytest.raises(FoveolaError, match="no frame rate"):
        import_dataset("osie", tmp_path, frame_rate_hz=25)
    save_text(tmp_path / "v01_ab.txt", "0 1 2 3 4", "50000 1 2 3 4")
    fixations = import_dataset("savam", tmp_path, frame_rate_hz=50)
    assert fixations.table["order"].tolist() == [0, 2]
