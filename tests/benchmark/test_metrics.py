"""Metrics against slow implementations that are written here from their definitions."""

import doctest
import importlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from foveola.benchmark import metrics
from foveola.benchmark.metrics import density_of_map, log_density_of_map
from foveola.data_schema import FoveolaError

SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 7))
LEVELS = st.sampled_from([-3.0, 0.0, 0.5, 1.0, 1.0 + 2**-52, 7.0, 1e6])
VALUES = st.one_of(LEVELS, st.floats(-1e9, 1e9).map(lambda x: round(x, 3)))
MAPS = SHAPES.flatmap(lambda shape: arrays.arrays(float, shape, elements=VALUES))
# The first call of a metric may compile it.
PATIENT = settings(deadline=None)
MAP_METRICS = (metrics.cc, metrics.similarity, metrics.kl_divergence)
POINT_METRICS = (metrics.auc, metrics.nss)


@st.composite
def maps_and_points(draw, points=1):
    """A map and lists of places on it, as (x, y)."""
    values = draw(MAPS)
    height, width = values.shape
    place = st.tuples(st.floats(0, width, exclude_max=True), st.floats(0, height, exclude_max=True))
    return values, *(np.array(draw(st.lists(place, min_size=1, max_size=9))) for _ in range(points))


def at(values, points):
    return np.array([values[int(y), int(x)] for x, y in points])


def slow_auc(positives, negatives):
    """Wins in halves, counted pair by pair; the division is the only rounding."""
    twice = sum(2 * int(n < p) + int(n == p) for p in positives for n in negatives)
    return twice / (2 * len(positives) * len(negatives))


def photo_like(seed, shape=(60, 80)):
    return ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), 4)


def some_points(seed, n=30, shape=(60, 80)):
    return np.random.default_rng(seed).random((n, 2)) * (shape[1], shape[0])


@PATIENT
@given(maps_and_points())
def test_auc_is_its_definition_to_the_last_bit(case):
    values, points = case
    assert metrics.auc(values, points) == slow_auc(at(values, points), values.ravel())


@PATIENT
@given(maps_and_points(points=2))
def test_shuffled_auc_is_its_definition_to_the_last_bit(case):
    values, points, others = case
    expected = slow_auc(at(values, points), at(values, others))
    assert metrics.shuffled_auc(values, points, others) == expected


@PATIENT
@given(maps_and_points(points=2), st.data())
def test_weights_stand_for_repeats(case, data):
    values, points, others = case
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=9, max_size=9)))
    weights = weights[: len(others)]
    repeated = np.repeat(others, weights, axis=0)
    weighted = metrics.shuffled_auc(values, points, others, weights=weights)
    plain = metrics.shuffled_auc(values, points, repeated)
    assert weighted == plain or (math.isnan(weighted) and math.isnan(plain))


@pytest.mark.parametrize("power", [1, 30, 300])
def test_auc_of_maps_of_any_skew(power):
    """Steep maps put all positives but one into a single cell of the look-up table."""
    values = photo_like(1) ** power
    points = some_points(2)
    assert metrics.auc(values, points) == slow_auc(at(values, points), values.ravel())


@pytest.mark.parametrize(
    "values",
    [
        [[1e308, -1e308], [0, 5]],
        [[5e-324, 0], [1e-323, 5e-324]],
        [[1, np.nextafter(1, 2)], [np.nextafter(1, 0), 1]],
    ],
)
def test_auc_of_extreme_values(values):
    points = [(0, 0), (1, 1), (1, 0)]
    values = np.array(values)
    assert metrics.auc(values, points) == slow_auc(at(values, points), values.ravel())


@PATIENT
@given(maps_and_points(), st.sampled_from([0, 1]))
def test_nss_is_its_definition(case, ddof):
    values, points = case
    if values.min() == values.max():
        assert metrics.nss(values, points, ddof=ddof) == 0
        return
    expected = (at(values, points) - values.mean()).mean() / values.std(ddof=ddof)
    # A spread that is small beside the values themselves is known less well.
    tolerance = 1e-12 * np.abs(values).max() / values.std()
    assert metrics.nss(values, points, ddof=ddof) == pytest.approx(
        expected, rel=1e-9, abs=1e-9 + tolerance
    )


