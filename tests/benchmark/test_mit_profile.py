"""The profile ``mit`` from fixations to scores, and its metrics as Octave ran the Matlab code."""

import math

import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage

from foveola.benchmark import METRICS, PROFILES, metrics, score, score_models
from foveola.benchmark.evaluation import default_sigma_px
from foveola.benchmark.ground_truth import GroundTruths
from foveola.data_schema import (
    FoveolaError,
    open_score_pictures,
    pixel_of,
    write_fixation_set,
)
from foveola.fixation_maps.centre_bias import CentreBias, scaled_pixels
from foveola.fixation_maps.mit_kernel import mit_blurred_counts
from foveola.fixation_maps.osie import import_osie

NAMES = PROFILES["mit"].metrics
#: By ``AUC_Judd`` (without jitter), ``NSS``, ``CC``, ``similarity``, ``KLdiv`` and ``InfoGain`` of
#: the MIT code under Octave: the map ``centre`` of the first three images of OSIE against their
#: fixations, blurred by ``antonioGaussian``. benchmarks/mit_octave.py prints them.
OCTAVE = [
    (0.7413133798, 0.9108141349, 0.4518209122, 0.4652548557, 0.8619319520, -1.8252817714),
    (0.7241679716, 0.6913981184, 0.2177295729, 0.3050144012, 1.5815695562, -3.1602579946),
    (0.8903418848, 1.5910518931, 0.4555224479, 0.3460283806, 1.3545783948, -2.6224766739),
]  # fmt: skip
#: The random metrics by the same draws, with the fixations of the next image as the others.
OCTAVE_DRAWN = [
    (0.740664202002, 0.566160081054),
    (0.719602551020, 0.153057142857),
    (0.885417920000, 0.706843840000),
]


def blob(shape):
    return ndimage.gaussian_filter(np.random.default_rng(shape[0]).random(shape), 3)


class Blobs:
    name, kind = "blobs", "saliency_map"

    def predict(self, view):
        return blob(view.stimulus.shape) * 37 - 2


@pytest.fixture
def fixations():
    return made_set(sizes=((40, 64), (64, 40), (50, 50)))


def test_matlab_code_on_osie(shared_data):
    fixations = import_osie(shared_data("osie"))
    y, x = np.mgrid[:600, :800]
    centre = np.exp(-0.5 * (((x - 399.5) / 200) ** 2 + ((y - 299.5) / 150) ** 2))
    for index in range(3):
        points, others = (
            np.unique(np.column_stack(pixel_of(fixations.of(i))[::-1]), axis=0)
            for i in (index, index + 1)
        )
        empirical = mit_blurred_counts(points[:, 1], points[:, 0], (600, 800))
        ours = (
            metrics.auc_judd(centre, points, jitter=False),
            metrics.nss(centre, points, ddof=1),
            metrics.cc(centre, empirical),
            metrics.similarity(centre, empirical, min_max=True),
            metrics.kl_divergence(centre, empirical),
            metrics.min_max_information_gain(centre, points, empirical),
        )
        # Matlab stretches the map before it ranks it, which breaks ties by rounding.
        assert ours[0] == pytest.approx(OCTAVE[index][0], abs=1e-7)
        assert ours[1:] == pytest.approx(OCTAVE[index][1:], abs=1e-9)
        drawn = (
            metrics.auc_borji(centre, points),
            metrics.auc_borji(centre, points, other_fixations=others),
        )
        assert drawn == pytest.approx(OCTAVE_DRAWN[index], abs=1e-9)


