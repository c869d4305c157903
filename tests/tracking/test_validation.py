from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import Screen, gaze_samples
from foveola.tracking import target_errors
from foveola.tracking.validation import loss, mean_gaze_px, rms_s2s_deg, std_deg

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
NAN = float("nan")


@given(st.floats(-14, 14), st.floats(-8, 8), st.floats(-3, 3), st.floats(-3, 3))
def test_accuracy_is_the_angle_to_the_target_anywhere(x_deg, y_deg, dx_deg, dy_deg):
    target_px = tuple(map(float, SCREEN.deg_to_px(x_deg, y_deg)))
    x_px, y_px = map(float, SCREEN.deg_to_px(x_deg + dx_deg, y_deg + dy_deg))
    samples = gaze_samples(np.arange(5) / 1000, left_x_px=x_px, left_y_px=y_px)
    (point,) = target_errors(samples, target_px, SCREEN)
    expected = float(SCREEN.angle_deg(x_px, y_px, *target_px))
    assert point.error_deg == pytest.approx(expected, abs=1e-6)
    assert (point.gaze_x_px, point.gaze_y_px) == pytest.approx((x_px, y_px), abs=1e-6)
    assert point.eye == "left"
    assert point.loss == 0
    assert point.std_deg == pytest.approx(0, abs=1e-9)
    assert point.rms_s2s_deg == pytest.approx(0, abs=1e-9)


def test_mean_is_of_directions_and_not_of_pixels():
    x_px, y_px = SCREEN.deg_to_px([0.0, 40.0], [0.0, 0.0])
    mean_x_px, mean_y_px = mean_gaze_px(x_px, y_px, SCREEN)
    assert SCREEN.px_to_deg(mean_x_px, mean_y_px)[0] == pytest.approx(20.0)
    assert mean_x_px < np.mean(x_px) - 50


def test_steps_and_spread_of_a_known_zigzag():
    x_px, y_px = SCREEN.deg_to_px([0.1, -0.1] * 50, [0.0] * 100)
    assert rms_s2s_deg(x_px, y_px, SCREEN) == pytest.approx(0.2)
    assert std_deg(x_px, y_px, SCREEN) == pytest.approx(0.1)


def test_steps_across_lost_gaze_do_not_count():
    x_px, y_px = SCREEN.deg_to_px([0.0, 0.1, NAN, 5.0, 5.1], [0.0] * 5)
    assert rms_s2s_deg(x_px, y_px, SCREEN) == pytest.approx(0.1)
    assert loss(x_px, y_px) == pytest.approx(0.2)


def test_each_eye_is_judged_for_itself():
    samples = gaze_samples(
        np.arange(4) / 1000,
        left_x_px=[960, 960, NAN, 960],
        left_y_px=540,
        right_x_px=1000,
        right_y_px=540,
    )
    left, right = target_errors(samples, (960, 540), SCREEN)
    assert (left.eye, left.error_deg, left.loss) == ("left", 0.0, 0.25)
    assert (right.eye, right.loss) == ("right", 0.0)
    assert right.error_deg == pytest.approx(1.0542, abs=1e-3)


@pytest.mark.parametrize("n", [0, 3])
def test_no_gaze_is_total_loss_and_no_warning(n):
    (point,) = target_errors(gaze_samples(np.arange(n) / 1000), (960, 540), SCREEN)
    assert (point.eye, point.loss) == ("both", 1.0)
    for value in (point.error_deg, point.gaze_x_px, point.rms_s2s_deg, point.std_deg):
        assert np.isnan(value)


def test_one_sample_has_no_steps():
    assert np.isnan(rms_s2s_deg([1.0], [1.0], SCREEN))
    assert std_deg([1.0], [1.0], SCREEN) == 0
    assert np.isnan(loss([], []))
