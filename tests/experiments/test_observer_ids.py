from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import FoveolaError
from foveola.experiments import give_ids, load_settings, new_ids, run_session
from foveola.experiments.observer_ids import (
    checked,
    given_ids,
    is_valid,
    likely_ids,
    with_check_digit,
)

ALPHABET = string.digits + string.ascii_uppercase
Write = Callable[..., Path]


def test_the_check_digit_is_that_of_the_standard() -> None:
    # The example of the Global Release Identifier, which uses ISO 7064 MOD 37,36.
    assert with_check_digit("A12425GABC1234002") == "A12425GABC1234002M"


def test_numbers_go_on_after_the_largest_that_was_given() -> None:
    first = new_ids(3)
    assert first == ["P0015", "P0023", "P0031"]
    assert new_ids(1, taken=["P0015", "P0031", "X0990"]) == [with_check_digit("P004")]
    assert new_ids(1, prefix="AB") == [with_check_digit("AB001")]
    assert all(is_valid(one) for one in first)
    with pytest.raises(FoveolaError, match="can't begin an id"):
        new_ids(1, prefix="otto ")


@given(st.integers(1, 999), st.integers(0, 4), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(number: int, place: int, wrong: str) -> None:
    right = with_check_digit(f"P{number:03d}")
    mistyped = right[:place] + wrong + right[place + 1 :]
    assert is_valid(mistyped) == (mistyped == right)


def test_nearly_all_swapped_neighbours_are_found() -> None:
    swapped, missed = 0, 0
    for number in range(1, 1000):
        right = with_check_digit(f"P{number:03d}")
        for i in range(len(right) - 1):
            mistyped = right[:i] + right[i + 1] + right[i] + right[i + 2 :]
            if mistyped != right:
                swapped += 1
                missed += is_valid(mistyped)
    assert missed / swapped < 0.01


def test_the_likely_id_is_named(tmp_path: Path) -> None:
    ids = give_ids(tmp_path, 40)
    assert given_ids(tmp_path) == ids
    assert give_ids(tmp_path, 1) == new_ids(1, taken=ids)
    right = ids[11]
    assert checked(right.lower(), tmp_path) == right
    for wrong in (right[:3] + "9" + right[4:], right[0] + right[2] + right[1] + right[3:]):
        with pytest.raises(FoveolaError, match="check digit") as caught:
            checked(wrong, tmp_path)
        assert right in caught.value.remedy


def test_without_a_list_a_slip_is_undone() -> None:
    right = with_check_digit("P042")
    assert right in likely_ids(right[:2] + right[3] + right[2] + right[4:], [])
    assert right in likely_ids("P042", [])
    assert likely_ids("ö", []) == []


def test_a_list_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(FoveolaError, match="can't be written"):
        give_ids(tmp_path / "none", 1)


def test_a_session_refuses_a_mistyped_id_and_takes_any_where_ids_are_free(
    write_toml: Write,
) -> None:
    settings = load_settings(write_toml({"seed = 7": 'seed = 7\nobserver_ids = "checked"'}))
    with pytest.raises(FoveolaError, match="check digit of '01' is wrong"):
        run_session(settings, "01", display="virtual")
    assert run_session(settings, "p0015", display="virtual").name == "small_P0015.h5"