def test_every_score_is_the_metric_on_the_ground_truth(fixations):
    bias = CentreBias.fit(fixations)
    scores = score(fixations, [Blobs()], profile="mit", centre_bias=bias)
    assert tuple(one.metric for one in scores[: len(NAMES)]) == NAMES
    truths = GroundTruths(fixations, 1.0, bias, blur="mit", other_images=10)
    for index, stimulus in enumerate(fixations.stimuli):
        values = Blobs().predict(type("View", (), {"stimulus": stimulus}))
        points = np.unique(np.column_stack(pixel_of(fixations.of(index))[::-1]), axis=0)
        empirical = mit_blurred_counts(points[:, 1], points[:, 0], stimulus.shape)
        stretched = (values - values.min()) / np.ptp(values)
        expected = {
            "AUC-Judd": metrics.auc_judd(stretched, points),
            "SIM-MIT": metrics.similarity(values, empirical, min_max=True),
            "EMD": metrics.emd(values, empirical),
            "AUC-Borji": metrics.auc_borji(values, points),
            "sAUC-Borji": metrics.auc_borji(
                values, points, other_fixations=truths.of(index).other_fixations
            ),
            "CC-MIT": metrics.cc(values, empirical),
            "NSS-MIT": metrics.nss(values, points, ddof=1),
            "KLDiv-MIT": metrics.kl_divergence(values, empirical),
            "IG-MIT": metrics.min_max_information_gain(
                values, points, np.exp(bias.log_density(index))
            ),
        }
        ours = {one.metric: one.value for one in scores if one.stimulus == stimulus.id}
        assert ours == pytest.approx(expected, rel=1e-12)


def test_others_are_those_on_drawn_images():
    fixations = made_set(sizes=[(30, 40)] * 14)
    pixels = np.ravel_multi_index(scaled_pixels(fixations, (30, 40)), (30, 40))
    by_image = [pixels[fixations.table["stimulus"] == index] for index in range(14)]
    drawn = []
    for seed in (0, 0, 1):
        truth = GroundTruths(fixations, 2, blur="mit", other_images=10, seed=seed).of(3)
        others = np.repeat(truth.other_fixations, truth.other_counts, axis=0)
        drawn.append(others[:, 1] * 40 + others[:, 0])
        assert len(drawn[-1]) == 10 * len(by_image[3])
        assert (truth.other_counts > 0).all()
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert sorted(drawn[0]) != sorted(drawn[2])
    # The image itself is never drawn: without it every count can be made up by others.
    few = GroundTruths(made_set(), 2, blur="mit", other_images=10).of(0)
    whole = GroundTruths(made_set(), 2).of(0)
    assert few.other_counts.sum() == whole.other_counts.sum()


def test_scores_are_seeded_and_written(fixations, tmp_path):
    write_fixation_set(tmp_path / "fix.h5", fixations)
    first = score_models(
        tmp_path / "fix.h5", ["centre-bias", "gold-standard"], tmp_path / "a.csv", profile="mit"
    )
    score_models(
        tmp_path / "fix.h5", ["centre-bias", "gold-standard"], tmp_path / "b.csv", profile="mit"
    )
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with open_score_pictures(tmp_path / "a.h5") as pictures:
        assert pictures.protocol.profile == "mit"
        assert pictures.protocol.baseline == "centre-bias"
        assert pictures.protocol.maps == "density"
        assert pictures.protocol.sigma_px == default_sigma_px(fixations, "mit")
    # Compared with the map of all observers the gold standard is not defined.
    undefined = {one.metric for one in first if math.isnan(one.value)}
    assert undefined == {name for name in NAMES if not METRICS[name].by_fixation}
    with pytest.raises(FoveolaError, match="a blur of its own"):
        score_models(
            tmp_path / "fix.h5", ["uniform"], tmp_path / "c.csv", profile="mit", sigma="3px"
        )


def test_information_gain_of_stretched_maps_where_it_is_not_defined():
    values = blob((20, 30))
    assert math.isnan(metrics.min_max_information_gain(values, [], values))
    assert metrics.min_max_information_gain(values, [(1, 2)], values) == 0
    constant = np.ones((20, 30))
    assert metrics.min_max_information_gain(constant, [(1, 2)], constant * 5) == 0
    with pytest.raises(FoveolaError, match="baseline"):
        metrics.min_max_information_gain(values, [(1, 2)], np.ones((3, 3)))
