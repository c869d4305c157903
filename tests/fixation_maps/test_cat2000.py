import sys

import numpy as np
import pytest
from made_layouts import save_image, save_mat

from foveola.data_schema import FileFormatError
from foveola.fixation_maps.cat2000 import import_cat2000, import_cat2000_test


def trial(name, *places):
    return {"name": name, "data": np.array(places, float)}


def save_map(path, trials):
    matio = pytest.importorskip("matio")
    columns = {}
    for image, ones in trials.items():
        columns[image] = np.empty((len(ones), 1), object)
        for i, one in enumerate(ones):
            columns[image][i, 0] = one
    content = {"allData": matio.utils.MatlabContainerMap(columns)}
    matio.save_to_mat(str(path), content, version="v7")


@pytest.fixture
def folder(tmp_path):
    for name in ("Action/001.jpg", "Action/002.jpg", "Art/001.jpg"):
        save_image(tmp_path / "trainSet" / "Stimuli" / name)
        fixated = np.zeros((30, 40), np.uint8)
        fixated[3, 7] = fixated[20, 30] = 1
        save_mat(
            tmp_path / "trainSet" / "FIXATIONLOCS" / name.replace("jpg", "mat"), fixLocs=fixated
        )
    save_image(tmp_path / "trainSet" / "Stimuli" / "Action" / "Output" / "001_SaliencyMap.jpg")
    return tmp_path


def test_the_map_object_gives_observers_and_order(folder):
    trials = {
        "Action/001.jpg": [
            trial("1-1-ab.eye", (1, 1), (8, 4), (8, 4), (41, 4)),
            trial("1-1-cd.eye", (np.nan, 2), (5, 6)),
        ],
        "Art/001.jpg": [trial("9-1-cd.eye", (2, 3))],
        "Art/999.jpg": [trial("9-1-cd.eye", (2, 3))],
    }
    save_map(folder / "trainSet" / "allFixData.mat", trials)
    fixations = import_cat2000(folder)
    assert [one.id for one in fixations.stimuli] == [
        "Action/001.jpg",
        "Action/002.jpg",
        "Art/001.jpg",
    ]
    assert fixations.observers == ("ab", "cd")
    first = fixations.of(0)
    # Counted from 0, the repeated one left out, those off the image dropped.
    assert first["x_px"].tolist() == [0, 7, 4]
    assert first["y_px"].tolist() == [0, 3, 5]
    assert first["observer"].tolist() == [0, 0, 1]
    assert len(fixations.of(1)) == 0
    assert fixations.info.off_stimulus == 2
    assert "note" not in fixations.provenance.parameters


def test_without_a_reader_of_map_objects_the_binary_maps_are_read_and_said(folder, monkeypatch):
    (folder / "trainSet" / "allFixData.mat").write_bytes(b"whatever")
    monkeypatch.setitem(sys.modules, "matio", None)
    fixations = import_cat2000(folder)
    assert fixations.observers == ("all",)
    assert fixations.of(0)["x_px"].tolist() == [7.5, 30.5]
    assert fixations.of(0)["y_px"].tolist() == [3.5, 20.5]
    assert "all observers as one" in fixations.provenance.parameters["note"]


def test_damaged_files_are_named(folder):
    pytest.importorskip("matio")
    path = folder / "trainSet" / "allFixData.mat"
    path.write_bytes(b"no Map")
    with pytest.raises(FileFormatError, match=r"allFixData\.mat: allData: its Map.*take it away"):
        import_cat2000(folder)
    save_map(path, {"Action/001.jpg": [{"name": "1-1-ab.eye", "other": 1}]})
    with pytest.raises(FileFormatError, match=r"'Action/001.jpg'.*'name' or 'data' is missing"):
        import_cat2000(folder)
    path.unlink()
    save_mat(folder / "trainSet/FIXATIONLOCS/Art/001.mat", fixLocs=np.zeros((3, 4)))
    with pytest.raises(FileFormatError, match=r"001\.mat: fixLocs: its shape is \(3, 4\)"):
        import_cat2000(folder)


def test_the_test_half_is_stimuli_alone(tmp_path):
    save_image(tmp_path / "testSet" / "Stimuli" / "Pattern" / "134.jpg")
    fixations = import_cat2000_test(tmp_path)
    assert [one.id for one in fixations.stimuli] == ["Pattern/134.jpg"]
    assert len(fixations.table) == 0
