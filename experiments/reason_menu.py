"""Asks why a calibration above the thresholds is accepted: a usual reason, or own words."""

from __future__ import annotations

from PIL import Image, ImageDraw

from foveola.data_schema import Screen

from .display import Click
from .pages import draw_keys, letter_height
from .picture import Colour, Picture, fitting, font, ink
from .stage import Heard, Stage

REASONS = (
    "glasses or contact lenses",
    "droopy eyelid or eyelashes",
    "the observer can't sit still",
    "time is short",
)
OTHER = "another reason"
LONGEST = 80

#: Left, top, right, bottom, in px.
Box = tuple[float, float, float, float]


def ask_reason(stage: Stage) -> str | None:
    """Ask until a reason is given; None where the operator goes back instead."""
    stage.display.pointer(visible=True)
    try:
        return _asked(stage)
    finally:
        stage.display.pointer(visible=False)


def _asked(stage: Stage) -> str | None:
    while True:
        number = _ask_number(stage)
        if number == 0:
            return None
        if number <= len(REASONS):
            return REASONS[number - 1]
        text = _ask_text(stage)
        if text:
            return text


def reason_page(screen: Screen, background: Colour) -> Picture:
    """The menu."""

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size, colour = letter_height(screen), ink(background)
        _title(pen, screen, background)
        cap = font(round(size * 0.85), bold=True)
        for number, (text, box) in enumerate(
            zip((*REASONS, OTHER), reason_boxes(screen), strict=True), 1
        ):
            left, top, _, bottom = box
            key = (left, top, left + bottom - top, bottom)
            pen.rounded_rectangle(key, radius=size * 0.3, outline=colour, width=2)
            base = (top + bottom) / 2 + size * 0.32
            pen.text(((key[0] + key[2]) / 2, base), str(number), colour, cap, anchor="ms")
            pen.text((key[2] + size * 0.7, base), text, colour, font(size), anchor="ls")
        draw_keys(pen, screen, background, [("Backspace", "go back")], screen.height_px * 0.86)
        return image

    return Picture(0, 0, draw, title="Reason")


def reason_boxes(screen: Screen) -> list[Box]:
    """Where the reasons stand, for the mouse."""
    size = letter_height(screen)
    width = max(font(size).getlength(text) for text in (*REASONS, OTHER)) + size * 2.4
    left, top = (screen.width_px - width) / 2, screen.height_px * 0.34
    tops = [top + i * size * 2.4 for i in range(len(REASONS) + 1)]
    return [(left, top, left + width, top + size * 1.7) for top in tops]


def text_entry_page(screen: Screen, background: Colour, text: str) -> Picture:
    """The page on which own words are typed."""

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size, colour = letter_height(screen), ink(background)
        _title(pen, screen, background)
        face = fitting(text, size, screen.width_px * 0.8)
        half = max(face.getlength(text) / 2 + size * 1.2, screen.width_px * 0.3)
        middle, y = screen.width_px / 2, screen.height_px * 0.44
        box = (middle - half, y - size * 1.3, middle + half, y + size * 1.3)
        pen.rounded_rectangle(box, radius=size * 0.3, outline=colour, width=2)
        left = box[0] + size
        pen.text((left, y + size * 0.32), text, colour, face, anchor="ls")
        caret = left + face.getlength(text) + 3
        pen.line((caret, y - size * 0.7, caret, y + size * 0.7), colour, 2)
        count = f"{len(text)} of {LONGEST} letters"
        place = box[2], y + size * 2.2
        pen.text(place, count, colour, font(round(size * 0.7)), anchor="rs")
        back = "delete" if text else "go back"
        keys = [("Enter", "accept")] if text.strip() else []
        keys.append(("Backspace", back))
        draw_keys(pen, screen, background, keys, screen.height_px * 0.86)
        return image

    return Picture(0, 0, draw, title="Reason in own words")


def edited(text: str, heard: Heard) -> str:
    """Text after what was typed and deleted."""
    text = (text + heard.text)[:LONGEST]
    return text[: max(0, len(text) - heard.keys.count("backspace"))]


def number_of(screen: Screen, heard: Heard) -> int | None:
    """Number that was chosen by key or click; 0: go back, None: nothing yet."""
    for key in heard.keys:
        if key == "backspace":
            return 0
        if key.isdigit() and 1 <= int(key) <= len(REASONS) + 1:
            return int(key)
    for click in heard.clicks:
        for number, box in enumerate(reason_boxes(screen), 1):
            if _inside(box, click):
                return number
    return None


def _ask_number(stage: Stage) -> int:
    chosen: int | None = None

    def over(heard: Heard) -> bool:
        nonlocal chosen
        chosen = number_of(stage.screen, heard)
        return chosen is not None

    stage.listen(reason_page(stage.screen, stage.display.background), over)
    return chosen or 0


def _ask_text(stage: Stage) -> str:
    """Let own words be typed; empty: go back."""
    text = ""
    page = text_entry_page(stage.screen, stage.display.background, text)

    def over(heard: Heard) -> bool:
        nonlocal text, page
        if (not text and "backspace" in heard.keys) or ("return" in heard.keys and text.strip()):
            return True
        before, text = text, edited(text, heard)
        if text != before:
            page = text_entry_page(stage.screen, stage.display.background, text)
        return False

    stage.listen(lambda _elapsed_s: [page], over)
    return text.strip()


def _title(pen: ImageDraw.ImageDraw, screen: Screen, background: Colour) -> None:
    size, middle = letter_height(screen), screen.width_px / 2
    large = font(round(size * 1.6), bold=True)
    title = "Why is it accepted above the limits?"
    pen.text((middle, screen.height_px * 0.2), title, ink(background), large, anchor="ms")
    note = "The reason is kept with the recording. No names, please."
    y = screen.height_px * 0.2 + size * 2
    pen.text((middle, y), note, ink(background), font(size), anchor="ms")


def _inside(box: Box, click: Click) -> bool:
    return box[0] <= click[0] <= box[2] and box[1] <= click[1] <= box[3]