@PATIENT
@given(MAPS, st.integers(0, 99))
def test_cc_is_its_definition(values, seed):
    truth = np.random.default_rng(seed).random(values.shape)
    if values.min() == values.max() or values.size == 1:
        assert metrics.cc(values, truth) == 0
        return
    difference = values - values.mean()
    other = truth - truth.mean()
    expected = (difference * other).sum() / np.sqrt((difference**2).sum() * (other**2).sum())
    tolerance = 1e-12 * np.abs(values).max() / values.std()
    assert metrics.cc(values, truth) == pytest.approx(expected, abs=1e-9 + tolerance)
    assert -1 <= metrics.cc(values, truth) <= 1


def slow_density(values):
    values = values - min(values.min(), 0)
    return values / values.sum() if values.sum() > 0 else np.full(values.shape, 1 / values.size)


@PATIENT
@given(MAPS, st.integers(0, 99))
def test_similarity_and_divergence_are_their_definitions(values, seed):
    truth = np.random.default_rng(seed).random(values.shape)
    p, q = slow_density(values), slow_density(truth)
    assert metrics.similarity(values, truth) == pytest.approx(np.minimum(p, q).sum(), abs=1e-9)
    eps = 2.2204e-16
    expected = (q * np.log(eps + q / (p + eps))).sum()
    assert metrics.kl_divergence(values, truth) == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(density_of_map(values), p, rtol=1e-9)


def test_divergence_as_pysaliency_lifts_both_maps():
    values, truth = photo_like(1), photo_like(2)
    values[:30] = 0
    truth[20:40] = 0
    p, q = (slow_density(one + 1e-20) for one in (values, truth))
    ours = metrics.kl_divergence(values, truth, regularisation="pysaliency")
    assert ours == pytest.approx((q * np.log(q / p)).sum(), abs=1e-9)
    # The lift comes after a negative minimum is taken off, beside which it would vanish.
    shifted = metrics.kl_divergence(values - 0.25, truth, regularisation="pysaliency")
    p = slow_density(values - 0.25 - (values - 0.25).min() + 1e-20)
    assert shifted == pytest.approx((q * np.log(q / p)).sum(), abs=1e-9)
    with pytest.raises(ValueError, match="regularisation is 'tuebingen'"):
        metrics.kl_divergence(values, truth, regularisation="tuebingen")


def test_similarity_as_matlab_stretches_both_maps():
    values, truth = photo_like(1) - 3, photo_like(2) + 5
    p, q = (slow_density((one - one.min()) / np.ptp(one)) for one in (values, truth))
    ours = metrics.similarity(values, truth, min_max=True)
    assert ours == pytest.approx(np.minimum(p, q).sum(), abs=1e-9)
    assert metrics.similarity(np.ones((2, 2)), [[0, 0], [0, 5]], min_max=True) == 0.25


@PATIENT
@given(MAPS)
def test_a_map_equals_itself(values):
    if values.any():
        assert metrics.similarity(values, values) == pytest.approx(1)
        assert metrics.kl_divergence(values, values) == pytest.approx(0, abs=1e-9)
    if values.min() < values.max():
        assert metrics.cc(values, values) == pytest.approx(1)


@PATIENT
@given(maps_and_points())
def test_log_likelihood_and_information_gain(case):
    values, points = case
    log_density = log_density_of_map(values)
    assert np.exp(log_density).sum() == pytest.approx(1)
    expected = at(log_density, points).mean()
    assert metrics.log_likelihood(log_density, points) == pytest.approx(expected)
    uniform = np.full(values.shape, -math.log(values.size))
    gain = (expected + math.log(values.size)) / math.log(2)
    assert metrics.information_gain(log_density, points) == pytest.approx(gain, abs=1e-9)
    over = metrics.information_gain(log_density, points, baseline=uniform)
    assert over == pytest.approx(gain, abs=1e-9)
    assert metrics.information_gain(log_density, points, baseline=log_density) == 0
    assert metrics.log_likelihood(uniform, points) == pytest.approx(-math.log(values.size))


