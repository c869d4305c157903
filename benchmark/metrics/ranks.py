"""Count how often positives beat negatives, without sorting the negatives."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

CELLS = 4096


def rank_auc(
    positives: NDArray[np.float64],
    negatives: NDArray[np.float64],
    weights: NDArray[np.int64] | None = None,
) -> float:
    """Area under the ROC curve: how often a positive beats a negative, ties counted half.

    The wins are counted in whole numbers, so that the result is the definition's to the last bit
    and the order of pixels is of no matter. Only the positives are sorted. The range of their
    values is cut into 4096 cells; most negatives fall into a cell without positives, where their
    rank is known at once.

    Parameters
    ----------
    positives : ndarray, shape (p,)
        Values at fixations, repeats kept; all finite.
    negatives : ndarray, shape (n,)
        Values to be beaten; all finite.
    weights : ndarray of int64, shape (n,), optional
        How many times each negative counts.

    Returns
    -------
    float
        0 to 1; NaN where there are no positives or no negatives.
    """
    total = len(negatives) if weights is None else int(weights.sum())
    if len(positives) == 0 or total == 0:
        return float("nan")
    ranked, counts = np.unique(positives, return_counts=True)
    below = np.concatenate(([0], np.cumsum(counts)))
    with np.errstate(over="ignore", divide="ignore"):
        origin, scale = ranked[0], np.float64(CELLS) / (ranked[-1] - ranked[0])
    if not 0 < scale < np.inf:
        # The positives are (nearly) equal, or further apart than float64 reaches: one cell.
        origin, scale = np.float64(0), np.float64(0)
    if weights is None:
        twice_lost = _twice_lost(ranked, below, negatives, origin, scale)
    else:
        twice_lost = _twice_lost_weighted(ranked, below, negatives, weights, origin, scale)
    pairs = 2 * len(positives) * total
    return float((pairs - twice_lost) / pairs)


@numba.njit(cache=True, nogil=True, inline="always")
def _cell(value, origin, scale):  # type: ignore[no-untyped-def]
    """Cell of a value; never falls as the value grows, which is all that exactness needs.

    Cells 1 to CELLS cover the positives; 0 lies below and CELLS + 1 above.
    """
    return int(min(max((value - origin) * scale + 1, 0.0), CELLS + 1.0))


@numba.njit(cache=True, nogil=True)
def _table(ranked, below, origin, scale):  # type: ignore[no-untyped-def]
    """What a value in each cell loses: to positives below the cell, and to the one in it.

    Twice the positives below the cell; the value of the one distinct positive in it and how
    often it occurs (0 in a cell without positives, -1 in a cell with several); and how many
    distinct positives lie below.
    """
    starts = np.zeros(CELLS + 3, np.int64)
    for value in ranked:
        starts[_cell(value, origin, scale) + 1] += 1
    losses, times = np.empty(CELLS + 2, np.int64), np.zeros(CELLS + 2, np.int64)
    single = np.zeros(CELLS + 2)
    for cell in range(CELLS + 2):
        inside, start = starts[cell + 1], starts[cell]
        losses[cell] = 2 * below[start]
        if inside == 1:
            single[cell], times[cell] = ranked[start], below[start + 1] - below[start]
        elif inside > 1:
            times[cell] = -1
        starts[cell + 1] += start
    return losses, single, times, starts


@numba.njit(cache=True, nogil=True)
def _compared(ranked, below, low, end, value):  # type: ignore[no-untyped-def]
    """Positives below a value plus positives not above it, by bisection of ranked[low:end]."""
    high = end
    while low < high:
        middle = (low + high) // 2
        if ranked[middle] < value:
            low = middle + 1
        else:
            high = middle
    if low < end and ranked[low] == value:
        return below[low] + below[low + 1]
    return 2 * below[low]


@numba.njit(cache=True, nogil=True)
def _twice_lost(ranked, below, negatives, origin, scale):  # type: ignore[no-untyped-def]
    losses, single, times, starts = _table(ranked, below, origin, scale)
    lost = 0
    for value in negatives:
        cell = _cell(value, origin, scale)
        if times[cell] < 0:
            lost += _compared(ranked, below, starts[cell], starts[cell + 1], value)
        else:
            met = (value >= single[cell]) + (value > single[cell])
            lost += losses[cell] + times[cell] * met
    return lost


@numba.njit(cache=True, nogil=True)
def _twice_lost_weighted(ranked, below, negatives, weights, origin, scale):  # type: ignore[no-untyped-def]
    losses, single, times, starts = _table(ranked, below, origin, scale)
    lost = 0
    for i in range(len(negatives)):
        value = negatives[i]
        cell = _cell(value, origin, scale)
        if times[cell] < 0:
            loss = _compared(ranked, below, starts[cell], starts[cell + 1], value)
        else:
            met = (value >= single[cell]) + (value > single[cell])
            loss = losses[cell] + times[cell] * met
        lost += weights[i] * loss
    return lost
