"""The leaderboard: a view of score rows, as means over images with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from foveola.data_schema import Score

from .score_array import higher_is_better, score_array

Floats = NDArray[np.float64]

RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Standing:
    """What a model reaches by a metric over a set.

    Attributes
    ----------
    mean : float
        Mean over the images where the metric is defined; NaN where there is none.
    low, high : float
        Bounds of the 95 % bootstrap interval over images.
    images : int
        Images where it is defined.
    undefined : int
        Images where it is not.
    """

    mean: float
    low: float
    high: float
    images: int
    undefined: int


@dataclass(frozen=True)
class LeaderboardRow:
    """A model's standings by metric."""

    model: str
    standings: dict[str, Standing]


def leaderboard(
    scores: Sequence[Score], *, seed: int = 0, resamples: int = RESAMPLES
) -> list[LeaderboardRow]:
    """Summarise score rows by model, the best by the first metric on top.

    Every image counts the same, however many fixations it has. Models without a defined mean
    come last; metrics that are not in :data:`~foveola.benchmark.profiles.METRICS` count as better
    when higher.

    Parameters
    ----------
    scores : sequence of Score
        One row for each model, stimulus and metric.
    seed : int, default 0
        Of the bootstrap.
    resamples : int, default 1000
        Sets of images that are drawn.

    Returns
    -------
    list of LeaderboardRow
    """
    if not scores:
        return []
    array = score_array(scores)
    models, stimuli, metrics, values = array.models, array.stimuli, array.metrics, array.values
    means, lows, highs = bootstrap_means(values, seed=seed, resamples=resamples)
    defined = np.count_nonzero(~np.isnan(values), axis=1)
    rows = [
        LeaderboardRow(
            model,
            {
                metric: Standing(
                    float(means[i, j]),
                    float(lows[i, j]),
                    float(highs[i, j]),
                    int(defined[i, j]),
                    len(stimuli) - int(defined[i, j]),
                )
                for j, metric in enumerate(metrics)
            },
        )
        for i, model in enumerate(models)
    ]
    return sorted(rows, key=lambda row: _rank(row, metrics[0]))


def bootstrap_means(
    values: Floats,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> tuple[Floats, Floats, Floats]:
    """Means over images, and expanded percentile bootstrap intervals of them.

    All models and metrics are drawn on the same images, so that their intervals rest on the same
    chances. A value that is not defined is left out of its mean, never counted.

    Parameters
    ----------
    values : ndarray, shape (models, images, metrics)
        NaN where a metric is not defined.
    seed, resamples : int
        Of the random draws, and how many sets of images.
    confidence : float, default 0.95
        Share of the draws between the bounds.

    Returns
    -------
    means, lows, highs : ndarray, shape (models, metrics)
        NaN where no image has a value.
    """
    models, images, metrics = values.shape
    if not images:
        unknown = np.full((models, metrics), math.nan)
        return unknown, unknown.copy(), unknown.copy()
    columns = values.transpose(1, 0, 2).reshape(images, models * metrics)
    means = _weighted_means(np.ones((1, images)), columns)[0]
    resampled = np.sort(bootstrap_draws(columns, seed=seed, resamples=resamples), axis=0)
    tail = expanded_tail(np.count_nonzero(~np.isnan(columns), axis=0), confidence)
    lows, highs = (quantile(resampled, share) for share in (tail, 1 - tail))
    shape = models, metrics
    return means.reshape(shape), lows.reshape(shape), highs.reshape(shape)


def bootstrap_draws(columns: Floats, *, seed: int = 0, resamples: int = RESAMPLES) -> Floats:
    """Means of columns over bootstrap samples of the images, all on the same samples.

    Parameters
    ----------
    columns : ndarray, shape (images, columns)
        NaN is left out of a mean. There is at least one image.
    seed, resamples : int
        Of the random draws, and how many sets of images.

    Returns
    -------
    ndarray, shape (resamples, columns)
        NaN where a sample holds no image that has a value.
    """
    images = len(columns)
    draws = np.random.default_rng(seed).multinomial(
        images, np.full(images, 1 / images), size=resamples
    )
    return _weighted_means(draws.astype(float), columns)


def _weighted_means(weights: Floats, columns: Floats) -> Floats:
    """Mean of each column under each row of weights; NaN is left out, infinity is kept."""
    defined = ~np.isnan(columns)
    finite = np.where(np.isfinite(columns), columns, 0)
    totals = weights @ defined.astype(float)
    means = np.full(totals.shape, math.nan)
    np.divide(weights @ finite, totals, out=means, where=totals > 0)
    for infinite in (-math.inf, math.inf):
        means[(weights @ (columns == infinite).astype(float)) > 0] = infinite
    return means


def expanded_tail(count: int | NDArray[np.integer], confidence: float = CONFIDENCE) -> Floats:
    """Share of draws beyond each bound, so that the interval covers with few images too.

    A percentile interval is as narrow as a normal one with the standard deviation of the sample:
    with few images it covers too seldom. Bounds further out make it as wide as that of Student's
    t (Hesterberg 2015, "What teachers should know about the bootstrap", *The American
    Statistician*, 69(4), 371-386, the expanded percentile interval).

    Parameters
    ----------
    count : int or ndarray of int
        Images that are drawn from; fewer than 2 count as 2.
    confidence : float, default 0.95
        Share of the draws between the bounds.

    Examples
    --------
    >>> [round(float(expanded_tail(count)), 4) for count in (10, 100, 10_000)]
    [0.0086, 0.0231, 0.025]
    """
    count = np.maximum(count, 2)
    beyond = special.stdtrit(count - 1, (1 - confidence) / 2) * np.sqrt(count / (count - 1))
    return np.asarray(special.ndtr(beyond))


def quantile(ordered: Floats, share: float | Floats) -> Floats:
    """Nearest-rank quantile of sorted draws by column, those that are not defined left out."""
    known = np.count_nonzero(~np.isnan(ordered), axis=0)  # NaN is sorted to the end
    place = np.clip(np.round(share * (known - 1)), 0, None).astype(int)
    return np.asarray(np.take_along_axis(ordered, place[None], axis=0)[0])


def _rank(row: LeaderboardRow, metric: str) -> tuple[bool, float]:
    mean = row.standings[metric].mean
    return math.isnan(mean), -mean if higher_is_better(metric) else mean
