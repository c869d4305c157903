"""The table of the result page: errors in degrees, a row a target, a column an eye."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PIL import ImageDraw
from PIL.ImageFont import FreeTypeFont

from .calibration_review import Review
from .picture import Colour, font, ink
from .result_layout import Box, ResultLayout
from .result_map import EyeStyle, eye_styles
from .validation_summary import eye_summary, eyes_of, first_value_deg, point_at

#: An error at or above its threshold is marked so.
ABOVE = "▲"


class Row(NamedTuple):
    """A row: its name, a text for each eye, and a note."""

    name: str
    texts: tuple[str, ...]
    note: str = ""
    selected: bool = False
    bold: bool = False


def target_rows(review: Review) -> list[Row]:
    """A row for each target: the error of each eye, and what it was before it was redone."""
    validation, limit_deg = review.attempt.validation, review.settings.max_error_deg
    rows = []
    for number, target in enumerate(review.targets, 1):
        found = [point_at(validation, target, eye) for eye in eyes_of(validation)]
        texts = tuple(
            "no gaze" if point is None else marked(point.error_deg, limit_deg) for point in found
        )
        first_deg = first_value_deg(validation, target)
        note = "" if math.isnan(first_deg) else f"was {_first(first_deg)}"
        rows.append(Row(f"Target {number}", texts, note, number == review.selected))
    return rows


def summary_rows(review: Review) -> list[Row]:
    """Accuracy, precision and loss of each eye."""
    validation, settings = review.attempt.validation, review.settings
    eyes = [eye_summary(validation, eye) for eye in eyes_of(validation)]
    mean, largest = settings.max_mean_error_deg, settings.max_error_deg
    return [
        Row("Mean", tuple(marked(one.mean_deg, mean) for one in eyes), bold=True),
        Row("Largest", tuple(marked(one.max_deg, largest) for one in eyes), bold=True),
        Row("RMS-S2S", tuple(degrees(one.rms_s2s_deg) for one in eyes)),
        Row("STD", tuple(degrees(one.std_deg) for one in eyes)),
        Row("Loss", tuple(f"{one.loss:.0%}" if one.loss >= 0 else "–" for one in eyes)),
    ]


def degrees(value: float) -> str:
    """An angle in degrees, or a dash where it is not known."""
    return f"{value:.2f}°" if math.isfinite(value) else "–"


def marked(value: float, limit: float) -> str:
    """An angle, with a mark where it is at or above its threshold."""
    return f"{ABOVE} {degrees(value)}" if value >= limit else degrees(value)


def draw_table(
    pen: ImageDraw.ImageDraw, layout: ResultLayout, background: Colour, review: Review
) -> None:
    """Draw it into its box; the rows are lower where there are many."""
    targets, summary = target_rows(review), summary_rows(review)
    left, top, right, bottom = layout.table_box
    step = min(layout.size * 1.5, (bottom - top) / (len(targets) + len(summary) + 1.6))
    styles = [eye_styles(background)[eye] for eye in eyes_of(review.attempt.validation)]
    noted = any(row.note for row in targets)
    right = min(right, left + step * (5.5 + 4.2 * len(styles) + (3.1 if noted else 0)))
    grid = _Grid(pen, (left, top, right, bottom), step, len(styles), noted, background)
    y = top + step * 0.7
    grid.head(y, styles)
    for rows in (targets, summary):
        grid.rule(y + step * 0.42)
        y += step * 0.25
        for row in rows:
            y += step
            grid.row(y, row)


class _Grid(NamedTuple):
    pen: ImageDraw.ImageDraw
    box: Box
    step: float
    columns: int
    noted: bool
    background: Colour

    @property
    def ends(self) -> Sequence[float]:
        """Right ends of the columns; those with notes leave room for them."""
        left, _, right, _ = self.box
        right -= self.step * 0.3 + (self.step * 3.1 if self.noted else 0.0)
        width = min(self.step * 4.2, (right - left - self.step * 3.2) / self.columns)
        return [right - width * (self.columns - 1 - i) for i in range(self.columns)]

    def face(self, *, bold: bool = False, share: float = 0.6) -> FreeTypeFont:
        return font(max(8, round(self.step * share)), bold=bold)

    def head(self, y: float, styles: Sequence[EyeStyle]) -> None:
        for style, end in zip(styles, self.ends, strict=True):
            face = self.face()
            self.pen.text((end, y), style.name, ink(self.background), face, anchor="rs")
            start = end - face.getlength(f"{style.name} ")
            self.pen.text((start, y), style.symbol, style.colour, face, anchor="rs")

    def row(self, y: float, row: Row) -> None:
        left, _, right, _ = self.box
        colour, face = ink(self.background), self.face(bold=row.bold or row.selected)
        if row.selected:
            box = (left, y - self.step * 0.72, right, y + self.step * 0.26)
            self.pen.rounded_rectangle(box, radius=self.step * 0.2, outline=colour, width=2)
        self.pen.text((left + self.step * 0.3, y), row.name, colour, face, anchor="ls")
        for text, end in zip(row.texts, self.ends, strict=True):
            self.pen.text((end, y), text, colour, face, anchor="rs")
        if row.note:
            place = right - self.step * 0.3, y
            self.pen.text(place, row.note, colour, self.face(share=0.48), anchor="rs")

    def rule(self, y: float) -> None:
        left, _, right, _ = self.box
        self.pen.line((left, y, right, y), ink(self.background), 1)


def _first(value: float) -> str:
    return degrees(value) if math.isfinite(value) else "lost"
