"""AUC-Borji and its shuffled form: the area under the ROC curve against drawn negatives."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .inputs import Floats, checked_map, pixel_indices


def auc_borji(
    saliency_map: ArrayLike,
    fixations: ArrayLike,
    *,
    other_fixations: ArrayLike | None = None,
    splits: int = 100,
    step: float = 0.1,
    seed: int = 0,
) -> float:
    """Area under the ROC curve against drawn negatives, thresholds at fixed steps, after Borji.

    The map is stretched to 0 ... 1. For each split as many negatives as there are fixated pixels
    are drawn, with replacement from all pixels; or, where other fixations are given (the shuffled
    AUC of the MIT benchmark), without replacement from the pixels they fall on. Thresholds are
    0, step, 2 step ... up to 1. A pixel counts once however often it is fixated.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.
    other_fixations : array-like, shape (m, 2), optional
        The same of other images (the benchmark takes 10), scaled to the size of this one.
    splits : int, default 100
        Sets of negatives; the result is the mean over them.
    step : float, default 0.1
        Between thresholds.
    seed : int, default 0
        Of the draws.

    Returns
    -------
    float
        0 to 1; chance is near 0.5. NaN without fixations or others, and for a constant map.

    Raises
    ------
    FoveolaError
        If the map is not finite and two-dimensional, or a fixation is off it.

    References
    ----------
    Borji, Sihite and Itti (2013), Quantitative analysis of human-model agreement in visual
    saliency modeling, IEEE TIP 22; ``AUC_Borji.m`` and ``AUC_shuffled.m`` of the MIT saliency
    benchmark.
    """
    values = checked_map(saliency_map)
    pixels = np.unique(pixel_indices(fixations, values.shape))
    least, most = values.min(), values.max()
    if len(pixels) == 0 or least == most:
        return math.nan
    stretched = ((values - least) / (most - least)).ravel()
    rng = np.random.default_rng(seed)
    if other_fixations is None:
        drawn = stretched[rng.integers(0, len(stretched), (splits, len(pixels)))]
    else:
        others = np.unique(pixel_indices(other_fixations, values.shape, "other fixation"))
        if len(others) == 0:
            return math.nan
        count = min(len(pixels), len(others))
        shuffled = rng.permuted(np.tile(others, (splits, 1)), axis=1)
        drawn = stretched[shuffled[:, :count]]
    thresholds = step * np.arange(int(1 / step + 1e-9), -1, -1)
    true = _share_above(stretched[pixels][None], thresholds)
    false = _share_above(drawn, thresholds)
    return float(np.trapezoid(np.broadcast_to(true, false.shape), false, axis=1).mean())


def _share_above(values: Floats, thresholds: NDArray[np.floating]) -> Floats:
    """Share of each row that reaches each threshold, with 0 before and 1 after."""
    shares = np.stack([(values >= one).mean(axis=1) for one in thresholds], axis=1)
    return np.pad(shares, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
