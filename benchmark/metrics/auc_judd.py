"""AUC-Judd: the area under the ROC curve as the MIT benchmark computed it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .inputs import checked_map, pixel_indices

#: Height of the noise that parts equal values.
JITTER = 1e-7


def auc_judd(
    saliency_map: ArrayLike, fixations: ArrayLike, *, jitter: bool = True, seed: int = 0
) -> float:
    """Area under the ROC curve with thresholds at the fixated pixels, after Judd.

    A pixel counts once however often it is fixated. At each threshold, from the highest, the true
    positives are the fixated pixels so far and the false positives the pixels at least as high
    less those; the area is taken by the trapezoid rule from (0, 0) to (1, 1).

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.
    jitter : bool, default True
        Whether noise of up to 1e-7 first parts equal values, as the Matlab code does by default.
        It is added to the map as given, so bring the map to a scale near 1.
    seed : int, default 0
        Of the noise.

    Returns
    -------
    float
        0 to 1. NaN without fixations, where every pixel is fixated, and for a constant map
        without jitter.

    Raises
    ------
    FoveolaError
        If the map is not finite and two-dimensional, or a fixation is off it.

    References
    ----------
    Judd, Ehinger, Durand and Torralba (2009), Learning to predict where humans look, ICCV;
    Riche et al. (2013), ICCV; ``AUC_Judd.m`` of the MIT saliency benchmark.

    Examples
    --------
    >>> auc_judd([[0, 1], [2, 3]], [(1, 1)], jitter=False)
    1.0
    """
    values = checked_map(saliency_map)
    pixels = np.unique(pixel_indices(fixations, values.shape))
    flat = values.ravel()
    if jitter:
        flat = flat + np.random.default_rng(seed).random(len(flat)) * JITTER
    if len(pixels) in (0, len(flat)) or flat.min() == flat.max():
        return math.nan
    thresholds = np.sort(flat[pixels])
    # A pixel that reaches k of the rising thresholds is counted at each of them.
    reached = np.bincount(
        np.searchsorted(thresholds, flat, side="right"), minlength=len(thresholds) + 1
    )
    above = np.cumsum(reached[::-1])[:-1]
    hits = np.arange(1, len(thresholds) + 1)
    true = np.concatenate([[0], hits / len(thresholds), [1]])
    false = np.concatenate([[0], (above - hits) / (len(flat) - len(thresholds)), [1]])
    return float(np.trapezoid(true, false))
