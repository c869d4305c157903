"""AUC: how well a map tells fixated pixels from all pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .checked import LEVELS, CheckedMap, as_checked
from .inputs import pixel_indices
from .ranks import rank_auc


def auc(saliency_map: ArrayLike | CheckedMap, fixations: ArrayLike) -> float:
    r"""Area under the ROC curve of fixations against all pixels.

    With :math:`p_i` the map at fixation i of F and :math:`n` running over all N pixels,

    .. math:: \frac{1}{F N} \sum_i \left[ \#(n < p_i) + \tfrac12 \#(n = p_i) \right].

    All pixels are negatives, the fixated ones too; a pixel fixated twice counts twice. Only the
    order of the map's values matters.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.

    Returns
    -------
    float
        0 to 1; 0.5 is chance, and is what a constant map scores exactly. NaN without fixations.

    Raises
    ------
    FoveolaError
        If the map is not finite and two-dimensional, or a fixation is off it.

    References
    ----------
    Kümmerer, Wallis and Bethge (2018), Saliency benchmarking made easy, ECCV. The area as a
    count of pairs: Hanley and McNeil (1982), Radiology 143.

    Examples
    --------
    >>> auc([[0, 1], [2, 3]], [(1, 1)])
    0.875
    """
    checked = as_checked(saliency_map)
    flat = checked.values.ravel()
    positives = flat[pixel_indices(fixations, checked.values.shape)]
    if checked.levels is None:
        return rank_auc(positives, flat)
    return rank_auc(positives, np.arange(LEVELS, dtype=float), checked.counts)
