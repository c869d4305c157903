"""One line of gaze directions from samples, cut where gaze is lost, and its angular velocity.

Lost gaze is never filled in. A loss as long as a blink takes the samples beside it with it,
because a closing lid moves the measured pupil before it hides it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import Eye, GazeSamples, Screen, eyes_in, gaze_of

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Losses of this length are blinks, and this much beside them is left out (Kret & Sjak-Shie 2019,
#: doi:10.3758/s13428-018-1075-y: gaps over 75 ms are padded by 50 ms).
BLINK_S, BLINK_MARGIN_S = 0.075, 0.05
#: A step in time of so many sampling intervals breaks a stretch.
LONGEST_STEP = 3.0
#: A microsecond of slack: durations are differences of rounded times.
SLACK_S = 1e-6


@dataclass(frozen=True)
class GazeSignal:
    """One line of gaze.

    Attributes
    ----------
    time_s : ndarray, shape (n,)
        Times on the recorder's clock.
    x_px, y_px : ndarray, shape (n,)
        Places on the screen; NaN where lost.
    directions : ndarray, shape (n, 3)
        Unit vectors from the eye; NaN where lost.
    stretch : ndarray of int, shape (n,)
        Number of the unbroken stretch a sample belongs to; -1 where lost or left out.
    interval_s : float
        Median sampling interval; NaN where there are fewer than two samples.
    eye : Eye
        Where the line comes from.
    blinks_s : ndarray, shape (k, 2)
        Last time that is trusted before each loss as long as a blink, and first one after it.
    losses_s : ndarray, shape (k,)
        Lengths of these losses without the margins.
    """

    time_s: Floats
    x_px: Floats
    y_px: Floats
    directions: Floats
    stretch: Indices
    interval_s: float
    eye: Eye
    blinks_s: Floats
    losses_s: Floats


def gaze_signal(
    samples: GazeSamples,
    screen: Screen,
    *,
    blink_s: float = BLINK_S,
    blink_margin_s: float = BLINK_MARGIN_S,
    eye: Eye | None = None,
) -> GazeSignal:
    """Make one line of gaze of samples.

    Of two eyes the mean is taken. Where one is lost the other is moved by half their median
    distance, so that the line has no step.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time.
    screen : Screen
        For exact angles.
    blink_s : float
        A loss at least this long is a blink.
    blink_margin_s : float
        Samples this near to a blink are left out.
    eye : Eye, optional
        Take this eye alone; by default those that are there.
    """
    if eye is None:
        eyes = eyes_in(samples)
        eye = eyes[0] if len(eyes) == 1 else Eye.BOTH
    x_px, y_px = _mean_of_eyes(samples) if eye is Eye.BOTH else gaze_of(samples, eye)
    # A field of a structured array is strided: every pass over a copy of its own is faster.
    x_px, y_px = np.ascontiguousarray(x_px), np.ascontiguousarray(y_px)
    time_s = np.ascontiguousarray(samples["time_s"])
    steps = np.diff(time_s)
    # Of millions of steps, every so many tell the median as well.
    interval_s = float(np.median(steps[:: 1 + len(steps) // 65536])) if len(steps) else np.nan
    blinks_s, losses_s = _blinks(time_s, x_px, y_px, interval_s, blink_s, blink_margin_s)
    return GazeSignal(
        time_s=time_s,
        x_px=x_px,
        y_px=y_px,
        directions=_directions(x_px, y_px, *_geometry(screen)),
        stretch=_stretches(time_s, x_px, y_px, blinks_s, LONGEST_STEP * interval_s),
        interval_s=interval_s,
        eye=eye,
        blinks_s=blinks_s,
        losses_s=losses_s,
    )


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
    half = 1
    if np.isfinite(signal.interval_s) and signal.interval_s > 0:
        half = max(1, round(window_s / 2 / signal.interval_s))
    return np.asarray(_velocity(signal.time_s, signal.directions, signal.stretch, half))


def runs_of(mask: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Unbroken runs of True: their first indices, and the indices after their last.

    Examples
    --------
    >>> [bounds.tolist() for bounds in runs_of(np.array([True, False, True, True]))]
    [[0, 2], [1, 4]]
    """
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _mean_of_eyes(samples: GazeSamples) -> tuple[Floats, Floats]:
    sides = []
    for axis in ("x_px", "y_px"):
        left, right = samples[f"left_{axis}"], samples[f"right_{axis}"]
        apart = right - left
        known = apart[np.isfinite(apart)]
        half = float(np.median(known)) / 2 if len(known) else 0.0
        other = np.where(np.isnan(left), right - half, left + half)
        sides.append(np.where(np.isfinite(apart), (left + right) / 2, other))
    return sides[0], sides[1]