def test_a_density_of_zero_is_lifted_and_nothing_else_is_touched():
    values = np.full((10, 10), 1.0)
    values[0] = 0
    log_density = log_density_of_map(values)
    assert np.exp(log_density[0, 0]) == pytest.approx(0.01 / 100, rel=0.01)
    assert np.exp(log_density).sum() == pytest.approx(1)
    values[0] = 0.02
    np.testing.assert_allclose(log_density_of_map(values), np.log(values / values.sum()))
    np.testing.assert_allclose(log_density_of_map(1e9 * values), log_density_of_map(values))


def test_zero_probability_costs_infinitely_many_bits():
    with np.errstate(divide="ignore"):
        log_density = np.log([[0.0, 1.0]])
    assert metrics.information_gain(log_density, [(0, 0), (1, 0)]) == -math.inf
    assert metrics.information_gain(log_density, [(1, 0)]) == 1


@pytest.mark.parametrize("value", [0.0, 0.1, -3.0, 1e9, 1 / 3])
def test_constant_maps_have_documented_values(value):
    """Summing 0.1 over many pixels does not give back 0.1; a constant map must still be one."""
    constant, truth, points = np.full((59, 83), value), photo_like(1, (59, 83)), some_points(2)
    points = points.clip(0, 58)
    assert metrics.auc(constant, points) == 0.5
    assert metrics.shuffled_auc(constant, points, points[::-1]) == 0.5
    assert metrics.nss(constant, points) == 0
    assert metrics.cc(constant, truth) == 0
    assert metrics.cc(truth, np.full(truth.shape, 0.1)) == 0
    uniform = np.full(truth.shape, 1 / truth.size)
    assert metrics.similarity(constant, truth) == pytest.approx(metrics.similarity(uniform, truth))
    expected = metrics.kl_divergence(uniform, truth)
    assert metrics.kl_divergence(constant, truth) == pytest.approx(expected)


def test_nearly_constant_maps_are_not_taken_for_constant():
    values = np.full((60, 80), 1e6)
    values[3, 5] += 1e-6
    assert metrics.nss(values, [(5, 3)]) == pytest.approx(math.sqrt(4799), rel=0.01)


@pytest.mark.parametrize("metric", POINT_METRICS)
def test_no_fixations_is_not_defined(metric):
    assert math.isnan(metric(photo_like(1), []))
    assert math.isnan(metric(photo_like(1), np.empty((0, 2))))


def test_no_fixations_is_not_defined_for_the_others_either():
    values, nothing = photo_like(1), np.zeros((60, 80))
    assert math.isnan(metrics.shuffled_auc(values, [], [(1, 1)]))
    assert math.isnan(metrics.shuffled_auc(values, [(1, 1)], []))
    assert math.isnan(metrics.log_likelihood(values, []))
    assert math.isnan(metrics.information_gain(values, []))
    for metric in MAP_METRICS:
        assert math.isnan(metric(values, nothing))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_named(bad):
    values = photo_like(1)
    values[7, 11] = bad
    for metric in POINT_METRICS:
        with pytest.raises(FoveolaError, match=r"saliency map holds 1 values .* row 7, column 11"):
            metric(values, [(1, 1)])
    for metric in MAP_METRICS:
        with pytest.raises(FoveolaError, match=r"saliency map holds 1 values"):
            metric(values, photo_like(2))
        with pytest.raises(FoveolaError, match=r"empirical map holds 1 values"):
            metric(photo_like(2), values)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_log_density_must_be_one(bad):
    values = np.log(np.full((6, 8), 1 / 48))
    values[2, 3] = bad
    with pytest.raises(FoveolaError, match="log density holds values that are NaN"):
        metrics.log_likelihood(values, [(1, 1)])
    with pytest.raises(FoveolaError, match="baseline holds values that are NaN"):
        metrics.information_gain(np.zeros((6, 8)), [(1, 1)], baseline=values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 2, 3)), r"shape \(2, 2, 3\)"),
        (np.zeros((0, 4)), r"shape \(0, 4\)"),
        (np.array([["a"]]), "holds <U1 values"),
        (np.zeros((2, 2), complex), "complex128"),
        (np.array([[None]]), "object"),
    ],
)
def test_what_is_no_map_is_refused(values, message):
    with pytest.raises(FoveolaError, match=message):
        metrics.auc(values, [(0, 0)])


