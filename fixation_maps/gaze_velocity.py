"""Angular speed and velocity of a line of gaze, by exact geometry, never across a gap."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .gaze_signal import Floats, GazeSignal, Indices

Place = int | np.uint64
#: Up to this square of the sine, 5.7 degrees, the series of the arcsine is exact to the last digit.
SMALL_SQUARE = 0.01
ONE = np.uint64(1)
#: Samples whose sums are near the processor at once.
PIECE = 1024
#: Its coefficients, of the highest power first.
SERIES = tuple(math.comb(2 * k, k) / (4**k * (2 * k + 1)) for k in range(7, -1, -1))


def angular_velocity(signal: GazeSignal, window_s: float) -> Floats:
    """Velocity of gaze as (right, down) on the sphere around the eye, in degrees per second.

    At each sample, the angle from the mean direction of the samples before it to that of the
    samples after it, over the time between their means. With two samples on each side this is the
    estimate of Engbert & Kliegl (2003, equation 1); the window extends it to any sampling rate.
    It never reaches across a gap.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    window_s : float
        Length of the window; at least one sample on each side is taken.

    Returns
    -------
    ndarray, shape (n, 2)
        Its norm is the exact angular speed; NaN where gaze is lost or stands alone.
    """
    return np.asarray(_motion(signal, window_s, 2).T)


def angular_speed(signal: GazeSignal, window_s: float) -> Floats:
    """The norm of :func:`angular_velocity`, shape (n,), in less time."""
    return np.asarray(_motion(signal, window_s, 1)[0])


def _motion(signal: GazeSignal, window_s: float, rows: int) -> Floats:
    half = 1
    if np.isfinite(signal.interval_s) and signal.interval_s > 0:
        half = max(1, round(window_s / 2 / signal.interval_s))
    motions = np.empty((rows, len(signal.time_s)))
    _measure_all(motions, signal.time_s, signal.directions, signal.stretch, half)
    return motions


@njit(cache=True, nogil=True)
def _measure_all(
    motions: Floats, time_s: Floats, directions: Floats, stretch: Indices, half: int
) -> None:
    """Measure speed (one row), or velocity right and down (two rows), stretch by stretch."""
    n = len(time_s)
    sums, squares = np.zeros((4, PIECE + 2 * half + 2)), np.empty(PIECE + 2 * half + 2)
    begin = 0
    while begin < n:
        stop = begin + 1
        while stop < n and stretch[stop] == stretch[begin]:
            stop += 1
        if stretch[begin] < 0 or stop - begin < 2:
            motions[:, begin:stop] = np.nan
        else:
            pace = (time_s[stop - 1] - time_s[begin]) / (stop - begin - 1)
            for first in range(begin, stop, PIECE):
                end = min(stop, first + PIECE)
                origin = max(begin, first - half)
                _sum_up(sums, time_s, directions, origin, min(stop, end + half), pace)
                # Numbered from here on as the sums are.
                bounds = (begin - origin, stop - origin, first - origin, end - origin)
                _measure(motions, origin, sums, squares, bounds, half, pace)
        begin = stop


@njit(cache=True, nogil=True)
def _sum_up(
    sums: Floats, time_s: Floats, directions: Floats, first: int, end: int, pace: float
) -> None:
    """Running sums of directions, and of times less those of an even pace, which keeps digits."""
    for i in range(first, end):
        k = i - first
        for axis in range(3):
            sums[axis, k + 1] = sums[axis, k] + directions[i, axis]
        sums[3, k + 1] = sums[3, k] + (time_s[i] - time_s[first] - k * pace)


@njit(cache=True, nogil=True)
def _measure(
    motions: Floats,
    origin: int,
    sums: Floats,
    squares: Floats,
    bounds: tuple[int, int, int, int],
    half: int,
    pace: float,
) -> None:
    """Measure the samples of one piece of a stretch."""
    begin, stop, first, end = bounds
    # Away from the stretch's ends all windows are alike, and several are measured at once.
    inner = min(max(first, begin + half), end)
    outer = max(min(end, stop - half), inner)
    _measure_alike(motions, origin, sums, squares, inner, outer, half, pace)
    for i in range(first, end):
        if inner <= i < outer and squares[i] < SMALL_SQUARE:
            continue
        low, high = max(begin, i - half), min(stop, i + half + 1)
        before, after = max(low + 1, i), min(high - 1, i + 1)
        right, down, cosine, lag_s = _turn(sums, low, before, after, high, pace)
        square = right * right + down * down
        scale = np.degrees(_angle_per_sine(square, cosine)) / lag_s
        if len(motions) == 1:
            motions[0, origin + i] = scale * np.sqrt(square)
        else:
            motions[0, origin + i], motions[1, origin + i] = scale * right, scale * down


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_alike(
    motions: Floats,
    origin: int,
    sums: Floats,
    squares: Floats,
    inner: int,
    outer: int,
    half: int,
    pace: float,
) -> None:
    """Measure samples with whole windows by the series; note the squares of the sines."""
    # Two loops, because the compiler takes several samples at once only where nothing is asked
    # about each; unsigned, because neither may an index be negative.
    width, place = np.uint64(half), np.uint64(origin)
    if len(motions) == 1:
        speeds = motions[0]
        for i in range(np.uint64(inner), np.uint64(outer)):
            right, down, cosine, lag_s = _turn(sums, i - width, i, i + ONE, i + width + ONE, pace)
            square = right * right + down * down
            speeds[place + i] = np.degrees(_series(square)) / lag_s * np.sqrt(square)
            squares[i] = square if cosine > 0 else 1.0
    else:
        rights, downs = motions[0], motions[1]
        for i in range(np.uint64(inner), np.uint64(outer)):
            right, down, cosine, lag_s = _turn(sums, i - width, i, i + ONE, i + width + ONE, pace)
            square = right * right + down * down
            scale = np.degrees(_series(square)) / lag_s
            rights[place + i], downs[place + i] = scale * right, scale * down
            squares[i] = square if cosine > 0 else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(
    sums: Floats, first: Place, before_end: Place, after_first: Place, end: Place, pace: float
) -> tuple[float, float, float, float]:
    """Turn from the mean direction before to that after.

    Returns
    -------
    right, down
        Sines, in the tangent plane at the earlier direction.
    cosine
        Of the angle.
    lag_s
        Time between the two means.
    """
    n_before, n_after = before_end - first, end - after_first
    b0 = sums[0, before_end] - sums[0, first]
    b1 = sums[1, before_end] - sums[1, first]
    b2 = sums[2, before_end] - sums[2, first]
    a0 = sums[0, end] - sums[0, after_first]
    a1 = sums[1, end] - sums[1, after_first]
    a2 = sums[2, end] - sums[2, after_first]
    lag_s = (sums[3, end] - sums[3, after_first]) / n_after
    lag_s -= (sums[3, before_end] - sums[3, first]) / n_before
    lag_s += pace * ((after_first + end - first - before_end) / 2)
    # None of the sums is made a unit vector: their lengths are taken off in the end.
    level, along = b0 * b0 + b2 * b2, a0 * b0 + a2 * b2
    flat = np.sqrt(level)
    per_after = 1 / np.sqrt(a0 * a0 + a1 * a1 + a2 * a2)
    per_both = per_after / np.sqrt(level + b1 * b1)
    right = (a0 * b2 - a2 * b0) * per_after / flat
    down = (a1 * level - b1 * along) * per_both / flat
    return right, down, (along + a1 * b1) * per_both, lag_s


@njit(cache=True, nogil=True)
def _series(square: float) -> float:
    """Angle over its sine, by the sine's square: arcsin's series."""
    value = SERIES[0]
    for power in range(1, len(SERIES)):
        value = value * square + SERIES[power]
    return float(value)


@njit(cache=True, nogil=True)
def _angle_per_sine(square: float, cosine: float) -> float:
    """Angle over its sine."""
    if square < SMALL_SQUARE and cosine > 0:
        return float(_series(square))
    sine = np.sqrt(square)
    return float(np.arctan2(sine, cosine) / sine) if sine > 0 else 0.0


def speed_of(velocity: Floats) -> Floats:
    """Norm of velocities, shape (n, 2)."""
    speeds = np.empty(len(velocity))
    _take_norms(speeds, *velocity.T)
    return speeds


@njit(cache=True, nogil=True)
def _take_norms(speeds: Floats, right: Floats, down: Floats) -> None:
    for i in range(len(speeds)):
        speeds[i] = np.sqrt(right[i] ** 2 + down[i] ** 2)
