"""All statistics of a run of scores, as one JSON record beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet, Score
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.gold_standard import GoldStandard

from .breakdown import categories, fixation_count_groups, leaderboards_by
from .explained_information import explained_share
from .ground_truth import Widths
from .leaderboard import LeaderboardRow, leaderboard
from .noise_ceiling import noise_ceiling
from .observer_bootstrap import observer_bootstrap_means
from .permutation import equal_groups, pairwise_tests
from .rank_stability import rank_stability
from .score_array import ScoreArray, higher_is_better, score_array

Floats = NDArray[np.float64]

#: Names of the models that the explainable information lies between.
BASELINE, GOLD_STANDARD = "centre-bias", "gold-standard"


def score_statistics(
    scores: Sequence[Score],
    fixations: FixationSet,
    *,
    sigma_px: Widths,
    profile: str = "tuebingen",
    by_observer: Floats | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Statistics of scores: intervals, ranks, tests, shares, ceilings and groups of images.

    Parameters
    ----------
    scores : sequence of Score
        Of all models on the set.
    fixations : FixationSet
        The set they were scored on.
    sigma_px : float or sequence of float
        Standard deviation of the Gaussian that made the empirical maps, or that of each stimulus.
    profile : str, default "tuebingen"
        Of the noise ceiling.
    by_observer : ndarray, shape (models, metrics, stimuli, observers), optional
        Scores of each observer's fixations, in the order of the rows and the set: for intervals
        over observers.
    seed : int, default 0
        Of all draws.

    Returns
    -------
    dict
        As it is written as JSON; what is not defined is None.
    """
    array = score_array(scores)
    bias = CentreBias.fit(fixations)
    ceiling = noise_ceiling(
        fixations, GoldStandard.fit(fixations, bias), sigma_px, profile=profile, seed=seed
    )
    means, lows, highs = ceiling.intervals(seed)
    rows = leaderboard(scores, seed=seed)
    record: dict[str, Any] = {
        "seed": seed,
        "leaderboard": _board(rows),
        "ranks": {metric: _ranks(array, metric, seed) for metric in array.metrics},
        "pairs": {metric: _pairs(array, metric, seed) for metric in array.metrics},
        "explained_information": _explained(array, seed),
        "noise_ceiling": {
            metric: {"mean": mean, "low": low, "high": high, "map": kind}
            for metric, mean, low, high, kind in zip(
                ceiling.metrics, means, lows, highs, ceiling.maps, strict=True
            )
        },
        "by_category": _groups(scores, categories(array.stimuli), seed),
        "by_fixations": _groups(scores, fixation_count_groups(fixations), seed),
    }
    if by_observer is not None:
        record["over_observers"] = _over_observers(array, fixations, by_observer, seed)
    known: dict[str, Any] = _finite(record)
    return known


def _board(rows: Sequence[LeaderboardRow]) -> dict[str, Any]:
    return {
        row.model: {
            metric: {"mean": one.mean, "low": one.low, "high": one.high, "images": one.images}
            for metric, one in row.standings.items()
        }
        for row in rows
    }


def _groups(scores: Sequence[Score], groups: Mapping[str, str], seed: int) -> dict[str, Any]:
    """Leaderboards by group; one group alone is the whole set, and is left out."""
    boards = leaderboards_by(scores, groups, seed=seed)
    return {group: _board(rows) for group, rows in boards.items()} if len(boards) > 1 else {}


def _ranks(array: ScoreArray, metric: str, seed: int) -> dict[str, Any]:
    stability = rank_stability(
        array.of_metric(metric), higher_is_better=higher_is_better(metric), seed=seed
    )
    return {
        "concordance": stability.concordance,
        "models": {
            model: {
                "low": int(stability.low[i]),
                "high": int(stability.high[i]),
                "shares": stability.shares[i].tolist(),
            }
            for i, model in enumerate(array.models)
            if stability.high[i]
        },
    }


def _pairs(array: ScoreArray, metric: str, seed: int) -> dict[str, Any]:
    """Every model against every other, the best first; Holm's correction over their pairs."""
    values = array.of_metric(metric)
    sign = -1 if higher_is_better(metric) else 1
    defined = sorted(
        (i for i in range(len(values)) if not np.isnan(values[i]).all()),
        key=lambda i: sign * float(np.nanmean(values[i])),
    )
    tests = pairwise_tests(values[defined], seed=seed)
    names = [array.models[i] for i in defined]
    return {
        "tests": [
            {
                "first": names[i],
                "second": names[j],
                "difference": float(tests.differences[i, j]),
                "p_value": float(tests.p_values[i, j]),
                "adjusted": float(tests.adjusted[i, j]),
            }
            for i in range(len(names))
            for j in range(i + 1, len(names))
        ],
        "equal_groups": [[names[i] for i in group] for group in equal_groups(tests.adjusted)],
    }


def _explained(array: ScoreArray, seed: int) -> dict[str, Any]:
    """Share of explainable information gain of each model that competes."""
    if "IG" not in array.metrics or not {BASELINE, GOLD_STANDARD} <= set(array.models):
        return {}
    gains = dict(zip(array.models, array.of_metric("IG"), strict=True))
    shares = {
        model: explained_share(own, gains[BASELINE], gains[GOLD_STANDARD], seed=seed)
        for model, own in gains.items()
        if model not in (BASELINE, GOLD_STANDARD)
    }
    return {
        model: {"share": one.share, "low": one.low, "high": one.high}
        for model, one in shares.items()
    }


def _over_observers(
    array: ScoreArray, fixations: FixationSet, by_observer: Floats, seed: int
) -> dict[str, Any]:
    """Intervals over images and observers, of the metrics that look at fixations one by one."""
    shape = len(fixations.stimuli), len(fixations.observers)
    counts = np.zeros(shape, np.int64)
    np.add.at(counts, (fixations.table["stimulus"], fixations.table["observer"]), 1)
    columns = by_observer.reshape(-1, *shape)
    bounds = np.stack(observer_bootstrap_means(columns, counts, seed=seed), axis=1)
    bounds = bounds.reshape(len(array.models), len(array.metrics), 3)
    return {
        model: {
            metric: dict(zip(("mean", "low", "high"), bounds[i, j].tolist(), strict=True))
            for j, metric in enumerate(array.metrics)
            if not math.isnan(bounds[i, j, 0])
        }
        for i, model in enumerate(array.models)
    }


def _finite(value: Any) -> Any:
    """The same with None for what JSON has no number for."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(value) if isinstance(value, np.floating) else value
