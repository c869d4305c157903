import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fixations import made_set
from scipy import ndimage

from foveola.data_schema import pixel_of
from foveola.fixation_maps.agreement import (
    Covariances,
    agreement_of,
    covariances,
    own_share_of,
)
from foveola.fixation_maps.density import fixation_counts


def maps_of(table, shape, sigma_px):
    """Each observer's blurred counts, by scipy."""
    return [
        ndimage.gaussian_filter(
            fixation_counts(*pixel_of(table[table["observer"] == observer]), shape), sigma_px
        )
        for observer in np.unique(table["observer"])
    ]


@pytest.mark.parametrize(("index", "sigma_px"), [(0, 2.0), (1, 2.0), (2, 15.0)])
def test_covariances_are_those_of_the_maps(index, sigma_px):
    fixations = made_set()
    shape = fixations.stimuli[index].shape
    maps = np.stack(maps_of(fixations.of(index), shape, sigma_px)).reshape(4, -1)
    centred = maps - maps.mean(axis=1, keepdims=True)
    found = covariances(fixations.of(index), shape, sigma_px)
    np.testing.assert_allclose(found.matrix, centred @ centred.T, rtol=1e-9, atol=1e-12)


def test_an_observer_without_fixations_is_not_counted():
    fixations = made_set()
    table = fixations.of(0)
    assert covariances(table[table["observer"] != 1], (30, 40), 2.0).observers == 3


def test_splits_are_correlations_of_groups_maps():
    fixations = made_set(observers=2)
    one, other = maps_of(fixations.of(0), (30, 40), 2.0)
    expected = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    found = covariances(fixations.of(0), (30, 40), 2.0).splits(1, np.random.default_rng(0), 5)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_splits_take_different_observers():
    # Only the diagonal holds anything: groups without a common observer do not correlate.
    found = Covariances(np.eye(7)).splits(3, np.random.default_rng(0))
    assert found.shape == (100,)
    np.testing.assert_array_equal(found, 0)


def test_splits_are_seeded():
    found = covariances(made_set(observers=6).of(0), (30, 40), 2.0)
    one, same, other = (found.splits(2, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_constant_maps_have_no_correlation():
    assert np.isnan(Covariances(np.zeros((2, 2))).splits(1, np.random.default_rng(0))).all()


@pytest.mark.parametrize("size", [0, 2])
def test_groups_must_not_overlap(size):
    with pytest.raises(ValueError, match=f"two groups of {size} among 3 observers"):
        Covariances(np.eye(3)).splits(size, np.random.default_rng(0))


def test_own_against_shared_variance_by_hand():
    matrix = np.array([[5.0, 2, 2], [2, 6, 2], [2, 2, 7]])
    assert Covariances(matrix).own_shares(np.ones((1, 3)))[0] == pytest.approx((6 - 2) / 2)
    # The first observer taken twice is one person, not two who agree.
    drawn = Covariances(matrix).own_shares(np.array([[2.0, 1, 0]]))[0]
    assert drawn == pytest.approx(((2 * 5 + 6) / 3 - 2) / 2)


def test_observers_who_share_nothing_or_are_one():
    assert Covariances(np.eye(3)).own_shares(np.ones((1, 3)))[0] == np.inf
    assert np.isnan(Covariances(np.eye(3)).own_shares(np.array([[3.0, 0, 0]]))[0])


@settings(max_examples=50, deadline=None)
@given(st.floats(0.001, 0.999), st.integers(1, 50))
def test_agreement_and_own_share_are_inverse(agreement, observers):
    own = own_share_of(agreement, observers)
    assert float(agreement_of(own, observers)) == pytest.approx(agreement)


@pytest.mark.parametrize("agreement", [0.0, -0.2])
def test_without_agreement_no_number_helps(agreement):
    own = own_share_of(agreement, 5)
    assert own == np.inf
    assert agreement_of(own, 1000) == 0


def test_the_law_foretells_larger_groups():
    """Half of the observers foretell what all of them agree."""
    fixations = made_set(seed=3, sizes=((60, 80),) * 30, observers=16, each=10)
    random = np.random.default_rng(0)
    foretold, measured = [], []
    for index in range(30):
        found = covariances(fixations.of(index), (60, 80), 4.0)
        few = Covariances(found.matrix[:8, :8]).splits(4, random).mean()
        foretold.append(agreement_of(own_share_of(few, 4), 8))
        measured.append(found.splits(8, random).mean())
    assert np.mean(foretold) == pytest.approx(np.mean(measured), abs=0.02)
