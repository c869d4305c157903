"""Targets that draw the eye by motion and end as a small, still mark to rest it on.

All frames are drawn and handed to the display before a target is shown, and each only once for all
places on the screen: no flip waits for a frame. What moves while gaze is measured moves around the
mark; the mark itself stands still.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

from PIL import Image, ImageDraw

from .child_figures import FACE_FROM_DEG, FIGURES, Sheet, draw_nose, draw_sparkles
from .display import Display
from .picture import Colour, Picture, draw_bulls_eye, ink, mixed

TargetKind = Literal["rings", "bulls-eye", "child"]

#: Diameters of the mark (Thaler et al. 2013), and those from which targets shrink.
OUTER_DEG, INNER_DEG = 0.6, 0.2
BULLS_EYE_FIRST_DEG, RINGS_FIRST_DEG, CHILD_FIRST_DEG = 2.0, 2.8, 4.0
CHILD_LAST_DEG, REWARD_DEG, SPARKLE_DEG = 1.0, 2.0, 0.44
#: A target moves in so many steps a second at most, and is looked after for so long in all.
STEPS_HZ, MOST_STEPS = 60, 60
#: A waiting target stands still, and then moves once to call the eye back.
STILL_S, CALL_S, REWARD_S = 0.9, 0.8, 0.5
CALL_STEPS = REWARD_STEPS = 20
#: Larger frames are smoothed less, since their edges show less.
LARGE_PX = 260


@dataclass(frozen=True)
class Target:
    """The frames of a target, around the place (0, 0).

    Attributes
    ----------
    shrinking : tuple of Picture
        Shown once, in ``shrink_s``.
    waiting : tuple of Picture
        Shown again and again then, each round in ``round_s``; the first is the mark at rest.
    reward : tuple of Picture
        Shown once where the gaze was taken, in ``REWARD_S``; empty where there is none.
    """

    shrinking: tuple[Picture, ...]
    waiting: tuple[Picture, ...]
    reward: tuple[Picture, ...]
    shrink_s: float
    round_s: float

    def at(self, place_px: tuple[float, float]) -> Callable[[float], Sequence[Picture]]:
        """Pictures as a function of the seconds since the target appeared at a place."""
        return lambda elapsed_s: [_moved(self._frame(elapsed_s), place_px)]

    def resting(self, place_px: tuple[float, float]) -> Callable[[float], Sequence[Picture]]:
        """Pictures of a target that has shrunk already."""
        return lambda elapsed_s: [_moved(self._frame(self.shrink_s + elapsed_s), place_px)]

    def rewarding(self, place_px: tuple[float, float]) -> Callable[[float], Sequence[Picture]]:
        """Pictures of the reward."""
        return lambda elapsed_s: [_moved(_step(self.reward, elapsed_s / REWARD_S), place_px)]

    def prepare(self, display: Display) -> None:
        """Hand every frame to a display."""
        for picture in dict.fromkeys((*self.shrinking, *self.waiting, *self.reward)):
            display.prepare(picture)

    def _frame(self, elapsed_s: float) -> Picture:
        if elapsed_s < self.shrink_s:
            return _step(self.shrinking, elapsed_s / self.shrink_s)
        return _step(self.waiting, (elapsed_s - self.shrink_s) / self.round_s % 1)


def on_pixels(place_px: tuple[float, float]) -> tuple[float, float]:
    """Move a place to the nearest corner of pixels, where frames are sharp and symmetric."""
    return float(math.floor(place_px[0] + 0.5)), float(math.floor(place_px[1] + 0.5))


# Enough for the four figures and one other kind; what is older is drawn again.
@lru_cache(maxsize=6)
def make_target(
    kind: TargetKind, number: int, px_per_deg: float, shrink_s: float, background: Colour
) -> Target:
    """Make the frames of a target; each is drawn when it is first needed.

    Parameters
    ----------
    kind : {"rings", "bulls-eye", "child"}
        Turning rings that close in on the mark; the mark, first large; or figures for children.
    number : int
        Which of the figures.
    px_per_deg : float
        Of the screen.
    shrink_s : float
        How long it shrinks.
    background : (red, green, blue)
        Colour of the screen.

    Notes
    -----
    The mark is a bull's eye with cross hair, which holds fixation best: Thaler, Schütz, Goodale and
    Gegenfurtner (2013), Vision Research 76, 31-42.
    """
    if kind == "child":
        return _child(list(FIGURES)[number % len(FIGURES)], px_per_deg, shrink_s, background)
    frame = partial(_picture, px_per_deg=px_per_deg, background=background)
    mark = frame(OUTER_DEG, draw=_draw_bulls_eye(OUTER_DEG, background))
    shares = _shares_left(shrink_s)
    if kind == "bulls-eye":
        sizes_deg = [OUTER_DEG + (BULLS_EYE_FIRST_DEG - OUTER_DEG) * left**2 for left in shares]
        first = [frame(size, draw=_draw_bulls_eye(size, background)) for size in sizes_deg]
        return Target(tuple(first), (mark,), (), shrink_s, 1.0)
    first = [
        frame(_rings_deg(left), draw=_draw_rings(left, 120 * (1 - left), 3, background))
        for left in shares
    ]
    swings = [math.sin(math.pi * (i + 0.5) / CALL_STEPS) for i in range(CALL_STEPS)]
    call = [
        frame(_rings_deg(0.3 * swing), draw=_draw_rings(0.3 * swing, 6 * i, 1, background))
        for i, swing in enumerate(swings)
    ]
    still = [mark] * round(CALL_STEPS * STILL_S / CALL_S)
    return Target(tuple(first), (*still, *call), (), shrink_s, STILL_S + CALL_S)


def _child(name: str, px_per_deg: float, shrink_s: float, background: Colour) -> Target:
    frame = partial(_picture, px_per_deg=px_per_deg, background=background)

    def figure(size_deg: float, phase: float, spread: float = 0.0) -> Picture:
        widest_deg = max(size_deg * 1.1, 2 * _reach_deg(spread) + SPARKLE_DEG if spread else 0.0)
        return frame(widest_deg, draw=_draw_figure(name, size_deg, phase, spread, px_per_deg))

    shares = _shares_left(shrink_s)
    shrinking = [
        figure(CHILD_LAST_DEG + (CHILD_FIRST_DEG - CHILD_LAST_DEG) * left**2, 1.5 * (1 - left) % 1)
        for left in shares
    ]
    waiting = [figure(CHILD_LAST_DEG, i / CALL_STEPS) for i in range(CALL_STEPS)]
    steps = [(i + 1) / REWARD_STEPS for i in range(REWARD_STEPS)]
    reward = [
        figure(CHILD_LAST_DEG + (REWARD_DEG - CHILD_LAST_DEG) * math.sin(math.pi * step), 0.0, step)
        for step in steps
    ]
    return Target(tuple(shrinking), tuple(waiting), tuple(reward), shrink_s, 2 * CALL_S)


def _shares_left(shrink_s: float) -> list[float]:
    """What is left of the way that a target shrinks, step by step; never 0, which is the mark."""
    steps = min(MOST_STEPS, max(1, math.ceil(shrink_s * STEPS_HZ)))
    return [1 - i / steps for i in range(steps)]


def _reach_deg(spread: float) -> float:
    """How far the sparkles of a reward have flown."""
    return (0.35 + 0.35 * spread) * REWARD_DEG


def _rings_deg(left: float) -> float:
    """Diameter of the widest ring."""
    return OUTER_DEG + (RINGS_FIRST_DEG - OUTER_DEG) * math.pow(left, 1.5)


#: Draws on a pen: around a centre, with so many of its pixels to a degree.
_Draw = Callable[[ImageDraw.ImageDraw, float, float], None]


def _draw_bulls_eye(outer_deg: float, background: Colour) -> _Draw:
    def draw(pen: ImageDraw.ImageDraw, centre: float, px_per_deg: float) -> None:
        outer, inner = outer_deg * px_per_deg, INNER_DEG * px_per_deg
        draw_bulls_eye(pen, (centre, centre), outer, inner, background)

    return draw


def _draw_rings(left: float, turn_deg: float, rings: int, background: Colour) -> _Draw:
    """The mark with broken rings around it, the outer ones fainter, neighbours turning apart."""

    def draw(pen: ImageDraw.ImageDraw, centre: float, px_per_deg: float) -> None:
        widest = _rings_deg(left) * px_per_deg / 2
        narrowest = OUTER_DEG * px_per_deg / 2
        for ring in range(rings, 0, -1):
            radius = narrowest + (widest - narrowest) * ring / rings
            # They fade as they close in, and leave the mark clear.
            strength = (1 - 0.3 * (ring - 1)) * min(1.0, 4 * left)
            colour = mixed(background, ink(background), strength)
            turn = turn_deg if ring % 2 else -turn_deg
            width = max(2, round(0.07 * px_per_deg))
            box = (centre - radius, centre - radius, centre + radius - 1, centre + radius - 1)
            for arc in range(3):
                start = turn + 120 * arc + 25 * ring
                pen.arc(box, start, start + 82, colour, width)
        _draw_bulls_eye(OUTER_DEG, background)(pen, centre, px_per_deg)

    return draw


def _draw_figure(
    name: str, size_deg: float, phase: float, spread: float, screen_px_per_deg: float
) -> _Draw:
    def draw(pen: ImageDraw.ImageDraw, centre: float, px_per_deg: float) -> None:
        turn_deg = 9 * math.sin(2 * math.pi * phase)
        face = size_deg >= FACE_FROM_DEG and size_deg * screen_px_per_deg >= 40
        sheet = Sheet(pen, centre, size_deg * px_per_deg / 2, turn_deg, face)
        if spread:
            size = SPARKLE_DEG / 2 * px_per_deg * (1 - 0.6 * spread)
            draw_sparkles(pen, centre, _reach_deg(spread) * px_per_deg, size)
        FIGURES[name](sheet, phase)
        draw_nose(pen, centre, px_per_deg)

    return draw


def _picture(diameter_deg: float, *, draw: _Draw, px_per_deg: float, background: Colour) -> Picture:
    """A square frame around the corner of four pixels."""
    half = math.ceil(diameter_deg * px_per_deg / 2) + 2

    def render() -> Image.Image:
        unit = 2 if half > LARGE_PX / 2 else 4
        image = Image.new("RGB", (2 * half * unit,) * 2, background)
        draw(ImageDraw.Draw(image), half * unit, px_per_deg * unit)
        return image.reduce(unit)

    return Picture(-half, -half, render)


def _moved(frame: Picture, place_px: tuple[float, float]) -> Picture:
    x, y = on_pixels(place_px)
    return frame.moved(int(x) + frame.left_px, int(y) + frame.top_px)


def _step(frames: Sequence[Picture], share: float) -> Picture:
    return frames[min(int(share * len(frames)), len(frames) - 1)]
