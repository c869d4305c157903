import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveola.fixation_maps.adaptive_density import adaptive_density_map, varied_gaussian_rows
from foveola.fixation_maps.density import density_map, gaussian_rows


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.floats(0.3, 40), st.integers(0, 2**32 - 1))
def test_with_one_sigma_the_rows_are_the_usual_ones(size, sigma_px, seed):
    places = np.random.default_rng(seed).integers(0, size, 7)
    found = varied_gaussian_rows(size, places, np.full(7, sigma_px))
    np.testing.assert_allclose(found, gaussian_rows(size, places, sigma_px), atol=1e-12)


def crowd_and_loner():
    random = np.random.default_rng(1)
    rows = np.append(np.clip(random.normal(20, 2, 60), 0, 79).astype(int), 60)
    columns = np.append(np.clip(random.normal(20, 2, 60), 0, 99).astype(int), 80)
    return rows, columns


def test_a_crowd_is_drawn_sharper_and_a_loner_wider():
    rows, columns = crowd_and_loner()
    usual = density_map(rows, columns, (80, 100), 4.0)
    adaptive = adaptive_density_map(rows, columns, (80, 100), 4.0)
    assert adaptive.sum() == pytest.approx(1)
    assert adaptive[20, 20] > 1.1 * usual[20, 20]
    assert adaptive[60, 80] < 0.5 * usual[60, 80]
    assert adaptive[60, 68] > usual[60, 68]


def test_without_sensitivity_it_is_the_usual_density():
    rows, columns = crowd_and_loner()
    found = adaptive_density_map(rows, columns, (80, 100), 4.0, sensitivity=0)
    np.testing.assert_allclose(found, density_map(rows, columns, (80, 100), 4.0), atol=1e-15)


def test_the_law_by_hand_for_two_places():
    # Three fixations here, one there: the pilot is three times as high, sigma sqrt(3) narrower.
    rows, columns = np.array([50, 50, 50, 50]), np.array([50, 50, 50, 150])
    density = adaptive_density_map(rows, columns, (101, 201), 5.0)
    mean = 3 ** (3 / 4)
    wide = 5.0 * (1 / mean) ** -0.5
    expected = density_map(rows[3:], columns[3:], (101, 201), wide)[50, 150] / 4
    assert density[50, 150] == pytest.approx(expected, rel=1e-6)


def test_nobody_has_no_density():
    nobody = np.empty(0, int)
    assert np.isnan(adaptive_density_map(nobody, nobody, (3, 4), 1.0)).all()


def test_a_sensitivity_is_from_0_to_1():
    with pytest.raises(ValueError, match="sensitivity must be from 0 to 1"):
        adaptive_density_map(np.array([0]), np.array([0]), (2, 2), 1.0, sensitivity=2)


def test_a_pixel_off_the_map_is_refused():
    with pytest.raises(ValueError, match="column is off the map"):
        adaptive_density_map(np.array([0]), np.array([-1]), (2, 2), 1.0)
