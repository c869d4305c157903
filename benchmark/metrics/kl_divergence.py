"""KLDiv: what is lost when a map's density stands for the empirical one."""

from __future__ import annotations

import math
from typing import Literal

import numba
import numpy as np
from numpy.typing import ArrayLike

from .densities import density_of_map
from .inputs import Floats, checked_map, same_shape

#: Matlab's eps, as it is written in the benchmarks' code.
MIT_EPSILON = 2.2204e-16
PYSALIENCY_FLOOR = 1e-20


def kl_divergence(
    saliency_map: ArrayLike,
    empirical_map: ArrayLike,
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
    values, truth = checked_map(saliency_map), checked_map(empirical_map, "empirical map")
    same_shape(values, truth, "empirical map")
    if not truth.any():
        return math.nan
    if regularisation == "mit":
        return float(
            _divergence(density_of_map(values).ravel(), density_of_map(truth).ravel(), MIT_EPSILON)
        )
    if regularisation != "pysaliency":
        raise ValueError(f"regularisation is {regularisation!r}, not 'mit' or 'pysaliency'")
    lifted = [_lifted(one) for one in (values, truth)]
    return float(_divergence(lifted[0].ravel(), lifted[1].ravel(), 0.0))


def _lifted(values: Floats) -> Floats:
    return density_of_map(values - min(float(values.min()), 0.0) + PYSALIENCY_FLOOR)


@numba.njit(cache=True, nogil=True)
def _divergence(predicted, empirical, epsilon):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(predicted)):
        if empirical[i] > 0:
            total += empirical[i] * np.log(epsilon + empirical[i] / (predicted[i] + epsilon))
    return total
