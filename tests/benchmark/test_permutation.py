"""Paired permutation tests, Holm's correction and groups of equals."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foveola.benchmark.permutation import (
    equal_groups,
    holm,
    pairwise_tests,
    permutation_p_values,
)


def by_enumeration(differences):
    """Two-sided p-value from every pattern of signs, by definition."""
    found = abs(sum(differences))
    sums = [
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    return np.mean([one >= found - 1e-12 for one in sums])


@settings(max_examples=30)
@given(arrays(float, st.integers(1, 8), elements=st.integers(-5, 5).map(float)))
def test_few_images_are_tested_exactly(differences):
    p_value = permutation_p_values(differences[:, None])[0]
    assert p_value == pytest.approx(by_enumeration(differences))


def test_draws_agree_with_the_exact_test_and_are_never_zero():
    differences = np.random.default_rng(0).normal(0.3, 1, (12, 1))
    exact = permutation_p_values(differences, permutations=4096)[0]
    drawn = permutation_p_values(differences, permutations=4095)[0]
    assert exact == pytest.approx(by_enumeration(differences[:, 0]))
    assert drawn == pytest.approx(exact, abs=0.03)
    assert permutation_p_values(np.full((80, 1), 1.0), permutations=999)[0] == 1 / 1000


def test_the_seed_decides_and_blocks_do_not():
    differences = np.random.default_rng(0).normal(0.1, 1, (50, 2))
    first, again = (permutation_p_values(differences, seed=1, permutations=2500) for _ in "12")
    np.testing.assert_array_equal(first, again)
    assert (permutation_p_values(differences, seed=2, permutations=2500) != first).any()


def test_false_positives_are_as_many_as_the_level_says():
    rng = np.random.default_rng(4)
    # Skewed images, equal models: differences are symmetric.
    scores = rng.exponential(size=(60, 2000)) + 0.2 * rng.normal(size=(2, 60, 2000))
    p_values = permutation_p_values(scores[0] - scores[1], permutations=1000)
    assert 0.035 <= np.mean(p_values <= 0.05) <= 0.065


def test_what_is_missing_is_left_out_and_what_is_infinite_is_no_test():
    differences = np.array([[1.0, np.nan, np.inf, 0.0], [2.0, np.nan, 1.0, 0.0]] * 2)
    with_gap = np.vstack([differences, [[np.nan, np.nan, np.nan, 0.0]]])
    p_values = permutation_p_values(with_gap)
    np.testing.assert_array_equal(p_values, [2 / 16, np.nan, np.nan, 1])
    assert permutation_p_values(np.empty((0, 2))).tolist() == pytest.approx(
        [np.nan] * 2, nan_ok=True
    )


def test_holm_is_the_published_step_down():
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.005, np.nan]))
    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02, np.nan])
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert holm(np.empty(0)).shape == (0,)


@given(arrays(float, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_keeps_order_and_lies_between_the_raw_and_bonferroni(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, len(p_values) * p_values) + 1e-15).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0).all()


def test_every_pair_of_models_is_tested():
    rng = np.random.default_rng(5)
    images = rng.normal(size=100)
    values = np.stack([images + 1, images + 0.02 * rng.normal(size=100), images])
    values[0, 0] = values[2, 1] = np.nan
    tests = pairwise_tests(values, permutations=2000)
    assert tests.differences[0, 1] == pytest.approx(np.nanmean(values[0] - values[1]))
    assert tests.differences[1, 0] == -tests.differences[0, 1]
    np.testing.assert_array_equal(tests.p_values, tests.p_values.T)
    assert tests.p_values[0, 1] == 1 / 2001
    assert tests.adjusted[0, 1] == pytest.approx(3 / 2001)
    assert tests.p_values[1, 2] > 0.05
    assert np.isnan(np.diag(tests.adjusted)).all()
    assert equal_groups(tests.adjusted) == [(0,), (1, 2)]


def test_equal_infinities_are_no_difference():
    values = np.array([[-np.inf, 1.0, 2.0], [-np.inf, 1.5, 2.5]])
    assert pairwise_tests(values).differences[0, 1] == pytest.approx(-1 / 3)
    assert np.isnan(pairwise_tests(np.full((2, 3), np.nan)).differences).all()
    assert pairwise_tests(np.empty((1, 4))).adjusted.shape == (1, 1)


def test_groups_overlap_where_equality_is_not_transitive():
    p_values = np.full((4, 4), 1.0)
    p_values[0, 2] = p_values[2, 0] = p_values[0, 3] = p_values[3, 0] = 0.001
    assert equal_groups(p_values) == [(0, 1), (1, 2, 3)]
    p_values[0, 1] = p_values[1, 0] = np.nan
    assert equal_groups(p_values) == [(0, 1), (1, 2, 3)]
    assert equal_groups(p_values, alpha=1e-4) == [(0, 1, 2, 3)]
    assert equal_groups(np.empty((0, 0))) == []
