"""Calibrate saliency maps into densities, by cross-validated information gain.

A saliency map says which pixels draw more fixations, not how many. The density that it stands for
is taken to be

    p(x) = f(s(x)) c(d(x)) / Z,

with s the map blurred by a Gaussian, f a rising curve, c a curve of the distance d from the centre
(Kümmerer, Wallis and Bethge 2015, PNAS 112, appendix). Both curves are piecewise linear between
knots, so that f = a . u and c = b . v with u and v the shares of the two nearest knots, and

    Z = sum over pixels of f c = a^T H b,

bilinear in the curves' values: H, the sums over an image's pixels of u v^T, is all that is kept of
a map. A fit then costs the same for large images as for small ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from scipy import optimize
from threadpoolctl import threadpool_limits

from foveola.data_schema import (
    DensityCalibration,
    DensityFit,
    FixationSet,
    FoveolaError,
    Provenance,
    pixel_of,
)
from foveola.fixation_maps.density import gaussian_rows

from .ground_truth import Floats
from .metrics.inputs import checked_map
from .models import Kind, ObserverModel, SaliencyModel, StimulusView, stimulus_view

#: Shares of the set's pixels below each knot of the non-linearity: close where maps are bright.
QUANTILES = (
    *(0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97),
    *(0.98, 0.99, 0.995, 0.999, 1),
)
DISTANCE_KNOTS = tuple(np.linspace(0, math.sqrt(2), 12).tolist())
#: So many pixels of each map, evenly spread, are asked for where the knots lie.
SAMPLED = 2000
FOLDS = 5
#: Blurs that are tried, in shares of the width of the set's empirical Gaussian.
BLURS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
#: A step of the non-linearity is at least this, so that its logarithm is never lost.
LEAST = 1e-9

OnImage = Callable[[int, int], None]


@dataclass(frozen=True)
class _Image:
    """What is kept of one image under one blur: H, and shares of knots at its fixations."""

    pixels: Floats
    values: Floats
    distances: Floats


class CalibratedModel:
    """A model of saliency maps made a model of densities.

    Parameters
    ----------
    model : SaliencyModel
        The model that was calibrated.
    calibration : DensityCalibration
        Its calibration.
    """

    kind: Kind = "log_density"

    def __init__(self, model: SaliencyModel, calibration: DensityCalibration) -> None:
        self._model, self._calibration = model, calibration
        self.name = f"{model.name}-calibrated"

    def predict(self, view: StimulusView) -> Floats:
        """Log density of a stimulus, by a fit in which it had no part."""
        calibration = self._calibration
        values = _blurred(_map_of(self._model, view), calibration.blur_px)
        fit = calibration.fit_of(view.stimulus.id)
        density = np.interp(values, calibration.map_knots, fit.nonlinearity) * np.interp(
            _distances(values.shape), calibration.distance_knots, fit.centre_bias
        )
        return np.asarray(np.log(density) - math.log(density.sum()))


def calibrate(
    fixations: FixationSet,
    model: SaliencyModel,
    blurs_px: Sequence[float],
    provenance: Provenance,
    *,
    model_text: str = "",
    folds: int = FOLDS,
    seed: int = 0,
    on_image: OnImage | None = None,
) -> DensityCalibration:
    """Fit non-linearity, blur and centre bias of a model's maps.

    The curves are those under which fixations are most likely, in the mean over images; the blur
    is the one with the largest information gain on images that the curves were not fitted to.

    Parameters
    ----------
    fixations : FixationSet
        The set; images without fixations are left out.
    model : SaliencyModel
        Any but those that leave observers out. Its maps are read twice.
    blurs_px : sequence of float
        Standard deviations of the Gaussian to choose from, in pixels; 0 is none.
    provenance : Provenance
        To keep with the calibration.
    model_text : str, optional
        How the model is named on the command line.
    folds : int, default 5
        Parts that the images are split into; fewer where there are fewer images.
    seed : int, default 0
        Of the split.
    on_image : callable, optional
        Called with the number of maps that are read and that there are to read.

    Raises
    ------
    FoveolaError
        If the model leaves observers out, a map is not sound, or there are not two images with
        fixations.
    """
    if isinstance(model, ObserverModel):
        raise FoveolaError(
            f"The model {model.name!r} knows the observers' fixations and needs no calibration."
        )
    indices = np.unique(fixations.table["stimulus"]).tolist()
    if len(indices) < 2:
        raise FoveolaError(
            "A calibration needs two images with fixations at least.",
            remedy="Give a larger set of fixations.",
        )
    count = min(folds, len(indices))
    fold_of = np.random.default_rng(seed).permutation(np.arange(len(indices)) % count)
    # Sums in another number of threads differ in the last bit, and matrices of one image are too
    # small for them.
    with threadpool_limits(1, user_api="blas"):
        knots = _map_knots(fixations, model, indices, blurs_px, on_image)
        images = _images(fixations, model, indices, blurs_px, knots, on_image)
        gains, fits = zip(*(_cross_validated(one, fold_of) for one in images), strict=True)
        best = int(np.argmax(gains))
        whole = _fit(images[best])
    return DensityCalibration(
        model=model_text or model.name,
        dataset=fixations.info.name,
        blur_px=float(blurs_px[best]),
        map_knots=tuple(knots[best].tolist()),
        distance_knots=DISTANCE_KNOTS,
        whole=whole,
        held_out=tuple(fits[best]),
        folds={
            fixations.stimuli[index].id: int(fold)
            for index, fold in zip(indices, fold_of, strict=True)
        },
        information_gain_bits=gains[best],
        provenance=provenance,
    )


def _map_of(model: SaliencyModel, view: StimulusView) -> Floats:
    what = f"{model.kind.replace('_', ' ')} of {model.name!r} for {view.stimulus.id!r}"
    return checked_map(model.predict(view), what)


def _blurred(values: Floats, blur_px: float) -> Floats:
    """Gaussian blur with reflection, as a product of matrices: wide ones cost no more."""
    if blur_px == 0:
        return values
    vertical, horizontal = (gaussian_rows(size, np.arange(size), blur_px) for size in values.shape)
    return np.asarray(vertical.T @ values @ horizontal)


def _distances(shape: tuple[int, ...]) -> Floats:
    """Distance of pixels' centres from the middle; 1 at the middle of each border."""
    y, x = ((np.arange(size) + 0.5) / size * 2 - 1 for size in shape)
    return np.hypot(y[:, None], x)


