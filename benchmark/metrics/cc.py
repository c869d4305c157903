"""CC: the correlation of a map with the empirical map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .checked import CheckedMap, as_checked
from .inputs import same_shape
from .moments import sum_of_products


def cc(saliency_map: ArrayLike | CheckedMap, empirical_map: ArrayLike | CheckedMap) -> float:
    """Pearson correlation over all pixels of a map and an empirical map.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    empirical_map : array-like, shape (height, width)
        Fixation counts blurred by a Gaussian.

    Returns
    -------
    float
        -1 to 1; 0 where either map is constant. NaN where the empirical map is 0 everywhere,
        which is to say that there were no fixations.

    Raises
    ------
    FoveolaError
        If a map is not finite and two-dimensional, or the sizes differ.

    References
    ----------
    Le Meur, Le Callet and Barba (2007), Vision Research 47.

    Examples
    --------
    >>> cc([[0, 1], [2, 3]], [[0, 2], [4, 6]])
    1.0
    """
    first, truth = as_checked(saliency_map), as_checked(empirical_map, "empirical map")
    same_shape(first.values, truth.values, "empirical map")
    if not truth.nonzero:
        return math.nan
    if first.squares == 0 or truth.squares == 0:
        return 0.0
    products = sum_of_products(first.values.ravel(), first.mean, truth.values.ravel(), truth.mean)
    # Rounding alone can carry a perfect correlation beyond 1.
    return float(np.clip(products / math.sqrt(first.squares) / math.sqrt(truth.squares), -1, 1))
