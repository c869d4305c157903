from __future__ import annotations

import math

import numpy as np
import pytest

from foveola.data_schema import Calibration, Screen, TargetError
from foveola.experiments.pages import letter_height, text_page, wrapped
from foveola.experiments.picture import Picture, font, grey
from foveola.experiments.result_page import MAGNIFIED, eye_styles, result_page

GREY = grey(0.5)
STYLES = eye_styles(GREY)
SIZES = [(640, 480), (1280, 800), (1920, 1080), (1080, 1920)]


def screen(width_px: int, height_px: int) -> Screen:
    return Screen(width_px=width_px, height_px=height_px, width_cm=40, height_cm=30, distance_cm=60)


def inked_margin(picture: Picture) -> int:
    """Pixels between the page's edge and the nearest mark."""
    marks = np.any(np.asarray(picture.image) != GREY, axis=2)
    rows, columns = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
    height, width = marks.shape
    return int(min(rows[0], columns[0], height - 1 - rows[-1], width - 1 - columns[-1]))


@pytest.mark.parametrize("size", SIZES)
def test_text_stays_on_the_page(size: tuple[int, int]) -> None:
    page = text_page(screen(*size), GREY, "Welcome", ["word " * 60], [("Space", "begin")])
    assert page.image.size == size
    assert inked_margin(page) > 20


def test_lines_are_broken_between_words() -> None:
    parts = wrapped("one two three four five six", 20, 120)
    assert " ".join(parts) == "one two three four five six"
    assert len(parts) > 1
    assert all(font(20).getlength(part) <= 120 for part in parts)
    assert wrapped("unbreakablelongword x", 20, 10) == ["unbreakablelongword", "x"]
    assert wrapped("", 20, 10) == [""]


def test_letters_grow_with_the_screen() -> None:
    assert letter_height(screen(640, 480)) < letter_height(screen(1920, 1080))


def validation(eyes: tuple[str, ...], error_px: float = 12.0) -> Calibration:
    points = [
        TargetError(
            target_x_px=x,
            target_y_px=y,
            eye=eye,
            gaze_x_px=x + error_px,
            gaze_y_px=y,
            error_deg=0.3 if math.isfinite(error_px) else math.nan,
        )
        for x, y in [(200.0, 150.0), (440.0, 150.0), (200.0, 330.0), (440.0, 330.0)]
        for eye in eyes
    ]
    return Calibration(
        time_s=0, kind="validation", layout="HV9", accepted=False, points=tuple(points)
    )


def page(of: Calibration, size: tuple[int, int] = (640, 480)) -> Picture:
    return result_page(screen(*size), GREY, of, "good", "Mean 0.30°.", [("Enter", "accept")])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("eyes", [("left",), ("left", "right")])
def test_result_stays_on_the_page(size: tuple[int, int], eyes: tuple[str, ...]) -> None:
    assert inked_margin(page(validation(eyes), size)) > 10


def colours(picture: Picture) -> set[tuple[int, ...]]:
    return set(map(tuple, np.asarray(picture.image).reshape(-1, 3).tolist()))


def test_result_shows_the_eyes_that_were_tracked() -> None:
    both = colours(page(validation(("left", "right"))))
    assert {STYLES["left"].colour, STYLES["right"].colour} <= both
    assert STYLES["right"].colour not in colours(page(validation(("left",))))
    assert STYLES["left"].round != STYLES["right"].round


def test_errors_are_drawn_where_they_are() -> None:
    def rightmost_px(error_px: float) -> int:
        pixels = np.asarray(page(validation(("right",), error_px)).image)[:, :400]  # the map
        return int(np.argwhere(np.all(pixels == STYLES["right"].colour, axis=2))[:, 1].max())

    map_scale = 0.56
    moved_px = rightmost_px(12.0) - rightmost_px(4.0)
    assert moved_px == pytest.approx(8 * MAGNIFIED * map_scale, abs=1.5)


def test_lost_gaze_is_told_in_words() -> None:
    assert not np.array_equal(
        np.asarray(page(validation(("left",), math.nan)).image),
        np.asarray(page(validation(("left",))).image),
    )


def luminance(colour: tuple[int, int, int]) -> float:
    linear = (np.array(colour) / 255) ** 2.2
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("level", np.linspace(0, 1, 11))
def test_the_eyes_stand_out_from_every_grey(level: float) -> None:
    for style in eye_styles(grey(level)).values():
        low, high = sorted([luminance(style.colour), luminance(grey(level))])
        assert (high + 0.05) / (low + 0.05) > 2.4
