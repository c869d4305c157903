"""The map by which a density does best in each metric.

A metric asks for a map, and the best map that a model of densities can give differs from metric to
metric: the one with the largest expected score where fixations really come from the density
(Kümmerer, Wallis and Bethge 2018, Saliency benchmarking made easy, ECCV).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, stats
from skimage.transform import resize as interpolated

from foveola.data_schema import FixationSet
from foveola.fixation_maps.density import gaussian_rows

from .ground_truth import Floats, Indices
from .models import SaliencyModel, stimulus_view
from .profiles import Prediction

#: Logarithm that stands for that of a density of 0, which no map can hold.
LEAST_LOG = -700.0
#: Sets of fixations that are drawn for the similarity map.
SAMPLES = 200
#: A blurred map is computed at every so manyth part of the Gaussian's width, and interpolated.
CELLS_PER_SIGMA = 5


@dataclass(frozen=True)
class OptimalMaps:
    """Metric-optimal maps of the models of densities that are scored together.

    Attributes
    ----------
    sigmas_px : tuple of float
        Of each stimulus' empirical map.
    fixations : int
        On an image of the set, in the mean.
    means : dict of int to MeanDensity
        For each model of densities, by its number.
    seed : int
        Of the sampled fixations.
    """

    sigmas_px: tuple[float, ...]
    fixations: int
    means: dict[int, MeanDensity]
    seed: int = 0

    @classmethod
    def fit(
        cls, fixations: FixationSet, models: Sequence[SaliencyModel], sigmas_px: Sequence[float]
    ) -> OptimalMaps:
        """Ask every model of densities for all its maps once, for the mean of the other images."""
        images = len(np.unique(fixations.table["stimulus"]))
        count = round(len(fixations.table) / max(images, 1))
        means = {
            number: MeanDensity.of_model(fixations, model)
            for number, model in enumerate(models)
            if model.kind == "log_density"
        }
        return cls(tuple(sigmas_px), max(count, 1), means)

    def form(self, model: int, index: int, prediction: Prediction, metric: str) -> Prediction:
        """What a metric of the profile ``tuebingen`` is given for a prediction.

        Parameters
        ----------
        model, index : int
            Numbers of the model and of the stimulus.
        prediction : Prediction
            The model's; a saliency map remains what it is.
        metric : str
            Name of the metric.
        """
        if prediction.kind == "saliency_map" or metric in ("IG", "LL", "NSS"):
            return prediction
        density = prediction.saliency_map
        if metric == "AUC":
            values = equalised_map(density)
        elif metric == "sAUC":
            others = self.means[model].of_others(index, density.shape)
            values = shuffled_auc_map(prediction.values, others)
        elif metric == "SIM":
            seed = self.seed, index
            values = similarity_map(density, self.sigmas_px[index], self.fixations, seed=seed)
        else:
            values = blurred_density(density, self.sigmas_px[index])
        return Prediction(values, "saliency_map")


def equalised_map(density: Floats) -> Floats:
    """AUC map of a density: the share of pixels below each pixel, equal ones counted half.

    It has the density's AUC exactly: pixels of equal density stay equal, so that the uniform
    density becomes the constant map and scores 0.5.

    Examples
    --------
    >>> equalised_map(np.array([[0.1, 0.4], [0.4, 0.1]])).tolist()
    [[0.25, 0.75], [0.75, 0.25]]
    """
    ranks = stats.rankdata(density, method="average") - 0.5
    return np.asarray(ranks / density.size, float).reshape(density.shape)


def shuffled_auc_map(log_density: Floats, others: Floats) -> Floats:
    """Shuffled AUC map: log density less the log of the mean density on other images.

    The ratio of the densities of positives and negatives orders pixels best (Neyman & Pearson).
    """
    with np.errstate(divide="ignore"):
        negatives = np.log(others)
    return np.asarray(np.maximum(log_density, LEAST_LOG) - np.maximum(negatives, LEAST_LOG))


def blurred_density(density: Floats, sigma_px: float) -> Floats:
    """CC and KLDiv map: the expected empirical map, which is the density blurred as that is."""
    return np.asarray(ndimage.gaussian_filter(density, sigma_px, truncate=4.0), float)


def similarity_map(
    density: Floats,
    sigma_px: float,
    fixations: int,
    *,
    samples: int = SAMPLES,
    seed: int | Sequence[int] = 0,
) -> Floats:
    """SIM map: the density with the largest expected similarity to the empirical maps.

    With P the map and Q the empirical map of drawn fixations, the expectation of the sum over
    pixels of min(P, Q) grows with P at a pixel by the probability that Q is larger there. At the
    best map this probability is the same at all pixels: every pixel is the same quantile of its
    Q, the one at which the pixels sum to 1. So nothing is searched for: the maps that are drawn
    are sorted pixel by pixel.

    Parameters
    ----------
    density : ndarray, shape (height, width)
        Sums to 1.
    sigma_px : float
        Standard deviation of the Gaussian of empirical maps.
    fixations : int
        Number of fixations of an empirical map.
    samples : int
        Number of empirical maps that are drawn.
    seed : int or sequence of int
        Of the draws.

    Returns
    -------
    ndarray, shape (height, width)
        Sums to 1. Computed at every fifth of the Gaussian's width and interpolated between.
    """
    height, width = density.shape
    places = _draw(density, fixations * samples, seed)
    rows, columns = _grid(height, sigma_px), _grid(width, sigma_px)
    vertical = gaussian_rows(height, places // width, sigma_px)[:, rows]
    horizontal = gaussian_rows(width, places % width, sigma_px)[:, columns]
    drawn = np.empty((samples, len(rows), len(columns)))
    for sample in range(samples):
        part = slice(sample * fixations, (sample + 1) * fixations)
        np.matmul(vertical[part].T, horizontal[part], out=drawn[sample])
    drawn /= drawn.sum(axis=(1, 2), keepdims=True)
    drawn.sort(axis=0)
    best = _quantile_of_sum_one(drawn)
    result = _between(height, rows) @ best @ _between(width, columns).T
    return np.asarray(result / result.sum())


def _draw(density: Floats, count: int, seed: int | Sequence[int]) -> Indices:
    cumulated = np.cumsum(density.ravel())
    drawn = np.random.default_rng(seed).random(count) * cumulated[-1]
    pixels = np.searchsorted(cumulated, drawn, side="right")
    return np.asarray(np.minimum(pixels, density.size - 1), np.intp)


def _grid(size: int, sigma_px: float) -> Indices:
    """Evenly spread pixels of an axis, its first and last among them."""
    count = min(size, max(2, round(size * CELLS_PER_SIGMA / sigma_px) + 1))
    return np.unique(np.round(np.linspace(0, size - 1, count)).astype(np.intp))


def _between(size: int, places: Indices) -> Floats:
    """Linear interpolation from some pixels of an axis to all, shape (size, len(places))."""
    axis = np.arange(size)
    return np.stack([np.interp(axis, places, unit) for unit in np.eye(len(places))], axis=1)


def _quantile_of_sum_one(ranked: Floats) -> Floats:
    """Same quantile of each cell, at which all cells sum to 1; cells are sorted along axis 0."""
    sums = ranked.sum(axis=(1, 2))
    above = int(np.clip(np.searchsorted(sums, 1.0), 1, len(sums) - 1))
    low, high = sums[above - 1], sums[above]
    share = np.clip((1 - low) / (high - low), 0, 1) if high > low else 0.0
    return np.asarray((1 - share) * ranked[above - 1] + share * ranked[above])


@dataclass(frozen=True)
class MeanDensity:
    """Sum of a model's densities over the images of a set, scaled to one size.

    Attributes
    ----------
    total : ndarray, shape (height, width)
        Of the set's most frequent size.
    model : SaliencyModel
        The model of densities.
    fixations : FixationSet
        The set.
    """

    total: Floats
    model: SaliencyModel
    fixations: FixationSet

    @classmethod
    def of_model(cls, fixations: FixationSet, model: SaliencyModel) -> MeanDensity:
        """Sum the densities of all images, each read once."""
        shape = Counter(stimulus.shape for stimulus in fixations.stimuli).most_common(1)[0][0]
        mean = cls(np.zeros(shape), model, fixations)
        for index in range(len(fixations.stimuli)):
            np.add(mean.total, mean.own(index), out=mean.total)
        return mean

    def own(self, index: int) -> Floats:
        """Density of one image, in the size of the sum."""
        values = self.model.predict(stimulus_view(self.fixations, index))
        return _resized(np.exp(np.asarray(values, float)), self.total.shape)

    def of_others(self, index: int, shape: tuple[int, ...]) -> Floats:
        """Mean density on all images but one, in that one's size; uniform without others."""
        others = len(self.fixations.stimuli) - 1
        if others == 0:
            return np.full(shape, 1 / (shape[0] * shape[1]))
        # What is left of a difference may be a rounding error below zero.
        return _resized(np.maximum(self.total - self.own(index), 0) / others, shape)


def _resized(density: Floats, shape: tuple[int, ...]) -> Floats:
    if density.shape == shape:
        return density
    result = interpolated(  # type: ignore[no-untyped-call]
        density, shape, order=1, mode="edge", anti_aliasing=True, preserve_range=True
    )
    return np.asarray(result / result.sum(), float)
