"""IG as the MIT benchmark computed it: of stretched maps instead of densities."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .inputs import Floats, checked_map, pixel_indices, same_shape
from .kl_divergence import MIT_EPSILON


def min_max_information_gain(
    saliency_map: ArrayLike, fixations: ArrayLike, baseline_map: ArrayLike
) -> float:
    """Information gain as the MIT benchmark computed it, without a density of the model.

    Both maps are stretched to 0 ... 1 and divided by their sums; the mean over the fixated pixels,
    each once, of log2(eps + map) - log2(eps + baseline), with eps = 2.2204e-16. A fixation where
    the map is lowest costs some 33 bits, so that this says more of the map's darkest pixels than
    of the model.

    Parameters
    ----------
    saliency_map, baseline_map : array-like, shape (height, width)
        Any finite numbers. A constant map is uniform.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.

    Returns
    -------
    float
        Bits per fixated pixel; NaN without fixations.

    Raises
    ------
    FoveolaError
        If a map is not finite and two-dimensional, the sizes differ, or a fixation is off them.

    References
    ----------
    ``InfoGain.m`` of the MIT saliency benchmark; Kümmerer, Wallis and Bethge (2015), PNAS 112.

    Examples
    --------
    >>> round(min_max_information_gain([[0, 1, 2]], [(2, 0)], [[1, 1, 1]]), 6)
    1.0
    """
    values, baseline = checked_map(saliency_map), checked_map(baseline_map, "baseline")
    same_shape(values, baseline, "baseline")
    pixels = np.unique(pixel_indices(fixations, values.shape))
    if len(pixels) == 0:
        return math.nan
    logarithms = [
        np.log2(MIT_EPSILON + _stretched(one).ravel()[pixels]) for one in (values, baseline)
    ]
    return float((logarithms[0] - logarithms[1]).mean())


def _stretched(values: Floats) -> Floats:
    least, most = values.min(), values.max()
    if least == most:
        return np.full(values.shape, 1 / values.size)
    stretched = (values - least) / (most - least)
    return np.asarray(stretched / stretched.sum())
