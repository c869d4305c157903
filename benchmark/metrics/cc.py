"""CC: the correlation of a map with the empirical map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .inputs import checked_map, same_shape
from .moments import mean_of, spread, sums_of_products


def cc(saliency_map: ArrayLike, empirical_map: ArrayLike) -> float:
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
    values, truth = checked_map(saliency_map), checked_map(empirical_map, "empirical map")
    same_shape(values, truth, "empirical map")
    if not truth.any():
        return math.nan
    mean, truth_mean = mean_of(values), mean_of(truth)
    squares, truth_squares, products = sums_of_products(
        values.ravel(), mean, truth.ravel(), truth_mean
    )
    squares = spread(values, mean, squares)
    truth_squares = spread(truth, truth_mean, truth_squares)
    if squares == 0 or truth_squares == 0:
        return 0.0
    # Rounding alone can carry a perfect correlation beyond 1.
    return float(np.clip(products / math.sqrt(squares) / math.sqrt(truth_squares), -1, 1))
