"""How sure the order of a leaderboard is: the ranks that other samples of images would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .leaderboard import CONFIDENCE, RESAMPLES, bootstrap_draws

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RankStability:
    """Ranks of models over bootstrap samples of the images; 1 is the best.

    Attributes
    ----------
    shares : ndarray, shape (models, models)
        Share of the samples in which the model of the row has the rank of the column, from 1;
        models that tie share the ranks between them.
    low, high : ndarray of int, shape (models,)
        Bounds of the 95 % interval of the rank; 0 for a model without a mean.
    concordance : float
        Mean Kendall tau between the order found and those of the samples: 1 where it never
        changes. NaN with fewer than two models.
    """

    shares: Floats
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    concordance: float


def rank_stability(
    values: Floats,
    *,
    higher_is_better: bool = True,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> RankStability:
    """Ranks of models by their means over bootstrap samples of the images.

    All models are ranked on the same sample, so that images that are hard for all do not matter
    (Hall & Miller 2009, *Annals of Statistics*, 37(6B), 3929-3959).

    Parameters
    ----------
    values : ndarray, shape (models, images)
        Scores by one metric; NaN is left out of the means. A model without a mean has no rank.
    higher_is_better : bool, default True
        False for divergences and distances.
    seed, resamples : int
        Of the draws.
    """
    models = len(values)
    signed = values if higher_is_better else -values
    ranked = np.flatnonzero(~np.isnan(values).all(axis=1))
    draws = bootstrap_draws(signed[ranked].T, seed=seed, resamples=resamples)
    # A draw may miss every image on which a model is defined: then it ranks last.
    means = np.where(np.isnan(draws), -np.inf, draws)
    above = (means[:, None, :] > means[:, :, None]).sum(axis=2)
    equal = (means[:, None, :] == means[:, :, None]).sum(axis=2)
    shares = np.zeros((models, models))
    low, high = np.zeros(models, np.int64), np.zeros(models, np.int64)
    tail = (1 - CONFIDENCE) / 2
    for number, model in enumerate(ranked):
        for rank in range(len(ranked)):
            shared = (above[:, number] <= rank) & (rank < above[:, number] + equal[:, number])
            shares[model, rank] = (shared / equal[:, number]).mean()
        reached = np.cumsum(shares[model])
        low[model] = 1 + np.searchsorted(reached, tail, side="right")
        high[model] = 1 + np.searchsorted(reached, 1 - tail - 1e-12)
    found = np.nanmean(signed[ranked], axis=1) if len(ranked) else np.empty(0)
    return RankStability(shares, low, high, _concordance(found, means))


def _concordance(found: Floats, means: Floats) -> float:
    """Mean of Kendall's tau between an order and many; ties count as neither."""
    first, second = np.triu_indices(len(found), 1)
    if not len(first):
        return float("nan")
    order = np.sign(_difference(found[first], found[second]))
    drawn = np.sign(_difference(means[:, first], means[:, second]))
    return float((order * drawn).mean())


def _difference(first: Floats, second: Floats) -> Floats:
    """Difference in which two infinities of one sign are equal."""
    with np.errstate(invalid="ignore"):
        return np.where(first == second, 0.0, first - second)
