"""Comparisons of models, effect sizes and score arrays."""

import math

import numpy as np
import pytest
from made_score_rows import score_rows_of

from foveola.benchmark import compare
from foveola.benchmark.effect_size import standardised_difference, superiority
from foveola.benchmark.permutation import permutation_p_values
from foveola.benchmark.score_array import score_array
from foveola.data_schema import FoveolaError, Score


def made(images=80, seed=0):
    """A model that is better by every metric than two that are equal."""
    rng = np.random.default_rng(seed)
    image = rng.normal(size=images)
    return {
        model: {
            "IG": image + gain + 0.3 * rng.normal(size=images),
            "KLDiv": image - gain + 0.3 * rng.normal(size=images),
        }
        for model, gain in (("good", 0.5), ("one", 0.0), ("two", 0.0))
    }


def test_pairs_are_compared_on_the_images_that_both_have():
    values = made()
    values["good"]["IG"][3] = values["one"]["IG"][7] = math.nan
    by_name = {
        (one.first, one.second, one.metric): one for one in compare(score_rows_of(values), seed=1)
    }
    assert len(by_name) == 6
    one = by_name["good", "one", "IG"]
    both = np.delete(np.stack([values["good"]["IG"], values["one"]["IG"]]), [3, 7], axis=1)
    differences = both[0] - both[1]
    assert one.images == 78
    assert one.first_mean == pytest.approx(both[0].mean())
    assert one.second_mean == pytest.approx(both[1].mean())
    assert one.difference == pytest.approx(differences.mean())
    error = differences.std() / math.sqrt(78)
    assert one.low == pytest.approx(differences.mean() - 1.96 * error, abs=0.25 * error)
    assert one.high == pytest.approx(differences.mean() + 1.96 * error, abs=0.25 * error)
    assert one.p_value == permutation_p_values(differences[:, None], seed=1)[0]
    assert one.p_value < one.adjusted < 0.01
    assert one.effect_size == pytest.approx(differences.mean() / differences.std(ddof=1))
    assert one.superiority == pytest.approx(np.mean(differences > 0))
    assert one.better == "good"
    assert by_name["good", "two", "KLDiv"].difference < 0
    assert by_name["good", "two", "KLDiv"].better == "good"
    assert by_name["one", "two", "IG"].better == ""


def test_models_and_metrics_can_be_chosen():
    rows = score_rows_of(made())
    found = compare(rows, ["two", "good"], metrics=["KLDiv"])
    assert [(one.first, one.second, one.metric) for one in found] == [("two", "good", "KLDiv")]
    assert found[0].adjusted == found[0].p_value
    assert found[0].better == "good"


@pytest.mark.parametrize(
    ("models", "metrics", "message"),
    [
        (["good", "best"], [], "no model 'best'. There are: good, one, two"),
        (["good", "one"], ["AUC"], "no metric 'AUC'. There are: IG, KLDiv"),
        (["good", "good"], [], "only one model"),
    ],
)
def test_what_is_not_there_is_named(models, metrics, message):
    with pytest.raises(FoveolaError, match=message):
        compare(score_rows_of(made()), models, metrics=metrics)


def test_nothing_in_common_is_told_and_infinity_is_no_test():
    with pytest.raises(FoveolaError, match="no image on which both"):
        compare(score_rows_of({"a": {"CC": [math.nan, 1.0]}, "b": {"CC": [1.0, math.nan]}}))
    with pytest.raises(FoveolaError, match="only one model"):
        compare([])
    one = compare(score_rows_of({"a": {"LL": [-math.inf, 1.0]}, "b": {"LL": [0.0, 1.0]}}))[0]
    assert one.difference == -math.inf
    assert math.isnan(one.p_value)
    assert one.better == ""
    assert one.superiority == 0.25


def test_effect_sizes_at_their_edges():
    assert standardised_difference(np.array([1.0, np.nan, 3.0])) == pytest.approx(2 / math.sqrt(2))
    assert standardised_difference(np.zeros(4)) == 0
    assert standardised_difference(np.full(3, -2.0)) == -math.inf
    assert math.isnan(standardised_difference(np.array([1.0])))
    assert math.isnan(standardised_difference(np.array([1.0, math.inf])))
    assert superiority(np.array([1.0, 0.0, -1.0, np.nan, 2.0])) == 0.625
    assert math.isnan(superiority(np.array([np.nan])))


def test_score_arrays_keep_the_order_of_the_rows():
    array = score_array([Score("b", "1", "IG", 1.0), Score("a", "0", "IG", 2.0)])
    assert (array.models, array.stimuli, array.metrics) == (("b", "a"), ("1", "0"), ("IG",))
    np.testing.assert_array_equal(array.of_metric("IG"), [[1, np.nan], [np.nan, 2]])
    assert score_array([]).values.shape == (0, 0, 0)
