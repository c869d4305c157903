"""pysaliency, the library that our metrics are held against."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType

import numpy as np
import pytest

from foveola.data_schema import FixationSet, pixel_of


def imported_pysaliency() -> ModuleType:
    """Import pysaliency, or skip the test where it is not installed.

    It imports torch, which it does not depend on and which no metric needs; an empty module stands
    for it while it is imported, so that nobody after us takes torch for installed.
    """
    stub = "torch" not in sys.modules
    if stub:
        sys.modules["torch"] = ModuleType("torch")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pytest.importorskip("pysaliency")
    finally:
        if stub:
            sys.modules.pop("torch", None)


class Peer:
    """A set and a model's maps as pysaliency's objects; scores are per image.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    maps : sequence of ndarray
        One for each stimulus.
    """

    def __init__(self, fixations: FixationSet, maps: list[np.ndarray]) -> None:
        self.library = imported_pysaliency()
        # The identity of an image is the hash of its pixels: each is made unique.
        images = [np.full((*one.shape, 3), index, np.uint8) for index, one in enumerate(maps)]
        self.stimuli = self.library.Stimuli(images)
        rows, columns = pixel_of(fixations.table)
        self.fixations = self.library.Fixations.create_without_history(
            columns.astype(float), rows.astype(float), fixations.table["stimulus"].astype(int)
        )
        self.model = self.map_model(maps)

    def map_model(self, maps: list[np.ndarray]):
        """Make a model of saliency maps."""
        index_of = self._index_of

        class Maps(self.library.SaliencyMapModel):
            def _saliency_map(self, stimulus):
                return maps[index_of(stimulus)]

        return Maps(caching=False)

    def density_model(self, log_densities: list[np.ndarray]):
        """Make a probabilistic model of log densities."""
        index_of = self._index_of

        class Densities(self.library.Model):
            def _log_density(self, stimulus):
                return log_densities[index_of(stimulus)]

        return Densities(caching=False)

    def empirical(self, sigma_px: float):
        """Make the model of blurred fixation counts."""
        return self.library.FixationMap(self.stimuli, self.fixations, kernel_size=sigma_px)

    def by_image(self, values: np.ndarray) -> np.ndarray:
        """Mean over the fixations of each image."""
        counts = np.bincount(self.fixations.n, minlength=len(self.stimuli))
        return np.bincount(self.fixations.n, values, minlength=len(self.stimuli)) / counts

    def _index_of(self, stimulus: np.ndarray) -> int:
        return int(stimulus[0, 0, 0])
