"""What a stimulus' maps are judged by, made once for all models."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet, pixel_of
from foveola.fixation_maps.centre_bias import CentreBias, scaled_pixels
from foveola.fixation_maps.density import blurred_counts
from foveola.fixation_maps.mit_kernel import mit_blurred_counts

from .metrics.checked import CheckedMap, as_checked

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: How the empirical map is made: counts blurred by a Gaussian of a stated width, or the fixated
#: pixels, each once, by the Fourier blur of the MIT benchmark.
Blur = Literal["gaussian", "mit"]
#: Standard deviation of that Gaussian in px: one for all stimuli, or one for each.
Widths = float | Sequence[float]

#: Pools of other fixations are kept for so many sizes of image, so that memory stays flat.
POOLS_KEPT = 4


@dataclass(frozen=True)
class GroundTruth:
    """What one stimulus' maps are judged by.

    Attributes
    ----------
    fixations : ndarray of int, shape (n, 2)
        Pixels (x, y).
    observers : ndarray of int, shape (n,)
        Index of the observer of each.
    other_fixations : ndarray of int, shape (m, 2)
        Distinct pixels that fixations on all other stimuli fall on when scaled to this size.
    other_counts : ndarray of int64, shape (m,)
        How many of them fall there; may be 0.
    empirical_map : ndarray, shape (height, width)
        Counts of all fixations, blurred; 0 everywhere where there are none.
    baseline_at_fixations : ndarray, shape (n,), or None
        Log density at each fixation that information gain is counted from; None is the uniform
        density.
    baseline_map : callable or None
        Makes the map of it, which costs as much as all metrics together.
    """

    fixations: Indices
    observers: NDArray[np.int32]
    other_fixations: Indices
    other_counts: NDArray[np.int64]
    empirical_map: Floats
    baseline_at_fixations: Floats | None
    baseline_map: Callable[[], Floats] | None

    @cached_property
    def baseline(self) -> Floats | None:
        """Log density that information gain is counted from; None is the uniform density."""
        return self.baseline_map() if self.baseline_map else None

    @cached_property
    def checked_empirical(self) -> CheckedMap:
        """The empirical map, checked once for all models and metrics."""
        return as_checked(self.empirical_map, "empirical map")

    def of_observer(self, observer: int) -> GroundTruth:
        """The same for one observer's fixations; the empirical map remains that of all."""
        own = self.observers == observer
        at_fixations = self.baseline_at_fixations
        return replace(
            self,
            fixations=self.fixations[own],
            observers=self.observers[own],
            baseline_at_fixations=None if at_fixations is None else at_fixations[own],
        )


@dataclass(frozen=True)
class _Pool:
    """All fixations of the set, scaled to one size of image."""

    pixels: Indices
    counts: NDArray[np.int64]
    pixel_of_fixation: Indices


class GroundTruths:
    """Makes the ground truth of one stimulus of a set after another.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    sigma_px : float or sequence of float
        Standard deviation of the Gaussian that makes the empirical map, or that of each stimulus.
    centre_bias : CentreBias, optional
        The baseline; uniform where it is not given.
    blur : {"gaussian", "mit"}
        How the empirical map is made.
    other_images : int, optional
        The other fixations are those on so many drawn images; on all others by default.
    seed : int, default 0
        Of that draw.
    """

    def __init__(
        self,
        fixations: FixationSet,
        sigma_px: Widths,
        centre_bias: CentreBias | None = None,
        *,
        blur: Blur = "gaussian",
        other_images: int | None = None,
        seed: int = 0,
    ) -> None:
        self._set = fixations
        self._blur = blur
        self._other_images = other_images
        self._seed = seed
        self._sigmas_px = widths_px_of(fixations, sigma_px)
        self._centre_bias = centre_bias
        self._pools: OrderedDict[tuple[int, int], _Pool] = OrderedDict()

    def of(self, index: int) -> GroundTruth:
        """Ground truth of the stimulus of that index."""
        shape = self._set.stimuli[index].shape
        rows, columns = pixel_of(self._set.of(index))
        others, counts = self._others(index, shape)
        bias = self._centre_bias
        return GroundTruth(
            fixations=np.column_stack([columns, rows]),
            observers=self._set.of(index)["observer"],
            other_fixations=others,
            other_counts=counts,
            empirical_map=self._empirical_map(index, rows, columns),
            baseline_at_fixations=bias.log_likelihoods(index) if bias else None,
            baseline_map=partial(bias.log_density, index) if bias else None,
        )

    def _others(self, index: int, shape: tuple[int, int]) -> tuple[Indices, NDArray[np.int64]]:
        """Pixels of the fixations on other images, and how many fall on each."""
        pool = self._pool(shape)
        stimulus = self._set.table["stimulus"]
        if self._other_images is None:
            first, end = np.searchsorted(stimulus, [index, index + 1])
            counts = pool.counts.copy()
            np.subtract.at(counts, pool.pixel_of_fixation[first:end], 1)
            return pool.pixels, counts
        others = np.setdiff1d(stimulus, [index])
        rng = np.random.default_rng([self._seed, index])
        drawn = rng.choice(others, min(self._other_images, len(others)), replace=False)
        pixels = pool.pixel_of_fixation[np.isin(stimulus, drawn)]
        counts = np.bincount(pixels, minlength=len(pool.pixels))
        return pool.pixels[counts > 0], counts[counts > 0]

    def _empirical_map(self, index: int, rows: Indices, columns: Indices) -> Floats:
        shape = self._set.stimuli[index].shape
        if self._blur == "gaussian":
            return blurred_counts(rows, columns, shape, self._sigmas_px[index])
        pixels = np.unique(rows * shape[1] + columns)
        return mit_blurred_counts(pixels // shape[1], pixels % shape[1], shape)

    def _pool(self, shape: tuple[int, int]) -> _Pool:
        if shape not in self._pools:
            self._pools[shape] = _scaled_pool(self._set, shape)
            if len(self._pools) > POOLS_KEPT:
                self._pools.popitem(last=False)
        self._pools.move_to_end(shape)
        return self._pools[shape]


def widths_px_of(fixations: FixationSet, sigma_px: Widths) -> tuple[float, ...]:
    """Width for each stimulus of a set; ValueError where there are not as many."""
    return tuple(np.broadcast_to(np.asarray(sigma_px, float), len(fixations.stimuli)).tolist())


def _scaled_pool(fixations: FixationSet, shape: tuple[int, int]) -> _Pool:
    width = shape[1]
    rows, columns = scaled_pixels(fixations, shape)
    flat, inverse, counts = np.unique(
        rows * width + columns, return_inverse=True, return_counts=True
    )
    return _Pool(np.column_stack([flat % width, flat // width]), counts.astype(np.int64), inverse)
