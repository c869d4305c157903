"""Mean, spread and product of maps, each in one pass over the memory and to full precision."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

# Sums may be taken in any order, which lets the compiler use the whole width of the processor.
REORDER = {"reassoc", "contract", "nsz"}


def mean_and_sum_of_squares(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean, and the sum of squared differences from it; exactly 0 where all values are equal."""
    flat = values.ravel()
    mean = float(flat.mean())
    if np.isinf(mean):  # the sum is too large for float64, though no value is
        mean = float((flat / len(flat)).sum())
    first = float(flat[0])
    squares, equal = _squares(flat, mean, first)
    return (first, 0.0) if equal else (mean, squares)


@numba.njit(cache=True, nogil=True, fastmath=REORDER)
def _squares(flat, mean, first):  # type: ignore[no-untyped-def]
    squares, different = 0.0, 0
    for value in flat:
        squares += (value - mean) ** 2
        different += value != first
    return squares, different == 0


@numba.njit(cache=True, nogil=True, fastmath=REORDER)
def sum_of_products(first, first_mean, second, second_mean):  # type: ignore[no-untyped-def]
    """Sum over all pixels of the products of two maps' differences from their means."""
    total = 0.0
    for i in range(len(first)):
        total += (first[i] - first_mean) * (second[i] - second_mean)
    return total
