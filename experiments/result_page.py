"""The page that shows how accurate a calibration proved to be, and what can be done about it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from foveola.data_schema import Calibration, Screen

from .calibration_review import Review, keys_of
from .pages import draw_keys
from .picture import Colour, Picture, fitting, font, ink
from .result_layout import ResultLayout, magnification, result_layout
from .result_map import draw_map
from .result_panels import draw_attempts, draw_drift
from .result_table import draw_table
from .validation_summary import SYMBOLS, first_value_deg, grade_within, lost_eyes

TITLES = {
    "points": "Calibration",
    "device": "Calibration by the device",
    "none": "Validation only",
}


def result_page(
    screen: Screen,
    background: Colour,
    review: Review,
    checks: Sequence[Calibration] = (),
    *,
    alone: bool = False,
) -> Picture:
    """Page with a map of the targets and errors, their table, the attempts and the drift so far.

    Parameters
    ----------
    screen : Screen
        Where the targets were.
    background : (red, green, blue)
        Colour of the page.
    review : Review
        What it shows.
    checks : sequence of Calibration
        Drift checks of the session.
    alone : bool
        Whether it goes on by itself, so that no keys are shown.
    """

    def draw() -> Image.Image:
        layout = result_layout(screen)
        validation, limit_deg = review.attempt.validation, review.settings.max_error_deg
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        times = magnification(layout, screen, validation, limit_deg)
        draw_map(image, layout, screen, background, review, times)
        pen = ImageDraw.Draw(image)
        _draw_head(pen, layout, screen, background, review)
        left, _, right, bottom = layout.map_box
        enlarged = f", {times} times enlarged" if times > 1 else ""
        note = f"Arrows from target to gaze{enlarged}; circles: the limit of {limit_deg:g}°"
        small = font(round(layout.size * 0.7))
        face = fitting(note, round(layout.size * 0.7), right - left)
        pen.text((left, bottom + layout.size * 1.1), note, ink(background), face, anchor="ls")
        draw_table(pen, layout, background, review)
        draw_attempts(pen, layout, background, review)
        draw_drift(pen, layout, background, checks)
        if not alone:
            if review.can_redo:
                hint = (
                    "To redo one target, click it; or choose it by its number or ↑ ↓ and press R."
                )
                place = screen.width_px / 2, layout.hint_y
                pen.text(place, hint, ink(background), small, anchor="ms")
            draw_keys(pen, screen, background, keys_of(review), layout.keys_y)
        return image

    return Picture(0, 0, draw, title="Validation result")


def verdict_of(review: Review) -> str:
    """Errors and thresholds in words."""
    validation, settings = review.attempt.validation, review.settings
    mean, largest = validation.mean_error_deg(), validation.max_error_deg()
    limits = f"{settings.max_mean_error_deg:g}° and {settings.max_error_deg:g}°"
    if not math.isfinite(mean):
        return f"No gaze at any target. The limits are {limits}."
    return f"Mean {mean:.2f}°, largest {largest:.2f}°; the limits are {limits}."


def remark_of(review: Review) -> str:
    """What must be known besides: targets without gaze, and those that were measured again."""
    validation, targets = review.attempt.validation, review.targets
    again = [
        number
        for number, target in enumerate(targets, 1)
        if not math.isnan(first_value_deg(validation, target))
    ]
    lost = [number for number, target in enumerate(targets, 1) if lost_eyes(validation, target)]
    remarks = []
    if lost and math.isfinite(validation.mean_error_deg()):
        remarks.append(f"An eye had no gaze at {_numbered(lost)}.")
    if again:
        remarks.append(f"Measured again: {_numbered(again)}; V measures all anew.")
    if review.kind == "none":
        remarks.append("This tracker is calibrated elsewhere.")
    return " ".join(remarks)


def _numbered(numbers: Sequence[int]) -> str:
    return f"target{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _draw_head(
    pen: ImageDraw.ImageDraw,
    layout: ResultLayout,
    screen: Screen,
    background: Colour,
    review: Review,
) -> None:
    size, colour = layout.size, ink(background)
    grade = grade_within(review.attempt.validation, review.settings)
    large = font(round(size * 1.6), bold=True)
    base = layout.top + size * 1.4
    title = f"{SYMBOLS[grade]} {grade.capitalize()}"
    pen.text((layout.margin, base), title, colour, large, anchor="ls")
    what = f"{TITLES[review.kind]}, attempt {review.attempt.number}"
    right = screen.width_px - layout.margin
    pen.text((right, base), what, colour, font(size), anchor="rs")
    pen.text((layout.margin, base + size * 1.7), verdict_of(review), colour, font(size), "ls")
    remark = remark_of(review)
    face = fitting(remark, round(size * 0.8), right - layout.margin)
    pen.text((layout.margin, base + size * 2.95), remark, colour, face, "ls")
