"""The centre bias: where people look whatever the image, from all the other images.

For each image it is a kernel density of the fixations on every other image, scaled to this
image's size, mixed with a uniform density. Bandwidth and weight are those under which the set's
fixations are most likely, each judged without those of its own image (leave one image out).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from foveola.data_schema import FixationSet, pixel_of

from .density import Floats, Indices, fixation_counts, gaussian_rows
from .mixture import best_bandwidth, mixture_weights
from .pairwise import blurred_at_fixations

#: The search for a bandwidth, as a share of the image's sides.
SMALLEST_BANDWIDTH, LARGEST_BANDWIDTH = 0.005, 0.3
#: So many pooled maps are kept, one for each size of image.
POOLED_MAPS = 16


@dataclass(frozen=True)
class CentreBias:
    """Leave-one-image-out centre bias of a set.

    Attributes
    ----------
    fixations : FixationSet
        The set.
    bandwidth : float
        Standard deviation of the Gaussian as a share of each side of the image.
    uniform_weight : float
        Weight of the uniform density, 0 to 1.
    """

    fixations: FixationSet
    bandwidth: float
    uniform_weight: float
    _pooled: dict[tuple[int, int], Floats] = field(default_factory=dict, repr=False, compare=False)
    _last: dict[int, Floats] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def fit(cls, fixations: FixationSet) -> CentreBias:
        """Choose bandwidth and weight by leaving out one image at a time.

        Parameters
        ----------
        fixations : FixationSet
            Fixations on any number of images of any sizes. All are scaled to the most frequent
            size for the choice.
        """
        shape = Counter(stimulus.shape for stimulus in fixations.stimuli).most_common(1)
        if not shape or len(np.unique(fixations.table["stimulus"])) < 2:
            return cls(fixations, bandwidth=0.05, uniform_weight=1.0)

        def likelihoods(bandwidth: float) -> Floats:
            others = _others_at_fixations(fixations, shape[0][0], bandwidth)
            uniform = np.full_like(others, 1 / (shape[0][0][0] * shape[0][0][1]))
            return np.stack([others, uniform], axis=1)

        def mean_log_likelihood(bandwidth: float) -> float:
            values = likelihoods(bandwidth)
            return float(np.mean(np.log(values @ mixture_weights(values))))

        bandwidth = best_bandwidth(mean_log_likelihood, SMALLEST_BANDWIDTH, LARGEST_BANDWIDTH)
        weights = mixture_weights(likelihoods(bandwidth))
        return cls(fixations, bandwidth=bandwidth, uniform_weight=float(weights[1]))

    def log_density(self, stimulus: int) -> Floats:
        """Natural log density on a stimulus, from the fixations on all others.

        Returns
        -------
        ndarray, shape (height, width)
            Its exponential sums to 1; uniform where there is no other fixation. Read-only: that
            of the last stimulus is kept, because it is asked for once for every observer.
        """
        last = self._last.get(stimulus)
        if last is None:
            last = self._log_density(stimulus)
            last.setflags(write=False)
            self._last.clear()
            self._last[stimulus] = last
        return last

    def _log_density(self, stimulus: int) -> Floats:
        shape = self.fixations.stimuli[stimulus].shape
        rows, columns = pixel_of(self.fixations.of(stimulus))
        own = _blurred(rows, columns, shape, self.bandwidth)
        log_density = self._mixed(self._pooled_blur(shape) - own, stimulus)
        # The same sums in another order: equal to the last bit, so that the map gains exactly 0
        # over itself.
        log_density[rows, columns] = self.log_likelihoods(stimulus)
        return log_density

    def log_likelihoods(self, stimulus: int) -> Floats:
        """Log density of a stimulus at each fixation on it: :meth:`log_density` there.

        Returns
        -------
        ndarray, shape (n,)
            In nats, in the order of ``fixations.of(stimulus)``.
        """
        shape = self.fixations.stimuli[stimulus].shape
        rows, columns = pixel_of(self.fixations.of(stimulus))
        own = blurred_at_fixations(rows, columns, shape, _sigma_px(self.bandwidth, shape))
        return self._mixed(self._pooled_blur(shape)[rows, columns] - own, stimulus)

    def _mixed(self, others: Floats, stimulus: int) -> Floats:
        """Log of the mixture of others' blurred counts with the uniform density."""
        height, width = self.fixations.stimuli[stimulus].shape
        count = len(self.fixations.table) - len(self.fixations.of(stimulus))
        weight = self.uniform_weight if count else 1.0
        # What is left of a difference may be a rounding error below zero.
        density = (1 - weight) / max(count, 1) * np.maximum(others, 0)
        return np.asarray(np.log(density + weight / (height * width)))

    def _pooled_blur(self, shape: tuple[int, int]) -> Floats:
        if shape not in self._pooled:
            if len(self._pooled) >= POOLED_MAPS:
                self._pooled.pop(next(iter(self._pooled)))
            self._pooled[shape] = _pooled_blur(self.fixations, shape, self.bandwidth)
        return self._pooled[shape]


def scaled_pixels(fixations: FixationSet, shape: tuple[int, int]) -> tuple[Indices, Indices]:
    """Pixels (rows, columns) of all fixations, each scaled from its stimulus' size to another."""
    height, width = shape
    index = fixations.table["stimulus"]
    heights = np.array([stimulus.height_px for stimulus in fixations.stimuli])[index]
    widths = np.array([stimulus.width_px for stimulus in fixations.stimuli])[index]
    rows = (fixations.table["y_px"] * (height / heights)).astype(np.intp)
    columns = (fixations.table["x_px"] * (width / widths)).astype(np.intp)
    # A place just inside the edge may be rounded onto it.
    return np.minimum(rows, height - 1), np.minimum(columns, width - 1)


def _sigma_px(bandwidth: float, shape: tuple[int, int]) -> tuple[float, float]:
    return bandwidth * shape[0], bandwidth * shape[1]


def _blurred(rows: Indices, columns: Indices, shape: tuple[int, int], bandwidth: float) -> Floats:
    vertical, horizontal = _sigma_px(bandwidth, shape)
    return np.asarray(
        gaussian_rows(shape[0], rows, vertical).T @ gaussian_rows(shape[1], columns, horizontal)
    )


def _pooled_blur(fixations: FixationSet, shape: tuple[int, int], bandwidth: float) -> Floats:
    """Blurred counts of all fixations of the set."""
    counts = fixation_counts(*scaled_pixels(fixations, shape), shape)
    vertical, horizontal = _sigma_px(bandwidth, shape)
    return np.asarray(
        gaussian_rows(shape[0], np.arange(shape[0]), vertical).T
        @ counts
        @ gaussian_rows(shape[1], np.arange(shape[1]), horizontal)
    )


def _others_at_fixations(
    fixations: FixationSet, shape: tuple[int, int], bandwidth: float
) -> Floats:
    """Kernel density of the other images' fixations at each fixation with any other, unmixed."""
    pooled = _pooled_blur(fixations, shape, bandwidth)
    rows, columns = scaled_pixels(fixations, shape)
    sigma_px = _sigma_px(bandwidth, shape)
    own, others = np.empty(len(rows)), np.empty(len(rows))
    starts = np.flatnonzero(np.diff(fixations.table["stimulus"], prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        own[start:end] = blurred_at_fixations(rows[start:end], columns[start:end], shape, sigma_px)
        others[start:end] = len(rows) - (end - start)
    return np.asarray(np.maximum(pooled[rows, columns] - own, 0) / others)
