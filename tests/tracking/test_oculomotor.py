from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.tracking.oculomotor import (
    Drift,
    fixation_duration_s,
    peak_velocity_deg_s,
    saccade_duration_s,
    saccade_progress,
)


@pytest.mark.parametrize(("amplitude_deg", "duration_s"), [(0, 0.021), (10, 0.043), (20, 0.065)])
def test_duration_is_on_the_main_sequence(amplitude_deg, duration_s):
    assert saccade_duration_s(amplitude_deg) == pytest.approx(duration_s)


@given(st.floats(0.1, 60))
def test_a_saccade_goes_all_its_way_and_never_back(amplitude_deg):
    way = saccade_progress(np.linspace(-0.1, 1.1, 200), amplitude_deg)
    assert way[0] == 0
    assert way[-1] == 1
    assert np.all(np.diff(way) >= 0)


@given(st.floats(0.1, 60))
def test_peak_velocity_is_that_of_the_profile(amplitude_deg):
    duration_s = saccade_duration_s(amplitude_deg)
    phase = np.linspace(0, 1, 4001)
    way_deg = amplitude_deg * saccade_progress(phase, amplitude_deg)
    fastest = np.max(np.diff(way_deg)) / (duration_s / 4000)
    assert peak_velocity_deg_s(amplitude_deg, duration_s) == pytest.approx(fastest, rel=2e-3)


def test_peak_velocity_saturates():
    amplitudes_deg = np.array([1, 5, 10, 20, 40])
    peaks = [peak_velocity_deg_s(a, saccade_duration_s(a)) for a in amplitudes_deg]
    gains = np.diff(peaks) / np.diff(amplitudes_deg)
    assert np.all(np.diff(peaks) > 0)
    assert np.all(np.diff(gains) < 0)
    assert 350 < peaks[2] < 450
    assert peaks[-1] < 800


def test_large_saccades_peak_earlier():
    phase = np.linspace(0, 1, 1001)
    small, large = (np.argmax(np.diff(saccade_progress(phase, a))) for a in (1.0, 30.0))
    assert large < small


def test_fixations_have_the_mean_and_skew_of_their_distribution():
    random = np.random.default_rng(3)
    durations_s = [fixation_duration_s(random, 0.19, 0.05, 0.10, 0.06) for _ in range(5000)]
    assert np.min(durations_s) >= 0.06
    assert np.mean(durations_s) == pytest.approx(0.29, abs=0.005)
    assert np.mean(durations_s) > np.median(durations_s) + 0.015


def test_drift_diffuses_as_fast_as_asked():
    drift = Drift(np.random.default_rng(1), 0.011, 0.0)
    walk = drift.at(np.arange(0, 400, 0.1))
    square = np.mean(np.sum((walk[5:] - walk[:-5]) ** 2, axis=1))
    assert square == pytest.approx(4 * 0.011 * 0.5, rel=0.1)


@given(st.lists(st.floats(1e-4, 3.0), min_size=1, max_size=12), st.integers(0, 5))
def test_drift_does_not_depend_on_how_it_is_asked_for(steps_s, seed):
    times_s = 7.0 + np.cumsum(steps_s)
    whole = Drift(np.random.default_rng(seed), 0.01, 7.0).at(times_s)
    drift = Drift(np.random.default_rng(seed), 0.01, 7.0)
    parts = []
    for time_s in times_s:
        drift.forget(time_s)
        parts.append(drift.at(np.array([time_s]))[0])
    assert np.array_equal(np.array(parts), whole)


def test_drift_forgets_what_is_past():
    drift = Drift(np.random.default_rng(0), 0.01, 0.0)
    drift.at(np.array([100.0]))
    drift.forget(99.0)
    assert len(drift._walk_deg) < 4000
