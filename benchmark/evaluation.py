"""Score models against fixations: one stimulus after another, each map read once, flat memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from foveola.data_schema import FixationSet, FoveolaError, Score
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.mit_kernel import mit_sigma_px

from .ground_truth import Floats, GroundTruth, GroundTruths, Widths, widths_px_of
from .metric_optimal import OptimalMaps
from .metrics.checked import as_checked
from .metrics.inputs import checked_log_density
from .models import ObserverModel, SaliencyModel, StimulusView, stimulus_view
from .profiles import PROFILES, Metric, Prediction, Profile, metrics_of

#: Width of the empirical Gaussian where a set does not say how many pixels a degree has: near one
#: degree in MIT300 and in OSIE.
DEFAULT_SIGMA_PX = 24.0
#: How far from 1 the probabilities of a log density may sum: what float32 maps reach.
MASS_TOLERANCE = 1e-3

#: What metrics are given of a model of densities: its density, or for each its own best map.
Maps = Literal["density", "metric-optimal"]

OnMap = Callable[[int, int, Floats], None]
OnModel = Callable[[int, Prediction, GroundTruth], None]
OnProgress = Callable[[int, int], None]


def default_sigma_px(fixations: FixationSet, profile: str = "tuebingen") -> float:
    """One degree where the pixels per degree are known, 24 px where they are not.

    Of stimuli that have scales of their own (:func:`default_sigmas_px`) the median; of the profile
    ``mit``, whose blur follows the size of the image, what it is for the most frequent size.
    """
    metrics_of(profile)
    if PROFILES[profile].blur == "mit":
        sizes = Counter(stimulus.shape for stimulus in fixations.stimuli)
        return mit_sigma_px(sizes.most_common(1)[0][0]) if sizes else DEFAULT_SIGMA_PX
    return median_sigma_px(default_sigmas_px(fixations))


def default_sigmas_px(fixations: FixationSet) -> list[float]:
    """One degree of each stimulus, by its own scale or the set's; 24 px where neither is known."""
    scales = [fixations.px_per_deg(index) for index in range(len(fixations.stimuli))]
    return [scale if scale > 0 else DEFAULT_SIGMA_PX for scale in scales]


def median_sigma_px(sigmas_px: Sequence[float]) -> float:
    """The width that stands for those of all stimuli; 24 px of none."""
    return float(np.median(sigmas_px)) if len(sigmas_px) else DEFAULT_SIGMA_PX


def score(
    fixations: FixationSet,
    models: Sequence[SaliencyModel],
    *,
    profile: str = "tuebingen",
    sigma_px: Widths | None = None,
    centre_bias: CentreBias | None = None,
    maps: Maps = "density",
    on_map: OnMap | None = None,
    on_progress: OnProgress | None = None,
) -> list[Score]:
    """Score models on every stimulus of a set.

    The ground truth of a stimulus is made once and every model's map read once, so that memory
    grows with nothing but the rows that are returned. A model that leaves observers out
    (:class:`~foveola.benchmark.models.ObserverModel`) is scored on each observer's fixations by
    the map made without that observer, and the means are weighted by fixations. For it CC, KLDiv
    and SIM are not defined: they compare with the map of all observers, in which the one left
    out is one of many.

    Parameters
    ----------
    fixations : FixationSet
        The set; a stimulus without fixations scores NaN.
    models : sequence of SaliencyModel
        Their names are unique.
    profile : str, default "tuebingen"
        Which metrics, as in :data:`~foveola.benchmark.profiles.PROFILES`.
    sigma_px : float or sequence of float, optional
        Standard deviation of the Gaussian that makes empirical maps, or that of each stimulus; one
        degree of each by default, 24 px where the pixels per degree are not known.
    centre_bias : CentreBias, optional
        What information gain is counted from; fitted to the set by default.
    maps : {"density", "metric-optimal"}
        What metrics are given of a model of densities: its density, or for each metric the map
        that does best in it (:mod:`~foveola.benchmark.metric_optimal`).
    on_map : callable, optional
        Called with the indices of model and stimulus and the map: as it is, or the density.
    on_progress : callable, optional
        Called with the number of maps that are scored and that there are.

    Returns
    -------
    list of Score
        Model by model, stimulus by stimulus, in the profile's order of metrics.

    Raises
    ------
    FoveolaError
        If names are not unique, the profile is unknown, or a model's map is not what it says;
        the message names model and stimulus.
    """
    evaluation = new_evaluation(
        fixations, models, profile=profile, sigma_px=sigma_px, centre_bias=centre_bias, maps=maps
    )
    total = len(models) * len(fixations.stimuli)
    values = np.full((len(fixations.stimuli), len(models), len(evaluation.metrics)), math.nan)
    for index in range(len(fixations.stimuli)):

        def on_model(
            number: int, prediction: Prediction, _truth: GroundTruth, index: int = index
        ) -> None:
            if on_map:
                on_map(number, index, prediction.saliency_map)
            if on_progress:
                on_progress(index * len(models) + number + 1, total)

        values[index] = evaluation.of(index, on_model)
    return score_rows(evaluation, values)


