from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.experiments.child_figures import FIGURES, OUTLINE, WHITE
from foveola.experiments.picture import Picture, composed, grey, ink
from foveola.experiments.targets import (
    CALL_S,
    INNER_DEG,
    OUTER_DEG,
    REWARD_S,
    STILL_S,
    Target,
    TargetKind,
    make_target,
    on_pixels,
)

GREY = grey(0.5)
PX_PER_DEG = 40.0
ALL: list[tuple[TargetKind, int]] = [
    ("rings", 0), ("bulls-eye", 0), ("child", 0), ("child", 1), ("child", 2), ("child", 3),
]  # fmt: skip
TIMES_S = np.linspace(0, 4, 241)


def target(kind: TargetKind = "rings", number: int = 0, background=GREY) -> Target:
    return make_target(kind, number, PX_PER_DEG, 0.7, background)


def pixels(of: Target, time_s: float, *, background=GREY) -> np.ndarray:
    """The screen around a target at (100, 100)."""
    return np.asarray(composed(200, 200, background, of.at((100.0, 100.0))(time_s)))


def extent_px(image: np.ndarray, background=GREY) -> int:
    rows = np.flatnonzero((image != background).any(axis=(1, 2)))
    return int(rows[-1] - rows[0] + 1)


@pytest.mark.parametrize(("kind", "number"), ALL)
def test_it_shrinks_from_large_to_the_size_of_the_mark(kind: TargetKind, number: int) -> None:
    shown = target(kind, number)
    sizes = [extent_px(pixels(shown, time_s)) for time_s in (0.0, 0.35, 0.699, 0.701)]
    assert sizes[0] > 1.8 * PX_PER_DEG
    assert sizes[0] > sizes[1] > sizes[2] >= sizes[3] - 1
    assert sizes[3] <= (1.1 if kind == "child" else OUTER_DEG) * PX_PER_DEG + 1


@pytest.mark.parametrize("kind", ["rings", "bulls-eye"])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_at_rest_it_is_the_mark_of_the_paper(kind: TargetKind, level: float) -> None:
    background = grey(level)
    image = pixels(target(kind, background=background), 0.75, background=background)
    assert extent_px(image, background) == OUTER_DEG * PX_PER_DEG
    assert np.array_equal(image, image[::-1])  # around the corner of the four middle pixels
    assert np.array_equal(image, image[:, ::-1])
    outer, inner = OUTER_DEG * PX_PER_DEG / 2, INNER_DEG * PX_PER_DEG / 2
    assert tuple(image[99, 99]) == ink(background)
    assert tuple(image[100, int(100 + inner) + 1]) == background  # the cross hair
    diagonal = int(100 + outer * 0.6)
    assert tuple(image[diagonal, diagonal]) == ink(background)


@pytest.mark.parametrize(("kind", "number"), ALL)
def test_the_mark_stands_still_while_gaze_is_measured(kind: TargetKind, number: int) -> None:
    shown = target(kind, number)
    # The inner third of a degree: the dot, or the figure's nose.
    middles = {pixels(shown, 0.7 + time_s)[95:105, 95:105].tobytes() for time_s in TIMES_S}
    assert len(middles) == 1


def test_the_rings_rest_and_then_call_the_eye_back() -> None:
    shown = target()
    still = [pixels(shown, 0.7 + time_s) for time_s in np.linspace(0, STILL_S - 0.01, 9)]
    assert all(np.array_equal(image, still[0]) for image in still)
    called = pixels(shown, 0.7 + STILL_S + CALL_S / 2)
    assert extent_px(called) > extent_px(still[0]) + 6
    assert np.array_equal(pixels(shown, 0.7 + STILL_S + CALL_S + 0.05), still[0])  # again


@pytest.mark.parametrize("number", range(len(FIGURES)))
def test_a_figure_has_a_clear_centre_in_every_frame(number: int) -> None:
    shown = target("child", number)
    frames = dict.fromkeys((*shown.shrinking, *shown.waiting, *shown.reward))
    for frame in frames:
        image, half = np.asarray(frame.image), -frame.left_px
        assert tuple(image[half, half]) == OUTLINE
        ring = half + round(0.135 * PX_PER_DEG)
        assert tuple(image[half, ring]) == WHITE


def test_figures_differ_and_come_in_turn() -> None:
    firsts = [pixels(target("child", number), 0.0).tobytes() for number in range(5)]
    assert len(set(firsts[:4])) == 4
    assert firsts[4] == firsts[0]


def test_only_children_are_rewarded() -> None:
    assert not target().reward
    assert not target("bulls-eye").reward
    reward = target("child").rewarding((100.0, 100.0))
    shown = [np.asarray(composed(200, 200, GREY, reward(REWARD_S * share))) for share in (0, 0.5)]
    assert extent_px(shown[1]) > extent_px(shown[0])
    assert reward(REWARD_S * 2) is not None  # a late flip is no error


class Uploads:
    """A display that counts what it was given."""

    def __init__(self) -> None:
        self.prepared: set[Picture] = set()

    def prepare(self, picture: Picture) -> None:
        self.prepared.add(picture.original)
        assert picture.image is not None


@pytest.mark.parametrize(("kind", "number"), ALL)
def test_every_frame_is_ready_before_it_is_shown_and_serves_all_places(
    kind: TargetKind, number: int
) -> None:
    shown, display = target(kind, number), Uploads()
    shown.prepare(display)  # type: ignore[arg-type]
    for place in ((10.0, 20.0), (300.0, 200.0)):
        for draw in (shown.at(place), shown.resting(place)):
            frames = [frame for time_s in TIMES_S for frame in draw(time_s)]
            assert {frame.original for frame in frames} <= display.prepared
            middles = {
                (f.left_px - f.original.left_px, f.top_px - f.original.top_px) for f in frames
            }
            assert middles == {place}
    assert target(kind, number) is shown


def test_the_frames_of_the_finest_screen_fit_into_memory() -> None:
    size = 0
    for kind, number in ALL:
        shown = make_target(kind, number, 80.0, 5.0, GREY)
        frames = dict.fromkeys((*shown.shrinking, *shown.waiting, *shown.reward))
        assert len(frames) <= 100
        size += sum(frame.image.width * frame.image.height * 3 for frame in frames)
    make_target.cache_clear()
    assert size < 64e6


def test_a_target_that_does_not_shrink_is_there_at_once() -> None:
    shown = make_target("rings", 0, PX_PER_DEG, 0.0, GREY)
    assert extent_px(pixels(shown, 0.0)) == OUTER_DEG * PX_PER_DEG


coordinate = st.floats(-1e4, 1e4)


@given(coordinate, coordinate)
def test_targets_stand_on_the_nearest_corner_of_pixels(x: float, y: float) -> None:
    at = on_pixels((x, y))
    assert all(value.is_integer() for value in at)
    assert math.dist(at, (x, y)) <= math.sqrt(0.5) + 1e-9
    assert on_pixels(at) == at
