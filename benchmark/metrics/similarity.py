"""SIM: the overlap of a map with the empirical map."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import ArrayLike

from .densities import shift_and_scale
from .inputs import Floats, checked_map, same_shape


def similarity(
    saliency_map: ArrayLike, empirical_map: ArrayLike, *, min_max: bool = False
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
    values, truth = checked_map(saliency_map), checked_map(empirical_map, "empirical map")
    same_shape(values, truth, "empirical map")
    if not truth.any():
        return math.nan
    if min_max:
        values, truth = _stretched(values), _stretched(truth)
    return float(_shared(values.ravel(), *_as_density(values), truth.ravel(), *_as_density(truth)))


def _as_density(values: Floats) -> tuple[float, float, float]:
    """Shift, scale and offset that make a density of a map; of one that says nothing, uniform."""
    shift, scale = shift_and_scale(values)
    return shift, scale, 0.0 if scale else 1 / values.size


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
