"""Pages of words: instructions, the question before a session ends, waiting, the end.

A page keeps the experiment's grey, so that the pupil stays adapted.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from foveola.data_schema import Screen

from .picture import Colour, Picture, font, ink

#: Widest line of text, in letters' heights.
MEASURE = 30


def text_page(
    screen: Screen,
    background: Colour,
    title: str,
    lines: Sequence[str],
    keys: Sequence[tuple[str, str]] = (),
) -> Picture:
    """Page with a title, lines of text and, at its foot, the keys and what they do.

    Parameters
    ----------
    screen : Screen
        Its size sets that of the letters.
    background : (red, green, blue)
        Colour of the page.
    title : str
        One line.
    lines : sequence of str
        Paragraphs; they are broken where they are too long.
    keys : sequence of (key, meaning)
        As ``("Space", "begin")``.
    """

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size = letter_height(screen)
        measure = min(MEASURE * size, screen.width_px * 0.86)
        body = [part for line in lines for part in wrapped(line, size, measure)]
        step = round(size * 1.6)
        height = round(size * 3.2) + step * len(body)
        x, y = screen.width_px / 2, screen.height_px * 0.46 - height / 2
        pen.text((x, y), title, ink(background), font(round(size * 1.6), bold=True), anchor="mt")
        y += round(size * 3.2)
        for part in body:
            pen.text((x, y), part, ink(background), font(size), anchor="mt")
            y += step
        draw_keys(pen, screen, background, keys, screen.height_px * 0.86)
        return image

    return Picture(0, 0, draw, title=title)


def letter_height(screen: Screen) -> int:
    """Size of running text, in px: readable from the observer's place on any screen."""
    return max(14, round(min(screen.height_px / 34, screen.width_px / 48)))


def wrapped(line: str, size: int, measure_px: float) -> list[str]:
    """Break a line between words so that no part is wider than the measure."""
    parts, rest = [""], line.split(" ")
    for word in rest:
        longer = f"{parts[-1]} {word}".strip()
        if parts[-1] and font(size).getlength(longer) > measure_px:
            parts.append(word)
        else:
            parts[-1] = longer
    return parts


def draw_keys(
    pen: ImageDraw.ImageDraw,
    screen: Screen,
    background: Colour,
    keys: Sequence[tuple[str, str]],
    y_px: float,
) -> None:
    """Draw keys as caps, each with its meaning, in one centred line around that height."""
    size = _keys_height(screen, keys)
    cap, word = font(round(size * 0.85), bold=True), font(size)
    for (key, meaning), (left, top, _, bottom) in zip(
        keys, key_boxes(screen, keys, y_px), strict=True
    ):
        cap_width = cap.getlength(key) + size
        box = (left, top, left + cap_width, bottom)
        pen.rounded_rectangle(box, radius=size * 0.3, outline=ink(background), width=2)
        # Capitals and small letters share one base line.
        base = y_px + size * 0.32
        pen.text((left + cap_width / 2, base), key, ink(background), cap, anchor="ms")
        pen.text((left + cap_width + size * 0.5, base), meaning, ink(background), word, anchor="ls")


def key_boxes(
    screen: Screen, keys: Sequence[tuple[str, str]], y_px: float
) -> list[tuple[float, float, float, float]]:
    """Where :func:`draw_keys` draws each key with its meaning: left, top, right, bottom."""
    size = _keys_height(screen, keys)
    widths, gap = _key_widths(keys, size), size * 1.5
    left = (screen.width_px - sum(widths) - gap * (len(keys) - 1)) / 2
    boxes = []
    for width in widths:
        boxes.append((left, y_px - size * 0.85, left + width, y_px + size * 0.85))
        left += width + gap
    return boxes


def _keys_height(screen: Screen, keys: Sequence[tuple[str, str]]) -> int:
    """Size of the keys' letters: that of running text, smaller where the line would be too long."""
    size = letter_height(screen)
    while size > 6 and (
        sum(_key_widths(keys, size)) + size * 1.5 * (len(keys) - 1) > screen.width_px * 0.94
    ):
        size -= 1
    return size


def _key_widths(keys: Sequence[tuple[str, str]], size: int) -> list[float]:
    cap, word = font(round(size * 0.85), bold=True), font(size)
    return [
        cap.getlength(key) + size + size * 0.5 + word.getlength(meaning) for key, meaning in keys
    ]
