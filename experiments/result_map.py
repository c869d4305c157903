"""The map of the result page: the screen in small, with an arrow from each target to the gaze."""

from __future__ import annotations

import math
from typing import NamedTuple

from PIL import Image, ImageDraw

from foveola.data_schema import Screen, TargetError

from .calibration_review import Review
from .picture import SUPERSAMPLING, Colour, font, ink, mixed
from .result_layout import ResultLayout
from .validation_summary import Place, lost_eyes


class EyeStyle(NamedTuple):
    """How an eye is drawn: a colour and, because colour alone excludes people, a shape."""

    name: str
    colour: Colour
    round: bool

    @property
    def symbol(self) -> str:
        """Its shape as a letter."""
        return "●" if self.round else "■"


def eye_styles(background: Colour) -> dict[str, EyeStyle]:
    """How the eyes are drawn so that both stand out from a grey, and from each other."""
    blue = (16, 44, 110) if min(background) >= 110 else (140, 190, 255)
    yellow = (255, 226, 110) if max(background) < 145 else (150, 64, 0)
    return {
        "left": EyeStyle("Left", blue, round=True),
        "right": EyeStyle("Right", yellow, round=False),
        "both": EyeStyle("Both", blue, round=True),
    }


def draw_map(
    image: Image.Image,
    layout: ResultLayout,
    screen: Screen,
    background: Colour,
    review: Review,
    times: int,
) -> None:
    """Draw the map onto the page; errors so many times enlarged."""
    left, top, right, bottom = map(round, layout.map_box)
    width, height = right - left, bottom - top
    unit, colour = SUPERSAMPLING, ink(background)
    canvas = Image.new("RGB", (width * unit, height * unit), background)
    sketch = _Sketch(
        ImageDraw.Draw(canvas), layout.scale * unit, unit * layout.size / 26, background
    )
    box = (0, 0, width * unit - 1, height * unit - 1)
    sketch.pen.rectangle(box, outline=colour, width=unit)
    limit_px = review.settings.max_error_deg * screen.px_per_deg() * times
    for number, target in enumerate(review.targets, 1):
        sketch.target(target, limit_px, selected=number == review.selected)
        if lost_eyes(review.attempt.validation, target):
            sketch.crossed(target)
    styles = eye_styles(background)
    for point in sorted(review.attempt.validation.points, key=lambda one: not one.redone):
        sketch.arrow(point, styles[point.eye], times)
    image.paste(canvas.reduce(unit), (left, top))
    _draw_numbers(ImageDraw.Draw(image), layout, background, review)


class _Sketch(NamedTuple):
    """The map's canvas: its px to the screen's, and what one px of a line is on it."""

    pen: ImageDraw.ImageDraw
    scale: float
    line: float
    background: Colour

    def target(self, target: Place, limit_px: float, *, selected: bool) -> None:
        x, y = target[0] * self.scale, target[1] * self.scale
        colour, arm = ink(self.background), 6 * self.line
        faint = mixed(self.background, colour, 0.35)
        self._circle(x, y, limit_px * self.scale, faint, 1.2)
        if selected:
            self._circle(x, y, max(limit_px * self.scale, 2.5 * arm), colour, 3.5)
        width = max(1, round(1.3 * self.line))
        self.pen.line((x - arm, y, x + arm, y), colour, width)
        self.pen.line((x, y - arm, x, y + arm), colour, width)

    def arrow(self, point: TargetError, style: EyeStyle, times: int) -> None:
        """A line with a head in its middle, and the eye's shape at its end; faint if replaced."""
        if not math.isfinite(point.error_deg):
            return
        x, y = point.target_x_px * self.scale, point.target_y_px * self.scale
        move = times * self.scale
        dx = (point.gaze_x_px - point.target_x_px) * move
        dy = (point.gaze_y_px - point.target_y_px) * move
        colour = mixed(self.background, style.colour, 0.4) if point.redone else style.colour
        self.pen.line((x, y, x + dx, y + dy), colour, max(1, round(2.2 * self.line)))
        length, head = math.hypot(dx, dy), 6.5 * self.line
        radius = 4.8 * self.line
        if length > 2.5 * head + radius:
            along, across = (dx / length, dy / length), (-dy / length, dx / length)
            tip = 0.5 + head / 2 / length
            tip_x, tip_y = x + dx * tip, y + dy * tip
            back_x, back_y = tip_x - along[0] * head, tip_y - along[1] * head
            wings = [
                (back_x + side * across[0] * head * 0.6, back_y + side * across[1] * head * 0.6)
                for side in (-1, 1)
            ]
            self.pen.polygon([(tip_x, tip_y), *wings], fill=colour)
        box = (x + dx - radius, y + dy - radius, x + dx + radius, y + dy + radius)
        (self.pen.ellipse if style.round else self.pen.rectangle)(box, fill=colour)

    def crossed(self, target: Place) -> None:
        """A target that an eye had no gaze at."""
        x, y = target[0] * self.scale, target[1] * self.scale
        arm, width = 10 * self.line, max(1, round(3 * self.line))
        for slope in (-1, 1):
            ends = (x - arm, y - slope * arm, x + arm, y + slope * arm)
            self.pen.line(ends, ink(self.background), width)

    def _circle(self, x: float, y: float, radius: float, colour: Colour, width: float) -> None:
        box = (x - radius, y - radius, x + radius, y + radius)
        self.pen.ellipse(box, outline=colour, width=max(1, round(width * self.line)))


def _draw_numbers(
    pen: ImageDraw.ImageDraw, layout: ResultLayout, background: Colour, review: Review
) -> None:
    size = max(11, round(layout.size * 0.62))
    left, top, _, _ = layout.map_box
    for number, target in enumerate(review.targets, 1):
        across, down = _free_side(review, target)
        x = left + target[0] * layout.scale + across * size * 0.95
        y = top + target[1] * layout.scale + down * size * 0.85
        face = font(size, bold=number == review.selected)
        pen.text((x, y), str(number), ink(background), face, anchor="mm")


def _free_side(review: Review, target: Place) -> tuple[int, int]:
    """The corner beside a target that its arrows leave free: 1 is right, and down."""
    ways = [
        (point.gaze_x_px - target[0], point.gaze_y_px - target[1])
        for point in review.attempt.validation.points
        if (point.target_x_px, point.target_y_px) == target and math.isfinite(point.error_deg)
    ]

    def taken(corner: tuple[int, int]) -> float:
        """How closely any arrow points there, as the cosine."""
        return max(
            ((x * corner[0] + y * corner[1]) / (math.hypot(x, y) or 1.0) for x, y in ways),
            default=-1.0,
        )

    return min(((-1, -1), (1, -1), (-1, 1), (1, 1)), key=taken)