def test_maps_of_another_size_are_refused():
    for metric in MAP_METRICS:
        with pytest.raises(FoveolaError, match=r"\(60, 80\), the empirical map \(80, 60\)"):
            metric(photo_like(1), photo_like(2).T)
    with pytest.raises(FoveolaError, match=r"the baseline \(1, 1\)"):
        metrics.information_gain(np.zeros((2, 2)), [(0, 0)], baseline=np.zeros((1, 1)))


@pytest.mark.parametrize("place", [(-0.5, 1), (80, 1), (1, 60), (1, -1e-9), (math.nan, 1)])
def test_fixations_off_the_map_are_refused_and_never_wrap(place):
    for metric in POINT_METRICS:
        with pytest.raises(FoveolaError, match=r"fixation 1 at .* off the map of 80 x 60 pixels"):
            metric(photo_like(1), [(3, 3), place])
    with pytest.raises(FoveolaError, match=r"other fixation 0 at"):
        metrics.shuffled_auc(photo_like(1), [(3, 3)], [place])


def test_fixations_of_another_form_are_refused():
    with pytest.raises(FoveolaError, match=r"fixations have shape \(3,\)"):
        metrics.auc(photo_like(1), [1, 2, 3])
    with pytest.raises(ValueError, match="weights"):
        metrics.shuffled_auc(photo_like(1), [(1, 1)], [(1, 1)], weights=[1, 2])
    with pytest.raises(ValueError, match="weights"):
        metrics.shuffled_auc(photo_like(1), [(1, 1)], [(1, 1)], weights=[-1])


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_maps_that_leave_the_range_of_numbers_are_refused(factor):
    """Their squares or sums vanish or overflow, and a number that looks like a score would come."""
    values = photo_like(1) * factor
    with pytest.raises(FoveolaError, match="too small or too large"):
        metrics.nss(values, [(1, 1)])
    with pytest.raises(FoveolaError, match="too small or too large"):
        metrics.cc(values, photo_like(2))
    with pytest.raises(FoveolaError, match="too small or too large"):
        metrics.similarity(values * factor**0.5, photo_like(2))


def test_sums_that_overflow_are_refused():
    values = np.full((60, 80), 1e308)
    values[0] = -1e308
    assert metrics.auc(values, [(1, 1)]) == pytest.approx(1 - 59 / 120)
    with pytest.raises(FoveolaError, match="too small or too large"):
        metrics.nss(values, [(1, 1)])
    with pytest.raises(FoveolaError, match="too small or too large"):
        metrics.similarity(values, photo_like(2))
    with pytest.raises(FoveolaError, match="holds 2 values"):
        metrics.auc([[math.inf, -math.inf]], [(0, 0)])


def test_whole_numbers_and_booleans_are_maps():
    values = (photo_like(1) * 255).astype(np.uint8)
    points = some_points(3)
    assert metrics.auc(values, points) == metrics.auc(values.astype(float), points)
    assert metrics.nss(values > 127, points) == metrics.nss((values > 127).astype(float), points)
    assert metrics.similarity(np.zeros((60, 80), np.uint8), photo_like(2)) > 0
    assert metrics.auc(values.T, points[:, ::-1]) == metrics.auc(values, points)


@pytest.mark.parametrize("name", [one for one in metrics.__all__ if "density" not in one])
def test_examples_in_the_docstrings_hold(name):
    module = importlib.import_module(f"foveola.benchmark.metrics.{name}")
    assert doctest.testmod(module).failed == 0
