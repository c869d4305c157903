"""KLDiv: what is lost when a map's density stands for the empirical one."""

from __future__ import annotations

import math
from typing import Literal

import numba
import numpy as np
from numpy.typing import ArrayLike

from .checked import BLOCK, LEVELS, CheckedMap, as_checked
from .inputs import same_shape

#: Matlab's eps, as it is written in the benchmarks' code.
MIT_EPSILON = 2.2204e-16
PYSALIENCY_FLOOR = 1e-20
#: Above this the difference of two sums of about 13 nats keeps twelve digits.
CLEAR = 0.1


def kl_divergence(
    saliency_map: ArrayLike | CheckedMap,
    empirical_map: ArrayLike | CheckedMap,
    *,
    regularisation: Literal["mit", "pysaliency"] = "mit",
) -> float:
    r"""Kullback-Leibler divergence of the empirical density Q from a map's density P, in nats.

    ``"mit"``, as the MIT and Tübingen benchmarks: :math:`\sum Q \ln(e + Q / (P + e))` with
    e = 2.2204e-16. ``"pysaliency"``, that library's default: 1e-20 is added to both maps before
    they are divided by their sums, and :math:`\sum Q \ln(Q / P)`; it depends on the scale of
    the maps. A map becomes a density as for :func:`~foveola.benchmark.metrics.similarity`.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    empirical_map : array-like, shape (height, width)
        Fixation counts blurred by a Gaussian.
    regularisation : {"mit", "pysaliency"}
        How zeros are met.

    Returns
    -------
    float
        0 (equal) upwards, in nats; lower is better. At most about 36 for ``"mit"``. NaN where the
        empirical map is 0 everywhere, which is to say that there were no fixations.

    Raises
    ------
    FoveolaError
        If a map is not finite and two-dimensional, or the sizes differ.

    References
    ----------
    Bylinskii et al. (2019), What do different evaluation metrics tell us about saliency models?
    IEEE TPAMI 41.

    Examples
    --------
    >>> round(kl_divergence([[1, 1], [1, 1]], [[0, 0], [0, 5]]), 6)
    1.386294
    """
    first, second = as_checked(saliency_map), as_checked(empirical_map, "empirical map")
    values, truth = first.values, second.values
    same_shape(values, truth, "empirical map")
    if not second.nonzero:
        return math.nan
    if regularisation not in ("mit", "pysaliency"):
        raise ValueError(f"regularisation is {regularisation!r}, not 'mit' or 'pysaliency'")
    if regularisation == "mit" and first.levels is not None and second.shift_and_scale[0] == 0:
        total = _by_levels(first, second)
        if total > CLEAR:
            return total
    epsilon, floor = (MIT_EPSILON, 0.0) if regularisation == "mit" else (0.0, PYSALIENCY_FLOOR)
    predicted, empirical = _as_density(first, floor), _as_density(second, floor)
    ratio, weight = np.empty(BLOCK), np.empty(BLOCK)
    total = 0.0
    for start in range(0, values.size, BLOCK):
        part = slice(start, start + BLOCK)
        count = min(BLOCK, values.size - start)
        _ratios(
            values.ravel()[part], predicted, truth.ravel()[part], empirical, epsilon, ratio, weight
        )
        # numpy's logarithm, unlike a compiled loop's, takes several values at once.
        logarithms = np.log(ratio[:count], out=ratio[:count])
        logarithms *= weight[:count]
        total += float(logarithms.sum())
    return total


def _by_levels(checked: CheckedMap, truth: CheckedMap) -> float:
    """Sum of Q ln Q less that of Q ln(P + e), with one logarithm for each level of the map.

    What it leaves out is Q ln(1 + e (P + e) / Q) <= e (P + e) at each pixel, in all less than
    2.3e-16.
    """
    _, scale, epsilon = *checked.shift_and_scale, MIT_EPSILON
    densities = np.arange(LEVELS) * scale + (0.0 if scale else 1 / checked.values.size)
    masses = _masses(checked.levels, truth.values.ravel()) * truth.shift_and_scale[1]
    return truth.negative_entropy - float(masses @ np.log(densities + epsilon))


@numba.njit(cache=True, nogil=True)
def _masses(levels, truth):  # type: ignore[no-untyped-def]
    # Four sums in turn, because neighbours often have one level and would wait for each other.
    sums = np.zeros((4, LEVELS))
    for i in range(len(levels)):
        sums[i & 3, levels[i]] += truth[i]
    return sums[0] + sums[1] + sums[2] + sums[3]


def _as_density(checked: CheckedMap, floor: float) -> tuple[float, float, float, float]:
    """Shift, floor, scale and offset that make a density of a map, or uniform of an empty one."""
    shift, scale = checked.shift_and_scale
    size = checked.values.size
    if scale == 0:
        return shift, floor, 0.0, 1 / size
    return shift, floor, 1 / (1 / scale + floor * size), 0.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _ratios(values, predicted, truth, empirical, epsilon, ratio, weight):  # type: ignore[no-untyped-def]
    # The floor is added after the shift, beside which it would vanish.
    shift, floor, scale, offset = predicted
    truth_shift, truth_floor, truth_scale, truth_offset = empirical
    for i in range(len(values)):
        density = (values[i] - shift + floor) * scale + offset
        weight[i] = (truth[i] - truth_shift + truth_floor) * truth_scale + truth_offset
        ratio[i] = epsilon + weight[i] / (density + epsilon)
