"""The gold standard: how well the other observers tell where one observer looks.

For each fixation it is a kernel density of the other observers' fixations on the same image,
mixed with the centre bias and a uniform density. Bandwidth and weights are those under which the
set's fixations are most likely, each judged without its own observer (leave one observer out).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet, pixel_of

from .centre_bias import CentreBias
from .density import Floats, density_map
from .mixture import SMALLEST_WEIGHT, best_bandwidth, mixture_weights
from .pairwise import blurred_at_fixations


@dataclass(frozen=True)
class GoldStandard:
    """Leave-one-observer-out gold standard of a set.

    Attributes
    ----------
    fixations : FixationSet
        The set.
    centre_bias : CentreBias
        Its leave-one-image-out centre bias.
    bandwidth_px : float
        Standard deviation of the Gaussian in stimulus pixels.
    centre_bias_weight, uniform_weight : float
        Weights in the mixture; the other observers' density has the rest.
    """

    fixations: FixationSet
    centre_bias: CentreBias
    bandwidth_px: float
    centre_bias_weight: float
    uniform_weight: float

    @classmethod
    def fit(cls, fixations: FixationSet, centre_bias: CentreBias) -> GoldStandard:
        """Choose bandwidth and weights by leaving out one observer at a time.

        Parameters
        ----------
        fixations : FixationSet
            Fixations of at least two observers on some image; without, the standard is the
            centre bias.
        centre_bias : CentreBias
            Of the same set.
        """
        by_size = sorted(
            range(len(fixations.stimuli)), key=lambda index: fixations.stimuli[index].shape
        )
        images = [index for index in by_size if len(np.unique(fixations.of(index)["observer"])) > 1]
        if not images:
            return cls(fixations, centre_bias, 1.0, 1 - SMALLEST_WEIGHT, SMALLEST_WEIGHT)
        fixed = np.concatenate([_fixed_components(centre_bias, index) for index in images])

        def likelihoods(bandwidth_px: float) -> Floats:
            kernel = [
                others_density(fixations.of(i), fixations.stimuli[i].shape, bandwidth_px)
                for i in images
            ]
            return np.column_stack([np.concatenate(kernel), fixed])

        def mean_log_likelihood(bandwidth_px: float) -> float:
            values = likelihoods(bandwidth_px)
            return float(np.mean(np.log(values @ mixture_weights(values, tolerance=1e-5))))

        largest = max(max(fixations.stimuli[index].shape) for index in images) / 4
        bandwidth_px = best_bandwidth(mean_log_likelihood, min(1.0, largest / 2), largest)
        weights = mixture_weights(likelihoods(bandwidth_px))
        return cls(fixations, centre_bias, bandwidth_px, float(weights[1]), float(weights[2]))

    def log_density(self, stimulus: int, held_out: int | None = None) -> Floats:
        """Natural log density on a stimulus.

        Parameters
        ----------
        stimulus : int
            Index of the stimulus.
        held_out : int, optional
            Index of the observer whose fixations are left out; none by default.

        Returns
        -------
        ndarray, shape (height, width)
            Its exponential sums to 1.
        """
        table = self.fixations.of(stimulus)
        others = table if held_out is None else table[table["observer"] != held_out]
        shape = self.fixations.stimuli[stimulus].shape
        rows, columns = pixel_of(others)
        kernel = density_map(rows, columns, shape, self.bandwidth_px)
        centre_bias = np.exp(self.centre_bias.log_density(stimulus))
        return self._mixed(kernel, centre_bias, 1 / (shape[0] * shape[1]))

    def log_likelihoods(self, stimulus: int) -> Floats:
        """Log density at each fixation on a stimulus, from the observers who did not make it.

        Returns
        -------
        ndarray, shape (n,)
            In nats, in the order of ``fixations.of(stimulus)``; the values of
            ``log_density(stimulus, observer)`` there.
        """
        kernel = others_density(
            self.fixations.of(stimulus), self.fixations.stimuli[stimulus].shape, self.bandwidth_px
        )
        centre_bias, uniform = _fixed_components(self.centre_bias, stimulus).T
        return self._mixed(kernel, centre_bias, uniform)

    def _mixed(self, kernel: Floats, centre_bias: Floats, uniform: Floats | float) -> Floats:
        """Log of the mixture; where no other observer looked, of what is left without them."""
        kernel_weight = 1 - self.centre_bias_weight - self.uniform_weight
        rest = self.centre_bias_weight * centre_bias + self.uniform_weight * uniform
        alone = rest / (self.centre_bias_weight + self.uniform_weight)
        mixed = np.where(np.isnan(kernel), alone, kernel_weight * kernel + rest)
        return np.asarray(np.log(mixed))


def _fixed_components(centre_bias: CentreBias, stimulus: int) -> Floats:
    """Centre bias and uniform density at each fixation on a stimulus, shape (n, 2)."""
    height, width = centre_bias.fixations.stimuli[stimulus].shape
    bias = np.exp(centre_bias.log_likelihoods(stimulus))
    return np.column_stack([bias, np.full(len(bias), 1 / (height * width))])


def others_density(table: NDArray[np.void], shape: tuple[int, int], bandwidth_px: float) -> Floats:
    """Kernel density of the other observers at each fixation on one stimulus.

    Parameters
    ----------
    table : ndarray of STIMULUS_FIXATION_DTYPE, shape (n,)
        All fixations on the stimulus.
    shape : (int, int)
        Height and width of the stimulus.
    bandwidth_px : float
        Standard deviation of the Gaussian in pixels.

    Returns
    -------
    ndarray, shape (n,)
        NaN where nobody else looked at the stimulus.
    """
    rows, columns = pixel_of(table)
    blurred = blurred_at_fixations(
        rows, columns, shape, (bandwidth_px, bandwidth_px), table["observer"]
    )
    others = len(table) - np.bincount(table["observer"])[table["observer"]]
    return np.asarray(blurred / np.where(others > 0, others, np.nan))
