"""Compiled smoothing against scipy's filters."""

import numpy as np
import pytest
from made_gaze import SCREEN, broken_gaze
from scipy import ndimage
from scipy import signal as scipy_signal

from foveola.fixation_maps.adaptive_saccades import adaptive_thresholds
from foveola.fixation_maps.calm_peaks import fastest_peaks
from foveola.fixation_maps.gaze_signal import gaze_signal, runs_of
from foveola.fixation_maps.smooth_motion import odd_samples, step_speed, stretches_of


@pytest.mark.parametrize("seed", range(5))
def test_step_speed_is_that_of_savitzky_and_golays_filter(seed):
    signal = gaze_signal(broken_gaze(seed), SCREEN)
    width = odd_samples(0.019, signal.interval_s)
    expected = np.full(len(signal.time_s), np.nan)
    for part in stretches_of(signal):
        if part.stop - part.start >= width:
            smooth = scipy_signal.savgol_filter(signal.directions[part], width, 2, axis=0)
            steps = np.degrees(np.linalg.norm(np.diff(smooth, axis=0), axis=1))
            expected[part] = np.concatenate([steps[:1], steps]) / signal.interval_s
    assert np.isfinite(expected).any()
    np.testing.assert_allclose(step_speed(signal, 0.019), expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("width", [3, 51])
def test_peaks_are_those_of_a_running_median(seed, width):
    signal = gaze_signal(broken_gaze(seed), SCREEN)
    speed = step_speed(signal, 0.019)
    calm = speed.copy()
    for part in stretches_of(signal):
        if np.isfinite(speed[part.start]):
            calm[part] = ndimage.median_filter(speed[part], width, mode="nearest")
    threshold, _ = adaptive_thresholds(np.sort(calm), 5.0, 300.0)
    found = fastest_peaks(signal, speed, width, most=10_000, factor=5.0, start_deg_s=300.0)
    runs = [slice(*bounds) for bounds in zip(*runs_of(calm > threshold), strict=True)]
    assert len(runs) > 3
    runs.sort(key=lambda run: -calm[run].sum())
    assert found.tolist() == [run.start + np.argmax(calm[run]) for run in runs]
    some = fastest_peaks(signal, speed, width, most=3, factor=5.0, start_deg_s=300.0)
    assert some.tolist() == found[:3].tolist()
