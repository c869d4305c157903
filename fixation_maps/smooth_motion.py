"""Gaze smoothed by Savitzky and Golay's polynomials: speed and acceleration without phase shift."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numba import njit
from scipy import signal as scipy_signal

from .gaze_signal import Floats, GazeSignal


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
    for part in stretches_of(signal):
        if part.stop - part.start >= width:
            steps = _smooth_steps(signal.directions[part], rows)
            speed[part] = np.degrees(steps) / signal.interval_s
    return speed


@njit(cache=True)
def _smooth_steps(directions: Floats, rows: Floats) -> Floats:
    """Distance of each smoothed direction from the one before; that of the first is the next."""
    n, width = len(directions), len(rows)
    steps = np.zeros(n)
    before, here = np.zeros(3), np.zeros(3)
    for i in range(n):
        first = min(max(0, i - width // 2), n - width)
        for axis in range(3):
            here[axis] = 0.0
            for k in range(width):
                here[axis] += rows[i - first, k] * directions[first + k, axis]
        if i > 0:
            square = 0.0
            for axis in range(3):
                square += (here[axis] - before[axis]) ** 2
            steps[i] = np.sqrt(square)
        before[:] = here
    steps[0] = steps[1]
    return steps
