"""Gaze smoothed by Savitzky and Golay's polynomials: speed and acceleration without phase shift."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numba import njit
from scipy import signal as scipy_signal

from .gaze_signal import Floats, GazeSignal, Indices

#: Samples that are near the processor at once.
PIECE = 1024


def stretches_of(signal: GazeSignal) -> Iterator[slice]:
    """Unbroken stretches of a line of gaze."""
    edges = np.flatnonzero(np.diff(signal.stretch, prepend=-1, append=-1))
    for first, end in pairwise(edges.tolist()):
        if signal.stretch[first] >= 0:
            yield slice(first, end)


def odd_samples(window_s: float, interval_s: float) -> int:
    """Odd number of samples, at least three, that a window spans."""
    return max(3, 2 * round((window_s / interval_s - 1) / 2) + 1)


def smooth_speed(signal: GazeSignal, window_s: float, *, order: int = 2) -> tuple[Floats, Floats]:
    """Angular speed and acceleration by polynomials fitted to the directions.

    The polynomials are fitted to the three coordinates of the unit vectors; the length of their
    derivative is the angular speed, whatever the place on the screen.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    window_s : float
        Length of the window.
    order : int
        Order of the polynomials.

    Returns
    -------
    speed_deg_s, acceleration_deg_s2 : ndarray, shape (n,)
        NaN where gaze is lost or a stretch is shorter than the window.

    Notes
    -----
    Savitzky, A., & Golay, M. J. E. (1964). Smoothing and differentiation of data by simplified
    least squares procedures. Analytical Chemistry, 36(8), 1627-1639. doi:10.1021/ac60214a047
    """
    speed, acceleration = np.full((2, len(signal.time_s)), np.nan)
    if not signal.interval_s > 0:
        return speed, acceleration
    width = odd_samples(window_s, signal.interval_s)
    degree = min(order, width - 1)
    for part in stretches_of(signal):
        if part.stop - part.start < width:
            continue
        for derivative, into in ((1, speed), (2, acceleration)):
            squares = np.zeros(part.stop - part.start)
            for axis in range(3):
                squares += (
                    scipy_signal.savgol_filter(
                        signal.directions[part, axis],
                        width,
                        degree,
                        deriv=derivative,
                        delta=signal.interval_s,
                    )
                    ** 2
                )
            into[part] = np.degrees(np.sqrt(squares))
    return speed, acceleration


def step_speed(signal: GazeSignal, window_s: float, *, order: int = 2) -> Floats:
    """Angular speed from sample to sample, of directions smoothed by polynomials.

    It follows fast changes better than the derivative of the polynomials does, and is noisier.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    window_s : float
        Length of the window.
    order : int
        Order of the polynomials.

    Returns
    -------
    ndarray, shape (n,)
        Degrees per second; NaN where gaze is lost or a stretch is shorter than the window.
    """
    speed = np.full(len(signal.time_s), np.nan)
    if not signal.interval_s > 0:
        return speed
    width = odd_samples(window_s, signal.interval_s)
    degree = min(order, width - 1)
    # Row k estimates the value at place k of a window; near the ends of a stretch others than the
    # middle one are needed.
    rows = np.array(
        [scipy_signal.savgol_coeffs(width, degree, pos=k, use="dot") for k in range(width)]
    )
    scale = float(np.degrees(1 / signal.interval_s))
    _measure_steps(speed, signal.directions, signal.stretch, rows, scale)
    return speed


@njit(cache=True, nogil=True)
def _measure_steps(
    speed: Floats, directions: Floats, stretch: Indices, rows: Floats, scale: float
) -> None:
    """Distance of each smoothed direction from the one before; that of the first is the next."""
    n, width = len(speed), len(rows)
    smooth = np.empty((3, PIECE + 1))
    begin = 0
    while begin < n:
        stop = begin + 1
        while stop < n and stretch[stop] == stretch[begin]:
            stop += 1
        if stretch[begin] >= 0 and stop - begin >= width:
            for first in range(begin, stop, PIECE):
                # One more before, from which the first step begins.
                origin, end = max(begin, first - 1), min(stop, first + PIECE)
                for axis in range(3):
                    _smooth(smooth[axis], directions[:, axis], (begin, stop), origin, end, rows)
                _take_steps(speed[origin + 1 : end], smooth, scale)
            speed[begin] = speed[begin + 1]
        begin = stop


@njit(cache=True, nogil=True)
def _smooth(
    smooth: Floats, line: Floats, bounds: tuple[int, int], origin: int, end: int, rows: Floats
) -> None:
    """Smooth one coordinate from origin to end of a stretch."""
    begin, stop = bounds
    width, half = len(rows), len(rows) // 2
    inner = min(max(origin, begin + half), end)
    outer = max(min(end, stop - half), inner)
    into = smooth[inner - origin : outer - origin]
    into[:] = 0.0
    # Coefficient by coefficient: so the compiler takes several samples at once.
    for k in range(width):
        coefficient, part = rows[half, k], line[inner - half + k : outer - half + k]
        for i in range(len(into)):
            into[i] += coefficient * part[i]
    for i in range(origin, end):
        if inner <= i < outer:
            continue
        first = min(max(begin, i - half), stop - width)
        value = 0.0
        for k in range(width):
            value += rows[i - first, k] * line[first + k]
        smooth[i - origin] = value


@njit(cache=True, nogil=True)
def _take_steps(speed: Floats, smooth: Floats, scale: float) -> None:
    x, y, z = smooth[0], smooth[1], smooth[2]
    for i in range(len(speed)):
        square = (x[i + 1] - x[i]) ** 2 + (y[i + 1] - y[i]) ** 2 + (z[i + 1] - z[i]) ** 2
        speed[i] = scale * np.sqrt(square)
