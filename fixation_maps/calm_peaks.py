"""The fastest peaks of a recording, by a running median that spikes do not reach."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .adaptive_saccades import adaptive_thresholds
from .gaze_signal import Floats, GazeSignal, Indices, runs_of

#: Of hundreds of thousands of medians, about so many tell the threshold as well.
SOME = 65536
#: Windows that are sorted at once.
BATCH = 4096


def fastest_peaks(
    signal: GazeSignal,
    speed_deg_s: Floats,
    width: int,
    most: int,
    factor: float,
    start_deg_s: float,
) -> Indices:
    """Find the fastest peaks above the threshold of the whole recording.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    speed_deg_s : ndarray, shape (n,)
        Angular speed; NaN where it is not known, for the whole of a stretch.
    width : int
        Samples of the running median, an odd number. It stays within a stretch, whose first and
        last value stand for those beyond.
    most : int
        At most so many.
    factor, start_deg_s : float
        See :func:`adaptive_thresholds`.

    Returns
    -------
    ndarray of int
        Their places, the fastest first.
    """
    half = width // 2
    known = np.flatnonzero(np.isfinite(speed_deg_s))
    some = _medians(signal, speed_deg_s, known[:: 1 + len(known) // SOME], half)
    threshold, _ = adaptive_thresholds(np.sort(some), factor, start_deg_s)
    fast = np.zeros(len(speed_deg_s), bool)
    _mark_faster(fast, speed_deg_s, signal.stretch, half, threshold)
    starts, ends = runs_of(fast)
    if not len(starts):
        return starts
    totals, places = _peaks(speed_deg_s, signal.stretch, starts, ends, half)
    return places[np.argsort(-totals, kind="stable")[:most]]


def _medians(signal: GazeSignal, speed_deg_s: Floats, places: Indices, half: int) -> Floats:
    """Running median at some places."""
    found = [np.empty(0)]
    for first in range(0, len(places), BATCH):
        part = places[first : first + BATCH]
        windows = np.empty((len(part), 2 * half + 1))
        _copy_windows(windows, speed_deg_s, signal.stretch, part, half)
        windows.sort(axis=1)
        found.append(windows[:, half])
    return np.concatenate(found)


@njit(cache=True)
def _window(stretch: Indices, place: int, half: int) -> tuple[int, int]:
    """First and last sample of the window around a place that lie within its stretch."""
    first, last = place, place
    while first > max(0, place - half) and stretch[first - 1] == stretch[place]:
        first -= 1
    while last < min(len(stretch) - 1, place + half) and stretch[last + 1] == stretch[place]:
        last += 1
    return first, last


@njit(cache=True)
def _copy_windows(
    windows: Floats, speed: Floats, stretch: Indices, places: Indices, half: int
) -> None:
    for row in range(len(places)):
        first, last = _window(stretch, places[row], half)
        for column in range(2 * half + 1):
            near = places[row] - half + column
            windows[row, column] = speed[min(max(near, first), last)]


@njit(cache=True)
def _mark_faster(
    fast: NDArray[np.bool_], speed: Floats, stretch: Indices, half: int, threshold: float
) -> None:
    """Mark where the running median is above a threshold: where most of the window is."""
    begin, n = 0, len(speed)
    while begin < n:
        stop = begin + 1
        while stop < n and stretch[stop] == stretch[begin]:
            stop += 1
        if np.isfinite(speed[begin]):
            above = half * (speed[begin] > threshold)
            for i in range(begin, begin + half + 1):
                above += speed[min(i, stop - 1)] > threshold
            for i in range(begin, stop):
                fast[i] = above > half
                above += speed[min(i + half + 1, stop - 1)] > threshold
                above -= speed[max(i - half, begin)] > threshold
        begin = stop


@njit(cache=True)
def _peaks(
    speed: Floats, stretch: Indices, starts: Indices, ends: Indices, half: int
) -> tuple[Floats, Indices]:
    """Sum of the running median over each run, and where it is largest."""
    totals, places = np.zeros(len(starts)), np.empty(len(starts), np.intp)
    window = np.empty(2 * half + 1)
    for run in range(len(starts)):
        largest = -np.inf
        first, last = -1, -1
        for i in range(starts[run], ends[run]):
            if i == starts[run] or stretch[i] != stretch[i - 1]:
                first, last = _window(stretch, i, half)
                for column in range(2 * half + 1):
                    window[column] = speed[min(max(i - half + column, first), last)]
                window.sort()
            else:
                left = speed[max(i - 1 - half, first)]
                if last == i - 1 + half and last + 1 < len(speed):
                    last += stretch[last + 1] == stretch[i]
                _exchange(window, left, speed[min(i + half, last)])
            totals[run] += window[half]
            if window[half] > largest:
                largest, places[run] = window[half], i
    return totals, places


@njit(cache=True)
def _exchange(window: Floats, old: float, new: float) -> None:
    """Put one value in another one's place, and the window in order again."""
    at = np.searchsorted(window, old)
    while at + 1 < len(window) and window[at + 1] < new:
        window[at] = window[at + 1]
        at += 1
    while at > 0 and window[at - 1] > new:
        window[at] = window[at - 1]
        at -= 1
    window[at] = new