def _blinks(
    time_s: Floats, x_px: Floats, y_px: Floats, interval_s: float, blink_s: float, margin_s: float
) -> tuple[Floats, Floats]:
    """Last trusted time before and first after each loss as long as a blink; the losses' lengths.

    Margins that meet make one blink of two. Without any gaze there is one loss.
    """
    if len(time_s) < 2:
        return np.empty((0, 2)), np.empty(0)
    # The loss before the first and after the last valid sample is measured within the samples.
    first, last = time_s[0] - interval_s, time_s[-1] + interval_s
    begins, ends = _long_losses(time_s, x_px, y_px, first, last, blink_s + interval_s).T
    losses_s = ends - begins - interval_s
    blinks_s = np.stack([begins - margin_s, ends + margin_s], axis=1).clip(first, last)
    group = np.cumsum(blinks_s[1:, 0] > blinks_s[:-1, 1])
    starts = np.flatnonzero(np.diff(np.concatenate([[-1], [0] * bool(len(begins)), group])))
    if not len(starts):
        return np.empty((0, 2)), np.empty(0)
    stops = np.append(starts[1:], len(begins)) - 1
    joined_s = np.stack([blinks_s[starts, 0], blinks_s[stops, 1]], axis=1)
    return joined_s, np.add.reduceat(losses_s, starts)


@njit(cache=True)
def _long_losses(
    time_s: Floats, x_px: Floats, y_px: Floats, first_s: float, last_s: float, least_s: float
) -> Floats:
    """Valid times on the two sides of each loss that parts them by so much."""
    found = [(0.0, 0.0) for _ in range(0)]
    before = first_s
    for i in range(len(time_s)):
        if not (np.isnan(x_px[i]) or np.isnan(y_px[i])):
            if time_s[i] - before >= least_s:
                found.append((before, time_s[i]))
            before = time_s[i]
    if last_s - before >= least_s:
        found.append((before, last_s))
    table = np.empty((len(found), 2))
    for i in range(len(found)):
        table[i, 0], table[i, 1] = found[i]
    return table


@njit(cache=True)
def _stretches(
    time_s: Floats, x_px: Floats, y_px: Floats, blinks_s: Floats, longest_step_s: float
) -> Indices:
    """Number of the unbroken stretch of each sample; -1 where lost or within a blink's bounds."""
    stretch = np.full(len(time_s), -1)
    number, blink = -1, 0
    for i in range(len(time_s)):
        while blink < len(blinks_s) and time_s[i] >= blinks_s[blink, 1] - SLACK_S:
            blink += 1
        inside = blink < len(blinks_s) and time_s[i] >= blinks_s[blink, 0] + SLACK_S
        if inside or np.isnan(x_px[i]) or np.isnan(y_px[i]):
            continue
        step_s = time_s[i] - time_s[i - 1] if i > 0 else np.inf
        if i == 0 or stretch[i - 1] < 0 or not 0 < step_s < longest_step_s:
            number += 1
        stretch[i] = number
    return stretch


def _geometry(screen: Screen) -> tuple[float, float, float, float]:
    """Centre in pixels, and sizes of a pixel as shares of the distance."""
    return (
        screen.width_px / 2,
        screen.height_px / 2,
        screen.width_cm / screen.width_px / screen.distance_cm,
        screen.height_cm / screen.height_px / screen.distance_cm,
    )


