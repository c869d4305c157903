"""Pursuit: what still moves between saccades when it is smoothed heavily."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import signal as scipy_signal

from foveola.data_schema import EventKind

from .adaptive_saccades import FIXATION, Labels
from .gaze_signal import Floats, GazeSignal, Indices, runs_of

PURSUIT = int(EventKind.PURSUIT)


def take_pursuit(
    labels: Labels, signal: GazeSignal, threshold_deg_s: float, lowpass_hz: float
) -> None:
    """Label as pursuit what is faster than a threshold behind a Butterworth filter.

    The filter is of second order and run forth and back over each run of fixation, mirrored evenly
    at its ends: so gaze has no slope there that what is left of a saccade would make.
    """
    corner = min(lowpass_hz * 2 * signal.interval_s, 0.99)
    b, a = scipy_signal.butter(2, corner)
    padding = max(2, round(1 / (lowpass_hz * signal.interval_s)))
    limit = np.radians(threshold_deg_s) * signal.interval_s
    starts, ends = runs_of(labels == FIXATION)
    _label_moving(labels, signal.directions, starts, ends, (*b, *a[1:]), padding, limit)


@njit(cache=True, error_model="numpy")
def _label_moving(
    labels: Labels,
    directions: Floats,
    starts: Indices,
    ends: Indices,
    filter_: tuple[float, float, float, float, float],
    padding: int,
    limit: float,
) -> None:
    """Label the samples of each run whose smoothed step is above a limit."""
    longest = 0
    for run in range(len(starts)):
        longest = max(longest, ends[run] - starts[run])
    line = np.empty((longest + 2 * padding, 3))
    for run in range(len(starts)):
        first, n = starts[run], ends[run] - starts[run]
        if n < 2:
            continue
        reach = min(n - 1, padding)
        _mirror(line, directions, first, n, reach)
        _filter_along(line, 0, n + 2 * reach, 1, filter_)
        _filter_along(line, n + 2 * reach - 1, -1, -1, filter_)
        for i in range(n):
            left, right = reach + max(0, i - 1), reach + min(n - 1, i + 1)
            square = 0.0
            for axis in range(3):
                square += ((line[right, axis] - line[left, axis]) / (right - left)) ** 2
            if np.sqrt(square) > limit:
                labels[first + i] = PURSUIT


@njit(cache=True)
def _mirror(line: Floats, directions: Floats, first: int, n: int, reach: int) -> None:
    """Copy a run, mirrored at its ends."""
    for axis in range(3):
        for i in range(n):
            line[reach + i, axis] = directions[first + i, axis]
        for i in range(reach):
            line[i, axis] = line[2 * reach - i, axis]
            line[n + reach + i, axis] = line[n + reach - 2 - i, axis]


@njit(cache=True)
def _filter_along(
    line: Floats,
    begin: int,
    stop: int,
    step: int,
    filter_: tuple[float, float, float, float, float],
) -> None:
    """Filter three coordinates side by side, in place: each waits for its own last result."""
    b0, b1, b2, a1, a2 = filter_
    # Begun in the state that a constant would have reached, so that nothing swings.
    x, y, z = line[begin, 0], line[begin, 1], line[begin, 2]
    x1, x2 = (1 - b0) * x, (b2 - a2) * x
    y1, y2 = (1 - b0) * y, (b2 - a2) * y
    z1, z2 = (1 - b0) * z, (b2 - a2) * z
    for i in range(begin, stop, step):
        x, y, z = line[i, 0], line[i, 1], line[i, 2]
        to_x, to_y, to_z = b0 * x + x1, b0 * y + y1, b0 * z + z1
        x1, x2 = b1 * x - a1 * to_x + x2, b2 * x - a2 * to_x
        y1, y2 = b1 * y - a1 * to_y + y2, b2 * y - a2 * to_y
        z1, z2 = b1 * z - a1 * to_z + z2, b2 * z - a2 * to_z
        line[i, 0], line[i, 1], line[i, 2] = to_x, to_y, to_z
