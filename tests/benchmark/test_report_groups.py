from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.benchmark.report_groups import MOST_MODELS, group_letters, shared_letters


@given(st.integers(1, 9), st.randoms(use_true_random=False))
def test_letters_are_shared_exactly_where_nothing_differs(count: int, random) -> None:
    different = np.zeros((count, count), bool)
    for i in range(count):
        for j in range(i):
            different[i, j] = different[j, i] = random.random() < 0.4
    letters = shared_letters(np.where(different, 0.01, 0.5))
    assert all(letters)
    for i in range(count):
        for j in range(count):
            if i != j:
                assert bool(set(letters[i]) & set(letters[j])) is not bool(different[i, j])


def test_all_alike_share_one_letter_and_all_different_share_none() -> None:
    assert shared_letters(np.ones((4, 4))) == ["a"] * 4
    assert shared_letters(np.eye(4)) == ["a", "b", "c", "d"]


def test_models_that_differ_have_other_letters() -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 0.1, (4, 200))
    values = (np.array([0.0, 2.0, 2.0, 1.0])[:, None] + noise)[:, :, None]
    values[2] = values[1] + random.normal(0, 0.1, (200, 1))
    letters = group_letters(values, [[1, 2, 3, 0]])
    assert [own[0] for own in letters] == ["c", "a", "a", "b"]


@pytest.mark.parametrize("models", [1, MOST_MODELS + 1])
def test_one_model_and_too_many_have_no_letters(models: int) -> None:
    values = np.random.default_rng(1).normal(size=(models, 5, 1))
    assert group_letters(values, [range(models)]) == [[""]] * models


def test_a_model_without_scores_has_no_letter() -> None:
    values = np.random.default_rng(1).normal(size=(3, 6, 1))
    values[1] = np.nan
    assert [own[0] for own in group_letters(values, [[0, 2, 1]])] == ["a", "", "a"]
