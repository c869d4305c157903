from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from foveola.data_schema import Screen
from foveola.experiments.pages import draw_keys, key_boxes, letter_height, text_page, wrapped
from foveola.experiments.picture import Picture, font, grey

GREY = grey(0.5)
SIZES = [(640, 480), (1280, 800), (1920, 1080), (1080, 1920)]


def screen(width_px: int, height_px: int) -> Screen:
    return Screen(width_px=width_px, height_px=height_px, width_cm=40, height_cm=30, distance_cm=60)


def inked_margin(picture: Picture) -> int:
    """Pixels between the page's edge and the nearest mark."""
    marks = np.any(np.asarray(picture.image) != GREY, axis=2)
    rows, columns = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
    height, width = marks.shape
    return int(min(rows[0], columns[0], height - 1 - rows[-1], width - 1 - columns[-1]))


@pytest.mark.parametrize("size", SIZES)
def test_text_stays_on_the_page(size: tuple[int, int]) -> None:
    page = text_page(screen(*size), GREY, "Welcome", ["word " * 60], [("Space", "begin")])
    assert page.image.size == size
    assert inked_margin(page) > 20


def test_lines_are_broken_between_words() -> None:
    parts = wrapped("one two three four five six", 20, 120)
    assert " ".join(parts) == "one two three four five six"
    assert len(parts) > 1
    assert all(font(20).getlength(part) <= 120 for part in parts)
    assert wrapped("unbreakablelongword x", 20, 10) == ["unbreakablelongword", "x"]
    assert wrapped("", 20, 10) == [""]


def test_letters_grow_with_the_screen() -> None:
    assert letter_height(screen(640, 480)) < letter_height(screen(1920, 1080))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", [1, 4, 6])
def test_keys_are_drawn_within_their_boxes(size: tuple[int, int], number: int) -> None:
    keys, y_px = [("Enter", "validate again")] * number, size[1] * 0.9
    image = Image.new("RGB", size, GREY)
    draw_keys(ImageDraw.Draw(image), screen(*size), GREY, keys, y_px)
    boxes = key_boxes(screen(*size), keys, y_px)
    marks = np.any(np.asarray(image) != GREY, axis=2)
    for left, top, right, bottom in boxes:
        assert 0 < left < right < size[0]
        inside = slice(int(top) - 1, int(bottom) + 3), slice(int(left) - 1, int(right) + 3)
        assert marks[inside].any()
        marks[inside] = False
    assert not marks.any()
