"""Intervals over images and observers: what other images and other observers would give.

Observers see many images and images are seen by many observers, so neither scores of one image
nor those of one observer are independent. Every draw takes a new sample of observers and, within
it, a new sample of images (Owen 2007, "The pigeonhole bootstrap", *Annals of Applied Statistics*,
1(2), 386-411); its variance is at least the true one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .leaderboard import CONFIDENCE, RESAMPLES, expanded_tail, quantile

Floats = NDArray[np.float64]


def observer_bootstrap_means(
    values: Floats,
    fixations: NDArray[np.integer],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> tuple[Floats, Floats, Floats]:
    """Means over images of means over fixations, with intervals over images and observers.

    Parameters
    ----------
    values : ndarray, shape (columns, images, observers)
        Mean score of each observer's fixations on each image; NaN where there is none. A column
        is a model by a metric.
    fixations : ndarray of int, shape (images, observers)
        Number of fixations of each observer on each image.
    seed, resamples : int
        Of the random draws, and how many there are.
    confidence : float, default 0.95
        Share of the draws between the bounds.

    Returns
    -------
    means, lows, highs : ndarray, shape (columns,)
        NaN where nothing is defined; a mean that is infinite has no interval.
    """
    columns, images, observers = values.shape
    if not images or not observers:
        unknown = np.full(columns, np.nan)
        return unknown, unknown.copy(), unknown.copy()
    infinite = np.isinf(values).any(axis=(1, 2))
    weights = np.where(np.isnan(values), 0.0, fixations)
    sums = weights * np.where(np.isfinite(values), values, 0.0)
    means = _mean_over_images(sums.sum(axis=2), weights.sum(axis=2), np.ones(images))
    rng = np.random.default_rng(seed)
    draws = np.empty((resamples, columns))
    for draw in range(resamples):
        seen = rng.multinomial(observers, np.full(observers, 1 / observers))
        shown = rng.multinomial(images, np.full(images, 1 / images))
        draws[draw] = _mean_over_images(sums @ seen, weights @ seen, shown)
    draws[:, infinite] = np.nan
    draws.sort(axis=0)
    seen_by = np.count_nonzero((weights > 0).any(axis=1), axis=1)
    shown_to = np.count_nonzero((weights > 0).any(axis=2), axis=1)
    tail = expanded_tail(np.minimum(seen_by, shown_to), confidence)
    means[infinite] = np.nansum(np.where(np.isinf(values), values, 0), axis=(1, 2))[infinite]
    return means, quantile(draws, tail), quantile(draws, 1 - tail)


def _mean_over_images(sums: Floats, weights: Floats, shown: NDArray[np.number]) -> Floats:
    """Mean over images of sums / weights, shape (columns, images); without weight left out."""
    defined = weights > 0
    per_image = np.divide(sums, weights, out=np.zeros_like(sums), where=defined)
    totals = defined @ shown
    means = np.full(len(sums), np.nan)
    np.divide(per_image @ shown, totals, out=means, where=totals > 0)
    return means
