"""Models that every other model is measured against; none of them looks at the image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.gold_standard import GoldStandard

from .models import Kind, StimulusView


class Uniform:
    """Knows nothing: every pixel is equally probable."""

    name = "uniform"
    kind: Kind = "log_density"

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Return -ln(pixels) everywhere."""
        height, width = view.stimulus.shape
        return np.full((height, width), -math.log(height * width))


class CentreBiasModel:
    """Knows where people look on other images of the set, never on the image it is asked about."""

    name = "centre-bias"
    kind: Kind = "log_density"

    def __init__(self, centre_bias: CentreBias) -> None:
        self._centre_bias = centre_bias

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Log density of the other images' fixations."""
        return self._centre_bias.log_density(view.index)


class GoldStandardModel:
    """Knows where the other observers looked on the image: what any model could know at best."""

    name = "gold-standard"
    kind: Kind = "log_density"

    def __init__(self, fixations: FixationSet, centre_bias: CentreBias) -> None:
        self._gold_standard = GoldStandard.fit(fixations, centre_bias)

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Log density of all observers' fixations; for pictures, never for scores."""
        return self._gold_standard.log_density(view.index, None)

    def predict_for(self, view: StimulusView, observer: int) -> NDArray[np.floating]:
        """Log density of the fixations of everybody but the observer."""
        return self._gold_standard.log_density(view.index, observer)
