"""What the motion of gaze around a sample looks like, at many scales, for a classifier to weigh.

Everything is measured between mean directions in space, on an even grid of one unbroken stretch:
windows end where the stretch does, and nothing is filled in. Angles are chords, which differ from
arcs by less than 0.1 % up to 8 degrees.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .gaze_signal import Floats

#: Half widths of the windows, in samples.
SPEED_HALVES = np.array([1, 2, 4, 8, 16, 32, 64])
SPREAD_HALVES = np.array([5, 15, 50])
TURN_HALVES = np.array([4, 12, 40])
PEAK_REACHES = np.array([5, 10, 20, 40])
#: Number of figures for each sample.
FEATURES = len(SPEED_HALVES) + 2 * (len(SPREAD_HALVES) + len(TURN_HALVES) + len(PEAK_REACHES)) + 4
#: Speeds (deg/s) and angles (deg) far below these are taken as equal.
FLOOR_DEG_S, FLOOR_DEG = 1.0, 0.05
DEG = 180 / np.pi


def motion_features(directions: Floats, step_s: float) -> Floats:
    """Measure the motion of gaze around each sample of an unbroken stretch.

    Parameters
    ----------
    directions : ndarray, shape (n, 3)
        Unit vectors on an even grid.
    step_s : float
        Interval of the grid.

    Returns
    -------
    ndarray, shape (n, FEATURES)
        Logarithms of speeds and of spreads before and after; turns as cosines, of the way before
        against the way after and of the present motion against the way before; logarithms of the
        fastest motion before and after; nearness of the stretch's ends, 0 to 1.
    """
    table = np.empty((len(directions), FEATURES))
    offsets = directions - directions[:1]
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(offsets, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((offsets**2).sum(axis=1))])
    column = 0
    for half in SPEED_HALVES:
        table[:, column] = _log_speeds(sums, half, step_s)
        column += 1
    for half in SPREAD_HALVES:
        _log_spreads(sums, squares, half, table[:, column : column + 2])
        column += 2
    for half in TURN_HALVES:
        _turns(sums, half, table[:, column : column + 2])
        column += 2
    for reach in PEAK_REACHES:
        _fastest(table[:, 1], reach, table[:, column : column + 2])
        column += 2
    into = np.arange(len(directions)) * step_s
    for reach_s in (0.01, 0.05):
        table[:, column] = np.exp(-into / reach_s)
        table[:, column + 1] = np.exp(-into[::-1] / reach_s)
        column += 2
    return table


@njit(cache=True)
def _mean(sums: Floats, first: int, end: int, mean: Floats) -> None:
    for axis in range(3):
        mean[axis] = (sums[end, axis] - sums[first, axis]) / (end - first)


@njit(cache=True)
def _distance(one: Floats, other: Floats) -> float:
    square = 0.0
    for axis in range(3):
        square += (one[axis] - other[axis]) ** 2
    return float(np.sqrt(square) * DEG)


@njit(cache=True)
def _log_speeds(sums: Floats, half: int, step_s: float) -> Floats:
    """Speed from the mean of the samples before to that of the samples after."""
    n = len(sums) - 1
    speeds = np.zeros(n)
    before, after = np.empty(3), np.empty(3)
    for i in range(n):
        first, end = max(0, i - half), min(n, i + half + 1)
        before_end, after_first = max(first + 1, i), min(end - 1, i + 1)
        apart = (after_first + end - first - before_end) / 2
        if apart > 0:
            _mean(sums, first, before_end, before)
            _mean(sums, after_first, end, after)
            speeds[i] = _distance(before, after) / (apart * step_s)
    return np.log(speeds + FLOOR_DEG_S)


@njit(cache=True)
def _log_spreads(sums: Floats, squares: Floats, half: int, table: Floats) -> None:
    """Root mean square distance from the mean, of the samples before and of those after."""
    n = len(sums) - 1
    for i in range(n):
        for side in range(2):
            first = max(0, i - half) if side == 0 else i
            end = i + 1 if side == 0 else min(n, i + half + 1)
            mean_square = 0.0
            for axis in range(3):
                mean_square += ((sums[end, axis] - sums[first, axis]) / (end - first)) ** 2
            spread = max(0.0, (squares[end] - squares[first]) / (end - first) - mean_square)
            table[i, side] = np.log(np.sqrt(spread) * DEG + FLOOR_DEG)


@njit(cache=True)
def _turns(sums: Floats, half: int, table: Floats) -> None:
    """Cosines of the way before with the way after, and with the motion just now."""
    n = len(sums) - 1
    past, before, after, future = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for i in range(n):
        _mean(sums, max(0, i - half), max(0, i - half) + 1, past)
        _mean(sums, max(0, i - 1), i + 1, before)
        _mean(sums, i, min(n, i + 2), after)
        _mean(sums, min(n - 1, i + half), min(n - 1, i + half) + 1, future)
        came = _distance(past, before)
        left = _distance(after, future)
        moves = _distance(before, after)
        with_after, with_now = 0.0, 0.0
        for axis in range(3):
            way = (before[axis] - past[axis]) * DEG
            with_after += way * (future[axis] - after[axis]) * DEG
            with_now += way * (after[axis] - before[axis]) * DEG
        table[i, 0] = with_after / ((came + FLOOR_DEG) * (left + FLOOR_DEG))
        table[i, 1] = with_now / ((came + FLOOR_DEG) * (moves + FLOOR_DEG))


@njit(cache=True)
def _fastest(log_speed: Floats, reach: int, table: Floats) -> None:
    """Largest speed within reach before and after."""
    n = len(log_speed)
    for i in range(n):
        before, after = log_speed[i], log_speed[i]
        for j in range(max(0, i - reach), i):
            before = max(before, log_speed[j])
        for j in range(i + 1, min(n, i + reach + 1)):
            after = max(after, log_speed[j])
        table[i, 0], table[i, 1] = before, after


def drift_features(directions: Floats, step_s: float) -> Floats:
    """Measure a run of slow gaze as a whole: does it rest, or follow something?

    Parameters
    ----------
    directions : ndarray, shape (n, 3)
        Unit vectors on an even grid, from one saccade to the next.
    step_s : float
        Interval of the grid.

    Returns
    -------
    ndarray, shape (4,)
        Logarithms of the speed of the straight line fitted to the run, of its duration and of what
        the line leaves (root mean square angle); and the line's share of the whole extent, 0 to 1.
    """
    time_s = (np.arange(len(directions)) - (len(directions) - 1) / 2) * step_s
    offsets = directions - directions.mean(axis=0)
    spread = (time_s**2).sum()
    slope = time_s @ offsets / spread if spread > 0 else np.zeros(3)
    left = np.sqrt(((offsets - time_s[:, None] * slope) ** 2).sum(axis=1).mean()) * DEG
    speed_deg_s = float(np.linalg.norm(slope)) * DEG
    duration_s = len(directions) * step_s
    way = speed_deg_s * duration_s
    share = way / (way + np.sqrt(12) * left + 2 * FLOOR_DEG)
    logs = np.log([speed_deg_s + 0.5, duration_s + 0.02, left + 0.03])
    return np.append(logs, share)
