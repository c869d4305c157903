"""Figures that children like to look at, drawn here: a star, a fish, a sun and a balloon.

The nose of each, or the eye of the fish, is where to look: a dark dot on white that keeps its size
while the figure shrinks around it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import ImageDraw

from .picture import Colour

Point = tuple[float, float]

OUTLINE: Colour = (46, 36, 52)
WHITE: Colour = (255, 255, 255)
YELLOW: Colour = (255, 209, 71)
GOLD: Colour = (255, 176, 46)
CORAL: Colour = (255, 127, 92)
RED: Colour = (232, 74, 95)
TEAL: Colour = (58, 190, 190)
CHEEK: Colour = (255, 150, 130)
#: Diameters of the white and of the dark disc that are the place to look at.
NOSE_DEG, PUPIL_DEG = 0.36, 0.18
#: Below this diameter a figure has no face any more, which would clutter the place to look at.
FACE_FROM_DEG = 1.6


class Sheet(NamedTuple):
    """Where a figure is drawn: everything is told in its radius, turned around its centre."""

    pen: ImageDraw.ImageDraw
    centre: float
    radius: float
    turn_deg: float
    face: bool

    def at(self, x: float, y: float) -> Point:
        """Place on the sheet."""
        turn = math.radians(self.turn_deg)
        right, down = math.cos(turn), math.sin(turn)
        return (
            self.centre + self.radius * (x * right - y * down),
            self.centre + self.radius * (x * down + y * right),
        )

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """A closed shape with an outline."""
        places = [self.at(*point) for point in points]
        width = max(1, round(self.radius * 0.07))
        self.pen.polygon(places, fill=fill)
        self.pen.line([*places, *places[:2]], OUTLINE, width, joint="curve")

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        """A disc without an outline."""
        x, y = self.at(x, y)
        radius *= self.radius
        self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)

    def stroke(self, points: Sequence[Point], width: float, colour: Colour = OUTLINE) -> None:
        """A line with round ends."""
        places = [self.at(*point) for point in points]
        self.pen.line(places, colour, max(1, round(self.radius * width)), joint="curve")
        for end in (points[0], points[-1]):
            self.disc(*end, width / 2, colour)


def star(sheet: Sheet, phase: float) -> None:
    """A star that smiles."""
    corners = []
    for i in range(10):
        reach = 1.0 if i % 2 == 0 else 0.56
        corners.append(_polar(reach, i * 36 - 90))
    sheet.shape(_rounded(corners), YELLOW)
    _face(sheet, phase, apart=0.24, up=0.16, mouth=0.22)


def sun(sheet: Sheet, phase: float) -> None:
    """A sun whose rays turn to and fro."""
    for i in range(10):
        middle_deg = i * 36 + 15 * math.sin(2 * math.pi * phase)
        sheet.shape(
            [_polar(0.6, middle_deg - 14), _polar(1.0, middle_deg), _polar(0.6, middle_deg + 14)],
            GOLD,
        )
    sheet.shape(_ellipse(0.0, 0.0, 0.64, 0.64), YELLOW)
    _face(sheet, phase, apart=0.27, up=0.17, mouth=0.25)


def fish(sheet: Sheet, phase: float) -> None:
    """A fish that wags its tail; its eye is where to look."""
    wag = 0.16 * math.sin(2 * math.pi * phase)
    # Its eye is the centre, so that its body lies more to one side.
    tail = [(0.5, 0.06), (0.98, -0.3 + wag), (0.86, 0.06 + wag), (0.98, 0.42 + wag)]
    sheet.shape(_rounded(tail), CORAL)
    sheet.shape(_rounded([(-0.1, -0.38), (0.22, -0.78), (0.5, -0.25)]), CORAL)
    sheet.shape(_ellipse(0.08, 0.06, 0.64, 0.5), TEAL)
    if sheet.face:
        sheet.shape(_rounded([(0.26, 0.12), (0.56, 0.02), (0.5, 0.3)]), CORAL)
        sheet.stroke(_arc(-0.4, 0.1, 0.16, 30, 115), 0.06)
        sheet.disc(-0.2, 0.36, 0.075, CHEEK)


def balloon(sheet: Sheet, phase: float) -> None:
    """A balloon on a string that sways."""
    sway = 0.07 * math.sin(2 * math.pi * phase)
    string = [(sway * math.sin(6 * t), 0.66 + 0.34 * t) for t in [i / 8 for i in range(9)]]
    sheet.stroke(string, 0.05)
    sheet.shape([(-0.12, 0.76), (0.0, 0.56), (0.12, 0.76)], RED)
    body = [(x * (1 - 0.18 * max(0.0, y) / 0.66), y - 0.06) for x, y in _ellipse(0, 0, 0.58, 0.68)]
    sheet.shape(body, RED)
    if sheet.face:
        sheet.stroke(_arc(0.0, -0.1, 0.42, 205, 250), 0.09, (255, 190, 196))
    _face(sheet, phase, apart=0.22, up=0.18, mouth=0.2)


#: Shown in turn.
FIGURES: dict[str, Callable[[Sheet, float], None]] = {
    "star": star,
    "fish": fish,
    "sun": sun,
    "balloon": balloon,
}


def draw_nose(pen: ImageDraw.ImageDraw, centre: float, px_per_deg: float) -> None:
    """Draw the place to look at, always of the same size."""
    for diameter_deg, fill in ((NOSE_DEG, WHITE), (PUPIL_DEG, OUTLINE)):
        radius = max(1.5, diameter_deg * px_per_deg / 2)
        box = (centre - radius, centre - radius, centre + radius - 1, centre + radius - 1)
        pen.ellipse(box, fill=fill)


def draw_sparkles(pen: ImageDraw.ImageDraw, centre: float, reach: float, size: float) -> None:
    """Draw small stars that fly outwards: a reward."""
    for i in range(8):
        x, y = _polar(reach, i * 45 + 22)
        points = []
        for corner in range(8):
            dx, dy = _polar(size if corner % 2 == 0 else size * 0.36, corner * 45)
            points.append((centre + x + dx, centre + y + dy))
        pen.polygon(points, fill=YELLOW if i % 2 else WHITE)


def _face(sheet: Sheet, phase: float, *, apart: float, up: float, mouth: float) -> None:
    if not sheet.face:
        return
    blink = phase > 0.9
    for side in (-1, 1):
        if blink:
            sheet.stroke([(side * apart - 0.06, -up), (side * apart + 0.06, -up)], 0.05)
        else:
            sheet.disc(side * apart, -up, 0.08, OUTLINE)
            sheet.disc(side * apart + 0.025, -up - 0.03, 0.028, WHITE)
        sheet.disc(side * (apart + 0.07), 0.1, 0.075, CHEEK)
    sheet.stroke(_arc(0.0, 0.06, mouth, 35, 145), 0.055)


def _polar(radius: float, angle_deg: float) -> Point:
    angle = math.radians(angle_deg)
    return radius * math.cos(angle), radius * math.sin(angle)


def _ellipse(x: float, y: float, width: float, height: float) -> list[Point]:
    return [(x + width * a, y + height * b) for a, b in (_polar(1, 6 * i) for i in range(60))]


def _arc(x: float, y: float, radius: float, start_deg: float, end_deg: float) -> list[Point]:
    steps = [start_deg + (end_deg - start_deg) * i / 12 for i in range(13)]
    return [(x + a, y + b) for a, b in (_polar(radius, angle) for angle in steps)]


def _rounded(corners: Sequence[Point], cut: float = 0.24) -> list[Point]:
    """Cut corners twice (Chaikin), which leaves a shape that no child is afraid of."""
    for _ in range(3):
        corners = [
            (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
            for share in (cut, 1 - cut)
        ]
    return list(corners)