def _map_knots(
    fixations: FixationSet,
    model: SaliencyModel,
    indices: Sequence[int],
    blurs_px: Sequence[float],
    on_image: OnImage | None,
) -> list[Floats]:
    """Knots of the non-linearity for each blur: quantiles of the set's pixels."""
    sampled: list[list[Floats]] = [[] for _ in blurs_px]
    for number, index in enumerate(indices):
        values = _map_of(model, stimulus_view(fixations, index))
        for samples, blur_px in zip(sampled, blurs_px, strict=True):
            flat = _blurred(values, blur_px).ravel()
            even = np.linspace(0, len(flat) - 1, SAMPLED).astype(np.intp)
            samples.append(np.concatenate([flat[even], [flat.min(), flat.max()]]))
        if on_image:
            on_image(number + 1, 2 * len(indices))
    return [np.unique(np.quantile(np.concatenate(samples), QUANTILES)) for samples in sampled]


def _images(
    fixations: FixationSet,
    model: SaliencyModel,
    indices: Sequence[int],
    blurs_px: Sequence[float],
    knots: Sequence[Floats],
    on_image: OnImage | None,
) -> list[list[_Image]]:
    """What is kept of every image, for each blur."""
    kept: list[list[_Image]] = [[] for _ in blurs_px]
    along = np.asarray(DISTANCE_KNOTS)
    for number, index in enumerate(indices):
        values = _map_of(model, stimulus_view(fixations, index))
        distances = _distances(values.shape)
        place = pixel_of(fixations.of(index))
        for images, blur_px, map_knots in zip(kept, blurs_px, knots, strict=True):
            blurred = _blurred(values, blur_px)
            images.append(
                _Image(
                    _joint_shares(blurred.ravel(), map_knots, distances.ravel(), along),
                    _shares(blurred[place], map_knots),
                    _shares(distances[place], along),
                )
            )
        if on_image:
            on_image(len(indices) + number + 1, 2 * len(indices))
    return kept


