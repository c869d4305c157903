import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from foveola.fixation_maps.density import (
    blurred_counts,
    density_map,
    fixation_counts,
    gaussian_rows,
)


@st.composite
def fixated_maps(draw):
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    n = draw(st.integers(1, 60))
    rows = draw(st.lists(st.integers(0, shape[0] - 1), min_size=n, max_size=n))
    columns = draw(st.lists(st.integers(0, shape[1] - 1), min_size=n, max_size=n))
    sigma_px = draw(st.floats(0.3, 60))
    return np.array(rows), np.array(columns), shape, sigma_px


@given(fixated_maps())
def test_the_product_of_thin_matrices_is_scipys_filter(made):
    rows, columns, shape, sigma_px = made
    expected = ndimage.gaussian_filter(fixation_counts(rows, columns, shape), sigma_px)
    blurred = blurred_counts(rows, columns, shape, sigma_px)
    np.testing.assert_allclose(blurred, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("sigma_px", [0.4, 3.0, 5.2, 30.0])
@pytest.mark.parametrize("count", [1, 50, 500])
def test_narrow_and_wide_kernels_and_crowds_are_scipys_filter(sigma_px, count):
    random = np.random.default_rng(count)
    rows, columns = random.integers(0, 90, count), random.integers(0, 120, count)
    rows[0], columns[0] = 0, 119
    expected = ndimage.gaussian_filter(fixation_counts(rows, columns, (90, 120)), sigma_px)
    blurred = blurred_counts(rows, columns, (90, 120), sigma_px)
    np.testing.assert_allclose(blurred, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("mode", ["constant", "nearest", "mirror", "wrap"])
def test_the_other_borders_are_scipys(mode):
    rows, columns = np.array([0, 4, 4]), np.array([0, 7, 7])
    counts = fixation_counts(rows, columns, (9, 8))
    expected = ndimage.gaussian_filter(counts, 2.5, mode=mode, truncate=3.0)
    blurred = blurred_counts(rows, columns, (9, 8), 2.5, mode=mode, truncate=3.0)
    np.testing.assert_allclose(blurred, expected, rtol=1e-12)


@given(fixated_maps())
def test_a_density_sums_to_one_and_nothing_is_lost_at_the_border(made):
    rows, columns, shape, sigma_px = made
    assert blurred_counts(rows, columns, shape, sigma_px).sum() == pytest.approx(len(rows))
    density = density_map(rows, columns, shape, sigma_px)
    assert density.sum() == pytest.approx(1, abs=1e-12)
    assert density.min() >= 0


def test_without_fixations_there_is_no_density():
    none = np.empty(0, int)
    assert np.isnan(density_map(none, none, (3, 4), 1.0)).all()
    assert not blurred_counts(none, none, (3, 4), 1.0).any()


def test_counts_keep_repeats_at_their_pixel():
    counts = fixation_counts(np.array([1, 1, 0]), np.array([2, 2, 0]), (2, 3))
    assert counts.tolist() == [[1, 0, 0], [0, 0, 2]]
    assert counts.dtype == float


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (0, -1), (2, 0), (0, 3)])
def test_a_pixel_off_the_map_is_an_error_and_never_wraps(row, column):
    for function in (fixation_counts, lambda *where: blurred_counts(*where, 1.0)):
        with pytest.raises(ValueError, match="off the map"):
            function(np.array([row]), np.array([column]), (2, 3))


@pytest.mark.parametrize("sigma_px", [0.0, -1.0, float("nan"), float("inf")])
def test_sigma_must_be_positive(sigma_px):
    with pytest.raises(ValueError, match="sigma_px"):
        blurred_counts(np.array([0]), np.array([0]), (2, 3), sigma_px)


@given(st.integers(1, 40), st.floats(0.3, 50))
def test_rows_are_the_gaussian_of_the_identity(size, sigma_px):
    expected = ndimage.gaussian_filter1d(np.eye(size), sigma_px, axis=0).T
    rows = gaussian_rows(size, np.arange(size), sigma_px)
    np.testing.assert_allclose(rows, expected, rtol=1e-12, atol=0)
