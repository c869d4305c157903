"""Maps of few levels take shorter ways; they lead to the same figures."""

import numpy as np
import pytest

from foveola.benchmark import metrics
from foveola.benchmark.metrics.checked import CheckedMap, as_checked, log_density_at
from foveola.benchmark.metrics.kl_divergence import MIT_EPSILON
from foveola.benchmark.metrics.ranks import rank_auc
from foveola.data_schema import FoveolaError


def eight_bit(shape, least=0, seed=1):
    values = np.random.default_rng(seed).integers(least, 256, shape)
    values[-1, -1] = least
    return values.astype(float)


def truth_of(shape, seed=2):
    truth = np.random.default_rng(seed).random(shape) ** 8
    return np.where(truth > 1e-3, truth, 0)


@pytest.mark.parametrize("least", [0, 40])
@pytest.mark.parametrize("shape", [(1, 300), (37, 53), (2, 1024)])
def test_the_short_ways_lead_to_the_definitions(shape, least):
    values, truth = eight_bit(shape, least), truth_of(shape)
    pixels = np.random.default_rng(3).integers(0, values.size, 40)
    points = np.stack([pixels % shape[1], pixels // shape[1]], axis=1)
    checked = as_checked(values)
    assert checked.levels is not None
    np.testing.assert_array_equal(
        checked.counts, np.bincount(values.astype(int).ravel(), None, 256)
    )
    assert checked.mean == pytest.approx(values.mean(), rel=1e-15)
    assert metrics.auc(values, points) == rank_auc(values.ravel()[pixels], values.ravel())
    p, q = values / values.sum(), truth / truth.sum()
    definition = (q * np.log(MIT_EPSILON + q / (p + MIT_EPSILON))).sum()
    assert metrics.kl_divergence(values, truth) == pytest.approx(definition, rel=1e-12)
    log_density = metrics.log_density_of_map(values).ravel()[pixels]
    np.testing.assert_allclose(log_density_at(checked, pixels), log_density, rtol=1e-12)
    assert metrics.similarity(values, truth) == pytest.approx(np.minimum(p, q).sum(), rel=1e-12)
    assert metrics.cc(values, truth) == pytest.approx(
        np.corrcoef(values.ravel(), truth.ravel())[0, 1], rel=1e-10
    )


def test_close_densities_are_compared_pixel_by_pixel():
    values = eight_bit((20, 30), 1)
    assert metrics.kl_divergence(values, values) == pytest.approx(0, abs=1e-12)
    near = values + 1e-4 * truth_of(values.shape)
    p, q = values / values.sum(), near / near.sum()
    definition = (q * np.log(MIT_EPSILON + q / (p + MIT_EPSILON))).sum()
    assert metrics.kl_divergence(values, near) == pytest.approx(definition, abs=1e-15)


def test_only_whole_numbers_up_to_255_are_levels():
    for other in (-1.0, 0.5, 256.0, 1e300):
        values = eight_bit((30, 40))
        values[17, 3] = other
        assert as_checked(values).levels is None
    nothing = as_checked(np.zeros((3, 4)))
    assert nothing.mean == 0
    assert not nothing.nonzero
    np.testing.assert_allclose(log_density_at(nothing, np.array([0, 5])), -np.log(12))


def test_a_map_is_checked_once():
    checked = as_checked(np.ones((2, 2)))
    assert isinstance(checked, CheckedMap)
    assert as_checked(checked) is checked
    with pytest.raises(FoveolaError, match="row 0, column 1"):
        as_checked([[1, np.nan]])
