"""Means, spreads and products of maps, each in few passes over the memory."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from .inputs import SMALLEST, refuse_extreme

# Sums may be taken in any order, which lets the compiler use the whole width of the processor.
REORDER = {"reassoc", "contract", "nsz"}


def spread(values: NDArray[np.float64], mean: float, squares: float) -> float:
    """Sum of squared differences from the mean, mended: exactly 0 where all values are equal.

    A constant map's mean is off by rounding, so that its spread is tiny but not 0.

    Raises FoveolaError where the spread leaves the range of float64.
    """
    tiny = values.size * (1e-12 * mean) * (1e-12 * mean)
    if squares <= max(tiny, SMALLEST) and (values == values.flat[0]).all():
        return 0.0
    refuse_extreme(squares or SMALLEST)
    return squares


@numba.njit(cache=True, nogil=True, fastmath=REORDER)
def sum_of_squares(values, mean):  # type: ignore[no-untyped-def]
    """Sum of squared differences from the mean; values are flat."""
    total = 0.0
    for i in range(len(values)):
        total += (values[i] - mean) * (values[i] - mean)
    return total


@numba.njit(cache=True, nogil=True, fastmath=REORDER)
def sum_of_products(first, first_mean, second, second_mean):  # type: ignore[no-untyped-def]
    """Sum over all pixels of the product of both maps' differences from their means."""
    total = 0.0
    for i in range(len(first)):
        total += (first[i] - first_mean) * (second[i] - second_mean)
    return total
