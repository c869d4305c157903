"""Statistics of scores: ranks, shares, groups, observers, ceilings, and all in one record."""

import json
import math

import numpy as np
import pytest
from made_fixations import made_set
from made_score_rows import score_rows_of
from scipy import stats

from foveola.benchmark import leaderboard, score_models
from foveola.benchmark.breakdown import (
    categories,
    category_of,
    fixation_count_groups,
    leaderboards_by,
)
from foveola.benchmark.explained_information import explained_share
from foveola.benchmark.metrics import auc, cc
from foveola.benchmark.noise_ceiling import noise_ceiling, split_observers
from foveola.benchmark.observer_bootstrap import observer_bootstrap_means
from foveola.benchmark.rank_stability import rank_stability
from foveola.data_schema import Stimulus, fixation_set, pixel_of, write_fixation_set
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.density import blurred_counts
from foveola.fixation_maps.gold_standard import GoldStandard


def test_a_clear_order_is_stable_and_a_tie_is_shared():
    image = np.random.default_rng(0).normal(size=50)
    stability = rank_stability(np.stack([image, image + 1, image, np.full(50, np.nan)]))
    np.testing.assert_allclose(
        stability.shares, [[0, 0.5, 0.5, 0], [1, 0, 0, 0], [0, 0.5, 0.5, 0], [0] * 4]
    )
    assert stability.low.tolist() == [2, 1, 2, 0]
    assert stability.high.tolist() == [3, 1, 3, 0]
    assert stability.concordance == pytest.approx(2 / 3)
    worst_first = rank_stability(np.stack([image, image + 1]), higher_is_better=False)
    assert worst_first.shares.tolist() == [[1, 0], [0, 1]]
    assert worst_first.concordance == 1


def test_ranks_waver_as_often_as_a_normal_difference_would():
    rng = np.random.default_rng(1)
    image = rng.normal(size=200)
    other = image + rng.normal(size=200)
    stability = rank_stability(np.stack([image, other]), resamples=4000)
    differences = image - other
    sure = stats.norm.cdf(differences.mean() / (differences.std() / math.sqrt(200)))
    assert stability.shares[0, 0] == pytest.approx(sure, abs=0.03)
    assert math.isnan(rank_stability(image[None]).concordance)
    assert rank_stability(np.full((2, 3), np.nan)).high.tolist() == [0, 0]


def test_a_model_that_is_seldom_defined_ranks_last_where_it_is_missing():
    values = np.array([[5.0, np.nan, np.nan, np.nan], [1.0, 1.0, 1.0, 1.0]])
    share = rank_stability(values, resamples=4000).shares[0, 0]
    assert share == pytest.approx(1 - 0.75**4, abs=0.03)


