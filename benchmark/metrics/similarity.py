"""SIM: the overlap of a map with the empirical map."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import ArrayLike

from .checked import CheckedMap, as_checked
from .inputs import Floats, same_shape


def similarity(
    saliency_map: ArrayLike | CheckedMap,
    empirical_map: ArrayLike | CheckedMap,
    *,
    min_max: bool = False,
) -> float:
    """Similarity, or histogram intersection: the mass that two maps, as densities, share.

    The sum over pixels of min(P, Q). A map becomes a density by subtracting its minimum if that
    is negative and dividing by its sum; a map that is 0 everywhere is uniform.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    empirical_map : array-like, shape (height, width)
        Fixation counts blurred by a Gaussian.
    min_max : bool, default False
        Whether both maps are first stretched to 0 ... 1, as the MIT Matlab code does.

    Returns
    -------
    float
        0 to 1, 1 for equal densities. NaN where the empirical map is 0 everywhere, which is to
        say that there were no fixations.

    Raises
    ------
    FoveolaError
        If a map is not finite and two-dimensional, or the sizes differ.

    References
    ----------
    Judd, Durand and Torralba (2012), MIT-CSAIL-TR-2012-001.

    Examples
    --------
    >>> similarity([[1, 1], [1, 1]], [[0, 0], [0, 5]])
    0.25
    """
    first, truth = as_checked(saliency_map), as_checked(empirical_map, "empirical map")
    same_shape(first.values, truth.values, "empirical map")
    if not truth.nonzero:
        return math.nan
    if min_max:
        first, truth = CheckedMap(_stretched(first.values)), CheckedMap(_stretched(truth.values))
    return float(
        _shared(
            first.values.ravel(), *_as_density(first), truth.values.ravel(), *_as_density(truth)
        )
    )


def _as_density(checked: CheckedMap) -> tuple[float, float, float]:
    """Shift, scale and offset that make a density of a map; of one that says nothing, uniform."""
    shift, scale = checked.shift_and_scale
    return shift, scale, 0.0 if scale else 1 / checked.values.size


def _stretched(values: Floats) -> Floats:
    least, most = values.min(), values.max()
    return (values - least) / (most - least) if most > least else np.ones_like(values)


# Maps are finite here, which a minimum must know to use the whole width of the processor.
@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz", "nnan"})
def _shared(first, shift, scale, offset, second, second_shift, second_scale, second_offset):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(first)):
        one = (first[i] - shift) * scale + offset
        other = (second[i] - second_shift) * second_scale + second_offset
        total += min(one, other)
    return total
