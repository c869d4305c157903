"""A break between blocks: how far the observer is, how long it will take, and when to go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from foveola.data_schema import Screen

from .pages import draw_keys, letter_height
from .picture import Colour, Picture, font, ink
from .plan import BreakStep, Step, minutes_left
from .settings import ExperimentSettings
from .stage import Stage

#: How long a break lasts where nobody is there.
UNATTENDED_S = 2.0


def take_break(
    stage: Stage, step: BreakStep, rest: Sequence[Step], settings: ExperimentSettings
) -> None:
    """Show the break's page for its least time, and then until Space.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    step : BreakStep
        Which break.
    rest : sequence of Step
        What comes after it.
    settings : ExperimentSettings
        How long it is at least.
    """
    left = minutes_left(rest, settings)
    stage.recorder.message(f"BREAK after block {step.blocks_done} of {step.blocks}")

    def page(keys: Sequence[tuple[str, str]], note: str = "") -> Picture:
        return break_page(stage.screen, stage.display.background, step, left, keys, note)

    least_s = settings.blocks.break_min_s
    if stage.unattended:
        stage.insist(page([]), max(least_s, UNATTENDED_S))
        return
    if least_s:
        stage.insist(_counting_down(page, least_s), least_s)
    stage.insist(page([("Space", "go on")]), None, keys=("space", "return"))


def _counting_down(
    page: Callable[[Sequence[tuple[str, str]], str], Picture], least_s: float
) -> Callable[[float], Sequence[Picture]]:
    """The page as a function of time; each second is drawn once."""
    made: dict[int, Picture] = {}

    def picture(elapsed_s: float) -> Sequence[Picture]:
        seconds = math.ceil(max(0.0, least_s - elapsed_s))
        if seconds not in made:
            made.clear()
            made[seconds] = page([], f"You can go on in {seconds} s.")
        return [made[seconds]]

    return picture


def break_page(
    screen: Screen,
    background: Colour,
    step: BreakStep,
    left: str,
    keys: Sequence[tuple[str, str]],
    note: str = "",
) -> Picture:
    """Page with a bar of blocks, those that are over filled.

    Parameters
    ----------
    screen : Screen
        Its size sets that of the letters.
    background : (red, green, blue)
        Colour of the page.
    step : BreakStep
        How many blocks are over.
    left : str
        How long the rest takes, in words.
    keys : sequence of (key, meaning)
        At the page's foot.
    note : str
        Stands where the keys would be.
    """

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size, centre, colour = letter_height(screen), screen.width_px / 2, ink(background)
        y = screen.height_px * 0.3
        pen.text((centre, y), "Break", colour, font(round(size * 1.6), bold=True), anchor="mt")
        y += size * 3.2
        line = f"Part {step.blocks_done} of {step.blocks} is done, {left} left."
        for text in (line, "Close your eyes or look around as you like."):
            pen.text((centre, y), text, colour, font(size), anchor="mt")
            y += size * 1.6
        _draw_bar(pen, screen, background, step, y + size * 1.2)
        if note:
            place = centre, screen.height_px * 0.86 + size * 0.32
            pen.text(place, note, colour, font(size), anchor="ms")
        draw_keys(pen, screen, background, keys, screen.height_px * 0.86)
        return image

    return Picture(0, 0, draw, title="Break")


def _draw_bar(
    pen: ImageDraw.ImageDraw, screen: Screen, background: Colour, step: BreakStep, top_px: float
) -> None:
    """Boxes in a row, one for each block."""
    size = letter_height(screen)
    gap = size * 0.35
    width = min(size * 20, screen.width_px * 0.6)
    box_width = (width - gap * (step.blocks - 1)) / step.blocks
    if box_width < 3:  # too many blocks for boxes: one bar
        gap, box_width = 0.0, width / step.blocks
    left = (screen.width_px - width) / 2
    for block in range(step.blocks):
        x = left + block * (box_width + gap)
        box = (x, top_px, x + box_width, top_px + size * 0.7)
        filled = ink(background) if block < step.blocks_done else None
        pen.rectangle(box, outline=ink(background), width=2, fill=filled)