@njit(cache=True)
def _directions(
    x_px: Floats, y_px: Floats, x_centre: float, y_centre: float, x_size: float, y_size: float
) -> Floats:
    """Screen.directions in one pass: on an hour of gaze it is most of what a threshold takes."""
    directions = np.empty((len(x_px), 3))
    for i in range(len(x_px)):
        right, down = (x_px[i] - x_centre) * x_size, (y_px[i] - y_centre) * y_size
        forward = 1 / np.sqrt(1 + right * right + down * down)
        directions[i, 0], directions[i, 1] = right * forward, down * forward
        directions[i, 2] = forward
    return directions


@njit(cache=True)
def _velocity(time_s: Floats, directions: Floats, stretch: Indices, half: int) -> Floats:
    # One loop that reads as one formula; split up, numba would copy small arrays per sample.
    n = len(time_s)
    velocity = np.full((n, 2), np.nan)
    if n == 0:
        return velocity
    sums = _sums(time_s, directions, stretch)
    pace = (time_s[n - 1] - time_s[0]) / max(1, n - 1)
    begin, stop = 0, 0
    for i in range(n):
        if stretch[i] < 0:
            continue
        if i >= stop or stretch[i] != stretch[begin]:
            begin, stop = i, i + 1
            while stop < n and stretch[stop] == stretch[i]:
                stop += 1
        first, end = max(begin, i - half), min(stop, i + half + 1)
        if end - first < 2:
            continue
        before_end, after_first = max(first + 1, i), min(end - 1, i + 1)
        n_before, n_after = before_end - first, end - after_first
        lag = (sums[end, 3] - sums[after_first, 3]) / n_after
        lag -= (sums[before_end, 3] - sums[first, 3]) / n_before
        lag += pace * (after_first + end - first - before_end) / 2
        b0, b1, b2 = _unit_sum(sums, first, before_end)
        a0, a1, a2 = _unit_sum(sums, after_first, end)
        # The tangent plane at the earlier direction: right, and down.
        flat = np.sqrt(b0 * b0 + b2 * b2)
        right = (a0 * b2 - a2 * b0) / flat
        down = a1 * flat - b1 * (a0 * b0 + a2 * b2) / flat
        square = right * right + down * down
        if square == 0:
            velocity[i] = 0
        else:
            scale = np.degrees(_angle_per_sine(square, a0 * b0 + a1 * b1 + a2 * b2)) / lag
            velocity[i, 0], velocity[i, 1] = scale * right, scale * down
    return velocity


@njit(cache=True)
def _angle_per_sine(square: float, cosine: float) -> float:
    """Angle over its sine, by the sine's square; for small angles by arcsin's series."""
    if square < 1e-4 and cosine > 0:  # the next term is below the last digit
        return 1 + square * (1 / 6 + square * (3 / 40 + square * 15 / 336))
    sine = np.sqrt(square)
    return float(np.arctan2(sine, cosine) / sine)


@njit(cache=True)
def _sums(time_s: Floats, directions: Floats, stretch: Indices) -> Floats:
    """Running sums of directions, and of times less those of an even pace, which keeps digits."""
    n = len(time_s)
    pace = (time_s[n - 1] - time_s[0]) / max(1, n - 1)
    sums = np.zeros((n + 1, 4))
    for i in range(n):
        known = stretch[i] >= 0
        for axis in range(3):
            sums[i + 1, axis] = sums[i, axis] + (directions[i, axis] if known else 0.0)
        sums[i + 1, 3] = sums[i, 3] + (time_s[i] - time_s[0] - i * pace)
    return sums


@njit(cache=True)
def _unit_sum(sums: Floats, first: int, end: int) -> tuple[float, float, float]:
    right = sums[end, 0] - sums[first, 0]
    down = sums[end, 1] - sums[first, 1]
    forward = sums[end, 2] - sums[first, 2]
    length = np.sqrt(right * right + down * down + forward * forward)
    return right / length, down / length, forward / length
