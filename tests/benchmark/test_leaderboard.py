"""The leaderboard: means, intervals and order."""

import math

import numpy as np
import pytest

from foveola.benchmark import bootstrap_means, leaderboard
from foveola.data_schema import Score


def scores_of(values, metric="IG"):
    return [
        Score(model, f"{i}.png", metric, value)
        for model, row in values.items()
        for i, value in enumerate(row)
    ]


def test_best_by_the_first_metric_on_top():
    rows = leaderboard(scores_of({"b": [0.0, 0.2], "a": [1.0, 3.0], "nan": [math.nan] * 2}))
    assert [row.model for row in rows] == ["a", "b", "nan"]
    assert rows[0].standings["IG"].mean == 2
    assert math.isnan(rows[2].standings["IG"].mean)
    assert math.isnan(rows[2].standings["IG"].low)


def test_lower_is_better_for_divergences():
    rows = leaderboard(scores_of({"b": [0.5, 0.7], "a": [1.0, 3.0]}, "KLDiv"))
    assert [row.model for row in rows] == ["b", "a"]
    rows = leaderboard(scores_of({"b": [0.5, 0.7], "a": [1.0, 3.0]}, "a metric of one's own"))
    assert [row.model for row in rows] == ["a", "b"]


def test_images_that_are_not_defined_are_counted_and_left_out():
    rows = leaderboard(scores_of({"a": [1.0, math.nan, 3.0]}))
    standing = rows[0].standings["IG"]
    assert (standing.mean, standing.images, standing.undefined) == (2, 2, 1)
    assert 1 <= standing.low < standing.high <= 3


def test_nothing_gives_nothing():
    assert leaderboard([]) == []


def test_one_seed_one_interval():
    values = np.random.default_rng(1).normal(size=(2, 50, 3))
    for first, second in zip(
        bootstrap_means(values, seed=5), bootstrap_means(values, seed=5), strict=True
    ):
        np.testing.assert_array_equal(first, second)
    assert (bootstrap_means(values, seed=6)[1] != bootstrap_means(values, seed=5)[1]).any()


def test_models_are_drawn_on_the_same_images():
    row = np.random.default_rng(1).normal(size=40)
    means, lows, highs = bootstrap_means(np.stack([row, row + 1])[:, :, None])
    np.testing.assert_allclose([means[1] - means[0], lows[1] - lows[0], highs[1] - highs[0]], 1)


def test_intervals_are_as_wide_as_the_normal_approximation():
    values = np.random.default_rng(2).normal(size=(1, 400, 1))
    mean, low, high = (float(one[0, 0]) for one in bootstrap_means(values, resamples=4000))
    error = values.std() / 20
    assert mean == pytest.approx(values.mean())
    assert low == pytest.approx(mean - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.1 * error)


def test_intervals_contain_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(3)
    draws = rng.normal(size=(1000, 100, 1))
    covered = 0
    for start in range(0, 1000, 100):
        _, lows, highs = bootstrap_means(draws[start : start + 100], seed=start, resamples=400)
        covered += int(((lows < 0) & (highs > 0)).sum())
    assert 930 <= covered <= 970


def test_infinity_stays_infinite():
    means, lows, highs = bootstrap_means(np.array([[[-math.inf], [1.0], [2.0]]]))
    assert means[0, 0] == lows[0, 0] == -math.inf
    assert highs[0, 0] == 2


def test_no_images_give_no_means():
    for one in bootstrap_means(np.empty((2, 0, 3))):
        np.testing.assert_array_equal(one, np.full((2, 3), math.nan))
