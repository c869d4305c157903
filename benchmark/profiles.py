"""Which metrics are computed, on what, and in which order: one readable table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from foveola.data_schema import FoveolaError

from . import metrics
from .ground_truth import Blur, Floats, GroundTruth
from .metrics import log_density_of_map
from .metrics.checked import CheckedMap, as_checked, log_density_at
from .metrics.information_gain import gain_at_fixations
from .metrics.inputs import pixel_indices
from .models import Kind

Needs = Literal["fixations", "other fixations", "empirical map", "baseline"]


@dataclass(frozen=True)
class Prediction:
    """A model's map of a stimulus, in the two forms that metrics ask for.

    Attributes
    ----------
    values : ndarray, shape (height, width)
        What the model returned, checked.
    kind : {"saliency_map", "log_density"}
        What it is.
    known : CheckedMap, optional
        The saliency map, where it has been checked already.
    """

    values: Floats
    kind: Kind
    known: CheckedMap | None = field(default=None, repr=False)

    @cached_property
    def saliency_map(self) -> Floats:
        """The map, or the density of a model that returns a log density."""
        return np.exp(self.values) if self.kind == "log_density" else self.values

    @cached_property
    def checked(self) -> CheckedMap:
        """The saliency map, checked once for all metrics."""
        return self.known or as_checked(self.saliency_map)

    @cached_property
    def stretched(self) -> Floats:
        """The saliency map stretched to 0 ... 1; a constant one is left as it is."""
        values = self.saliency_map
        least, most = values.min(), values.max()
        return values if least == most else (values - least) / (most - least)

    @cached_property
    def log_density(self) -> Floats:
        """The log density, or the one that a saliency map is taken to mean."""
        return self.values if self.kind == "log_density" else log_density_of_map(self.values)


@dataclass(frozen=True)
class Metric:
    """A metric of the table.

    Attributes
    ----------
    name : str
        As it is written in score files.
    title : str
        In words.
    needs : tuple of str
        What of the ground truth it looks at.
    higher_is_better : bool
        False for divergences and distances.
    unit : str
        Empty for pure numbers.
    compute : callable
        From prediction and ground truth to a number; NaN where it is not defined.
    """

    name: str
    title: str
    needs: tuple[Needs, ...]
    higher_is_better: bool
    unit: str
    compute: Callable[[Prediction, GroundTruth], float]

    @property
    def by_fixation(self) -> bool:
        """Whether it is a mean over fixations, so that parts of them can be scored apart."""
        return "empirical map" not in self.needs


@dataclass(frozen=True)
class Profile:
    """A named choice of metrics; the first orders the leaderboard.

    Attributes
    ----------
    name : str
        As it is given on the command line.
    metrics : tuple of str
        Names in :data:`METRICS`.
    about : str
        What it is, for people.
    blur : {"gaussian", "mit"}
        How empirical maps are made.
    other_images : int or None
        The other fixations are those on so many drawn images; None takes all.
    """

    name: str
    metrics: tuple[str, ...]
    about: str
    blur: Blur = "gaussian"
    other_images: int | None = None


def _information_gain(prediction: Prediction, truth: GroundTruth) -> float:
    """Information gain over the baseline, without the maps' logarithms where nobody looked."""
    if truth.baseline_at_fixations is None:
        return metrics.information_gain(prediction.log_density, truth.fixations)
    values = prediction.values
    pixels = pixel_indices(truth.fixations, values.shape)
    own = (
        values.ravel()[pixels]
        if prediction.kind == "log_density"
        else log_density_at(prediction.checked, pixels)
    )
    return gain_at_fixations(own, truth.baseline_at_fixations)


def _baseline_map(truth: GroundTruth) -> Floats:
    if truth.baseline is None:
        return np.ones(truth.empirical_map.shape)
    return np.exp(truth.baseline)


METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "IG", "information gain", ("fixations", "baseline"), True, "bit/fixation",
            lambda p, t: _information_gain(p, t),
        ),
        Metric(
            "AUC", "area under the ROC curve", ("fixations",), True, "",
            lambda p, t: metrics.auc(p.checked, t.fixations),
        ),
        Metric(
            "sAUC", "shuffled AUC", ("fixations", "other fixations"), True, "",
            lambda p, t: metrics.shuffled_auc(
                p.checked, t.fixations, t.other_fixations, weights=t.other_counts
            ),
        ),
        Metric(
            "NSS", "normalised scanpath saliency", ("fixations",), True, "",
            lambda p, t: metrics.nss(p.checked, t.fixations),
        ),
        Metric(
            "CC", "correlation coefficient", ("empirical map",), True, "",
            lambda p, t: metrics.cc(p.checked, t.checked_empirical),
        ),
        Metric(
            "KLDiv", "Kullback-Leibler divergence", ("empirical map",), False, "nat",
            lambda p, t: metrics.kl_divergence(p.checked, t.checked_empirical),
        ),
        Metric(
            "SIM", "similarity", ("empirical map",), True, "",
            lambda p, t: metrics.similarity(p.checked, t.checked_empirical),
        ),
        Metric(
            "LL", "log-likelihood", ("fixations",), True, "nat/fixation",
            lambda p, t: metrics.log_likelihood(p.log_density, t.fixations),
        ),
        Metric(
            "AUC-Judd", "area under the ROC curve, after Judd", ("fixations",), True, "",
            lambda p, t: metrics.auc_judd(p.stretched, t.fixations),
        ),
        Metric(
            "SIM-MIT", "similarity, of stretched maps", ("empirical map",), True, "",
            lambda p, t: metrics.similarity(p.checked, t.checked_empirical, min_max=True),
        ),
        Metric(
            "EMD", "earth mover's distance", ("empirical map",), False, "block",
            lambda p, t: metrics.emd(p.saliency_map, t.empirical_map),
        ),
        Metric(
            "AUC-Borji", "area under the ROC curve, after Borji", ("fixations",), True, "",
            lambda p, t: metrics.auc_borji(p.saliency_map, t.fixations),
        ),
        Metric(
            "sAUC-Borji", "shuffled AUC, after Borji", ("fixations", "other fixations"), True, "",
            lambda p, t: metrics.auc_borji(
                p.saliency_map, t.fixations, other_fixations=t.other_fixations
            ),
        ),
        Metric(
            "CC-MIT", "correlation coefficient", ("empirical map",), True, "",
            lambda p, t: metrics.cc(p.checked, t.checked_empirical),
        ),
        Metric(
            "NSS-MIT", "normalised scanpath saliency, of fixated pixels", ("fixations",), True, "",
            lambda p, t: metrics.nss(
                p.checked, np.unique(t.fixations, axis=0), ddof=1
            ),
        ),
        Metric(
            "KLDiv-MIT", "Kullback-Leibler divergence", ("empirical map",), False, "nat",
            lambda p, t: metrics.kl_divergence(p.checked, t.checked_empirical),
        ),
        Metric(
            "IG-MIT", "information gain, of stretched maps", ("fixations", "baseline"), True,
            "bit/pixel",
            lambda p, t: metrics.min_max_information_gain(
                p.saliency_map, t.fixations, _baseline_map(t)
            ),
        ),
    )
}  # fmt: skip

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "tuebingen",
            ("IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM"),
            "As the MIT/Tübingen benchmark defines them: means over images of means over "
            "fixations. A model of densities is scored by its density in every metric; a saliency "
            "map gets a density by being divided by its sum, at least 1 % of the uniform one.",
        ),
        Profile(
            "mit",
            (
                "AUC-Judd",
                "SIM-MIT",
                "EMD",
                "AUC-Borji",
                "sAUC-Borji",
                "CC-MIT",
                "NSS-MIT",
                "KLDiv-MIT",
                "IG-MIT",
            ),
            "As the old MIT benchmark's Matlab code computed them: a pixel counts once however "
            "often it is fixated; empirical maps by a Fourier blur of 8 cycles per image; the "
            "shuffled AUC against 10 drawn images; all draws seeded.",
            blur="mit",
            other_images=10,
        ),
    )
}


def metrics_of(profile: str) -> list[Metric]:
    """Metrics of a profile in its order; FoveolaError where there is no such profile."""
    if profile not in PROFILES:
        raise FoveolaError(
            f"There is no profile {profile!r}.", remedy=f"Choose one of: {', '.join(PROFILES)}."
        )
    return [METRICS[name] for name in PROFILES[profile].metrics]
