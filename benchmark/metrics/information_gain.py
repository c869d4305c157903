"""IG: how many bits per fixation a model knows beyond a baseline."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from .inputs import Floats, checked_log_density, same_shape
from .log_likelihood import log_likelihood


def information_gain(
    log_density: ArrayLike,
    fixations: ArrayLike,
    *,
    baseline: ArrayLike | None = None,
) -> float:
    """Information gain over a baseline, in bits per fixation.

    (log-likelihood of the model - log-likelihood of the baseline) / ln 2.

    Parameters
    ----------
    log_density : array-like, shape (height, width)
        Natural logarithm of the probability of each pixel; the probabilities sum to 1.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.
    baseline : array-like, shape (height, width), optional
        Log density of the baseline; uniform by default. The Tübingen benchmark takes the centre
        bias of the other images.

    Returns
    -------
    float
        Unbounded; 0 is as good as the baseline, and is what the baseline itself gains exactly.
        Minus infinity where a fixation fell on a probability of 0. NaN without fixations.

    Raises
    ------
    FoveolaError
        If a log density is not two-dimensional or holds NaN, the sizes differ, or a fixation is
        off the map.

    References
    ----------
    Kümmerer, Wallis and Bethge (2015), Information-theoretic model comparison unifies saliency
    metrics, PNAS 112.

    Examples
    --------
    >>> from math import log
    >>> information_gain([[log(0.5), log(0.25), log(0.125), log(0.125)]], [(0, 0)])
    1.0
    """
    values = checked_log_density(log_density)
    if baseline is None:
        reference = -math.log(values.size)
    else:
        other = checked_log_density(baseline, "baseline")
        same_shape(values, other, "baseline")
        reference = log_likelihood(other, fixations)
    return (log_likelihood(values, fixations) - reference) / math.log(2)


def gain_at_fixations(log_density: Floats, baseline: Floats) -> float:
    """Information gain in bits, by the log densities at the fixations alone; NaN without any."""
    return (
        float((log_density.mean() - baseline.mean()) / math.log(2)) if len(baseline) else math.nan
    )
