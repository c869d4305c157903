"""Questions after a trial, answered by keys: a choice, a step of a scale, or a whole number."""

from __future__ import annotations

from PIL import Image, ImageDraw

from foveola.data_schema import Screen

from .pages import MEASURE, draw_keys, letter_height, wrapped
from .picture import Colour, Picture, font, ink
from .protocol_settings import QuestionSettings
from .stage import Stage

#: How long a question stands where nobody is there to answer it.
UNATTENDED_S = 1.0
DIGITS = tuple("0123456789")


def ask(stage: Stage, question: QuestionSettings) -> str:
    """Ask a question until it is answered.

    Returns
    -------
    str
        The choice in words, or the number; empty where nobody was there to answer.
    """
    screen, background = stage.screen, stage.display.background
    if stage.unattended:
        stage.insist(question_page(screen, background, question), UNATTENDED_S)
        return ""
    if question.number is not None:
        return _number(stage, question, *question.number)
    answers = _answers(question)
    page = question_page(screen, background, question)
    key = stage.insist(page, None, keys=tuple(answers)).key
    return answers[key]


def _answers(question: QuestionSettings) -> dict[str, str]:
    """Answers by the keys that give them."""
    if question.scale is not None:
        first, last = question.scale
        return {str(step): str(step) for step in range(first, last + 1)}
    return {str(number): choice for number, choice in enumerate(question.choices, 1)}


def _number(stage: Stage, question: QuestionSettings, smallest: int, largest: int) -> str:
    """Take digits until Return ends a number within the limits."""
    typed = ""
    while True:
        page = question_page(stage.screen, stage.display.background, question, typed)
        complete = bool(typed) and smallest <= int(typed) <= largest
        keys = (*DIGITS, "backspace", *(["return"] if complete else []))
        key = stage.insist(page, None, keys=keys).key
        if key == "return":
            return str(int(typed))
        if key == "backspace":
            typed = typed[:-1]
        elif len(typed) < len(str(largest)):
            typed += key


def question_page(
    screen: Screen, background: Colour, question: QuestionSettings, typed: str = ""
) -> Picture:
    """Page with a question and the keys that answer it.

    Parameters
    ----------
    screen : Screen
        Its size sets that of the letters.
    background : (red, green, blue)
        Colour of the page.
    question : QuestionSettings
        What is asked.
    typed : str
        Digits of a number so far.
    """

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size = letter_height(screen)
        title, measure = (
            font(round(size * 1.3), bold=True),
            min(MEASURE * size, screen.width_px * 0.86),
        )
        y = screen.height_px * 0.3
        for line in wrapped(question.text, round(size * 1.3), measure):
            pen.text((screen.width_px / 2, y), line, ink(background), title, anchor="mt")
            y += size * 2
        y += size * 2
        if question.number is not None:
            _draw_number(pen, screen, background, question.number, typed, y)
        elif question.scale is not None:
            _draw_scale(pen, screen, background, question, y)
        else:
            _draw_choices(pen, screen, background, question.choices, y)
        return image

    return Picture(0, 0, draw, title=f"Question {question.id}")


def _draw_choices(
    pen: ImageDraw.ImageDraw,
    screen: Screen,
    background: Colour,
    choices: tuple[str, ...],
    top_px: float,
) -> None:
    """A line each: the key, and what it means; the block of lines stands in the middle."""
    size = letter_height(screen)
    widest = max(font(size).getlength(choice) for choice in choices)
    left = (screen.width_px - widest - size * 2.6) / 2
    for number, choice in enumerate(choices, 1):
        middle = top_px + size * 0.85 + (number - 1) * size * 2.4
        _draw_cap(pen, background, (left, middle), size, str(number))
        base = middle + size * 0.32
        pen.text((left + size * 2.6, base), choice, ink(background), font(size), anchor="ls")


def _draw_scale(
    pen: ImageDraw.ImageDraw,
    screen: Screen,
    background: Colour,
    question: QuestionSettings,
    top_px: float,
) -> None:
    """A row of keys, evenly spaced, with the meaning of its ends below them."""
    first, last = question.scale or (0, 0)
    size = letter_height(screen)
    step = min(size * 4, screen.width_px * 0.86 / (last - first + 1))
    left = (screen.width_px - step * (last - first)) / 2
    middle = top_px + size
    pen.line((left, middle, left + step * (last - first), middle), ink(background), 1)
    for number in range(first, last + 1):
        place = left + step * (number - first) - size * 0.85, middle
        _draw_cap(pen, background, place, size, str(number), fill=background)
    for x, label in zip((left, left + step * (last - first)), question.labels, strict=True):
        pen.text((x, middle + size * 1.6), label, ink(background), font(size), anchor="mt")


def _draw_number(
    pen: ImageDraw.ImageDraw,
    screen: Screen,
    background: Colour,
    limits: tuple[int, int],
    typed: str,
    top_px: float,
) -> None:
    """A field for the digits, its limits below it, and the keys at the page's foot."""
    size = letter_height(screen)
    smallest, largest = limits
    width = size * (1.2 * len(str(largest)) + 2)
    centre = screen.width_px / 2
    box = (centre - width / 2, top_px, centre + width / 2, top_px + size * 2.4)
    pen.rectangle(box, outline=ink(background), width=2)
    digits = font(round(size * 1.4), bold=True)
    pen.text((centre, top_px + size * 1.7), typed or " ", ink(background), digits, anchor="ms")
    note = f"a whole number from {smallest} to {largest}"
    pen.text((centre, top_px + size * 3.2), note, ink(background), font(size), anchor="mt")
    keys = [("0 to 9", "type")]
    if typed:
        keys.append(("Backspace", "delete"))
    if typed and smallest <= int(typed) <= largest:
        keys.append(("Enter", "done"))
    draw_keys(pen, screen, background, keys, screen.height_px * 0.86)


def _draw_cap(
    pen: ImageDraw.ImageDraw,
    background: Colour,
    left_middle: tuple[float, float],
    size: int,
    key: str,
    *,
    fill: Colour | None = None,
) -> None:
    """A key as a cap."""
    left, middle = left_middle
    box = (left, middle - size * 0.85, left + size * 1.7, middle + size * 0.85)
    pen.rounded_rectangle(box, radius=size * 0.3, outline=ink(background), width=2, fill=fill)
    cap = font(round(size * 0.85), bold=True)
    place = left + size * 0.85, middle + size * 0.32
    pen.text(place, key, ink(background), cap, anchor="ms")
