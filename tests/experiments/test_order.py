from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import FoveolaError
from foveola.experiments.order import (
    Place,
    balanced_row,
    block_lengths,
    observer_generator,
    observer_number,
    ordered,
)


def order_of(images: int, order: str, observer: str = "01", seed: int = 1, **given) -> list[Place]:
    return ordered(
        images,
        order,
        seed=seed,
        row=observer_number(observer),
        generator=observer_generator(seed, "order", observer),
        **given,
    )


def images_of(places: Sequence[Place]) -> list[int]:
    return [place.image for place in places]


@given(
    images=st.integers(2, 12),
    order=st.sampled_from(["random", "fixed", "counterbalanced"]),
    repeats=st.integers(1, 4),
    trials=st.integers(0, 12),
    seed=st.integers(0, 99),
    observer=st.text("PQ0123456789", min_size=1, max_size=4),
)
def test_each_image_comes_as_often_as_set_and_never_twice_in_a_row(
    images: int, order: str, repeats: int, trials: int, seed: int, observer: str
) -> None:
    places = order_of(images, order, observer, seed, repeats=repeats, block_trials=trials)
    found = images_of(places)
    assert Counter(found) == dict.fromkeys(range(images), repeats)
    assert all(one != other for one, other in itertools.pairwise(found))
    assert [place.repeat for place in places] == [
        found[:i].count(image) for i, image in enumerate(found)
    ]
    for turn in range(repeats):  # all images once before any comes again
        assert set(found[turn * images : (turn + 1) * images]) == set(range(images))
    blocks = [place.block for place in places]
    assert blocks == sorted(blocks)
    assert set(blocks) == set(range(max(blocks) + 1))
    if trials:
        assert max(Counter(blocks).values()) <= trials
    assert places == order_of(images, order, observer, seed, repeats=repeats, block_trials=trials)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 9])
def test_a_balanced_square_is_balanced(size: int) -> None:
    rows = [balanced_row(size, row) for row in range(size if size % 2 == 0 else 2 * size)]
    times = len(rows) // size
    for place in range(size):
        assert Counter(row[place] for row in rows) == dict.fromkeys(range(size), times)
    follows = Counter(pair for row in rows for pair in itertools.pairwise(row))
    assert len(follows) == size * (size - 1)
    assert set(follows.values()) == {times}
    assert balanced_row(size, 0) == balanced_row(size, len(rows))


def test_images_are_balanced_over_observers_where_there_is_one_block() -> None:
    orders = [images_of(order_of(6, "counterbalanced", f"{i}")) for i in range(6)]
    for place in range(6):
        assert {order[place] for order in orders} == set(range(6))


def test_blocks_are_the_same_groups_for_all_and_balanced_over_observers() -> None:
    def groups(observer: str) -> list[frozenset[int]]:
        places = order_of(12, "counterbalanced", observer, block_count=4)
        return [frozenset(p.image for p in places if p.block == block) for block in range(4)]

    found = [groups(f"{i}") for i in range(4)]
    assert all(set(one) == set(found[0]) for one in found)
    for place in range(4):
        assert len({one[place] for one in found}) == 4
    within = [
        images_of([p for p in order_of(12, "counterbalanced", o, block_count=4) if p.block == 0])
        for o in ("0", "4", "8")
    ]
    assert len({tuple(one) for one in within}) > 1  # shuffled for each observer


def test_fixed_is_as_it_comes_and_random_is_not() -> None:
    assert images_of(order_of(5, "fixed", repeats=2)) == [0, 1, 2, 3, 4] * 2
    orders = {tuple(images_of(order_of(5, "random", f"{i}"))) for i in range(9)}
    assert len(orders) > 5


def test_what_can_not_be_is_told() -> None:
    with pytest.raises(FoveolaError, match="twice in a row"):
        order_of(1, "random", repeats=2)
    with pytest.raises(FoveolaError, match=r"3 blocks can't be balanced.*multiple of repeats"):
        order_of(12, "counterbalanced", repeats=2, block_count=3)


@given(st.integers(1, 200), st.integers(0, 50), st.integers(0, 50))
def test_block_lengths_add_up(trials: int, each: int, count: int) -> None:
    lengths = block_lengths(trials, 0 if count else each, count)
    assert sum(lengths) == trials
    assert min(lengths) > 0
    if count:
        assert len(lengths) == min(count, trials)
        assert max(lengths) - min(lengths) <= 1


def test_the_number_of_an_observer_is_the_first_in_the_id() -> None:
    assert [observer_number(one) for one in ("P012", "07", "a3b9")] == [12, 7, 3]
    assert observer_number("anna") == observer_number("anna") != observer_number("otto")


def test_generators_differ_by_seed_and_words() -> None:
    drawn = {
        int(observer_generator(seed, *words).integers(2**62))
        for seed in (1, 2)
        for words in (("a",), ("b",), ("a", "b"))
    }
    assert len(drawn) == 6
    assert isinstance(observer_generator(1), np.random.Generator)
