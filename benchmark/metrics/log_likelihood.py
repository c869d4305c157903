"""Log-likelihood of fixations under a density."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from .inputs import checked_log_density, pixel_indices


def log_likelihood(log_density: ArrayLike, fixations: ArrayLike) -> float:
    """Mean natural logarithm of the density at fixations, in nats per fixation.

    Parameters
    ----------
    log_density : array-like, shape (height, width)
        Natural logarithm of the probability of each pixel; the probabilities sum to 1. Minus
        infinity is a probability of 0.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.

    Returns
    -------
    float
        At most 0; minus infinity where a fixation fell on a probability of 0. The uniform density
        reaches -ln(height width). NaN without fixations.

    Raises
    ------
    FoveolaError
        If the log density is not two-dimensional or holds NaN, or a fixation is off it.

    References
    ----------
    Barthelmé, Trukenbrod, Engbert and Wichmann (2013), Journal of Vision 13(12); Kümmerer, Wallis
    and Bethge (2015), PNAS 112.

    Examples
    --------
    >>> from math import log
    >>> log_likelihood([[log(0.5), log(0.5)]], [(0, 0), (1, 0)]) == log(0.5)
    True
    """
    values = checked_log_density(log_density)
    pixels = pixel_indices(fixations, values.shape)
    return float(values.ravel()[pixels].mean()) if len(pixels) else math.nan
