"""Thresholds of ordered speeds against those that medians of them all give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from foveola.fixation_maps.adaptive_saccades import MIN_PEAK_DEG_S, NORMAL, adaptive_thresholds

SPEEDS = st.floats(0, 1000) | st.sampled_from([0.0, 10.0, 300.0])


@given(arrays.arrays(float, st.integers(0, 60), elements=SPEEDS), st.integers(0, 3))
def test_thresholds_are_medians_of_slow_speeds(speeds, lost):
    peak, median, deviation = 300.0, 0.0, 0.0
    for _ in range(50):
        slow = speeds[speeds < peak]
        if not len(slow):
            break
        median = np.median(slow)
        deviation = NORMAL * np.median(np.abs(slow - median))
        before, peak = peak, max(median + 10 * deviation, MIN_PEAK_DEG_S)
        if abs(before - peak) < 1:
            break
    ordered = np.sort(np.concatenate([speeds, np.full(lost, np.nan)]))
    onset = max(median + 5 * deviation, MIN_PEAK_DEG_S / 2)
    assert adaptive_thresholds(ordered, 5.0, 300.0) == pytest.approx((peak, onset), rel=1e-9)
