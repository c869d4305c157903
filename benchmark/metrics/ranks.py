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
    # Halved, so that the range of huge values does not overflow.
    with np.errstate(over="ignore", divide="ignore"):
        scale = np.float64(CELLS) / (ranked[-1] / 2 - ranked[0] / 2)
    if not np.isfinite(scale):  # all positives (nearly) equal: a single cell holds them
        scale = np.float64(0)
    if weights is None:
        twice_lost = _twice_lost(ranked, below, negatives, scale)
    else:
        twice_lost = _twice_lost_weighted(ranked, below, negatives, weights, scale)
    pairs = 2 * len(positives) * total
    return float((pairs - twice_lost) / pairs)


@numba.njit(cache=True, nogil=True)
def _cell(value, low, scale):  # type: ignore[no-untyped-def]
    """Cell of a value; never falls as the value grows, which is all that exactness needs."""
    return min(int((value / 2 - low / 2) * scale), CELLS - 1)


@numba.njit(cache=True, nogil=True)
def _starts(ranked, scale):  # type: ignore[no-untyped-def]
    """How many distinct positives lie below each cell, shape (CELLS + 1,)."""
    starts = np.zeros(CELLS + 1, np.int64)
    for value in ranked:
        starts[_cell(value, ranked[0], scale) + 1] += 1
    for cell in range(CELLS):
        starts[cell + 1] += starts[cell]
    return starts


@numba.njit(cache=True, nogil=True)
def _losses(ranked, below, starts, scale, value):  # type: ignore[no-untyped-def]
    """Positives below a value plus positives not above it."""
    if value < ranked[0]:
        return 0
    if value > ranked[-1]:
        return 2 * below[-1]
    cell = _cell(value, ranked[0], scale)
    low, end = starts[cell], starts[cell + 1]
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
def _twice_lost(ranked, below, negatives, scale):  # type: ignore[no-untyped-def]
    starts = _starts(ranked, scale)
    lost = 0
    for value in negatives:
        lost += _losses(ranked, below, starts, scale, value)
    return lost


@numba.njit(cache=True, nogil=True)
def _twice_lost_weighted(ranked, below, negatives, weights, scale):  # type: ignore[no-untyped-def]
    starts = _starts(ranked, scale)
    lost = 0
    for i in range(len(negatives)):
        lost += weights[i] * _losses(ranked, below, starts, scale, negatives[i])
    return lost
