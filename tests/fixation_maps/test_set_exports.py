"""Sets written in the layouts of others, and read back from them."""

import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image
from scipy import io

from foveola.data_schema import FileFormatError, FoveolaError, image_stimulus
from foveola.fixation_maps.maps import write_maps
from foveola.fixation_maps.mit1003 import import_mit1003
from foveola.fixation_maps.mit1003_export import export_mit1003
from foveola.fixation_maps.salicon import import_salicon
from foveola.fixation_maps.salicon_export import export_salicon


@pytest.fixture
def fixations(tmp_path):
    """Fixations on three images that are there, the last without any."""
    made = made_set(sizes=((300, 400), (200, 500), (300, 400)))
    stimuli = []
    for i, stimulus in enumerate(made.stimuli):
        path = tmp_path / "photos" / stimulus.id
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((*stimulus.shape, 3), 50 * i, np.uint8)).save(path)
        stimuli.append(image_stimulus(path, relative_to=tmp_path))
    table = made.table[made.table["stimulus"] != 2].copy()
    table["onset_s"] = table["order"] * 0.3
    return dataclasses.replace(made, stimuli=tuple(stimuli), table=table, folder=tmp_path)


@pytest.fixture
def maps(fixations, tmp_path):
    write_maps(fixations, tmp_path / "maps.h5", "20px")
    return tmp_path / "maps.h5"


def places(fixations, index):
    rows = fixations.of(index)
    return np.column_stack([rows["x_px"], rows["y_px"]])


def test_a_set_in_the_layout_of_salicon_is_read_back(fixations, maps, tmp_path):
    assert export_salicon(fixations, tmp_path / "out", maps, split="val") == 3
    again = import_salicon(tmp_path / "out")
    assert [one.id for one in again.stimuli] == ["val/0.png", "val/1.png", "val/2.png"]
    assert again.stimuli[1].sha256 == fixations.stimuli[1].sha256
    np.testing.assert_allclose(places(again, 0), places(fixations, 0), atol=1e-9)
    np.testing.assert_allclose(places(again, 1), places(fixations, 1), atol=1e-9)
    written = sorted(path.name for path in (tmp_path / "out" / "maps" / "val").iterdir())
    assert written == ["0.png", "1.png"]
    assert np.asarray(Image.open(tmp_path / "out" / "maps" / "val" / "1.png")).max() == 255
    photo = tmp_path / "out" / "images" / "val" / "1.png"
    assert photo.read_bytes() == (tmp_path / "photos" / "1.png").read_bytes()
    gaze = io.loadmat(tmp_path / "out/fixations/val/0.mat", simplify_cells=True)["gaze"]
    assert gaze[0]["timestamp"].tolist() == pytest.approx(np.arange(6) * 300)
    assert "salicon" in (tmp_path / "out" / "foveola_provenance.json").read_text()


def test_salicon_has_its_own_splits(fixations, tmp_path):
    with pytest.raises(FoveolaError, match="no split 'all'"):
        export_salicon(fixations, tmp_path / "out", split="all")


def test_a_set_in_the_layout_of_mit1003_is_read_back(fixations, maps, tmp_path):
    far = fixations.table.copy()
    # Fixations far enough from one another that gaze between them is a saccade.
    far["x_px"] = np.where(far["order"] % 2 == 0, 30, 370) + far["observer"]
    placed = dataclasses.replace(fixations, table=far)
    assert export_mit1003(placed, tmp_path / "out", maps) == 3
    again = import_mit1003(tmp_path / "out")
    assert again.observers == placed.observers
    rows, expected = again.of(0), placed.of(0)
    assert len(rows) == len(expected)
    np.testing.assert_allclose(places(again, 0), places(placed, 0), atol=15)
    np.testing.assert_allclose(rows["onset_s"], expected["onset_s"], atol=0.06)
    names = sorted(path.name for path in (tmp_path / "out" / "ALLFIXATIONMAPS").iterdir())
    assert names == [
        "0_fixMap.jpg",
        "0_fixPts.jpg",
        "1_fixMap.jpg",
        "1_fixPts.jpg",
        "2_fixPts.jpg",
    ]
    assert "i0" in io.loadmat(tmp_path / "out" / "DATA" / "00" / "0.mat")


def test_fixations_without_times_follow_one_another(fixations, tmp_path):
    table = fixations.table.copy()
    table["onset_s"] = table["duration_s"] = np.nan
    export_mit1003(dataclasses.replace(fixations, table=table), tmp_path / "out")
    content = io.loadmat(tmp_path / "out" / "DATA" / "00" / "1.mat", simplify_cells=True)
    gaze = content["i1"]["DATA"]["eyeData"]
    assert len(gaze) == 6 * 60 + 5 * 6
    assert (gaze[:, 2] == 0).sum() == 6 * 60
    assert gaze[0, 0] == pytest.approx(fixations.of(1)["x_px"][0])


def test_what_the_layout_of_mit1003_has_no_place_for_is_refused(fixations, tmp_path):
    inside = fixations.stimuli[0].model_copy(update={"id": "a/b.png"})
    folders = dataclasses.replace(fixations, stimuli=(inside, *fixations.stimuli[1:]))
    climbing = dataclasses.replace(fixations, observers=("..", "a", "b", "c"))
    for refused in (folders, climbing):
        with pytest.raises(FoveolaError, match=r"one folder.*Export as salicon"):
            export_mit1003(refused, tmp_path / "out")
    table = fixations.table.copy()
    table["onset_s"] += 1e6
    with pytest.raises(FoveolaError, match="too long"):
        export_mit1003(dataclasses.replace(fixations, table=table), tmp_path / "out")


@pytest.mark.parametrize("export", [export_salicon, export_mit1003])
def test_maps_of_another_set_and_missing_images_are_named(fixations, maps, tmp_path, export):
    other = fixations.stimuli[0].model_copy(update={"id": "other.png"})
    renamed = dataclasses.replace(fixations, stimuli=(other, *fixations.stimuli[1:]))
    with pytest.raises(FileFormatError, match=r"maps\.h5: /stimuli: its stimuli are not those"):
        export(renamed, tmp_path / "out", maps)
    (tmp_path / "photos" / "1.png").unlink()
    with pytest.raises(FileFormatError, match=r"1\.png: this image can't be copied"):
        export(fixations, tmp_path / "out2")
