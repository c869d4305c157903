"""Metrics as the MIT benchmark computed them, against slow transcriptions of their definitions."""

import math

import numpy as np
import pytest
from scipy import ndimage, stats

from foveola.benchmark import metrics
from foveola.data_schema import FoveolaError

SHAPE = (24, 32)


def photo_like(seed):
    return ndimage.gaussian_filter(np.random.default_rng(seed).random(SHAPE), 2)


def some_points(seed, n=15):
    points = np.random.default_rng(seed).random((n, 2)) * SHAPE[::-1]
    return np.concatenate([points, points[:3]])  # some pixels are fixated twice


def fixated(points):
    binary = np.zeros(SHAPE, bool)
    for x, y in points:
        binary[int(y), int(x)] = True
    return binary


def area(true, false):
    """Area under a curve by the trapezoid rule."""
    return sum(
        (false[i + 1] - false[i]) * (true[i + 1] + true[i]) / 2 for i in range(len(true) - 1)
    )


def slow_judd(values, points):
    binary = fixated(points)
    at_fixations = sorted(values[binary], reverse=True)
    true, false = [0.0], [0.0]
    for i, threshold in enumerate(at_fixations, start=1):
        above = np.count_nonzero(values >= threshold)
        true.append(i / len(at_fixations))
        false.append((above - i) / (values.size - len(at_fixations)))
    return area([*true, 1.0], [*false, 1.0])


def slow_borji(stretched, positives, negatives, step):
    scores = []
    for drawn in negatives:
        true, false = [0.0], [0.0]
        for k in range(round(1 / step), -1, -1):
            true.append(np.mean(positives >= k * step))
            false.append(np.mean(drawn >= k * step))
        scores.append(area([*true, 1.0], [*false, 1.0]))
    return np.mean(scores)


@pytest.mark.parametrize("seed", range(5))
def test_judd(seed):
    values, points = photo_like(seed), some_points(seed)
    slow = slow_judd(values, points)
    assert metrics.auc_judd(values, points, jitter=False) == pytest.approx(slow, abs=1e-12)
    levels = np.round(values * 20)
    slow = slow_judd(levels, points)
    assert metrics.auc_judd(levels, points, jitter=False) == pytest.approx(slow, abs=1e-12)


def test_jitter_parts_equal_values_and_is_seeded():
    values, points = np.round(photo_like(1) * 20), some_points(1)
    first = metrics.auc_judd(values, points, seed=3)
    assert first == metrics.auc_judd(values, points, seed=3)
    assert first != metrics.auc_judd(values, points, seed=4)
    assert first == pytest.approx(metrics.auc(values, points), abs=0.05)
    constant = metrics.auc_judd(np.ones(SHAPE), some_points(2, 200))
    assert constant == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("step", [0.1, 0.25])
def test_borji(step):
    values, points = photo_like(1) * 7 - 3, some_points(1)
    stretched = (values - values.min()) / np.ptp(values)
    positives = stretched[fixated(points)]
    rng = np.random.default_rng(5)
    negatives = stretched.ravel()[rng.integers(0, values.size, (20, len(positives)))]
    ours = metrics.auc_borji(values, points, splits=20, step=step, seed=5)
    slow = slow_borji(stretched, positives, negatives, step)
    assert ours == pytest.approx(slow, abs=1e-12)


@pytest.mark.parametrize("others", [4, 60])
def test_shuffled_draws_from_the_other_fixations_without_replacement(others):
    values, points = photo_like(1), some_points(1)
    other_points = some_points(9, others)
    binary = fixated(other_points)
    high = values.copy()
    high[binary] = values.max() + 1
    # All negatives reach the top threshold, no positive does: the area is that of one triangle.
    points = points[~binary[points[:, 1].astype(int), points[:, 0].astype(int)]]
    assert metrics.auc_borji(high, points, other_fixations=other_points) < 0.1
    # With fine steps and many draws it nears the exact area over distinct pixels.
    chosen = {"other_fixations": other_points, "splits": 2000, "step": 0.005}
    ours = metrics.auc_borji(values, points, **chosen)
    exact = metrics.shuffled_auc(
        values, *(np.argwhere(fixated(some))[:, ::-1] for some in (points, other_points))
    )
    assert ours == pytest.approx(exact, abs=0.02)
    assert ours == metrics.auc_borji(values, points, **chosen)


def test_values_where_they_are_not_defined():
    values, constant, points = photo_like(1), np.ones(SHAPE), some_points(1)
    everywhere = [(x, y) for x in range(32) for y in range(24)]
    assert math.isnan(metrics.auc_judd(values, []))
    assert math.isnan(metrics.auc_judd(values, everywhere))
    assert math.isnan(metrics.auc_judd(constant, points, jitter=False))
    assert math.isnan(metrics.auc_borji(values, []))
    assert math.isnan(metrics.auc_borji(constant, points))
    assert math.isnan(metrics.auc_borji(values, points, other_fixations=[]))
    assert math.isnan(metrics.emd(values, np.zeros(SHAPE)))
    for metric in (metrics.auc_judd, metrics.auc_borji):
        with pytest.raises(FoveolaError, match="off the map"):
            metric(values, [(-1, 0)])


@pytest.mark.parametrize("seed", range(3))
def test_emd_equals_an_independent_solver(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.random((5, 6)), rng.random((5, 6)) ** 3
    places = np.argwhere(np.ones((5, 6)))
    expected = stats.wasserstein_distance_nd(places, places, first.ravel(), second.ravel())
    assert metrics.emd(first, second, downsize=1) == pytest.approx(expected, abs=1e-8)
    assert metrics.emd(second, first, downsize=1) == pytest.approx(expected, abs=1e-8)


def test_emd_on_a_line_is_the_area_between_the_cumulated_masses():
    rng = np.random.default_rng(1)
    first, second = rng.random((1, 40)), rng.random((1, 40))
    line = np.arange(40)
    expected = stats.wasserstein_distance(line, line, first[0], second[0])
    assert metrics.emd(first, second, downsize=1) == pytest.approx(expected, abs=1e-9)


def test_emd_of_blocks():
    first, second = np.zeros((64, 100)), np.zeros((64, 100))
    first[40, 1], second[5, 99] = 1, 7
    assert metrics.emd(first, second) == pytest.approx(math.hypot(1, 3))
    assert metrics.emd(first, first) == 0
    with pytest.raises(FoveolaError, match="6400 blocks of 1 px are too many"):
        metrics.emd(first, second, downsize=1)
