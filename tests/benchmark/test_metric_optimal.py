"""Metric-optimal maps against maps that are nearly as good, and against what theory demands."""

import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage

from foveola.benchmark import metrics, score, score_models
from foveola.benchmark.baselines import CentreBiasModel, GoldStandardModel, Uniform
from foveola.benchmark.metric_optimal import (
    MeanDensity,
    OptimalMaps,
    blurred_density,
    equalised_map,
    shuffled_auc_map,
    similarity_map,
)
from foveola.benchmark.profiles import Prediction
from foveola.data_schema import FoveolaError, open_score_pictures, write_fixation_set
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.density import blurred_counts

SHAPE = (60, 80)
SIGMA_PX = 4


def density_like(seed, power=3):
    blurred = ndimage.gaussian_filter(np.random.default_rng(seed).random(SHAPE), 6)
    peaky = (blurred - blurred.min()) ** power + 1e-12
    return peaky / peaky.sum()


def drawn(density, count, seed):
    """Fixations (x, y) from a density, by another way than the code under test."""
    chosen = np.random.default_rng(seed).choice(density.size, count, p=density.ravel())
    return np.column_stack([chosen % density.shape[1], chosen // density.shape[1]])


def empirical(points):
    return blurred_counts(points[:, 1], points[:, 0], SHAPE, SIGMA_PX)


def gain(metric, best, other, pairs):
    """By how many standard errors the first map scores better, and the mean difference."""
    differences = np.array([metric(best, one) - metric(other, one) for one in pairs])
    return differences.mean() / (differences.std() / np.sqrt(len(differences)))


@pytest.mark.parametrize("fixations", [5, 40])
def test_similarity_map_beats_the_density_and_its_blur(fixations):
    density = density_like(1)
    best = similarity_map(density, SIGMA_PX, fixations, seed=7)
    assert best.sum() == pytest.approx(1)
    assert best.min() >= 0
    pairs = [empirical(drawn(density, fixations, seed)) for seed in range(400)]
    for other in (density, blurred_density(density, SIGMA_PX), np.full(SHAPE, 1.0)):
        assert gain(metrics.similarity, best, other, pairs) > 3


def test_similarity_map_is_a_maximum_of_its_own_draws():
    """No small change of the map is better on the very maps it was computed from."""
    density = density_like(2)
    samples, fixations = 60, 10
    # A narrow Gaussian, for which every pixel is a cell of its own.
    best = similarity_map(density, 2.0, fixations, samples=samples, seed=3)
    cumulated = np.cumsum(density.ravel())
    uniform = np.random.default_rng(3).random(fixations * samples) * cumulated[-1]
    pixels = np.searchsorted(cumulated, uniform, side="right").reshape(samples, fixations)
    maps = [blurred_counts(one // 80, one % 80, SHAPE, 2.0) for one in pixels]
    reached = np.mean([metrics.similarity(best, one) for one in maps])
    rng = np.random.default_rng(4)
    for _ in range(20):
        changed = best * np.exp(0.1 * ndimage.gaussian_filter(rng.normal(size=SHAPE), 2) * 8)
        assert np.mean([metrics.similarity(changed, one) for one in maps]) < reached


def test_blurred_density_is_best_for_cc_and_divergence():
    density = density_like(3)
    best = blurred_density(density, SIGMA_PX)
    pairs = [empirical(drawn(density, 30, seed)) for seed in range(100)]
    assert gain(metrics.cc, best, density, pairs) > 3
    assert gain(lambda *maps: -metrics.kl_divergence(*maps), best, density, pairs) > 3
    np.testing.assert_allclose(
        best, ndimage.gaussian_filter(density, SIGMA_PX, mode="reflect"), rtol=1e-12
    )


def test_equalised_map_parts_no_ties():
    uniform = np.full(SHAPE, 1 / 4800)
    points = drawn(density_like(1), 50, 1)
    assert metrics.auc(equalised_map(uniform), points) == 0.5
    levels = np.round(density_like(4) * 2e4)
    assert metrics.auc(equalised_map(levels), points) == metrics.auc(levels, points)
    assert len(np.unique(equalised_map(levels))) == len(np.unique(levels))


def test_shuffled_auc_map_is_the_ratio():
    density, others = density_like(5), density_like(6)
    best = shuffled_auc_map(np.log(density), others)
    points, negatives = drawn(density, 4000, 1), drawn(others, 4000, 2)
    scores = [metrics.shuffled_auc(one, points, negatives) for one in (best, density)]
    assert scores[0] > scores[1] + 0.01
    # A density of 0 is lowest, not an error.
    with np.errstate(divide="ignore"):
        none = shuffled_auc_map(np.log(np.where(others > 1e-4, density, 0)), others)
    assert np.isfinite(none).all()


@pytest.fixture(scope="module")
def fixations():
    return made_set(sizes=((40, 50), (50, 40), (40, 50), (40, 50)))


def test_mean_density_leaves_the_image_out(fixations):
    class Model:
        name, kind = "mine", "log_density"

        def predict(self, view):
            values = np.random.default_rng(view.index).random(view.stimulus.shape)
            return np.log(values / values.sum())

    mean = MeanDensity.of_model(fixations, Model())
    for index, stimulus in enumerate(fixations.stimuli):
        others = mean.of_others(index, stimulus.shape)
        assert others.shape == stimulus.shape
        assert others.sum() == pytest.approx(1)
    same = [0, 2, 3]
    turned = mean.own(1)
    expected = (np.exp(Model().predict(view_of(fixations, 2))) + turned) / 3
    expected += np.exp(Model().predict(view_of(fixations, 3))) / 3
    np.testing.assert_allclose(mean.of_others(same[0], (40, 50)), expected, atol=1e-15)


def view_of(fixations, index):
    from foveola.benchmark.models import stimulus_view

    return stimulus_view(fixations, index)


def by_metric(scores, model):
    return {
        metric: np.array(
            [one.value for one in scores if (one.model, one.metric) == (model, metric)]
        )
        for metric in ("IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM")
    }


def test_scores_by_metric_optimal_maps(fixations):
    bias = CentreBias.fit(fixations)
    models = [Uniform(), CentreBiasModel(bias), GoldStandardModel(fixations, bias)]
    plain = score(fixations, models, sigma_px=3, centre_bias=bias)
    best = score(fixations, models, sigma_px=3, centre_bias=bias, maps="metric-optimal")
    for name in ("uniform", "centre-bias", "gold-standard"):
        before, after = by_metric(plain, name), by_metric(best, name)
        for metric in ("IG", "AUC", "NSS"):
            np.testing.assert_allclose(after[metric], before[metric], rtol=1e-12)
    np.testing.assert_array_equal(by_metric(best, "uniform")["AUC"], 0.5)
    np.testing.assert_allclose(by_metric(best, "uniform")["sAUC"][[0, 2, 3]], 0.5, atol=0.02)
    assert np.isnan(by_metric(best, "gold-standard")["SIM"]).all()
    again = score(fixations, models, sigma_px=3, centre_bias=bias, maps="metric-optimal")
    np.testing.assert_array_equal([one.value for one in again], [one.value for one in best])


def test_saliency_maps_are_left_as_they_are(fixations):
    optimal = OptimalMaps.fit(fixations, [], [3.0] * len(fixations.stimuli))
    prediction = Prediction(density_like(1), "saliency_map")
    assert optimal.form(0, 0, prediction, "SIM") is prediction


def test_profile_and_companion(fixations, tmp_path):
    write_fixation_set(tmp_path / "fix.h5", fixations)
    score_models(
        tmp_path / "fix.h5", ["centre-bias"], tmp_path / "scores.csv", maps="metric-optimal"
    )
    with open_score_pictures(tmp_path / "scores.h5") as pictures:
        assert pictures.protocol.maps == "metric-optimal"
    with pytest.raises(FoveolaError, match="not known for the profile 'mit'"):
        score(fixations, [Uniform()], profile="mit", maps="metric-optimal")