def test_explained_share_lies_between_baseline_and_gold_standard():
    rng = np.random.default_rng(2)
    gold = rng.normal(2, 0.5, 100)
    found = explained_share(gold / 2, np.zeros(100), gold)
    assert (found.share, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    gold[3] = np.nan
    noisy = explained_share(gold / 2 + rng.normal(0, 0.5, 100), np.zeros(100), gold)
    assert noisy.low < noisy.share < noisy.high
    assert noisy.high - noisy.low == pytest.approx(4 * 0.05 / 2, rel=0.3)
    assert math.isnan(explained_share(gold, gold, gold).share)
    assert math.isnan(explained_share(np.empty(0), np.empty(0), np.empty(0)).low)


def test_categories_are_folders():
    assert category_of("Action/001.jpg") == "Action"
    assert category_of("a/b/001.jpg") == "a/b"
    assert category_of("001.jpg") == ""
    stimuli = ["A/1.png", "A/2.png", "B/1.png"]
    rows = score_rows_of({"one": {"IG": [1, 2, 5]}, "two": {"IG": [2, 3, 4]}}, stimuli)
    boards = leaderboards_by(rows, categories(stimuli))
    assert list(boards) == ["A", "B"]
    assert [row.model for row in boards["A"]] == ["two", "one"]
    assert boards["B"] == leaderboard(rows_of_stimulus(rows, "B/1.png"))
    assert leaderboards_by(rows, {"B/1.png": "b"}).keys() == {"b"}


def rows_of_stimulus(rows, stimulus):
    return [row for row in rows if row.stimulus == stimulus]


def test_images_are_grouped_by_their_fixations():
    made = made_set(sizes=[(30, 40)] * 8, observers=3, each=4)
    kept = np.concatenate([made.of(i)[: 1 + i // 2] for i in range(1, 8)])
    empty_first = fixation_set(made.info, made.stimuli, made.observers, kept, made.provenance)
    groups = fixation_count_groups(empty_first, 3)
    assert list(groups.items()) == [
        ("1.png", "1-2"),
        ("2.png", "1-2"),
        ("3.png", "1-2"),
        ("4.png", "3"),
        ("5.png", "3"),
        ("6.png", "4"),
        ("7.png", "4"),
    ]
    alone = fixation_set(made.info, made.stimuli, made.observers, kept[:0], made.provenance)
    assert fixation_count_groups(alone) == {}


def test_intervals_over_observers_are_wider_than_over_images_alone():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(1, 60, 1)) + rng.normal(size=(1, 1, 12))
    values = values + 0.1 * rng.normal(size=(1, 60, 12))
    counts = rng.integers(1, 5, (60, 12))
    values[0, 3, 4], values[0, 9] = np.nan, np.nan
    means, lows, highs = observer_bootstrap_means(values, counts)
    weights = np.where(np.isnan(values[0]), 0, counts)
    sums = (weights * np.nan_to_num(values[0])).sum(axis=1)
    shown = np.delete(sums / np.maximum(weights.sum(axis=1), 1), 9)
    assert means[0] == pytest.approx(shown.mean())
    error = math.sqrt(1 / 60 + 1 / 12)
    assert highs[0] - lows[0] == pytest.approx(2 * 1.96 * error, rel=0.3)
    unknown = observer_bootstrap_means(np.full((2, 3, 4), np.nan), np.ones((3, 4), int))
    assert np.isnan(unknown).all()
    assert np.isnan(observer_bootstrap_means(np.empty((2, 0, 4)), np.ones((0, 4), int))).all()
    infinite = observer_bootstrap_means(np.array([[[1.0, -np.inf]]]), np.ones((1, 2), int))
    assert infinite[0][0] == -np.inf
    assert np.isnan(infinite[1:]).all()


def test_observers_are_halved_on_each_image():
    made = made_set(observers=5)
    first, second = split_observers(made, seed=1)
    assert len(first.table) + len(second.table) == len(made.table)
    for index in range(3):
        halves = [set(half.of(index)["observer"].tolist()) for half in (first, second)]
        assert halves[0] | halves[1] == set(range(5))
        assert not halves[0] & halves[1]
        assert len(halves[0]) == 3
    again = split_observers(made, seed=1)[0]
    np.testing.assert_array_equal(first.table, again.table)
    assert len(np.unique([split_observers(made, seed=i)[0].of(0)["observer"][0] for i in range(9)]))


def test_the_ceiling_is_what_half_the_observers_tell_of_the_other():
    made = made_set(sizes=[(30, 40)] * 4, observers=6)
    lone = made_set(sizes=[(30, 40)] * 5, observers=6)
    table = np.concatenate([made.table, lone.of(4)[:3]])
    stimuli = (*made.stimuli, Stimulus(id="4.png", width_px=40, height_px=30))
    made = fixation_set(made.info, stimuli, made.observers, table, made.provenance)
    bias = CentreBias.fit(made)
    gold = GoldStandard.fit(made, bias)
    ceiling = noise_ceiling(made, gold, 3, seed=2)
    halves = split_observers(made, 2)
    column = dict(zip(ceiling.metrics, range(7), strict=True))
    maps = []
    for half in halves:
        rows, columns = pixel_of(half.of(1))
        maps.append(blurred_counts(rows, columns, (30, 40), 3))
    assert ceiling.maps[column["CC"]] == "empirical map"
    assert ceiling.values[1, column["CC"]] == pytest.approx(cc(maps[0], maps[1]))
    assert ceiling.maps[column["IG"]] == "gold-standard density"
    points = [np.column_stack(pixel_of(half.of(1))[::-1]) for half in halves]
    if ceiling.maps[column["AUC"]] == "empirical map":
        both = (auc(maps[0], points[1]) + auc(maps[1], points[0])) / 2
        assert ceiling.values[1, column["AUC"]] == pytest.approx(both)
    assert np.isnan(ceiling.values[4]).all()
    means, lows, highs = ceiling.intervals()
    assert (lows <= means).all()
    assert (means <= highs).all()
    np.testing.assert_allclose(means, ceiling.values[:4].mean(axis=0))


def test_a_run_writes_its_statistics(tmp_path):
    made = made_set(sizes=[(30, 40)] * 6)
    stimuli = tuple(
        one.model_copy(update={"id": f"{'ab'[i % 2]}/{one.id}"})
        for i, one in enumerate(made.stimuli)
    )
    few = np.concatenate([made.of(i)[: 24 - 3 * i] for i in range(6)])
    made = fixation_set(made.info, stimuli, made.observers, few, made.provenance)
    write_fixation_set(tmp_path / "fix.h5", made)
    names = ["gold-standard", "centre-bias", "uniform"]
    path = tmp_path / "s.csv"
    scores = score_models(tmp_path / "fix.h5", names, path, statistics=True, seed=4)
    score_models(tmp_path / "fix.h5", names, tmp_path / "plain.csv")
    assert (tmp_path / "plain.csv").read_bytes() == path.read_bytes()
    record = json.loads((tmp_path / "s.statistics.json").read_text())
    assert record["seed"] == 4
    board = {row.model: row for row in leaderboard(scores, seed=4)}
    for name in names:
        found = record["leaderboard"][name]["IG"]
        assert found["mean"] == board[name].standings["IG"].mean
        over = record["over_observers"][name]["IG"]
        assert over["mean"] == pytest.approx(found["mean"])
        assert over["low"] <= over["mean"] <= over["high"]
    assert record["leaderboard"]["gold-standard"]["CC"]["mean"] is None
    assert "CC" not in record["over_observers"]["uniform"]
    assert list(record["explained_information"]) == ["uniform"]
    assert set(record["by_category"]) == {"a", "b"}
    assert list(record["by_fixations"]) == ["9-15", "18", "21", "24"]
    assert set(record["noise_ceiling"]) == {"IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM"}
    first = record["pairs"]["IG"]["tests"][0]
    assert len(record["pairs"]["IG"]["tests"]) == 3
    assert [first["first"], first["second"]] == list(record["leaderboard"])[:2]
    assert first["difference"] > 0
    grouped = [name for group in record["pairs"]["CC"]["equal_groups"] for name in group]
    assert set(grouped) == {"centre-bias", "uniform"}
    assert set(record["ranks"]["CC"]["models"]) == {"centre-bias", "uniform"}
    assert record["provenance"]["inputs"][0]["name"] == "fix.h5"
    assert not (tmp_path / "plain.statistics.json").exists()
