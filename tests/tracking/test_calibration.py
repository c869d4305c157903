from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foveola.data_schema import Screen
from foveola.tracking import calibration_targets, fit_gaze_map, validation_targets

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
LAYOUTS = ["HV5", "HV9", "HV13"]


@pytest.mark.parametrize(("layout", "n"), [("HV5", 5), ("HV9", 9), ("HV13", 13)])
def test_a_layout_has_its_number_of_targets(layout, n):
    targets = calibration_targets(layout, SCREEN)
    assert len(set(targets)) == n
    assert targets[0] == (960, 540)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_targets_lie_on_the_screen_and_in_balance(layout):
    for targets in (calibration_targets(layout, SCREEN), validation_targets(layout, SCREEN)):
        x_px, y_px = np.array(targets).T
        assert 0 < x_px.min() < x_px.max() < 1920
        assert 0 < y_px.min() < y_px.max() < 1080
        assert np.mean(x_px) == pytest.approx(960)
        assert np.mean(y_px) == pytest.approx(540)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_validation_is_on_fresh_places(layout):
    fresh = np.array(validation_targets(layout, SCREEN))
    old = np.array(calibration_targets("HV13", SCREEN))
    apart_deg = SCREEN.angle_deg(*fresh[:, np.newaxis].T, *old[np.newaxis].T)
    assert len(fresh) >= 4
    assert apart_deg.min() > 2


def second_order(raw, coefficients):
    x, y = raw.T / 10
    return np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], axis=-1) @ coefficients


@pytest.mark.parametrize("layout", ["HV9", "HV13"])
@given(coefficients=arrays(float, (6, 2), elements=st.floats(-2, 2)))
def test_a_second_order_distortion_is_undone(layout, coefficients):
    raw = np.stack(SCREEN.px_to_deg(*np.array(calibration_targets(layout, SCREEN)).T), axis=-1)
    places = raw + second_order(raw, coefficients)
    fitted = fit_gaze_map(raw, places)
    fresh = np.stack(SCREEN.px_to_deg(*np.array(validation_targets(layout, SCREEN)).T), axis=-1)
    np.testing.assert_allclose(fitted(fresh), fresh + second_order(fresh, coefficients), atol=1e-9)


@pytest.mark.parametrize(("n", "terms"), [(13, 6), (8, 6), (7, 5), (5, 5), (4, 3), (3, 3), (2, 3)])
def test_few_points_bear_few_terms(n, terms):
    raw = np.array(calibration_targets("HV13", SCREEN))[[0, 1, 3, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]]
    assert len(fit_gaze_map(raw[:n], raw[:n] * 1.1).exponents) == terms


def test_one_point_gives_an_offset():
    fitted = fit_gaze_map([[10.0, 20.0]], [[13.0, 18.0]])
    np.testing.assert_allclose(fitted([[0.0, 0.0], [10.0, 20.0]]), [[3.0, -2.0], [13.0, 18.0]])


def test_points_on_a_line_give_an_offset_and_not_a_wild_fit():
    raw = np.array([[x, 2 * x] for x in np.linspace(-5, 5, 9)])
    fitted = fit_gaze_map(raw, raw + np.array([1.0, -1.0]))
    np.testing.assert_allclose(fitted([[4.0, -4.0]]), [[5.0, -5.0]])


def test_points_without_gaze_are_left_out():
    raw = np.array(calibration_targets("HV9", SCREEN), float)
    places = raw * 1.05 + 3
    raw[4] = np.nan
    np.testing.assert_allclose(fit_gaze_map(raw, places)([[100.0, 50.0]]), [[108.0, 55.5]])


def test_no_gaze_at_all_is_refused():
    with pytest.raises(ValueError, match="no point has gaze"):
        fit_gaze_map([[np.nan, 1.0]], [[0.0, 0.0]])


def test_lost_gaze_stays_lost():
    fitted = fit_gaze_map([[0.0, 0.0]], [[1.0, 1.0]])
    assert np.isnan(fitted([[np.nan, np.nan]])).all()