def _shares(values: Floats, knots: Floats) -> Floats:
    """Shares of knots in linear interpolation, shape (n, knots)."""
    return np.stack([np.interp(values, knots, unit) for unit in np.eye(len(knots))], axis=1)


@numba.njit(cache=True, nogil=True)
def _joint_shares(values, knots, distances, along):  # type: ignore[no-untyped-def]
    """Sum over pixels of the products of shares of both curves' knots."""
    joint = np.zeros((len(knots), len(along)))
    for i in range(len(values)):
        j, share = _place(values[i], knots)
        k, part = _place(distances[i], along)
        joint[j, k] += (1 - share) * (1 - part)
        if share > 0:
            joint[j + 1, k] += share * (1 - part)
        if part > 0:
            joint[j, k + 1] += (1 - share) * part
        if share > 0 and part > 0:
            joint[j + 1, k + 1] += share * part
    return joint


@numba.njit(cache=True, nogil=True, inline="always")
def _place(value, knots):  # type: ignore[no-untyped-def]
    """Knot at or below a value, and how far it is to the next; clipped to the knots."""
    if value <= knots[0]:
        return 0, 0.0
    if value >= knots[-1]:
        return len(knots) - 1, 0.0
    j = np.searchsorted(knots, value, side="right") - 1
    return j, (value - knots[j]) / (knots[j + 1] - knots[j])


def _cross_validated(
    images: Sequence[_Image], fold_of: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> tuple[float, list[DensityFit]]:
    """Information gain over uniform on held-out images, in bits, and the fit for each fold."""
    gains = np.empty(len(images))
    fits = []
    for fold in range(fold_of.max() + 1):
        fit = _fit([one for one, its in zip(images, fold_of, strict=True) if its != fold])
        fits.append(fit)
        for number in np.flatnonzero(fold_of == fold).tolist():
            gains[number] = _gain(images[number], fit)
    return float(gains.mean()), fits


def _gain(image: _Image, fit: DensityFit) -> float:
    rising, bias = np.asarray(fit.nonlinearity), np.asarray(fit.centre_bias)
    logs = np.log(image.values @ rising) + np.log(image.distances @ bias)
    total = rising @ image.pixels @ bias
    return float((logs.mean() - math.log(total / image.pixels.sum())) / math.log(2))


def _fit(images: Sequence[_Image]) -> DensityFit:
    """Curves under which the images' fixations are most likely, in the mean over images."""
    values = np.concatenate([one.values for one in images])
    distances = np.concatenate([one.distances for one in images])
    weights = np.concatenate(
        [np.full(len(one.values), 1 / (len(one.values) * len(images))) for one in images]
    )
    pixels = np.stack([one.pixels for one in images])
    rising, along = pixels.shape[1:]

    def curves(parameters: Floats) -> tuple[Floats, Floats]:
        """Steps and values are exponentials, so that one curve rises and both are positive."""
        steps = LEAST + np.exp(np.clip(parameters[:rising], -40, 40))
        return np.cumsum(steps), np.exp(np.clip(parameters[rising:], -40, 40))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        a, b = curves(parameters)
        at_values, at_distances = values @ a, distances @ b
        with_b = pixels @ b
        totals = with_b @ a
        mean = weights @ np.log(at_values) + weights @ np.log(at_distances) - np.log(totals).mean()
        by_a = (weights / at_values) @ values - (with_b / totals[:, None]).mean(axis=0)
        by_b = (weights / at_distances) @ distances
        by_b -= np.einsum("j,njk,n->k", a, pixels, 1 / totals) / len(images)
        # A step lifts all later values; the exponentials bring themselves along.
        by_steps = np.cumsum(by_a[::-1])[::-1] * (a - np.concatenate([[0], a[:-1]]) - LEAST)
        return -float(mean), -np.concatenate([by_steps, by_b * b])

    start = np.concatenate([np.full(rising, -math.log(rising)), np.zeros(along)])
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    a, b = curves(found.x)
    # Only their product matters: both are brought to 1 at their largest.
    return DensityFit(
        nonlinearity=tuple((a / a.max()).tolist()), centre_bias=tuple((b / b.max()).tolist())
    )
