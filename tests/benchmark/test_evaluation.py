"""The evaluation: every model on every stimulus, and what it refuses."""

import dataclasses
import math

import numpy as np
import pytest
from made_fixations import made_set

from foveola.benchmark import METRICS, PROFILES, default_sigma_px, metrics, score
from foveola.benchmark.baselines import CentreBiasModel, GoldStandardModel, Uniform
from foveola.benchmark.ground_truth import POOLS_KEPT, GroundTruths
from foveola.benchmark.models import ObserverModel, SaliencyModel
from foveola.data_schema import FoveolaError, Stimulus, fixation_set, pixel_of
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.density import blurred_counts


@pytest.fixture(scope="module")
def fixations():
    return made_set()


@pytest.fixture(scope="module")
def centre_bias(fixations):
    return CentreBias.fit(fixations)


class Model:
    """Returns what a function of the stimulus' shape gives."""

    def __init__(self, make, kind="saliency_map", name="mine"):
        self.make, self.kind, self.name = make, kind, name
        self.calls = 0

    def predict(self, view):
        self.calls += 1
        return self.make(view.stimulus.shape)


def noise(shape):
    return np.random.default_rng(shape[0]).random(shape)


def points_of(fixations, index):
    rows, columns = pixel_of(fixations.of(index))
    return np.column_stack([columns, rows])


def values_of(scores, metric, model="mine"):
    return [one.value for one in scores if (one.metric, one.model) == (metric, model)]


def others_scaled(fixations, index):
    """Fixations of all other stimuli, scaled to the size of one, one after another."""
    height, width = fixations.stimuli[index].shape
    others = []
    for other, stimulus in enumerate(fixations.stimuli):
        for row in fixations.of(other) if other != index else ():
            x = int(row["x_px"] * width / stimulus.width_px)
            others.append((x, int(row["y_px"] * height / stimulus.height_px)))
    return np.array(others)


def test_every_score_is_the_metric_on_the_ground_truth(fixations, centre_bias):
    scores = score(fixations, [Model(noise)], sigma_px=3, centre_bias=centre_bias)
    assert [one.metric for one in scores[:7]] == ["IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM"]
    assert [one.stimulus for one in scores[::7]] == ["0.png", "1.png", "2.png"]
    for index, stimulus in enumerate(fixations.stimuli):
        values = noise(stimulus.shape)
        points = points_of(fixations, index)
        empirical = blurred_counts(points[:, 1], points[:, 0], stimulus.shape, 3)
        expected = {
            "IG": metrics.information_gain(
                metrics.log_density_of_map(values),
                points,
                baseline=centre_bias.log_density(index),
            ),
            "AUC": metrics.auc(values, points),
            "sAUC": metrics.shuffled_auc(values, points, others_scaled(fixations, index)),
            "NSS": metrics.nss(values, points),
            "CC": metrics.cc(values, empirical),
            "KLDiv": metrics.kl_divergence(values, empirical),
            "SIM": metrics.similarity(values, empirical),
        }
        for metric, value in expected.items():
            assert values_of(scores, metric)[index] == pytest.approx(value, rel=1e-12)


def test_baselines_score_what_theory_demands(fixations, centre_bias):
    scores = score(fixations, [Uniform(), CentreBiasModel(centre_bias)], centre_bias=centre_bias)
    assert values_of(scores, "AUC", "uniform") == [0.5] * 3
    assert values_of(scores, "sAUC", "uniform") == [0.5] * 3
    assert values_of(scores, "NSS", "uniform") == [0.0] * 3
    assert values_of(scores, "CC", "uniform") == [0.0] * 3
    assert values_of(scores, "IG", "centre-bias") == [0.0] * 3
    assert np.mean(values_of(scores, "IG", "uniform")) < 0
    assert np.mean(values_of(scores, "NSS", "centre-bias")) > 0


def test_the_centre_bias_is_fitted_where_it_is_not_given(fixations, centre_bias):
    given = score(fixations, [Uniform()], centre_bias=centre_bias)
    assert score(fixations, [Uniform()]) == given


def test_gold_standard_is_scored_on_each_observer_by_the_others(fixations, centre_bias):
    gold = GoldStandardModel(fixations, centre_bias)
    assert isinstance(gold, ObserverModel)
    assert not isinstance(Uniform(), ObserverModel)
    assert isinstance(Uniform(), SaliencyModel)
    scores = score(fixations, [gold], centre_bias=centre_bias)
    table = fixations.of(0)
    points = points_of(fixations, 0)
    sums = {"AUC": 0.0, "NSS": 0.0, "IG": 0.0}
    for observer in range(4):
        own = points[table["observer"] == observer]
        log_density = gold._gold_standard.log_density(0, observer)
        density = np.exp(log_density)
        sums["AUC"] += len(own) * metrics.auc(density, own)
        sums["NSS"] += len(own) * metrics.nss(density, own)
        sums["IG"] += len(own) * metrics.information_gain(
            log_density, own, baseline=centre_bias.log_density(0)
        )
    for metric, total in sums.items():
        assert values_of(scores, metric, "gold-standard")[0] == pytest.approx(total / len(table))
    for metric in ("CC", "KLDiv", "SIM"):
        assert np.isnan(values_of(scores, metric, "gold-standard")).all()


def test_gold_standard_needs_two_observers():
    alone = made_set(observers=1)
    bias = CentreBias.fit(alone)
    scores = score(alone, [GoldStandardModel(alone, bias)], centre_bias=bias)
    assert np.isnan([one.value for one in scores]).all()


