import json
from pathlib import Path

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image
from scipy import io

from foveola.data_schema import (
    FileFormatError,
    FoveolaError,
    Stimulus,
    image_stimulus,
    open_fixation_maps,
)
from foveola.fixation_maps import map_exports
from foveola.fixation_maps.maps import write_maps


@pytest.fixture
def maps(tmp_path) -> Path:
    """Maps of three images, the first with its photograph and in a folder; the last is empty."""
    fixations = made_set()
    (tmp_path / "photos").mkdir()
    photo = tmp_path / "photos" / "0.png"
    Image.fromarray(np.full((30, 40, 3), 120, np.uint8)).save(photo)
    first = image_stimulus(photo, stimulus_id="a/0.jpg", relative_to=tmp_path)
    table = fixations.table[fixations.table["stimulus"] != 2]
    moved = type(fixations)(
        fixations.info,
        (first, *fixations.stimuli[1:]),
        fixations.observers,
        table,
        fixations.provenance,
        tmp_path,
    )
    write_maps(moved, tmp_path / "maps.h5", "2px")
    return tmp_path / "maps.h5"


def densities(maps):
    with open_fixation_maps(maps) as opened:
        return opened.density(0), opened.density(1)


@pytest.mark.parametrize(("bits", "top"), [(8, 255), (16, 65535)])
def test_a_png_holds_the_density_up_to_its_scale(maps, tmp_path, bits, top):
    assert map_exports.export_png(maps, tmp_path / "out", bits=bits) == 2
    for name, density in zip(("a/0.png", "1.png"), densities(maps), strict=True):
        pixels = np.asarray(Image.open(tmp_path / "out" / name))
        assert pixels.max() == top
        assert pixels.shape == density.shape
        np.testing.assert_allclose(pixels / top, density / density.max(), atol=0.5 / top)
    assert not (tmp_path / "out" / "2.png").exists()
    source = json.loads((tmp_path / "out" / "foveola_provenance.json").read_text())
    assert source["inputs"][0]["name"] == "maps.h5"


def test_npy_and_mat_hold_the_density_itself(maps, tmp_path):
    assert map_exports.export_npy(maps, tmp_path / "out") == 2
    assert map_exports.export_mat(maps, tmp_path / "out") == 2
    for name, density in zip(("a/0", "1"), densities(maps), strict=True):
        assert np.array_equal(np.load(tmp_path / "out" / f"{name}.npy"), density)
        assert np.array_equal(io.loadmat(tmp_path / "out" / f"{name}.mat")["density"], density)


def test_an_overlay_needs_its_photograph(maps, tmp_path):
    with pytest.raises(FileFormatError, match=r"1\.png: the image is not there.*Import"):
        map_exports.export_overlays(maps, tmp_path / "out")
    picture = np.asarray(Image.open(tmp_path / "out" / "a" / "0.png"))
    assert picture.shape == (30, 40, 3)
    assert np.ptp(picture[..., 0]) > 0
    Image.new("RGB", (7, 8)).save(tmp_path / "photos" / "0.png")
    with pytest.raises(FileFormatError, match=r"7 x 8 pixels, its map 40 x 30.*Put back"):
        map_exports.export_overlays(maps, tmp_path / "out")
    (tmp_path / "photos" / "0.png").write_bytes(b"no picture")
    with pytest.raises(FileFormatError, match="can't be read"):
        map_exports.export_overlays(maps, tmp_path / "out")


def named(*names):
    return [Stimulus(id=name, width_px=1, height_px=1) for name in names]


def test_names_that_differ_by_their_ending_keep_it(tmp_path):
    paths = map_exports.output_paths(tmp_path, named("a.jpg", "A.png", "b/c.jpg"), ".npy")
    found = [path.relative_to(tmp_path).as_posix() for path in paths]
    assert found == ["a.jpg.npy", "A.png.npy", "b/c.npy"]
    with pytest.raises(FoveolaError, match="capital letters"):
        map_exports.output_paths(tmp_path, named("a.jpg", "A.jpg"), ".npy")


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "b/../../a.jpg", "b\\a.jpg", "c:a.jpg"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    with pytest.raises(FoveolaError, match="leads out of the folder"):
        map_exports.output_paths(tmp_path, named(name), ".png")
