"""Gaze at an even pace, whatever the tracker's rate, and back to the samples."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .gaze_signal import Floats, GazeSignal, Indices

#: Rates this near to that of the grid are taken as they are: interpolation would only blur them.
SAME_RATE = 0.02


class EvenStretch(NamedTuple):
    """One unbroken stretch of gaze at an even pace.

    Attributes
    ----------
    samples : slice
        The samples it was made of.
    nearest : ndarray of int, shape (len of samples,)
        The point of the grid nearest to each of them.
    directions : ndarray, shape (g, 3)
        Directions at the points of the grid.
    """

    samples: slice
    nearest: Indices
    directions: Floats

    def to_samples(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Values at the points of the grid, as values of the samples."""
        return values[self.nearest]


def even_stretches(signal: GazeSignal, step_s: float) -> list[EvenStretch]:
    """Bring each unbroken stretch of a line of gaze to an even pace.

    Faster recordings are averaged over the step, slower ones interpolated between neighbours.
    Nothing reaches across a gap.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    step_s : float
        Interval of the grid.
    """
    edges = np.flatnonzero(np.diff(signal.stretch, prepend=-1, append=-1))
    bounds = [(first, end) for first, end in pairwise(edges) if signal.stretch[first] >= 0]
    return [_even(signal, slice(first, end), step_s) for first, end in bounds]


def _even(signal: GazeSignal, samples: slice, step_s: float) -> EvenStretch:
    time_s = signal.time_s[samples] - signal.time_s[samples.start]
    directions = signal.directions[samples]
    if abs(signal.interval_s / step_s - 1) < SAME_RATE or len(time_s) == 1:
        return EvenStretch(samples, np.arange(len(time_s)), directions)
    grid_s = np.arange(round(time_s[-1] / step_s) + 1) * step_s
    nearest = np.minimum(np.rint(time_s / step_s).astype(np.intp), len(grid_s) - 1)
    width = max(1, round(step_s / signal.interval_s))
    columns = [_mean_of(time_s, width), *(_mean_of(axis, width) for axis in directions.T)]
    placed = np.stack([np.interp(grid_s, columns[0], axis) for axis in columns[1:]], axis=1)
    placed /= np.linalg.norm(placed, axis=1, keepdims=True)
    return EvenStretch(samples, nearest, placed)


def _mean_of(values: Floats, width: int) -> Floats:
    """Running mean over so many values; the first ones over fewer at the edges."""
    if width == 1 or len(values) <= width:
        return values
    sums = np.concatenate([[0.0], np.cumsum(values - values[0])])
    inner = (sums[width:] - sums[:-width]) / width + values[0]
    return np.concatenate([values[:1], inner, values[-1:]])
