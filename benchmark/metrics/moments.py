"""Means, spreads and products of maps, each in few passes over the memory."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from .inputs import SMALLEST, refuse_extreme

# Sums may be taken in any order, which lets the compiler use the whole width of the processor.
REORDER = {"reassoc", "contract", "nsz"}


def mean_and_squares(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean, and the sum of squared differences from it; exactly 0 where all values are equal.

    Raises FoveolaError where the spread leaves the range of float64.
    """
    first = values.flat[0]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(values.mean())
    squares = float(sum_of_products(values.ravel(), mean, values.ravel(), mean))
    # A constant map's mean is off by rounding, so that its spread is tiny but not 0.
    tiny = values.size * (1e-12 * mean) * (1e-12 * mean)
    if squares <= max(tiny, SMALLEST) and (values == first).all():
        return float(first), 0.0
    refuse_extreme(squares or SMALLEST)
    return mean, squares


@numba.njit(cache=True, nogil=True, fastmath=REORDER)
def sum_of_products(first, first_mean, second, second_mean):  # type: ignore[no-untyped-def]
    """Sum over all pixels of the products of two maps' differences from their means."""
    total = 0.0
    for i in range(len(first)):
        total += (first[i] - first_mean) * (second[i] - second_mean)
    return total
