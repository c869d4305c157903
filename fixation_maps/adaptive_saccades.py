"""Saccades by thresholds that adapt to the noise around each of them, and their oscillations."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind

from .gaze_signal import Floats, Indices

FIXATION, SACCADE, PSO = int(EventKind.FIXATION), int(EventKind.SACCADE), int(EventKind.PSO)
#: Without noise every motion would be a saccade.
MIN_PEAK_DEG_S = 10.0
#: Standard deviation of normal noise in median absolute deviations.
NORMAL = 1.4826
Labels = NDArray[np.uint8]


def take_saccades(
    labels: Labels, speed: Floats, peaks: Indices, rows: Indices, factor: float, start: float
) -> None:
    """Label the saccade of each peak, with the thresholds of its neighbourhood.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
        FIXATION where the gaze is known; changed in place.
    speed : ndarray, shape (n,)
        Angular speed in degrees per second; NaN where it is not known.
    peaks : ndarray of int
        Places of the peaks, in the order in which they are taken.
    rows : ndarray of int, shape (4,)
        Samples of the neighbourhood, between saccades, of the shortest saccade and of the longest
        oscillation.
    factor, start : float
        See :func:`adaptive_thresholds`.
    """
    reach = int(rows[0]) // 2
    # numpy's sort takes several values at once, which that of compiled code does not.
    onsets = [
        adaptive_thresholds(np.sort(speed[max(0, place - reach) : place + reach]), factor, start)[1]
        for place in peaks.tolist()
    ]
    _label_peaks(labels, speed, peaks, np.array(onsets, float), rows)


def take_smaller(labels: Labels, speed: Floats, rows: Indices, factor: float, start: float) -> None:
    """Label the smaller saccades between those found, by the thresholds of each interval.

    The parameters are those of :func:`take_saccades`.
    """
    starts, ends = _intervals(labels, 2 * rows[0])
    ordered = speed.copy()
    for first, end in zip(starts.tolist(), ends.tolist(), strict=True):
        ordered[first:end].sort()
    _label_smaller(labels, speed, ordered, starts, ends, rows, factor, start)


@njit(cache=True)
def adaptive_thresholds(ordered: Floats, factor: float, start: float) -> tuple[float, float]:
    """Thresholds of a saccade's peak and of its onset: median plus multiples of the noise.

    They are those of the speeds below the peak's threshold, and are taken until they stay.

    Parameters
    ----------
    ordered : ndarray, shape (n,)
        Speeds in rising order, NaN behind them.
    factor : float
        Standard deviations of the threshold of onset; that of the peak has twice as many.
    start : float
        The first threshold of the peak.
    """
    peak = start
    median, deviation = 0.0, 0.0
    for _ in range(50):
        slow = _count_below(ordered, peak)
        if slow == 0:
            break
        low, high = (slow - 1) // 2, slow // 2
        median = (ordered[low] + ordered[high]) / 2
        deviation = _nearest(ordered, slow, median, low) + _nearest(ordered, slow, median, high)
        deviation *= NORMAL / 2
        before, peak = peak, max(median + 2 * factor * deviation, MIN_PEAK_DEG_S)
        if abs(before - peak) < 1:
            break
    return peak, max(median + factor * deviation, MIN_PEAK_DEG_S / 2)


@njit(cache=True)
def _count_below(ordered: Floats, limit: float) -> int:
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def _nearest(ordered: Floats, count: int, value: float, rank: int) -> float:
    """Distance to a value of the one of this rank in nearness, among the first so many."""
    # The nearest ones are neighbours: what is sought is where they begin.
    low, high = 0, count - rank - 1
    while low < high:
        middle = (low + high) // 2
        if value - ordered[middle] > ordered[middle + rank + 1] - value:
            low = middle + 1
        else:
            high = middle
    return float(max(value - ordered[low], ordered[low + rank] - value))


@njit(cache=True)
def _label_peaks(
    labels: Labels, speed: Floats, peaks: Indices, onsets: Floats, rows: Indices
) -> None:
    for peak in range(len(peaks)):
        if labels[peaks[peak]] == FIXATION:
            _take_saccade(labels, speed, peaks[peak], onsets[peak], rows)


@njit(cache=True)
def _take_saccade(labels: Labels, speed: Floats, place: int, onset: float, rows: Indices) -> int:
    """Label one saccade around a peak and the oscillation after it; return where it ends."""
    n = len(speed)
    first, end = place, place
    while first > 0 and labels[first - 1] == FIXATION:
        if speed[first] < onset:
            break
        first -= 1
    while end < n - 1 and labels[end + 1] == FIXATION:
        if speed[end] < onset:
            break
        end += 1
    if end - first < rows[2]:
        return end
    for i in range(max(0, first - rows[1]), min(n, end + rows[1])):
        if labels[i] == SACCADE:  # too soon after or before another one
            return end
    labels[first:end] = SACCADE
    last = -1
    for i in range(end, min(n, end + rows[3])):
        if labels[i] != FIXATION:
            break
        if speed[i] > onset:
            last = i
    if last < 0 or last == min(n, end + rows[3]) - 1:
        return end
    stop = last + 1
    while stop < n - 1 and labels[stop] == FIXATION and speed[stop + 1] < speed[stop]:
        stop += 1
    labels[end:stop] = PSO
    return stop


@njit(cache=True)
def _interval_end(labels: Labels, first: int, longest: int) -> int:
    end = first
    while end < len(labels) and labels[end] == FIXATION and end - first < longest:
        end += 1
    return end


@njit(cache=True)
def _intervals(labels: Labels, longest: int) -> tuple[Indices, Indices]:
    """Bounds of the intervals of fixation, the long ones cut."""
    bounds = [(0, 0) for _ in range(0)]
    first = 0
    while first < len(labels):
        end = _interval_end(labels, first, longest)
        if end > first:
            bounds.append((first, end))
        first = max(end, first + 1)
    starts, ends = np.empty(len(bounds), np.intp), np.empty(len(bounds), np.intp)
    for i in range(len(bounds)):
        starts[i], ends[i] = bounds[i]
    return starts, ends


@njit(cache=True)
def _label_smaller(
    labels: Labels,
    speed: Floats,
    ordered: Floats,
    starts: Indices,
    ends: Indices,
    rows: Indices,
    factor: float,
    start: float,
) -> None:
    first, interval = 0, 0
    while first < len(speed):
        end = _interval_end(labels, first, 2 * rows[0])
        if end == first:
            first += 1
            continue
        while interval < len(starts) - 1 and starts[interval] < first:
            interval += 1
        # A saccade that reached beyond its interval has moved the next ones.
        known = starts[interval] == first and ends[interval] == end
        line = ordered[first:end] if known else np.sort(speed[first:end])
        peak, onset = adaptive_thresholds(line, factor, start)
        i = first
        while i < end:
            if labels[i] == FIXATION and speed[i] > peak:
                place = i
                while i < end and speed[i] > peak:
                    if speed[i] > speed[place]:
                        place = i
                    i += 1
                i = max(i, _take_saccade(labels, speed, place, onset, rows))
            else:
                i += 1
        first = end
