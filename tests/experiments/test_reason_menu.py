from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_stages import SCREEN, make_stage
from made_validations import screen

from foveola.experiments.picture import grey
from foveola.experiments.reason_menu import (
    LONGEST,
    REASONS,
    ask_reason,
    edited,
    number_of,
    reason_boxes,
    reason_page,
    text_entry_page,
)
from foveola.experiments.stage import Heard

GREY = grey(0.5)
SIZES = [(640, 480), (1280, 1024), (1920, 1080), (1080, 1920)]


def keys(*names: str) -> list[tuple[float, str]]:
    return [(0.1 * number, name) for number, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("1",), REASONS[0]),
        (("x", "9", "return", "4"), REASONS[3]),
        (("5", *"Tired eye", "return"), "Tired eye"),
        (("5", "a", "space", "b", "backspace", "ü", "return"), "a ü"),
        (("backspace",), None),
        # Nothing typed is no reason: back to the menu, and from there to the result.
        (("5", "return", "space", "return", "backspace", "backspace", "backspace"), None),
        (("5", "backspace", "2"), REASONS[1]),
    ],
)
def test_a_reason_is_chosen_or_typed(
    tmp_path: Path, names: tuple[str, ...], reason: str | None
) -> None:
    typed = ["space" if name == " " else name for name in names]
    assert ask_reason(make_stage(tmp_path, keys(*typed))) == reason


def test_letters_of_a_typed_reason_ask_for_nothing_else(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, keys("5", *"pcd", "return"))
    assert ask_reason(stage) == "pcd"
    assert stage.take_requests() == []


@pytest.mark.parametrize("size", SIZES)
def test_reasons_are_clicked(size: tuple[int, int]) -> None:
    for number, (left, top, right, bottom) in enumerate(reason_boxes(screen(*size)), 1):
        middle = (left + right) / 2, (top + bottom) / 2
        assert number_of(screen(*size), Heard(1.0, clicks=(middle,))) == number
        assert 0 < left < right < size[0]
        assert 0 < top < bottom < size[1] * 0.8
    assert number_of(screen(*size), Heard(1.0, clicks=((1.0, 1.0),))) is None


@given(st.text(max_size=100), st.text(max_size=100), st.integers(0, 100))
def test_text_is_added_and_deleted_at_its_end(before: str, typed: str, deleted: int) -> None:
    before = before[:LONGEST]
    after = edited(before, Heard(1.0, keys=("backspace",) * deleted, text=typed))
    whole = (before + typed)[:LONGEST]
    assert whole.startswith(after)
    assert len(after) == max(0, len(whole) - deleted)


def test_the_longest_text_stays_in_its_frame() -> None:
    for size in SIZES:
        for page in (
            reason_page(screen(*size), GREY),
            text_entry_page(screen(*size), GREY, "W" * LONGEST),
            text_entry_page(screen(*size), GREY, ""),
        ):
            marks = np.any(np.asarray(page.image) != GREY, axis=2)
            assert marks.any()
            assert not marks[:, :8].any()
            assert not marks[:, -8:].any()


def test_what_is_typed_is_seen(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.1, "5"), (0.2, "q"), (2.0, "escape"), (3.0, "n")])
    shown: list[bytes] = []
    flip = stage.display.flip

    def watched() -> float:
        time_s = flip()
        if time_s in (pytest.approx(0.15, abs=0.009), pytest.approx(0.5, abs=0.009)):
            shown.append(stage.display.screenshot().tobytes())
        if time_s > 4:
            raise TimeoutError
        return time_s

    stage.display.flip = watched  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        ask_reason(stage)
    empty, q = (text_entry_page(SCREEN, GREY, text).image.tobytes() for text in ("", "q"))
    assert shown[0] == empty
    assert shown[-1] == q
    assert stage.display.screenshot().tobytes() == q  # the question took nothing away
