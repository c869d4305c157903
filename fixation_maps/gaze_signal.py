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
    time_s = samples["time_s"]
    steps = np.diff(time_s)
    interval_s = float(np.median(steps)) if len(steps) else float("nan")
    kept = np.isfinite(x_px + y_px)
    blinks_s, losses_s = _blinks(time_s, kept, interval_s, blink_s, blink_margin_s)
    kept &= ~_inside(time_s, blinks_s)
    unbroken = kept[1:] & kept[:-1] & (steps > 0) & (steps < LONGEST_STEP * interval_s)
    begins = kept & ~np.concatenate([[False], unbroken])[: len(kept)]
    return GazeSignal(
        time_s=time_s,
        x_px=x_px,
        y_px=y_px,
        directions=screen.directions(x_px, y_px),
        stretch=np.where(kept, np.cumsum(begins) - 1, -1),
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
    time_s: Floats, valid: NDArray[np.bool_], interval_s: float, blink_s: float, margin_s: float
) -> tuple[Floats, Floats]:
    """Last trusted time before and first after each loss as long as a blink; the losses' lengths.

    Margins that meet make one blink of two. Without any gaze there is one loss.
    """
    if len(time_s) < 2:
        return np.empty((0, 2)), np.empty(0)
    # The loss before the first and after the last valid sample is measured within the samples.
    first, last = time_s[0] - interval_s, time_s[-1] + interval_s
    begins = np.concatenate([[first], time_s[valid]])
    ends = np.concatenate([time_s[valid], [last]])
    lengths_s = ends - begins - interval_s
    long = lengths_s >= blink_s
    begins, ends, losses_s = begins[long], ends[long], lengths_s[long]
    blinks_s = np.stack([begins - margin_s, ends + margin_s], axis=1).clip(first, last)
    group = np.cumsum(blinks_s[1:, 0] > blinks_s[:-1, 1])
    starts = np.flatnonzero(np.diff(np.concatenate([[-1], [0] * bool(len(begins)), group])))
    if not len(starts):
        return np.empty((0, 2)), np.empty(0)
    stops = np.append(starts[1:], len(begins)) - 1
    joined_s = np.stack([blinks_s[starts, 0], blinks_s[stops, 1]], axis=1)
    return joined_s, np.add.reduceat(losses_s, starts)


def _inside(time_s: Floats, intervals_s: Floats) -> NDArray[np.bool_]:
    """Which samples lie within intervals, their bounds left out."""
    first = np.searchsorted(time_s, intervals_s[:, 0] + 1e-6, side="left")
    last = np.searchsorted(time_s, intervals_s[:, 1] - 1e-6, side="left")
    depth = np.zeros(len(time_s) + 1, np.int8)
    np.add.at(depth, first, 1)
    np.add.at(depth, last, -1)
    return np.cumsum(depth)[:-1] > 0


@njit(cache=True)
def _velocity(time_s: Floats, directions: Floats, stretch: Indices, half: int) -> Floats:
    # One loop that reads as one formula; split up, numba would copy small arrays per sample.
    n = len(time_s)
    velocity = np.full((n, 2), np.nan)
    before, after = np.zeros(3), np.zeros(3)
    for i in range(n):
        if stretch[i] < 0:
            continue
        first = i
        while first > 0 and i - first < half and stretch[first - 1] == stretch[i]:
            first -= 1
        last = i
        while last < n - 1 and last - i < half and stretch[last + 1] == stretch[i]:
            last += 1
        if first == last:
            continue
        time_before = _mean_direction(time_s, directions, first, max(first + 1, i), i, before)
        time_after = _mean_direction(time_s, directions, min(last, i + 1), last + 1, i, after)
        # The tangent plane at the earlier direction: right, and down.
        flat = np.hypot(before[0], before[2])
        right = (after[0] * before[2] - after[2] * before[0]) / flat
        down = after[1] * flat - before[1] * (after[0] * before[0] + after[2] * before[2]) / flat
        sine = np.hypot(right, down)
        if sine == 0:
            velocity[i] = 0
            continue
        cosine = after[0] * before[0] + after[1] * before[1] + after[2] * before[2]
        speed = np.degrees(np.arctan2(sine, cosine)) / (time_after - time_before)
        velocity[i, 0], velocity[i, 1] = speed * right / sine, speed * down / sine
    return velocity


@njit(cache=True)
def _mean_direction(
    time_s: Floats, directions: Floats, first: int, end: int, here: int, mean: Floats
) -> float:
    """Put the unit mean direction of samples first to end - 1 into mean; return their mean time."""
    mean[:] = 0
    time = 0.0
    for j in range(first, end):
        mean += directions[j]
        time += time_s[j] - time_s[here]
    mean /= np.sqrt(mean[0] ** 2 + mean[1] ** 2 + mean[2] ** 2)
    return time / (end - first)
