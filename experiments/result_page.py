"""The page that shows how accurate a calibration proved to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from PIL.ImageFont import FreeTypeFont

from foveola.data_schema import Calibration, Screen, TargetError

from .pages import draw_keys, letter_height
from .picture import SUPERSAMPLING, Colour, Picture, font, ink

#: Errors on the map are drawn so many times larger than the map.
MAGNIFIED = 6


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


def result_page(
    screen: Screen,
    background: Colour,
    calibration: Calibration,
    grade: str,
    verdict: str,
    keys: Sequence[tuple[str, str]],
) -> Picture:
    """Page with a map of the targets, a line to the gaze of each eye, and the errors in degrees.

    Parameters
    ----------
    screen : Screen
        Where the targets were.
    background : (red, green, blue)
        Colour of the page.
    calibration : Calibration
        A validation.
    grade : str
        One word: good, fair or poor.
    verdict : str
        What follows from it.
    keys : sequence of (key, meaning)
        At the page's foot.
    """

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size = letter_height(screen)
        margin = round(screen.width_px * 0.06)
        top = round(screen.height_px * 0.07)
        colour = ink(background)
        pen.text((margin, top), f"Accuracy: {grade}", colour, font(round(size * 1.6), bold=True))
        pen.text((margin, top + size * 2.5), verdict, colour, font(size))
        map_width = round(screen.width_px * 0.56)
        map_height = round(map_width * screen.height_px / screen.width_px)
        map_top = round(top + size * 5)
        available = round(screen.height_px * 0.80) - map_top
        if map_height > available:
            map_width, map_height = round(map_width * available / map_height), available
        image.paste(_map(screen, background, calibration, map_width, map_height), (margin, map_top))
        note, small = f"Lines from target to gaze, {MAGNIFIED} times enlarged", font(size * 3 // 4)
        pen.text((margin, map_top + map_height + size * 0.5), note, colour, small)
        table_left = margin + map_width + round(size * 2)
        _table(pen, calibration, (table_left, map_top), screen.width_px - margin, size, background)
        draw_keys(pen, screen, background, keys, screen.height_px * 0.92)
        return image

    return Picture(0, 0, draw)


def _map(
    screen: Screen, background: Colour, calibration: Calibration, width: int, height: int
) -> Image.Image:
    """The screen in small: targets, arrows, errors."""
    unit = SUPERSAMPLING
    scale = width / screen.width_px
    canvas = Image.new("RGB", (width * unit, height * unit), background)
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, 0, width * unit - 1, height * unit - 1), outline=ink(background), width=unit)
    for x, y in _targets(calibration):
        x, y, arm = x * scale * unit, y * scale * unit, 6 * unit
        pen.line((x - arm, y, x + arm, y), ink(background), unit)
        pen.line((x, y - arm, x, y + arm), ink(background), unit)
    styles = eye_styles(background)
    for point in calibration.points:
        _error_line(pen, point, styles[point.eye], scale * unit, unit)
    image = canvas.reduce(unit)
    label = ImageDraw.Draw(image)
    size = max(11, round(height / 34))
    for number, target in enumerate(_targets(calibration), 1):
        # On the side that the lines leave free.
        away = -1 if _mean_side(calibration, target) > 0 else 1
        place = target[0] * scale + away * size * 0.6, target[1] * scale - size * 0.4
        anchor = "rs" if away < 0 else "ls"
        label.text(place, str(number), ink(background), font(size), anchor=anchor)
    return image


def _mean_side(calibration: Calibration, target: tuple[float, float]) -> float:
    """Mean of the errors at a target to the right (positive) or left, px; 0 without gaze."""
    sides = [
        point.gaze_x_px - point.target_x_px
        for point in calibration.points
        if (point.target_x_px, point.target_y_px) == target and np.isfinite(point.error_deg)
    ]
    return float(np.mean(sides)) if sides else 0.0


def _error_line(
    pen: ImageDraw.ImageDraw, point: TargetError, style: EyeStyle, scale: float, unit: int
) -> None:
    if not np.isfinite(point.error_deg):
        return
    x, y = point.target_x_px * scale, point.target_y_px * scale
    end_x = x + (point.gaze_x_px - point.target_x_px) * scale * MAGNIFIED
    end_y = y + (point.gaze_y_px - point.target_y_px) * scale * MAGNIFIED
    pen.line((x, y, end_x, end_y), style.colour, 2 * unit)
    radius = 4.5 * unit
    box = (end_x - radius, end_y - radius, end_x + radius, end_y + radius)
    (pen.ellipse if style.round else pen.rectangle)(box, fill=style.colour)


def _table(
    pen: ImageDraw.ImageDraw,
    calibration: Calibration,
    corner: tuple[float, float],
    right: float,
    size: int,
    background: Colour,
) -> None:
    """Errors in degrees: a row a target, a column an eye, mean and largest below."""
    colour, styles = ink(background), eye_styles(background)
    errors = {
        (point.target_x_px, point.target_y_px, point.eye): point.error_deg
        for point in calibration.points
    }
    eyes = list(dict.fromkeys(point.eye for point in calibration.points))
    targets = _targets(calibration)
    step = min(size * 1.55, size * 24 / (len(targets) + 3))
    text, bold = font(round(step * 0.6)), font(round(step * 0.6), bold=True)
    left, top = corner
    ends = [right - step * 4 * (len(eyes) - 1 - i) for i in range(len(eyes))]

    def row(y: float, name: str, values: Sequence[float], face: FreeTypeFont) -> None:
        pen.text((left, y), name, colour, face, anchor="ls")
        for value, end in zip(values, ends, strict=True):
            pen.text((end, y), _degrees(value), colour, face, anchor="rs")

    y = top + step * 0.6
    for eye, end in zip(eyes, ends, strict=True):
        style = styles[eye]
        pen.text((end, y), style.name, colour, text, anchor="rs")
        symbol_end = end - text.getlength(f"{style.name} ")
        pen.text((symbol_end, y), style.symbol, style.colour, text, anchor="rs")
    pen.line((left, y + step * 0.35, right, y + step * 0.35), colour, 1)
    y += step * 0.1
    for number, target in enumerate(targets, 1):
        y += step
        row(y, f"Target {number}", [errors.get((*target, eye), np.nan) for eye in eyes], text)
    pen.line((left, y + step * 0.35, right, y + step * 0.35), colour, 1)
    y += step * 0.1
    for name, summary in (("Mean", np.mean), ("Largest", np.max)):
        y += step
        found = [
            [e for (_, _, one), e in errors.items() if one == eye and np.isfinite(e)]
            for eye in eyes
        ]
        row(y, name, [float(summary(one)) if one else np.nan for one in found], bold)


def _degrees(value: float) -> str:
    return f"{value:.2f}°" if np.isfinite(value) else "no gaze"


def _targets(calibration: Calibration) -> list[tuple[float, float]]:
    return list(
        dict.fromkeys((point.target_x_px, point.target_y_px) for point in calibration.points)
    )
