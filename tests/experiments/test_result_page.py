from __future__ import annotations

import math

import numpy as np
import pytest
from made_validations import BOTH, PLACES, review, screen, seen, validation

from foveola.data_schema import Calibration
from foveola.experiments.calibration_review import Review
from foveola.experiments.picture import Picture, grey
from foveola.experiments.result_layout import magnification, result_layout
from foveola.experiments.result_map import eye_styles
from foveola.experiments.result_page import remark_of, result_page, verdict_of
from foveola.experiments.result_panels import attempt_rows
from foveola.experiments.result_table import summary_rows, target_rows
from foveola.experiments.validation_summary import measured_again

GREY = grey(0.5)
STYLES = eye_styles(GREY)
SIZES = [(640, 480), (1280, 1024), (1920, 1080), (1080, 1920)]
NAN = math.nan
THIRTEEN = tuple((60.0 + 130 * (i % 5), 60.0 + 160 * (i // 5)) for i in range(13))


def check(time_s: float, error_deg: float) -> Calibration:
    points = (seen((320.0, 240.0), error_deg),)
    accepted = error_deg < 1
    return Calibration(
        time_s=time_s, kind="drift_check", layout="centre", accepted=accepted, points=points
    )


CHECKS = [check(60.0, 0.4), check(90.0, NAN), check(120.0, 1.7), check(180.0, 0.6)]


def page(state: Review, size: tuple[int, int] = (640, 480), **options: object) -> Picture:
    return result_page(screen(*size), GREY, state, **options)  # type: ignore[arg-type]


def inked_margin(picture: Picture) -> int:
    """Pixels between the page's edge and the nearest mark."""
    marks = np.any(np.asarray(picture.image) != GREY, axis=2)
    rows, columns = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
    height, width = marks.shape
    return int(min(rows[0], columns[0], height - 1 - rows[-1], width - 1 - columns[-1]))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "state",
    [
        review(),
        review(validation((0.1, NAN, 9.0, 0.1), ("right",)), keeps=False),
        review(validation((9.0,) * 4), validation((0.6,) * 13, places=THIRTEEN), selected=13),
        review(*[validation()] * 7, shown=3, selected=2),
        review(validation((NAN,) * 4, ("both",)), kind="none", keeps=False),
    ],
)
def test_it_stays_on_the_page(size: tuple[int, int], state: Review) -> None:
    assert inked_margin(page(state, size, checks=CHECKS)) >= 8


def colours(picture: Picture) -> set[tuple[int, ...]]:
    return set(map(tuple, np.asarray(picture.image).reshape(-1, 3).tolist()))


def test_it_shows_the_eyes_that_were_tracked() -> None:
    both = colours(page(review()))
    assert {STYLES["left"].colour, STYLES["right"].colour} <= both
    assert STYLES["right"].colour not in colours(page(review(validation(eyes=("left",)))))
    assert STYLES["left"].round != STYLES["right"].round


def test_arrows_end_where_the_gaze_was() -> None:
    def rightmost_px(error_deg: float, settings: dict[str, float]) -> tuple[int, int]:
        # The first target errs most, and so sets how much all are enlarged; the last one is looked
        # at.
        state = review(validation((1.0, 0, 0, error_deg), ("right",)), settings=settings)
        layout = result_layout(screen())
        image = np.asarray(page(state).image)[:, : round(layout.map_box[2])]
        found = np.argwhere(np.all(image == STYLES["right"].colour, axis=2))[:, 1].max()
        limit_deg = state.settings.max_error_deg
        return int(found), magnification(layout, screen(), state.attempt.validation, limit_deg)

    for limit_deg in (0.5, 2.0):
        settings = {"max_error_deg": limit_deg, "max_mean_error_deg": 0.2}
        (near, times), (far, same) = (rightmost_px(e, settings) for e in (0.2, 0.8))
        assert times == same
        moved_px = 0.6 * 20 * times * result_layout(screen()).scale
        assert far - near == pytest.approx(moved_px, abs=1.5)


def test_a_replaced_value_stays_on_the_map_and_in_the_table() -> None:
    one = validation((2.0, 0.2, 0.2, 0.2))
    again = [seen(PLACES[0], 0.3, eye) for eye in BOTH]
    state = review(one.model_copy(update={"points": measured_again(one, PLACES[0], again)}))
    row = target_rows(state)[0]
    assert (row.texts, row.note) == (("0.30°", "0.30°"), "was 2.00°")
    assert remark_of(state) == "Measured again: target 1; V measures all anew."
    plain = review(validation((0.3, 0.2, 0.2, 0.2)))
    assert not np.array_equal(np.asarray(page(state).image), np.asarray(page(plain).image))
    lost = measured_again(validation((NAN, 0.2)), PLACES[0], again)
    assert target_rows(review(one.model_copy(update={"points": lost})))[0].note == "was lost"


def test_the_table_says_what_was_found() -> None:
    state = review(validation((0.2, 1.2, NAN, 0.4), ("left",)))
    assert [row.texts for row in target_rows(state)] == [
        ("0.20°",), ("▲ 1.20°",), ("no gaze",), ("0.40°",),
    ]  # fmt: skip
    assert [(row.name, *row.texts) for row in summary_rows(state)] == [
        ("Mean", "▲ 0.60°"),
        ("Largest", "▲ 1.20°"),
        ("RMS-S2S", "0.04°"),
        ("STD", "0.10°"),
        ("Loss", "26%"),
    ]
    assert remark_of(state) == "An eye had no gaze at target 3."
    blind = review(validation((NAN,) * 4, ("both",)))
    assert {row.texts for row in summary_rows(blind)} == {("–",), ("100%",)}


def test_verdicts_are_words() -> None:
    assert verdict_of(review()) == "Mean 0.30°, largest 0.30°; the limits are 0.5° and 1°."
    blind = review(validation((NAN,) * 4, ("both",)), kind="none")
    assert verdict_of(blind) == "No gaze at any target. The limits are 0.5° and 1°."
    assert remark_of(blind) == "This tracker is calibrated elsewhere."


def test_attempts_are_listed_around_the_one_that_is_shown() -> None:
    rows = attempt_rows(review(validation((3.0,) * 4), validation()))
    assert rows == [(False, "1  ✘  3.00° / 3.00°"), (True, "2  ✔  0.30° / 0.30°")]
    many = [validation()] * 7
    for shown in range(7):
        rows = attempt_rows(review(*many, shown=shown))
        assert len(rows) == 4
        assert [text[0] for is_shown, text in rows if is_shown] == [str(shown + 1)]


def test_drift_is_drawn_where_it_was_checked() -> None:
    without, one, all_ = (
        np.asarray(page(review(), checks=checks).image) for checks in ((), CHECKS[:1], CHECKS)
    )
    left, top, right, bottom = map(round, result_layout(screen()).drift_box)
    outside = np.ones(without.shape[:2], bool)
    outside[top - 4 : bottom + 4, left - 4 : right + 4] = False
    for other in (one, all_):
        assert np.array_equal(without[outside], other[outside])
    assert not np.array_equal(without, one)
    assert not np.array_equal(one, all_)


def test_alone_it_shows_no_keys() -> None:
    layout = result_layout(screen())
    foot = round(layout.hint_y - layout.size * 0.9)
    marks = np.any(np.asarray(page(review(), alone=True).image)[foot:] != GREY)
    assert not marks
    assert np.any(np.asarray(page(review()).image)[foot:] != GREY)


def luminance(colour: tuple[int, int, int]) -> float:
    linear = (np.array(colour) / 255) ** 2.2
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("level", np.linspace(0, 1, 11))
def test_the_eyes_stand_out_from_every_grey(level: float) -> None:
    for style in eye_styles(grey(level)).values():
        low, high = sorted([luminance(style.colour), luminance(grey(level))])
        assert (high + 0.05) / (low + 0.05) > 2.4
