"""Every metric beside the installed pysaliency, image by image, on real fixations of OSIE."""

import io
from pathlib import Path

import numpy as np
import pytest
from peer_pysaliency import Peer
from PIL import Image

from foveola.benchmark import metrics, score
from foveola.benchmark.itti_koch import itti_koch
from foveola.benchmark.models import stimulus_view
from foveola.data_schema import fixation_set, pixel_of
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.density import blurred_counts
from foveola.fixation_maps.osie import import_osie

OSIE = Path(__file__).resolve().parents[3] / "shared" / "data" / "osie"
IMAGES = 4
SIGMA_PX = 24
CLOSE = {"rel": 0, "abs": 1e-9}


def as_png(values):
    """What is left of a map that was saved as an 8-bit PNG."""
    file = io.BytesIO()
    scaled = (values - values.min()) / np.ptp(values)
    Image.fromarray(np.round(255 * scaled).astype(np.uint8)).save(file, "PNG")
    return np.asarray(Image.open(file)).astype(float)


#: What maps look like that people submit: floats, 8-bit pictures, with zeros, with negative values.
FORMS = {
    "float": lambda values: np.asarray(values, float),
    "png": as_png,
    "negative": lambda values: np.asarray(values, float) - 0.1,
    "sparse": lambda values: np.where(values > np.percentile(values, 80), values, np.float64(0)),
}


class Maps:
    name, kind = "mine", "saliency_map"

    def __init__(self, maps):
        self.maps = maps

    def predict(self, view):
        return self.maps[view.index]


class Densities(Maps):
    kind = "log_density"


@pytest.fixture(scope="module")
def osie():
    """Four images of the real set, as a set of its own."""
    if not OSIE.exists():
        pytest.skip("the real data 'osie' is not here")
    whole = import_osie(OSIE)
    chosen = [index for index, stimulus in enumerate(whole.stimuli) if stimulus.path][:IMAGES]
    table = whole.table[np.isin(whole.table["stimulus"], chosen)]
    table["stimulus"] = np.searchsorted(chosen, table["stimulus"])
    stimuli = tuple(whole.stimuli[index] for index in chosen)
    return fixation_set(whole.info, stimuli, whole.observers, table, whole.provenance, whole.folder)


@pytest.fixture(scope="module")
def itti_maps(osie):
    return [itti_koch(stimulus_view(osie, index).image) for index in range(IMAGES)]


def values_of(scores, metric):
    return [one.value for one in scores if one.metric == metric]


@pytest.mark.parametrize("form", FORMS)
def test_saliency_maps(osie, itti_maps, form):
    maps = [FORMS[form](values) for values in itti_maps]
    peer = Peer(osie, maps)
    empirical = peer.empirical(SIGMA_PX)
    ours = score(osie, [Maps(maps)], sigma_px=SIGMA_PX)
    auc = peer.by_image(peer.model.AUCs(peer.stimuli, peer.fixations))
    assert values_of(ours, "AUC") == pytest.approx(auc, **CLOSE)
    shuffled = peer.model.AUCs(peer.stimuli, peer.fixations, nonfixations="shuffled")
    assert values_of(ours, "sAUC") == pytest.approx(peer.by_image(shuffled), **CLOSE)
    nss = peer.by_image(peer.model.NSSs(peer.stimuli, peer.fixations))
    assert values_of(ours, "NSS") == pytest.approx(nss, **CLOSE)
    assert values_of(ours, "CC") == pytest.approx(peer.model.CCs(peer.stimuli, empirical), **CLOSE)
    assert values_of(ours, "SIM") == pytest.approx(
        peer.model.SIMs(peer.stimuli, empirical), **CLOSE
    )
    eps = 2.2204e-16
    with np.errstate(divide="ignore"):
        divergence = peer.model.KLDivs(
            peer.stimuli,
            empirical,
            minimum_value=0,
            log_regularization=eps,
            quotient_regularization=eps,
        )
    assert values_of(ours, "KLDiv") == pytest.approx(divergence, **CLOSE)
    default = peer.model.KLDivs(peer.stimuli, empirical)
    assert [
        metrics.kl_divergence(maps[index], empirical_of(osie, index), regularisation="pysaliency")
        for index in range(IMAGES)
    ] == pytest.approx(default, **CLOSE)


def empirical_of(fixations, index):
    rows, columns = pixel_of(fixations.of(index))
    return blurred_counts(rows, columns, fixations.stimuli[index].shape, SIGMA_PX)


def test_densities(osie, itti_maps):
    centre_bias = CentreBias.fit(osie)
    log_densities = [metrics.log_density_of_map(values) for values in itti_maps]
    peer = Peer(osie, itti_maps)
    model = peer.density_model(log_densities)
    baseline = peer.density_model([centre_bias.log_density(index) for index in range(IMAGES)])
    likelihoods = peer.by_image(model.log_likelihoods(peer.stimuli, peer.fixations))
    points = [np.column_stack(pixel_of(osie.of(index))[::-1]) for index in range(IMAGES)]
    assert [
        metrics.log_likelihood(values, some)
        for values, some in zip(log_densities, points, strict=True)
    ] == pytest.approx(likelihoods, **CLOSE)
    uniform = peer.by_image(model.information_gains(peer.stimuli, peer.fixations))
    assert [
        metrics.information_gain(values, some)
        for values, some in zip(log_densities, points, strict=True)
    ] == pytest.approx(uniform, **CLOSE)
    gain = peer.by_image(model.information_gains(peer.stimuli, peer.fixations, baseline))
    ours = score(osie, [Densities(log_densities)], sigma_px=SIGMA_PX, centre_bias=centre_bias)
    assert values_of(ours, "IG") == pytest.approx(gain, **CLOSE)
