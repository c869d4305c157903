"""One line of gaze directions from samples, cut where gaze is lost.

Lost gaze is never filled in. A loss as long as a blink takes the samples beside it with it,
because a closing lid moves the measured pupil before it hides it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import Eye, GazeSamples, Screen, eyes_in, gaze_of

from .median import median_of_known

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
        Unit vectors from the eye, each coordinate in a line of its own; NaN where lost.
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
    # Large arrays are numpy's, which asks for large pages; compiled code does not.
    lines, directions = np.empty((3, len(samples))), np.empty((3, len(samples)))
    _copy_lines(lines, samples["time_s"], x_px, y_px)
    time_s, x_px, y_px = lines
    _directions(directions, x_px, y_px, *_geometry(screen))
    # Of millions of steps, every so many tell the median as well.
    some = slice(None, None, 1 + len(time_s) // 65536)
    steps = time_s[1:][some] - time_s[:-1][some]
    interval_s = float(np.median(steps)) if len(steps) else np.nan
    blinks_s, losses_s = _blinks(time_s, x_px, y_px, interval_s, blink_s, blink_margin_s)
    stretch = np.empty(len(samples), np.intp)
    _number_stretches(stretch, time_s, x_px, y_px, blinks_s, LONGEST_STEP * interval_s)
    return GazeSignal(
        time_s=time_s,
        x_px=x_px,
        y_px=y_px,
        directions=directions.T,
        stretch=stretch,
        interval_s=interval_s,
        eye=eye,
        blinks_s=blinks_s,
        losses_s=losses_s,
    )


def runs_of(mask: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Unbroken runs of True: their first indices, and the indices after their last.

    Examples
    --------
    >>> [bounds.tolist() for bounds in runs_of(np.array([True, False, True, True]))]
    [[0, 2], [1, 4]]
    """
    edges = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    if len(mask) and mask[0]:
        edges = np.concatenate([[0], edges])
    if len(mask) and mask[-1]:
        edges = np.concatenate([edges, [len(mask)]])
    return edges[::2], edges[1::2]


def _mean_of_eyes(samples: GazeSamples) -> tuple[Floats, Floats]:
    lines = np.empty((2, len(samples)))
    for axis, line in zip(("x_px", "y_px"), lines, strict=True):
        left, right = samples[f"left_{axis}"], samples[f"right_{axis}"]
        _apart(line, left, right)
        half = median_of_known(line) / 2
        _join_eyes(line, left, right, 0.0 if np.isnan(half) else half)
    return lines[0], lines[1]


@njit(cache=True, nogil=True)
def _apart(line: Floats, left: Floats, right: Floats) -> None:
    """From the left place to the right one; NaN where one of them is lost."""
    for i in range(len(line)):
        apart = right[i] - left[i]
        line[i] = apart if np.isfinite(apart) else np.nan


@njit(cache=True, nogil=True)
def _join_eyes(line: Floats, left: Floats, right: Floats, half: float) -> None:
    """Mean of the eyes where both are there, else the one that is, moved by half their distance."""
    for i in range(len(line)):
        if np.isnan(line[i]):
            line[i] = right[i] - half if np.isnan(left[i]) else left[i] + half
        else:
            line[i] = (left[i] + right[i]) / 2


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
def _number_stretches(
    stretch: Indices,
    time_s: Floats,
    x_px: Floats,
    y_px: Floats,
    blinks_s: Floats,
    longest_step_s: float,
) -> None:
    """Number of the unbroken stretch of each sample; -1 where lost or within a blink's bounds."""
    number, blink, before_s = -1, 0, -np.inf
    for i in range(len(time_s)):
        now_s = time_s[i]
        while blink < len(blinks_s) and now_s >= blinks_s[blink, 1] - SLACK_S:
            blink += 1
        inside = blink < len(blinks_s) and now_s >= blinks_s[blink, 0] + SLACK_S
        if inside or np.isnan(x_px[i]) or np.isnan(y_px[i]):
            stretch[i], before_s = -1, -np.inf
            continue
        if not 0 < now_s - before_s < longest_step_s:
            number += 1
        stretch[i], before_s = number, now_s


def _geometry(screen: Screen) -> tuple[float, float, float, float]:
    """Centre in pixels, and sizes of a pixel as shares of the distance."""
    return (
        screen.width_px / 2,
        screen.height_px / 2,
        screen.width_cm / screen.width_px / screen.distance_cm,
        screen.height_cm / screen.height_px / screen.distance_cm,
    )


@njit(cache=True, nogil=True)
def _copy_lines(lines: Floats, time_s: Floats, x_px: Floats, y_px: Floats) -> None:
    """Times and places in lines of their own: a field of a structured array is strided."""
    times, x, y = lines[0], lines[1], lines[2]
    for i in range(len(time_s)):
        times[i], x[i], y[i] = time_s[i], x_px[i], y_px[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _directions(
    directions: Floats,
    x_px: Floats,
    y_px: Floats,
    x_centre: float,
    y_centre: float,
    x_size: float,
    y_size: float,
) -> None:
    """Screen.directions, coordinate by coordinate."""
    rights, downs, forwards = directions[0], directions[1], directions[2]
    for i in range(len(x_px)):
        right, down = (x_px[i] - x_centre) * x_size, (y_px[i] - y_centre) * y_size
        forward = 1 / np.sqrt(1 + right * right + down * down)
        rights[i], downs[i], forwards[i] = right * forward, down * forward, forward
