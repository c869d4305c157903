"""The model of Itti, Koch and Niebur on displays whose odd one out everybody sees."""

import numpy as np
import pytest
from skimage import data

from foveola.benchmark.itti_koch import (
    _averaged,
    _interpolated,
    gabor_filters,
    itti_koch,
    normalised,
    opponent_channels,
)


def display(odd, others, odd_colour=(128, 0, 0), colour=(128, 0, 0)):
    """Bars on a grid, one of which differs; the odd one's centre is at row 300, column 420."""
    image = np.zeros((480, 640, 3), np.uint8)
    for row in range(60, 480, 120):
        for column in range(60, 640, 120):
            is_odd = (row, column) == (300, 420)
            height, width = odd if is_odd else others
            image[row - height : row + height, column - width : column + width] = (
                odd_colour if is_odd else colour
            )
    return image


@pytest.mark.parametrize(
    "image",
    [
        display((24, 8), (24, 8), odd_colour=(0, 128, 0)),
        display((24, 8), (24, 8), odd_colour=(128, 128, 128), colour=(40, 40, 40)),
        display((8, 24), (24, 8), odd_colour=(128, 128, 128), colour=(128, 128, 128)),
    ],
    ids=["colour", "intensity", "orientation"],
)
def test_the_odd_one_out_pops_out(image):
    saliency = itti_koch(image)
    assert saliency.shape == image.shape[:2]
    assert saliency.dtype == np.float32
    row, column = np.unravel_index(saliency.argmax(), saliency.shape)
    assert abs(row - 300) <= 32
    assert abs(column - 420) <= 32


def test_an_image_of_one_colour_has_no_saliency():
    assert not itti_koch(np.full((100, 130, 3), 77, np.uint8)).any()
    assert not itti_koch(np.zeros((100, 130, 3), np.uint8)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (17, 33), (333, 251)])
def test_images_of_any_size(shape):
    saliency = itti_koch(np.random.default_rng(1).integers(0, 255, (*shape, 3), np.uint8))
    assert saliency.shape == shape
    assert np.isfinite(saliency).all()
    assert (saliency >= 0).all()


def test_a_mirrored_photograph_has_the_mirrored_map():
    photograph = data.astronaut()
    straight, mirrored = itti_koch(photograph), itti_koch(photograph[:, ::-1])[:, ::-1]
    assert np.corrcoef(straight.ravel(), mirrored.ravel())[0, 1] > 0.95


def test_opponency_is_the_papers():
    image = np.array([[[200, 40, 20], [10, 20, 250], [128, 128, 128], [5, 0, 0]]], np.uint8)
    intensity, red_green, blue_yellow = opponent_channels(image)
    for pixel in range(4):
        r, g, b = image[0, pixel] / 255
        total = (r + g + b) / 3
        assert intensity[0, pixel] == pytest.approx(total, abs=1e-6)
        if total <= intensity.max() / 10:
            assert red_green[0, pixel] == blue_yellow[0, pixel] == 0
            continue
        r, g, b = r / total, g / total, b / total
        red, green = max(r - (g + b) / 2, 0), max(g - (r + b) / 2, 0)
        blue, yellow = max(b - (r + g) / 2, 0), max((r + g) / 2 - abs(r - g) / 2 - b, 0)
        assert red_green[0, pixel] == pytest.approx(red - green, abs=1e-5)
        assert blue_yellow[0, pixel] == pytest.approx(blue - yellow, abs=1e-5)


def test_normalisation_promotes_one_peak_and_suppresses_many():
    one, many = np.zeros((20, 30), np.float32), np.zeros((20, 30), np.float32)
    one[10, 10] = 5
    many[::5, ::5] = 5
    many[10, 10] = 6
    assert normalised(one).max() == 1
    assert normalised(many).max() == pytest.approx((1 - 5 / 6) ** 2, abs=1e-6)


def test_gabor_filters_ignore_constants_and_prefer_their_orientation():
    filters = gabor_filters()
    assert np.abs(filters.sum(axis=(2, 3))).max() < 1e-5
    columns = np.cos(2 * np.pi / 7 * np.arange(-4, 5))[None].repeat(9, 0)
    responses = np.hypot(*np.moveaxis((filters * columns).sum(axis=(2, 3)), 1, 0))
    assert responses.argmax() == 0


def test_averages_and_interpolation():
    values = np.arange(15, dtype=np.float32).reshape(3, 5)
    np.testing.assert_allclose(_averaged(values, 2), [[3, 5, 6.5], [10.5, 12.5, 14]])
    plane = np.add.outer(np.arange(4), 2 * np.arange(6)).astype(np.float32)
    finer = _interpolated(plane, 16, 24)
    rows, columns = (np.arange(16) + 0.5) / 4 - 0.5, (np.arange(24) + 0.5) / 4 - 0.5
    expected = np.add.outer(rows.clip(0, 3), 2 * columns.clip(0, 5))
    np.testing.assert_allclose(finer, expected, atol=1e-5)
