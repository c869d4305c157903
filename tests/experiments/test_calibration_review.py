from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_validations import review, validation

from foveola.experiments.calibration_review import (
    KEY_NAMES,
    PAGE_KEYS,
    Action,
    Review,
    answered,
    keys_of,
)

PLACES_13 = tuple((float(i), 10.0) for i in range(13))
GOOD, POOR = validation((0.1,) * 4), validation((3.0,) * 4)
THIRTEEN = review(validation((0.1,) * 13, places=PLACES_13))


def after(state: Review, *events: str | int) -> tuple[Review, Action | None]:
    action = None
    for event in events:
        state, action = answered(state, event)
    return state, action


@pytest.mark.parametrize(
    ("events", "action"),
    [
        (("return",), Action("accept")),
        (("a",), Action("redo_all")),
        (("v",), Action("validate")),
        (("k",), Action("keep")),
        (("3", "r"), Action("redo", 3)),
        ((2,), Action("redo", 2)),  # a click
        (("down", "r"), Action("redo", 1)),
        (("up", "r"), Action("redo", 4)),
        (("2", "down", "r"), Action("redo", 3)),
        (("4", "down", "r"), Action("redo", 1)),
        (("3", "backspace", "r"), None),
        (("r",), None),
        (("9", "r"), None),
        (("0", "r"), None),
        (("left",), None),
        (("x",), None),
    ],
)
def test_keys_and_clicks_ask_for_actions(
    events: tuple[str | int, ...], action: Action | None
) -> None:
    assert after(review(GOOD), *events)[1] == action


@pytest.mark.parametrize(
    ("digits", "selected"), [("1", 1), ("13", 13), ("14", 4), ("113", 3), ("0", 0), ("20", 2)]
)
def test_numbers_of_two_digits_are_typed(digits: str, selected: int) -> None:
    assert after(THIRTEEN, *digits)[0].selected == selected


@given(st.lists(st.sampled_from(sorted(PAGE_KEYS)), max_size=30))
def test_no_keys_choose_what_is_not_there(events: list[str]) -> None:
    for state in (THIRTEEN, review(GOOD, POOR, shown=0), review(GOOD, kind="none", keeps=False)):
        for event in events:
            state, action = answered(state, event)
            assert 0 <= state.selected <= len(state.targets)
            if action is not None:
                assert action.name != "redo" or 1 <= action.number <= len(state.targets)
                assert action.name != "choose" or 0 <= action.number < len(state.attempts)


def caps(state: Review) -> list[str]:
    return [cap for cap, _ in keys_of(state)]


def test_the_page_offers_what_can_be_done() -> None:
    assert caps(review(GOOD)) == ["Enter", "A", "V", "K"]
    assert caps(review(GOOD, selected=2)) == ["Enter", "R", "A", "V", "K"]
    assert caps(review(GOOD, keeps=False)) == ["Enter", "A", "V"]
    assert caps(review(GOOD, kind="device", keeps=False)) == ["Enter", "A", "V"]
    assert caps(review(GOOD, kind="none", keeps=False, selected=1)) == ["Enter", "R", "V"]
    assert dict(keys_of(review(GOOD)))["Enter"] == "accept"
    assert dict(keys_of(review(POOR)))["Enter"] == "accept, with a reason"
    assert dict(keys_of(review(GOOD, selected=2)))["R"] == "redo target 2"


@pytest.mark.parametrize("cap", KEY_NAMES)
def test_what_is_not_offered_does_nothing(cap: str) -> None:
    for state in (
        review(GOOD), review(GOOD, kind="none", keeps=False), review(GOOD, POOR, shown=0)
    ):  # fmt: skip
        assert (answered(state, KEY_NAMES[cap])[1] is not None) == (cap in caps(state))


def test_kept_ones_are_chosen_to_both_sides() -> None:
    state = review(GOOD, POOR, GOOD)
    assert caps(state) == ["Enter", "A", "V", "K", "←"]
    assert answered(state, "left")[1] == Action("choose", 1)
    middle = replace(state, shown=1)
    assert caps(middle) == ["Enter", "V", "K", "←", "→"]
    assert answered(middle, "right")[1] == Action("choose", 2)
    assert not middle.good
    # The tracker holds the points of the newest calibration alone.
    assert answered(middle, 1)[1] is None
    assert replace(middle, kind="device").can_redo


def test_an_attempt_is_replaced_in_its_place() -> None:
    state = review(GOOD, POOR, GOOD, shown=1, selected=3, digits="3")
    again = state.with_attempt(replace(state.attempt, validation=GOOD))
    assert [one.number for one in again.attempts] == [1, 2, 3]
    assert again.good
    assert (again.selected, again.digits) == (0, "")