def test_a_stimulus_without_fixations_is_not_defined_and_harms_no_other(fixations, centre_bias):
    empty = Stimulus(id="empty.png", width_px=40, height_px=30)
    more = fixation_set(
        fixations.info,
        (*fixations.stimuli, empty),
        fixations.observers,
        fixations.table,
        fixations.provenance,
    )
    wider = CentreBias(more, centre_bias.bandwidth, centre_bias.uniform_weight)
    scores = score(more, [Model(noise), GoldStandardModel(more, wider)], centre_bias=wider)
    of_empty = [one.value for one in scores if one.stimulus == "empty.png"]
    assert len(of_empty) == 14
    assert np.isnan(of_empty).all()
    before = score(fixations, [Model(noise)], centre_bias=centre_bias)
    now = [one for one in scores if one.model == "mine" and one.stimulus != "empty.png"]
    np.testing.assert_allclose([one.value for one in now], [one.value for one in before])


def test_each_map_is_read_once_and_handed_on(fixations):
    first, second = Model(noise), Model(lambda shape: np.log(np.full(shape, 1 / np.prod(shape))))
    second.name, second.kind = "second", "log_density"
    maps, progress = {}, []
    score(
        fixations,
        [first, second],
        on_map=lambda model, index, values: maps.setdefault((model, index), values),
        on_progress=lambda done, total: progress.append((done, total)),
    )
    assert first.calls == second.calls == 3
    assert progress == [(done, 6) for done in range(1, 7)]
    assert sorted(maps) == [(model, index) for model in (0, 1) for index in range(3)]
    np.testing.assert_array_equal(maps[0, 1], noise((20, 50)))
    assert maps[1, 1].sum() == pytest.approx(1)


def bad(value):
    def make(shape):
        values = noise(shape)
        values[3, 4] = value
        return values

    return make


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Model(bad(math.nan)), "saliency map of 'mine' for '0.png' holds 1 values"),
        (Model(lambda shape: noise(shape[::-1])), r"\(40, 30\), the stimulus \(30, 40\)"),
        (Model(lambda shape: noise((*shape, 3))), r"of 'mine' for '0.png' has shape"),
        (Model(bad(math.nan), "log_density"), "log density of 'mine' for '0.png' holds"),
        (Model(noise, "log_density"), "probabilities of the log density of 'mine' for '0.png' sum"),
    ],
)
def test_a_map_that_is_not_what_it_says_is_refused(fixations, model, message):
    with pytest.raises(FoveolaError, match=message):
        score(fixations, [model])


def test_models_of_one_name_are_refused(fixations):
    with pytest.raises(FoveolaError, match="Two models are called 'mine'"):
        score(fixations, [Model(noise), Uniform(), Model(noise)])


def test_an_unknown_profile_names_those_that_exist(fixations):
    with pytest.raises(FoveolaError, match=r"no profile 'oxford'.*tuebingen"):
        score(fixations, [Uniform()], profile="oxford")


def test_sigma_is_a_degree_where_it_is_known(fixations):
    assert default_sigma_px(fixations) == 4
    unknown = fixations.info.model_copy(update={"px_per_deg": math.nan})
    assert default_sigma_px(dataclasses.replace(fixations, info=unknown)) == 24


def test_a_degree_is_that_of_each_stimulus_where_they_have_scales_of_their_own(fixations):
    """Images of several sizes that filled the screen: the set has no scale, each image has."""
    unknown = fixations.info.model_copy(update={"px_per_deg": math.nan})
    scales = [3.0, math.nan, *(5.0 + i for i in range(len(fixations.stimuli) - 2))]
    stimuli = tuple(
        stimulus.model_copy(update={"px_per_deg": scale})
        for stimulus, scale in zip(fixations.stimuli, scales, strict=True)
    )
    scaled = dataclasses.replace(fixations, info=unknown, stimuli=stimuli)
    widths = [scale if scale > 0 else 24 for scale in scales]
    assert default_sigma_px(scaled) == np.median(widths)
    by_default = score(scaled, [Model(noise)])
    assert by_default == score(scaled, [Model(noise)], sigma_px=widths)
    for index, stimulus in enumerate(stimuli):
        alone = score(scaled, [Model(noise)], sigma_px=widths[index])
        for one, other in zip(by_default, alone, strict=True):
            if one.stimulus == stimulus.id and one.metric == "KLDiv":
                assert one.value == other.value
    with pytest.raises(ValueError, match="broadcast"):
        score(scaled, [Model(noise)], sigma_px=widths[:2])


def test_pools_of_other_fixations_do_not_grow_with_sizes():
    many = made_set(sizes=[(20 + i, 30) for i in range(POOLS_KEPT + 3)], observers=1)
    truths = GroundTruths(many, 2)
    for index in (*range(len(many.stimuli)), 0):
        truth = truths.of(index)
        others = others_scaled(many, index)
        assert truth.baseline is None
        assert truth.other_counts.sum() == len(others)
        repeated = np.repeat(truth.other_fixations, truth.other_counts, axis=0)
        assert sorted(map(tuple, repeated)) == sorted(map(tuple, others))
    assert len(truths._pools) == POOLS_KEPT


def test_the_table_of_metrics_is_whole():
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.title
        assert metric.needs
    for profile in PROFILES.values():
        assert set(profile.metrics) <= set(METRICS)
        assert profile.about
    assert not METRICS["KLDiv"].higher_is_better
    assert [name for name in METRICS if not METRICS[name].by_fixation] == (
        ["CC", "KLDiv", "SIM", "SIM-MIT", "EMD", "CC-MIT", "KLDiv-MIT"]
    )
