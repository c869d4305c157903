from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from foveola.data_schema import FileFormatError, FoveolaError, image_stimulus
from foveola.tracking import Scene, default_priority, image_priority
from foveola.tracking.priority import centre_density, unusual_colour


def noisy_grey(height=120, width=160, seed=0):
    return np.random.default_rng(seed).integers(110, 130, (height, width, 3), dtype=np.uint8)


def scene_of(path):
    return Scene(0.0, stimulus=image_stimulus(path), path=str(path))


@pytest.mark.parametrize("shape", [(120, 160), (160, 120), (1, 1), (3, 200)])
def test_map_is_a_density_of_the_shape_of_the_image(shape):
    density = image_priority(noisy_grey(*shape))
    assert density.shape == shape
    assert density.min() >= 0
    assert density.sum() == pytest.approx(1)


def test_an_odd_colour_attracts():
    rgb = noisy_grey()
    rgb[20:35, 110:125] = (220, 40, 40)
    density = image_priority(rgb)
    y, x = np.unravel_index(np.argmax(density), density.shape)
    assert 20 <= y < 35
    assert 110 <= x < 125
    assert density[20:35, 110:125].sum() > 5 * 15 * 15 / density.size


def test_the_middle_attracts_in_an_even_image():
    rgb = np.full((90, 160, 3), 200, np.uint8)
    np.testing.assert_array_equal(image_priority(rgb), centre_density(90, 160))


def test_unusual_colour_of_one_colour_is_nil():
    assert not unusual_colour(np.full((20, 30, 3), 7, np.uint8)).any()


def test_the_centre_is_wider_than_high():
    density = centre_density(101, 101)
    assert density.sum() == pytest.approx(1)
    assert density[50, 80] > density[80, 50]
    assert density[50, 50] == density.max()
    np.testing.assert_allclose(density, density[::-1, ::-1])


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_map_of_a_file_has_its_full_size(tmp_path, mode):
    path = tmp_path / "image.png"
    Image.fromarray(noisy_grey(300, 400)).convert(mode).save(path)
    density = default_priority(scene_of(path))
    assert density.shape == (300, 400)
    assert density.min() >= 0
    assert density.sum() == pytest.approx(1)


def test_map_follows_a_changed_file(tmp_path):
    path = tmp_path / "image.png"
    Image.fromarray(noisy_grey()).save(path)
    before = default_priority(scene_of(path))
    rgb = noisy_grey()
    rgb[:30, :30] = 0
    Image.fromarray(rgb).save(path)
    assert default_priority(scene_of(path))[:30, :30].sum() > 2 * before[:30, :30].sum()


def test_a_scene_without_an_image_is_refused_with_a_remedy():
    with pytest.raises(FoveolaError, match="no image to look at.*Give the scene"):
        default_priority(Scene(0.0, target_px=(1, 1)))


def test_a_missing_image_is_named(tmp_path):
    path = tmp_path / "image.png"
    Image.fromarray(noisy_grey()).save(path)
    scene = scene_of(path)
    path.unlink()
    with pytest.raises(FileFormatError, match=r"image\.png: there is no such image"):
        default_priority(scene)


def test_a_broken_image_is_named(tmp_path):
    path = tmp_path / "image.png"
    Image.fromarray(noisy_grey()).save(path)
    scene = scene_of(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(FileFormatError, match=r"image\.png: this image can't be read"):
        default_priority(scene)