@dataclass(frozen=True)
class Evaluation:
    """All that the scores of a stimulus are computed from; it can be sent to another process.

    Attributes
    ----------
    fixations : FixationSet
        The set.
    models : tuple of SaliencyModel
        Their names are unique.
    profile : str
        Which metrics.
    truths : GroundTruths
        Of the set.
    optimal : OptimalMaps or None
        Makes metric-optimal maps; None where metrics are given densities as they are.
    by_observer : bool
        Whether each observer's fixations are to be scored apart too.
    """

    fixations: FixationSet
    models: tuple[SaliencyModel, ...]
    profile: str
    truths: GroundTruths
    optimal: OptimalMaps | None = None
    by_observer: bool = False

    @property
    def metrics(self) -> list[Metric]:
        """Metrics in the profile's order."""
        return metrics_of(self.profile)

    def of(
        self, index: int, on_model: OnModel | None = None, by_observer: Floats | None = None
    ) -> Floats:
        """Score every model on the stimulus of that index.

        Parameters
        ----------
        index : int
            Of the stimulus.
        on_model : callable, optional
            Called with each model's index, its prediction and the ground truth, when it is scored.
        by_observer : ndarray, shape (models, metrics, observers), optional
            Filled with the score of each observer's own fixations; untouched where there are none
            and for metrics that compare with the map of all.

        Returns
        -------
        ndarray, shape (models, metrics)
            The same to the last bit wherever and after whatever else it is computed.
        """
        metrics = self.metrics
        values = np.empty((len(self.models), len(metrics)))
        # Matrices of one image are too small for a pool of threads, which costs more than it
        # brings; and sums in another number of threads differ in the last bit.
        with _threads().limit(limits=1, user_api="blas"):
            view, truth = stimulus_view(self.fixations, index), self.truths.of(index)
            for number, model in enumerate(self.models):
                prediction = _prediction(model, view, model.predict(view))
                form = partial(self.optimal.form, number, index) if self.optimal else _as_given
                own = None if by_observer is None else by_observer[number]
                values[number] = _scores(metrics, model, view, truth, prediction, form, own)
                if on_model:
                    on_model(number, prediction, truth)
        return values


def new_evaluation(
    fixations: FixationSet,
    models: Sequence[SaliencyModel],
    *,
    profile: str = "tuebingen",
    sigma_px: Widths | None = None,
    centre_bias: CentreBias | None = None,
    maps: Maps = "density",
    by_observer: bool = False,
) -> Evaluation:
    """Prepare an evaluation; parameters are those of :func:`score` and :class:`Evaluation`."""
    metrics_of(profile)
    _refuse_double_names(models)
    chosen = PROFILES[profile]
    if sigma_px is not None and chosen.blur == "mit":
        raise FoveolaError(
            f"The profile {profile!r} makes empirical maps by a blur of its own.",
            remedy="State no sigma, or choose another profile.",
        )
    widths_px = default_sigmas_px(fixations) if sigma_px is None else sigma_px
    truths = GroundTruths(
        fixations,
        widths_px,
        centre_bias or CentreBias.fit(fixations),
        blur=chosen.blur,
        other_images=chosen.other_images,
    )
    optimal = _optimal_maps(fixations, models, chosen, widths_px) if maps != "density" else None
    return Evaluation(fixations, tuple(models), profile, truths, optimal, by_observer)


