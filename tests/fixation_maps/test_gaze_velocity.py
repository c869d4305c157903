"""Compiled velocity against the mean directions themselves, one sample after the other."""

import numpy as np
import pytest
from made_gaze import SCREEN, broken_gaze

from foveola.fixation_maps.gaze_signal import GazeSignal, gaze_signal
from foveola.fixation_maps.gaze_velocity import angular_speed, angular_velocity, speed_of


def plain_speed(signal: GazeSignal, half: int, i: int) -> float:
    members = np.flatnonzero(signal.stretch == signal.stretch[i])
    first, end = max(members[0], i - half), min(members[-1] + 1, i + half + 1)
    if signal.stretch[i] < 0 or end - first < 2:
        return np.nan
    sides = slice(first, max(first + 1, i)), slice(min(end - 1, i + 1), end)
    before, after = (signal.directions[side].mean(axis=0) for side in sides)
    lag_s = np.subtract(*[signal.time_s[side].mean() for side in sides[::-1]])
    angle = np.arctan2(np.linalg.norm(np.cross(before, after)), before @ after)
    return float(np.degrees(angle) / lag_s)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("window_s", [0.002, 0.02, 0.4])
def test_speed_is_that_between_mean_directions(seed, window_s):
    signal = gaze_signal(broken_gaze(seed), SCREEN)
    half = max(1, round(window_s / 2 / signal.interval_s))
    places = np.random.default_rng(seed).integers(0, len(signal.time_s), 400)
    edges = np.flatnonzero(np.diff(signal.stretch))
    places = np.concatenate([places, edges, edges + 1])
    expected = [plain_speed(signal, half, i) for i in places]
    speed = angular_speed(signal, window_s)
    np.testing.assert_allclose(speed[places], expected, rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(speed_of(angular_velocity(signal, window_s)), speed, atol=1e-9)


def test_large_turns_are_exact():
    samples = broken_gaze(0)[:40]
    samples["left_x_px"] = np.where(np.arange(40) < 20, -4000.0, 6000.0)
    samples["left_y_px"] = 500.0
    signal = gaze_signal(samples, SCREEN)
    turned = SCREEN.angle_deg(-4000.0, 500.0, 6000.0, 500.0)
    assert turned > 90
    speed = angular_speed(signal, 2 * signal.interval_s)
    assert speed[19:21] == pytest.approx([turned / (2 * signal.interval_s)] * 2)
