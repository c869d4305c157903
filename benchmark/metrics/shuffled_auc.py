"""Shuffled AUC: how well a map tells this image's fixations from those on other images."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .checked import CheckedMap, as_checked
from .inputs import pixel_indices
from .ranks import rank_auc


def shuffled_auc(
    saliency_map: ArrayLike | CheckedMap,
    fixations: ArrayLike,
    other_fixations: ArrayLike,
    *,
    weights: ArrayLike | None = None,
) -> float:
    """Area under the ROC curve of fixations against the fixations on other images.

    As :func:`~foveola.benchmark.metrics.auc`, but the negatives are the places where people
    looked on other images, every one of them, so that a bias to the centre earns nothing.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.
    other_fixations : array-like, shape (m, 2)
        The same of other images, scaled to the size of this one. Repeats count.
    weights : array-like of int, shape (m,), optional
        How many fixations each of the others stands for; 1 each by default.

    Returns
    -------
    float
        0 to 1; 0.5 is chance, and is what a constant map scores exactly. NaN without fixations or
        without others.

    Raises
    ------
    FoveolaError
        If the map is not finite and two-dimensional, or a fixation is off it.
    ValueError
        If there are not as many weights as other fixations, or one is negative.

    References
    ----------
    Tatler, Baddeley and Gilchrist (2005), Vision Research 45; Zhang et al. (2008), Journal of
    Vision 8(7). Without sub-sampling: Kümmerer, Wallis and Bethge (2018), ECCV.

    Examples
    --------
    >>> shuffled_auc([[0, 1], [2, 3]], [(1, 1), (0, 0)], [(0, 1)], weights=[5])
    0.5
    """
    values = as_checked(saliency_map).values
    pixels = pixel_indices(fixations, values.shape)
    others = pixel_indices(other_fixations, values.shape, "other fixation")
    counts = None if weights is None else np.asarray(weights, np.int64)
    if counts is not None and (counts.shape != others.shape or (counts < 0).any()):
        raise ValueError(f"{counts.shape} weights for {others.shape} other fixations, all >= 0")
    return rank_auc(values.ravel()[pixels], values.ravel()[others], counts)
