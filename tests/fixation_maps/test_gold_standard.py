import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage
from scipy.special import logsumexp

from foveola.data_schema import pixel_of
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.density import fixation_counts
from foveola.fixation_maps.gold_standard import GoldStandard


@pytest.fixture(scope="module")
def fixations():
    return made_set()


@pytest.fixture(scope="module")
def gold(fixations):
    return GoldStandard.fit(fixations, CentreBias.fit(fixations))


def test_it_is_the_mixture_of_the_others_the_centre_bias_and_uniform(fixations, gold):
    shape = fixations.stimuli[1].shape
    table = fixations.of(1)
    others = table[table["observer"] != 2]
    counts = fixation_counts(*pixel_of(others), shape)
    kernel = ndimage.gaussian_filter(counts, gold.bandwidth_px) / len(others)
    bias, uniform = gold.centre_bias_weight, gold.uniform_weight
    expected = (
        (1 - bias - uniform) * kernel
        + bias * np.exp(gold.centre_bias.log_density(1))
        + uniform / (shape[0] * shape[1])
    )
    np.testing.assert_allclose(np.exp(gold.log_density(1, 2)), expected, rtol=1e-9)


@pytest.mark.parametrize("held_out", [None, 0, 3])
def test_every_density_sums_to_one(gold, held_out):
    for index in range(3):
        assert logsumexp(gold.log_density(index, held_out)) == pytest.approx(0, abs=1e-9)


def test_each_fixation_is_judged_by_the_other_observers(fixations, gold):
    for index in range(3):
        table = fixations.of(index)
        rows, columns = pixel_of(table)
        found = gold.log_likelihoods(index)
        for observer in range(4):
            mine = table["observer"] == observer
            expected = gold.log_density(index, observer)[rows[mine], columns[mine]]
            np.testing.assert_allclose(found[mine], expected, rtol=1e-9)


def test_it_tells_more_than_the_centre_bias(fixations, gold):
    def mean(model):
        return np.mean(np.concatenate([model.log_likelihoods(i) for i in range(3)]))

    assert mean(gold) > mean(gold.centre_bias) + 0.1


def test_the_fit_beats_its_neighbours(fixations, gold):
    def mean(bandwidth_px):
        other = GoldStandard(
            fixations,
            gold.centre_bias,
            bandwidth_px,
            gold.centre_bias_weight,
            gold.uniform_weight,
        )
        return np.mean(np.concatenate([other.log_likelihoods(i) for i in range(3)]))

    assert mean(gold.bandwidth_px) > max(mean(gold.bandwidth_px * f) for f in (0.8, 1.25))


def test_where_nobody_else_looked_the_rest_of_the_mixture_remains():
    fixations = made_set(observers=1)
    bias = CentreBias.fit(fixations)
    gold = GoldStandard.fit(fixations, bias)
    for index in range(3):
        for found, expected in (
            (gold.log_likelihoods(index), bias.log_likelihoods(index)),
            (gold.log_density(index, 0), bias.log_density(index)),
        ):
            np.testing.assert_allclose(np.exp(found), np.exp(expected), atol=1e-6)
    assert logsumexp(gold.log_density(0)) == pytest.approx(0, abs=1e-9)
