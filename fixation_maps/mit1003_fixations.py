"""Fixations in the raw gaze of MIT1003, as the data base's own code finds them.

The Matlab code that comes with the data (``checkFixations.m``, B. Hidalgo-Sotelo 2005-2006) was
read and is described here; nothing was copied, and no Matlab is needed. On 6,000 made trials the
fixations were those of a step-by-step transcription of it. Its rules, in samples of 1/240 s:

1. Steps between samples (px) are averaged over the last 4; the *acceleration* at a sample is the
   difference of two sums of 5 such means, one sample apart, over 4 / 240 s.
2. A saccade begins with 3 or more samples in a row above +204 px/s (6 deg/s at 34 px per degree).
3. It ends with the last sample of the first stretch below -204 px/s that begins within about 25
   samples of the rise's end. A rise without such a stretch is no saccade, unless it is the only
   one and lasts to the end of what can be computed: then the trial ends in it.
4. Two saccades that are 12 samples (50 ms) apart or less are one. What is left of 12 samples or
   less at the end of the trial belongs to the last saccade.
5. What lies between is a fixation; its place is the median of its samples.

Blinks are negative places in the raw gaze, so they end a fixation and can make one off the image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE_HZ = 240
ACCELERATION_PX_S = 34 * 6
WINDOW = 4
SHORTEST_RISE = 3
SEARCH = 25
SHORTEST_FIXATION = 12


class GazeFixations(NamedTuple):
    """Fixations of one trial: first and last sample (counted from 0), and the median place."""

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    x_px: Floats
    y_px: Floats


def mit1003_fixations(x_px: Floats, y_px: Floats) -> GazeFixations:
    """Find the fixations of a trial.

    Parameters
    ----------
    x_px, y_px : ndarray, shape (n,)
        Raw gaze at 240 Hz.

    Returns
    -------
    GazeFixations
        At least one where there are samples: a trial without saccades is one fixation.
    """
    count = len(x_px)
    if count == 0:
        nothing = np.empty(0, np.intp)
        return GazeFixations(nothing, nothing, np.empty(0), np.empty(0))
    saccades = _merged(_saccades(acceleration(x_px, y_px), count), count)
    first = np.array([0, *(end + 1 for _, end in saccades)], np.intp)
    last = np.array([*(start - 1 for start, _ in saccades), count - 1], np.intp)
    inside = first < count
    first, last = first[inside], last[inside]
    spans = [slice(a, b + 1) for a, b in zip(first, last, strict=True)]
    return GazeFixations(
        first,
        last,
        np.array([_median(x_px[span]) for span in spans]),
        np.array([_median(y_px[span]) for span in spans]),
    )


def acceleration(x_px: Floats, y_px: Floats) -> Floats:
    """Change of smoothed speed at each sample, px/s, shape (n,); zero where the window ends."""
    step = np.hypot(np.diff(x_px, prepend=x_px[0]), np.diff(y_px, prepend=y_px[0]))
    smooth = np.convolve(step, np.full(WINDOW, 1 / WINDOW))[: len(step)]
    change = np.zeros(len(step))
    if len(step) > WINDOW + 2:
        sums = np.convolve(smooth, np.ones(WINDOW + 1), "valid") * (RATE_HZ / WINDOW)
        change[1 : len(sums) - 1] = np.diff(sums)[1:]
    return change


def _saccades(change: Floats, count: int) -> list[tuple[int, int]]:
    """First and last sample of each saccade, before short fixations are closed."""
    rises = [run for run in _runs(change > ACCELERATION_PX_S) if run[1] - run[0] >= SHORTEST_RISE]
    moving = np.flatnonzero(change != 0)
    found = []
    for start, stop in rises:
        end = _end_of_braking(change < -ACCELERATION_PX_S, stop, count)
        if end < 0 and len(rises) == 1 and stop - 1 == moving[-1]:
            end = count - 1
        if end >= 0:
            found.append((start, end))
    return found


def _end_of_braking(braking: NDArray[np.bool_], after: int, count: int) -> int:
    """Last sample of the first stretch of braking from a sample on; -1 where there is none."""
    for place in range(after, min(after + SEARCH, count - 2)):
        if braking[place] and not braking[place + 1]:
            return place
    return -1


def _merged(saccades: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in saccades:
        if merged and start - merged[-1][1] <= SHORTEST_FIXATION:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    if merged and count - 1 - merged[-1][1] <= SHORTEST_FIXATION:
        merged[-1] = (merged[-1][0], count - 1)
    return merged


def _runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _median(values: Floats) -> float:
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else float("nan")