def _optimal_maps(
    fixations: FixationSet, models: Sequence[SaliencyModel], profile: Profile, sigma_px: Widths
) -> OptimalMaps:
    if profile.name != "tuebingen":
        raise FoveolaError(
            f"Metric-optimal maps are not known for the profile {profile.name!r}.",
            remedy="Score with the profile 'tuebingen', or the densities as they are.",
        )
    return OptimalMaps.fit(fixations, models, widths_px_of(fixations, sigma_px))


def score_rows(evaluation: Evaluation, values: Floats) -> list[Score]:
    """Rows of an array of shape (stimuli, models, metrics), model by model."""
    return [
        Score(model.name, stimulus.id, metric.name, float(values[index, number, column]))
        for number, model in enumerate(evaluation.models)
        for index, stimulus in enumerate(evaluation.fixations.stimuli)
        for column, metric in enumerate(evaluation.metrics)
    ]


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    """Pools of threads of this process: finding them takes as long as several metrics."""
    return ThreadpoolController()


def _as_given(prediction: Prediction, _metric: str) -> Prediction:
    return prediction


def _scores(
    metrics: Sequence[Metric],
    model: SaliencyModel,
    view: StimulusView,
    truth: GroundTruth,
    prediction: Prediction,
    form: Callable[[Prediction, str], Prediction],
    by_observer: Floats | None,
) -> list[float]:
    """Scores by all metrics; fills in those of each observer, shape (metrics, observers)."""
    if not isinstance(model, ObserverModel):
        givens = [form(prediction, metric.name) for metric in metrics]
        if by_observer is not None:
            for observer in np.unique(truth.observers):
                own = truth.of_observer(observer)
                for column, metric in enumerate(metrics):
                    if metric.by_fixation:
                        by_observer[column, observer] = metric.compute(givens[column], own)
        return [metric.compute(given, truth) for metric, given in zip(metrics, givens, strict=True)]
    observers = np.unique(truth.observers)
    by_fixation = [metric for metric in metrics if metric.by_fixation]
    if len(observers) < 2 or not by_fixation:
        return [math.nan] * len(metrics)
    # Means over fixations, each under the map without its observer.
    sums = dict.fromkeys((metric.name for metric in by_fixation), 0.0)
    for observer in observers:
        own = truth.of_observer(observer)
        without = _prediction(model, view, model.predict_for(view, int(observer)))
        for metric in by_fixation:
            value = metric.compute(form(without, metric.name), own)
            sums[metric.name] += len(own.fixations) * value
            if by_observer is not None:
                by_observer[metrics.index(metric), observer] = value
    count = len(truth.fixations)
    return [sums.get(metric.name, math.nan) / count for metric in metrics]


def _prediction(
    model: SaliencyModel, view: StimulusView, values: NDArray[np.floating]
) -> Prediction:
    """Check a model's map; what is wrong with it is told with the model and the stimulus."""
    what = f"{model.kind.replace('_', ' ')} of {model.name!r} for {view.stimulus.id!r}"
    if model.kind == "log_density":
        prediction = Prediction(checked_log_density(values, what), model.kind)
        mass = float(prediction.saliency_map.sum())
        if abs(mass - 1) > MASS_TOLERANCE:
            raise FoveolaError(
                f"The probabilities of the {what} sum to {mass:.6g}.",
                remedy="Subtract the logarithm of that sum from the log density.",
            )
    else:
        checked = as_checked(values, what)
        prediction = Prediction(checked.values, model.kind, checked)
    if prediction.values.shape != view.stimulus.shape:
        raise FoveolaError(
            f"The {what} has (height, width) {prediction.values.shape}, "
            f"the stimulus {view.stimulus.shape}.",
            remedy="A map has the size of its stimulus.",
        )
    return prediction


def _refuse_double_names(models: Sequence[SaliencyModel]) -> None:
    names = [model.name for model in models]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise FoveolaError(
            f"Two models are called {double!r}.", remedy="Rename a folder, or drop the double."
        )
