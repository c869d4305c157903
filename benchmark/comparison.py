"""Two models held against each other, metric by metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FoveolaError, Score

from .effect_size import standardised_difference, superiority
from .leaderboard import RESAMPLES, bootstrap_means
from .permutation import ALPHA, PERMUTATIONS, holm, permutation_p_values
from .score_array import higher_is_better, place, score_array

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Two models by one metric, on the images where both are defined.

    Attributes
    ----------
    first, second, metric : str
        What is compared.
    images : int
        Images on which both models are defined.
    first_mean, second_mean, difference : float
        Means over these images, and first minus second.
    low, high : float
        95 % bootstrap interval of the difference, over images.
    p_value : float
        Of the paired permutation test, two-sided.
    adjusted : float
        The same after Holm's correction for all comparisons that are made together.
    effect_size : float
        Cohen's d_z.
    superiority : float
        Share of the images where the first scores higher, ties half.
    """

    first: str
    second: str
    metric: str
    images: int
    first_mean: float
    second_mean: float
    difference: float
    low: float
    high: float
    p_value: float
    adjusted: float
    effect_size: float
    superiority: float

    @property
    def better(self) -> str:
        """Name of the model that is significantly better; empty where neither is."""
        if not self.adjusted < ALPHA:
            return ""
        return self.first if (self.difference > 0) == higher_is_better(self.metric) else self.second


def compare(
    scores: Sequence[Score],
    models: Sequence[str] = (),
    *,
    metrics: Sequence[str] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
    permutations: int = PERMUTATIONS,
) -> list[Comparison]:
    """Compare models in pairs.

    Parameters
    ----------
    scores : sequence of Score
        As :func:`~foveola.data_schema.read_scores_csv` gives them.
    models : sequence of str, optional
        Two or more; all by default. Each is compared with each.
    metrics : sequence of str, optional
        All by default.
    seed : int, default 0
        Of the draws.
    resamples, permutations : int
        How many draws for intervals and tests.

    Returns
    -------
    list of Comparison
        Pair by pair, metric by metric. Pairs and metrics without a common image are left out.

    Raises
    ------
    FoveolaError
        If the scores have no such model or metric, or there is nothing to compare.
    """
    array = score_array(scores)
    models, metrics = tuple(dict.fromkeys(models or array.models)), metrics or array.metrics
    rows = [place(model, array.models, "model") for model in models]
    columns = [place(metric, array.metrics, "metric") for metric in metrics]
    if len(rows) < 2:
        raise FoveolaError("There is only one model.", remedy="Compare two different ones.")
    found = []
    for number, first in enumerate(rows):
        for second in rows[number + 1 :]:
            for metric in columns:
                pair = array.values[[first, second]][:, :, metric]
                pair = pair[:, ~np.isnan(pair).any(axis=0)]
                if pair.shape[1]:
                    names = array.models[first], array.models[second], array.metrics[metric]
                    found.append(_compared(pair, names, seed, resamples, permutations))
    if not found:
        raise FoveolaError(
            "The models have no image on which both are defined.",
            remedy="The gold standard is not defined for CC, KLDiv and SIM.",
        )
    adjusted = holm(np.array([one.p_value for one in found]))
    return [replace(one, adjusted=float(p)) for one, p in zip(found, adjusted, strict=True)]


def _compared(
    pair: Floats, names: tuple[str, str, str], seed: int, resamples: int, permutations: int
) -> Comparison:
    """Compare two rows of defined scores; Holm's correction waits until all are there."""
    first, second, metric = names
    with np.errstate(invalid="ignore"):
        differences = np.where(pair[0] == pair[1], 0.0, pair[0] - pair[1])
    means, lows, highs = bootstrap_means(
        np.stack([pair[0], pair[1], differences])[:, :, None], seed=seed, resamples=resamples
    )
    p_value = permutation_p_values(differences[:, None], seed=seed, permutations=permutations)[0]
    return Comparison(
        first=first,
        second=second,
        metric=metric,
        images=pair.shape[1],
        first_mean=float(means[0, 0]),
        second_mean=float(means[1, 0]),
        difference=float(means[2, 0]),
        low=float(lows[2, 0]),
        high=float(highs[2, 0]),
        p_value=float(p_value),
        adjusted=math.nan,
        effect_size=standardised_difference(differences),
        superiority=superiority(differences),
    )
