"""The noise ceiling: how well the map of other observers scores, by each metric.

The observers of each image are split at random into two halves. The map of one half is scored on
the fixations of the other, and the other way round. A model that knows where people look on the
image, but not who looks, can't be expected to do much better. Halves are smaller than the set:
the ceiling of a set with as many observers in each half lies higher (split-half reliability; see
Wilming, Betz, Kietzmann & König 2011, *PLoS ONE*, 6(9), e24038, doi 10.1371/journal.pone.0024038).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from foveola.data_schema import FixationSet
from foveola.fixation_maps.gold_standard import GoldStandard

from .ground_truth import GroundTruths, Widths
from .leaderboard import bootstrap_means
from .profiles import Prediction, metrics_of
from .score_array import higher_is_better

Floats = NDArray[np.float64]

#: What the half's observers predict: their blurred fixations, or their gold-standard density.
MAPS = ("empirical map", "gold-standard density")


@dataclass(frozen=True)
class NoiseCeiling:
    """What the map of other observers reaches.

    Attributes
    ----------
    metrics : tuple of str
        The profile's.
    values : ndarray, shape (images, metrics)
        Mean of the two directions; NaN where an image has fewer than two observers.
    maps : tuple of str
        Which of :data:`MAPS` does better by each metric, and is the ceiling.
    """

    metrics: tuple[str, ...]
    values: Floats
    maps: tuple[str, ...]

    def intervals(self, seed: int = 0) -> tuple[Floats, Floats, Floats]:
        """Means over images and bounds of their 95 % bootstrap intervals, shape (metrics,)."""
        means, lows, highs = bootstrap_means(self.values[None], seed=seed)
        return means[0], lows[0], highs[0]


def noise_ceiling(
    fixations: FixationSet,
    gold_standard: GoldStandard,
    sigma_px: Widths,
    *,
    profile: str = "tuebingen",
    seed: int = 0,
) -> NoiseCeiling:
    """Score one half of the observers by the map of the other.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    gold_standard : GoldStandard
        Fitted to the set; its bandwidth and weights make the density of a half.
    sigma_px : float or sequence of float
        Standard deviation of the Gaussian that makes empirical maps, or that of each stimulus.
    profile : str, default "tuebingen"
        Which metrics.
    seed : int, default 0
        Of the split.
    """
    metrics = metrics_of(profile)
    halves = split_observers(fixations, seed)
    truths = [GroundTruths(half, sigma_px, gold_standard.centre_bias) for half in halves]
    golds = [replace(gold_standard, fixations=half) for half in halves]
    values = np.full((len(MAPS), 2, len(fixations.stimuli), len(metrics)), math.nan)
    with threadpool_limits(1, user_api="blas"):
        for index in range(len(fixations.stimuli)):
            if not all(len(half.of(index)) for half in halves):
                continue
            pair = [one.of(index) for one in truths]
            for half, truth in enumerate(reversed(pair)):
                predictions = (
                    Prediction(pair[half].empirical_map, "saliency_map"),
                    Prediction(golds[half].log_density(index), "log_density"),
                )
                for kind, prediction in enumerate(predictions):
                    for column, metric in enumerate(metrics):
                        values[kind, half, index, column] = metric.compute(prediction, truth)
    by_kind = values.mean(axis=1)
    known = ~np.isnan(by_kind).all(axis=(0, 2))
    means = by_kind[:, known].mean(axis=1) if known.any() else np.zeros((2, len(metrics)))
    signs = np.array([1 if higher_is_better(metric.name) else -1 for metric in metrics])
    better = np.argmax(signs * means, axis=0)
    return NoiseCeiling(
        tuple(metric.name for metric in metrics),
        np.stack([by_kind[kind, :, column] for column, kind in enumerate(better)], axis=1),
        tuple(MAPS[kind] for kind in better),
    )


def split_observers(fixations: FixationSet, seed: int = 0) -> tuple[FixationSet, FixationSet]:
    """Split the observers of each image at random into two halves.

    An image with an odd number of observers gives the first half one more.
    """
    first = np.zeros(len(fixations.table), bool)
    for index in range(len(fixations.stimuli)):
        own = fixations.table["stimulus"] == index
        observers = np.unique(fixations.table["observer"][own])
        order = np.random.default_rng([seed, index]).permutation(observers)
        first |= own & np.isin(fixations.table["observer"], order[: math.ceil(len(order) / 2)])
    return (
        replace(fixations, table=fixations.table[first]),
        replace(fixations, table=fixations.table[~first]),
    )
