"""The small parts of the result page: the attempts that were kept, and the drift so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import ImageDraw

from foveola.data_schema import Calibration

from .calibration_review import Review
from .picture import Colour, font, ink, mixed
from .result_layout import ResultLayout
from .result_table import degrees
from .validation_summary import SYMBOLS, grade_within

MOST_ROWS = 4


def attempt_rows(review: Review) -> list[tuple[bool, str]]:
    """A line for each of the last attempts, and whether it is the one that is shown."""
    first = max(0, min(len(review.attempts) - MOST_ROWS, review.shown))
    rows = []
    for index, attempt in enumerate(review.attempts[first : first + MOST_ROWS], first):
        one = attempt.validation
        symbol = SYMBOLS[grade_within(one, review.settings)]
        errors = f"{degrees(one.mean_error_deg())} / {degrees(one.max_error_deg())}"
        rows.append((index == review.shown, f"{attempt.number}  {symbol}  {errors}"))
    return rows


def draw_attempts(
    pen: ImageDraw.ImageDraw, layout: ResultLayout, background: Colour, review: Review
) -> None:
    """List the attempts that were kept and the newest, the one that is shown marked."""
    left, top, _, bottom = layout.attempts_box
    size, colour = round(layout.size * 0.7), ink(background)
    step = (bottom - top) / (MOST_ROWS + 1)
    title = "Attempts: mean / largest"
    pen.text((left, top + step * 0.7), title, colour, font(size, bold=True), anchor="ls")
    for number, (shown, text) in enumerate(attempt_rows(review), 1):
        y = top + step * (number + 0.7)
        if shown:
            pen.text((left, y), "▸", colour, font(size), anchor="ls")
        face = font(size, bold=shown)
        pen.text((left + size * 1.1, y), text, colour, face, anchor="ls")


def draw_drift(
    pen: ImageDraw.ImageDraw,
    layout: ResultLayout,
    background: Colour,
    checks: Sequence[Calibration],
) -> None:
    """Draw the largest error of each drift check over time; nothing where there was none."""
    if not checks:
        return
    left, top, right, bottom = layout.drift_box
    size, colour = round(layout.size * 0.7), ink(background)
    small = font(max(9, round(size * 0.8)))
    title_y = top + (bottom - top) / (MOST_ROWS + 1) * 0.7
    pen.text((left, title_y), "Drift: largest error", colour, font(size, bold=True), anchor="ls")
    errors_deg = [check.max_error_deg() for check in checks]
    highest = max(1.0, *(math.ceil(e) for e in errors_deg if math.isfinite(e)), 0.0)
    ceiling, floor = title_y + size * 0.9, bottom - size * 1.1
    axis = left + small.getlength(f"{highest:g}°") + size * 0.4
    last_s = max(check.time_s for check in checks)
    pen.text((axis - size * 0.3, ceiling), f"{highest:g}°", colour, small, anchor="rm")
    pen.text((axis - size * 0.3, floor), "0°", colour, small, anchor="rm")
    last = f"{last_s / 60:.0f} min" if last_s >= 90 else f"{last_s:.0f} s"
    pen.text((right, bottom), last, colour, small, anchor="rs")
    pen.line((axis, ceiling, right, ceiling), mixed(background, colour, 0.3), 1)
    pen.line((axis, floor, right, floor), colour, 1)
    places = [
        (
            axis + (right - size * 0.5 - axis) * (check.time_s / last_s if last_s > 0 else 1.0),
            floor - (floor - ceiling) * error_deg / highest,
        )
        for check, error_deg in zip(checks, errors_deg, strict=True)
    ]
    seen = [place for place in places if math.isfinite(place[1])]
    if len(seen) > 1:
        pen.line(seen, mixed(background, colour, 0.6), 2)
    for check, (x, y) in zip(checks, places, strict=True):
        symbol = "●" if check.accepted else "✘"
        if math.isfinite(y):
            pen.text((x, y), symbol, colour, small, anchor="mm")
        else:
            pen.text((x, ceiling), "✘", colour, small, anchor="mm")
