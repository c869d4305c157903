"""The exact median of millions of values, in one pass instead of a partition of them all."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Of so many values a sample is sorted, to bracket the median; as few are sorted at once.
SAMPLE = 4096
#: Half width of the bracket in standard deviations of the rank of the sample's median.
BRACKET_SD = 4.0


@njit(cache=True, nogil=True)
def median_of_known(values: Floats) -> float:
    """Median of the values that are not NaN; NaN where there are none.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In any order.

    Notes
    -----
    It is exact. A sample tells between which values the median lies; one pass counts those below
    and keeps those between, and so on with these. Floyd, R. W., & Rivest, R. L. (1975). Expected
    time bounds for selection. Communications of the ACM, 18(3), 165-172.
    doi:10.1145/360680.360691
    """
    known = 0
    for value in values:
        known += value == value
    if known == 0:
        return np.nan
    low, high = (known - 1) // 2, known // 2
    part = values
    while len(part) > 2 * SAMPLE:
        below, inside = _bracketed(part, low / known)
        if not below <= low <= high < below + len(inside) or 2 * len(inside) > len(part):
            break  # many equal values, or an order that the sample follows
        low, high, known, part = low - below, high - below, len(inside), inside
    ordered = np.sort(part[~np.isnan(part)])
    return float((ordered[low] + ordered[high]) / 2)


@njit(cache=True, nogil=True)
def _bracketed(values: Floats, share: float) -> tuple[int, Floats]:
    """How many values lie below a bracket of that with this share below it; those within."""
    sample = values[:: len(values) // SAMPLE].copy()
    sample = np.sort(sample[~np.isnan(sample)])
    inside = np.empty(len(values))
    if len(sample) == 0:
        return 0, inside
    margin = int(BRACKET_SD / 2 * np.sqrt(len(sample))) + 1
    middle = int(share * len(sample))
    least = sample[max(0, middle - margin)]
    most = sample[min(len(sample) - 1, middle + margin)]
    below, count = 0, 0
    for value in values:
        below += value < least
        # Written always and kept or not: a branch would be guessed wrongly too often.
        inside[count] = value
        count += (value >= least) & (value <= most)
    return below, inside[:count].copy()
