"""A map that has been checked, and what several metrics ask of it, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .densities import FLOOR, lifted_density, shift_and_scale
from .inputs import Floats, refuse_not_finite, total_of, two_dimensional
from .moments import spread, sum_of_products, sum_of_squares

#: The values that maps have which were saved as 8-bit pictures.
LEVELS = 256
#: So many pixels are computed at once: what a core keeps at hand.
BLOCK = 2**14
#: Stands for 0 in a logarithm that is to be finite, so that 0 times it is 0.
TINIEST = float(np.finfo(float).tiny)


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
    def total(self) -> float:
        """Sum over all pixels; infinite where it leaves the range of float64."""
        return total_of(self.values)

    @property
    def mean(self) -> float:
        """Mean over all pixels; infinite where the sum leaves the range of float64."""
        return self.total / self.values.size

    @cached_property
    def squares(self) -> float:
        """Sum of squared differences from the mean; exactly 0 of a constant map."""
        squares = float(sum_of_squares(self.values.ravel(), self.mean))
        return spread(self.values, self.mean, squares)

    @cached_property
    def shift_and_scale(self) -> tuple[float, float]:
        """What to subtract and then to multiply by, to make a density."""
        if self.levels is None:
            return shift_and_scale(self.values, self.total)
        return 0.0, 1 / self.total if self.total else 0.0

    @cached_property
    def negative_entropy(self) -> float:
        """Sum of Q ln Q over the density Q of a map without negative values."""
        flat, scale = self.values.ravel(), self.shift_and_scale[1]
        densities = np.empty(BLOCK)
        total = 0.0
        for start in range(0, len(flat), BLOCK):
            part = flat[start : start + BLOCK]
            some = densities[: len(part)]
            _scaled(part, scale, some)
            # numpy's logarithm, unlike a compiled loop's, takes several values at once.
            total += sum_of_products(np.log(some, out=some), 0.0, part, 0.0)
        return float(total * scale)

    @cached_property
    def nonzero(self) -> bool:
        """Whether any value is not 0."""
        return self.total != 0 or bool(self.values.any())

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


def as_checked(values: ArrayLike | CheckedMap, what: str = "saliency map") -> CheckedMap:
    """Check a map, once: one that has been checked is returned as it is.

    Raises
    ------
    FoveolaError
        If it is not a two-dimensional array of finite numbers.
    """
    if isinstance(values, CheckedMap):
        return values
    checked = CheckedMap(two_dimensional(values, what))
    refuse_not_finite(checked.values, checked.total, what)
    return checked


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
    for start in range(0, len(values), BLOCK):
        if _others(values[start : start + BLOCK], codes[start : start + BLOCK]):
            return False
    return True


# Maps are finite here, which a minimum must know to use the whole width of the processor.
@numba.njit(cache=True, nogil=True, fastmath={"nnan"})
def _others(values, codes):  # type: ignore[no-untyped-def]
    """How many values are no levels; writes the levels of the rest."""
    count = 0
    for i in range(len(values)):
        level = np.int32(min(max(values[i], 0.0), 255.0))
        codes[i] = np.uint8(level)
        count += np.float64(level) != values[i]
    return count


@numba.njit(cache=True, nogil=True, fastmath={"nnan"})
def _scaled(values, scale, into):  # type: ignore[no-untyped-def]
    for i in range(len(values)):
        into[i] = max(values[i] * scale, TINIEST)
