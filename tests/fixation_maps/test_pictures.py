import numpy as np
import pytest
from matplotlib import colormaps

from foveola.fixation_maps.density import density_map
from foveola.fixation_maps.pictures import fixation_plot, heatmap_overlay

PHOTO = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


def test_colour_comes_in_where_the_density_is():
    density = density_map(np.array([20]), np.array([30]), (40, 60), 3.0)
    overlay = heatmap_overlay(PHOTO, density)
    assert (overlay.shape, overlay.dtype) == (PHOTO.shape, np.uint8)
    yellow = np.array(colormaps["viridis"](1.0)[:3]) * 255
    assert np.abs(overlay[20, 30] - yellow).max() < 45
    ground = heatmap_overlay(PHOTO, np.zeros((40, 60)))
    np.testing.assert_array_equal(overlay[0], ground[0])
    assert np.abs(ground.mean() - PHOTO.mean()) < 5


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_without_fixations_no_colour_is_laid_on(value):
    overlay = heatmap_overlay(PHOTO, np.full((40, 60), value))
    grey = PHOTO @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(overlay, (PHOTO + grey[..., None]) / 2, atol=0.51)


def test_the_scale_of_the_density_does_not_matter():
    density = np.random.default_rng(1).random((40, 60))
    np.testing.assert_array_equal(
        heatmap_overlay(PHOTO, density), heatmap_overlay(PHOTO, density * 1e-6)
    )


def test_photo_and_density_must_have_one_size():
    with pytest.raises(ValueError, match="photo of shape"):
        heatmap_overlay(PHOTO, np.zeros((41, 60)))


def test_a_disc_marks_each_fixation_and_grows_with_its_duration():
    photo = np.full((400, 600, 3), 100, np.uint8)
    places = np.array([100.0, 300, 500]), np.array([200.0, 200, 200])
    plot = fixation_plot(photo, *places, np.array([0.1, 0.9, np.nan]))
    yellow = (plot[..., 0] > 180) & (plot[..., 2] < 80)
    sizes = [np.count_nonzero(yellow[:, x - 50 : x + 50]) for x in (100, 300, 500)]
    assert 0 < sizes[0] < sizes[2] < sizes[1]
    np.testing.assert_array_equal(plot[:, 200:210], np.full((400, 10, 3), 75))


def test_no_fixations_leave_the_photo_dimmed():
    none = np.empty(0)
    np.testing.assert_array_equal(
        fixation_plot(PHOTO, none, none), np.round(PHOTO * 0.75).astype(np.uint8)
    )
