import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from foveola.fixation_maps.mixture import best_bandwidth, mixture_weights


@given(st.integers(0, 2**32 - 1))
def test_the_weights_are_those_that_a_general_optimiser_finds(seed):
    random = np.random.default_rng(seed)
    likelihoods = random.gamma(0.5, size=(200, 2)) + 1e-9

    def loss(weight):
        return -np.mean(np.log(likelihoods @ [weight, 1 - weight]))

    best = optimize.minimize_scalar(loss, bounds=(1e-6, 1 - 1e-6), method="bounded")
    weights = mixture_weights(likelihoods, tolerance=1e-9, max_iterations=20000)
    assert weights.sum() == pytest.approx(1)
    assert loss(weights[0]) <= best.fun + 1e-6


def test_a_useless_component_keeps_the_smallest_weight():
    likelihoods = np.column_stack([np.ones(10), np.zeros(10)])
    weights = mixture_weights(likelihoods)
    assert 0 < weights[1] <= 1.1e-6


def test_with_nothing_to_fit_the_weights_are_equal():
    assert mixture_weights(np.empty((0, 4))).tolist() == [0.25] * 4


def test_the_best_bandwidth_is_found_on_a_logarithmic_scale():
    best = best_bandwidth(lambda bandwidth: -((np.log(bandwidth) - np.log(7)) ** 2), 0.5, 300)
    assert best == pytest.approx(7, rel=0.02)
