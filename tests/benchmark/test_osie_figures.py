"""The published figures of the map ``centre`` on the whole of OSIE."""

import numpy as np
import pytest

from foveola.benchmark import score
from foveola.benchmark.models import StimulusView
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.osie import import_osie


class Centre:
    name = "centre"
    kind = "saliency_map"

    def __init__(self):
        y, x = np.mgrid[:600, :800]
        exponent = ((x - 399.5) / 200) ** 2 + ((y - 299.5) / 150) ** 2
        self._map = np.exp(-0.5 * exponent).astype(np.float32)

    def predict(self, view: StimulusView):
        return self._map


def test_centre_on_osie(shared_data):
    fixations = import_osie(shared_data("osie"))
    uniform = CentreBias(fixations, bandwidth=0.05, uniform_weight=1.0)
    scores = score(fixations, [Centre()], sigma_px=24, centre_bias=uniform)
    means = {
        metric: np.mean([one.value for one in scores if one.metric == metric])
        for metric in ("AUC", "sAUC", "NSS", "CC", "SIM", "KLDiv", "IG")
    }
    assert means["AUC"] == pytest.approx(0.735138, abs=5e-5)
    assert means["sAUC"] == pytest.approx(0.501746, abs=5e-5)
    assert means["NSS"] == pytest.approx(0.842191, abs=5e-6)
    assert means["CC"] == pytest.approx(0.301399, abs=5e-6)
    assert means["SIM"] == pytest.approx(0.362183, abs=5e-6)
    assert means["KLDiv"] == pytest.approx(1.342270, abs=5e-6)
    assert means["IG"] == pytest.approx(0.505498, abs=5e-6)
