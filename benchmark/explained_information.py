"""Share of the information that can be explained: between the centre bias and the gold standard.

What a model gains over the centre bias, divided by what the gold standard gains over it
(Kümmerer, Wallis & Bethge 2015, *PNAS*, 112(52), 16054-16059, doi 10.1073/pnas.1510393112).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .leaderboard import RESAMPLES, bootstrap_draws, expanded_tail, quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExplainedShare:
    """Share of the explainable information gain that a model explains.

    Attributes
    ----------
    share : float
        0 for the centre bias, 1 for the gold standard; below 0 for what is worse than the centre
        bias. NaN where the gold standard gains nothing.
    low, high : float
        95 % bootstrap interval over images; all three models on the same images.
    """

    share: float
    low: float
    high: float


def explained_share(
    model: Floats,
    baseline: Floats,
    gold_standard: Floats,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> ExplainedShare:
    """Share of explainable information gain.

    Parameters
    ----------
    model, baseline, gold_standard : ndarray, shape (images,)
        Information gain of the model, the centre bias and the gold standard on each image, all
        over the same baseline. Images on which one is NaN are left out.
    seed, resamples : int
        Of the draws.
    """
    gains = np.stack([model, baseline, gold_standard], axis=1)
    gains = gains[~np.isnan(gains).any(axis=1)]
    if not len(gains) or not float(gains[:, 2].mean()) > float(gains[:, 1].mean()):
        return ExplainedShare(math.nan, math.nan, math.nan)
    draws = bootstrap_draws(gains, seed=seed, resamples=resamples)
    shares = np.sort(_share(draws))[:, None]
    tail = expanded_tail(len(gains))
    return ExplainedShare(
        float(_share(gains.mean(axis=0))),
        float(quantile(shares, tail)[0]),
        float(quantile(shares, 1 - tail)[0]),
    )


def _share(means: Floats) -> Floats:
    """Share from means (..., 3) of model, baseline and gold standard; NaN where none is left."""
    explainable = means[..., 2] - means[..., 1]
    return (means[..., 0] - means[..., 1]) / np.where(explainable > 0, explainable, np.nan)
