"""A map that has been checked, and what several metrics ask of it, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .densities import FLOOR, lifted_density, shift_and_scale
from .inputs import Floats, checked_map
from .moments import mean_of, spread, sum_of_squares

#: The values that maps have which were saved as 8-bit pictures.
LEVELS = 256


@dataclass(frozen=True, eq=False)
class CheckedMap:
    """A map of finite values; made by :func:`as_checked`.

    Attributes
    ----------
    values : ndarray, shape (height, width)
        Not to be written to any more.
    """

    values: Floats

    @cached_property
    def mean(self) -> float:
        """Mean over all pixels; infinite where the sum leaves the range of float64."""
        if self.levels is not None:
            return self._total / self.values.size
        return mean_of(self.values)

    @cached_property
    def squares(self) -> float:
        """Sum of squared differences from the mean; exactly 0 of a constant map."""
        squares = float(sum_of_squares(self.values.ravel(), self.mean))
        return spread(self.values, self.mean, squares)

    @cached_property
    def shift_and_scale(self) -> tuple[float, float]:
        """What to subtract and then to multiply by, to make a density."""
        if self.levels is None:
            return shift_and_scale(self.values)
        return 0.0, 1 / self._total if self._total else 0.0

    @cached_property
    def negative_entropy(self) -> float:
        """Sum of Q ln Q over the density Q of a map without negative values."""
        density = self.values[self.values > 0] * self.shift_and_scale[1]
        return float((density * np.log(density)).sum())

    @cached_property
    def nonzero(self) -> bool:
        """Whether any value is not 0."""
        return bool(self.values.any() if self.levels is None else self._total)

    @cached_property
    def levels(self) -> NDArray[np.uint8] | None:
        """The values, flat, of a map of whole numbers from 0 to 255; None of any other."""
        codes = np.empty(self.values.size, np.uint8)
        return codes if _whole(self.values.ravel(), codes) else None

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many pixels have each level, shape (256,); 0 where there are no levels."""
        none = np.zeros(LEVELS, np.int64)
        return none if self.levels is None else np.asarray(_histogram(self.levels))

    @cached_property
    def _total(self) -> float:
        """Sum of a map of levels, exactly."""
        return float(self.counts @ np.arange(LEVELS))


def as_checked(values: ArrayLike | CheckedMap, what: str = "saliency map") -> CheckedMap:
    """Check a map, once: one that has been checked is returned as it is.

    Raises
    ------
    FoveolaError
        If it is not a two-dimensional array of finite numbers.
    """
    return values if isinstance(values, CheckedMap) else CheckedMap(checked_map(values, what))


def log_density_at(checked: CheckedMap, pixels: NDArray[np.intp]) -> Floats:
    """:func:`~foveola.benchmark.metrics.log_density_of_map` at some pixels.

    Without the logarithms of all others, and of a map of few levels without their densities.

    Parameters
    ----------
    checked : CheckedMap
        Any map.
    pixels : ndarray of int, shape (n,)
        Flat indices.

    Returns
    -------
    ndarray, shape (n,)
    """
    shift, scale = checked.shift_and_scale
    if checked.levels is None or scale == 0:
        density, total = lifted_density(checked.values)
        return np.asarray(np.log(density.ravel()[pixels] / total))
    floor = FLOOR / checked.values.size
    lifted = np.maximum((np.arange(LEVELS) - shift) * scale, floor)
    seen = np.flatnonzero(checked.counts)
    total = 1.0 if seen[0] * scale >= floor else float(checked.counts @ lifted)
    return np.asarray(np.log(lifted[checked.levels[pixels]] / total))


@numba.njit(cache=True, nogil=True)
def _histogram(levels):  # type: ignore[no-untyped-def]
    # Four counts in turn, because neighbours often have one level and would wait for each other.
    counts = np.zeros((4, LEVELS), np.int64)
    for i in range(len(levels)):
        counts[i & 3, levels[i]] += 1
    return counts[0] + counts[1] + counts[2] + counts[3]


@numba.njit(cache=True, nogil=True)
def _whole(values, codes):  # type: ignore[no-untyped-def]
    for start in range(0, len(values), 512):
        end = min(start + 512, len(values))
        other = 0
        for i in range(start, end):
            value = values[i] if 0 <= values[i] <= 255 else 0.0
            codes[i] = np.uint8(np.int32(value))
            other += codes[i] != values[i]
        if other:
            return False
    return True
