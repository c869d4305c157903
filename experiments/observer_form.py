"""The observers' form: vision, dominant eye, and consent; filled in by keys before the recording.

Nothing is recorded before the consent is given, and there is no field that a name fits into.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from foveola.data_schema import FoveolaError, Observer, Screen

from .display import Display
from .pages import draw_keys, letter_height
from .picture import Colour, Picture, font, ink
from .stage import ESCAPES

TITLE = "Before we begin"
VISION = ("normal", "glasses", "contact lenses", "uncorrected")
EYES = ("left", "right", "unknown")
CONSENTS = ("record", "share", "share-raw")


class Field(NamedTuple):
    """A line of the form: a field of the observer's record, a question and its answers."""

    name: str
    question: str
    choices: tuple[tuple[str, Any], ...]


_YES_NO = (("yes", True), ("no", False))
FIELDS = (
    Field("vision", "Your eyesight in front of this screen", tuple((one, one) for one in VISION)),
    Field("dominant_eye", "Your dominant eye", tuple((one, one) for one in EYES)),
    Field("consent_record", "May your gaze be recorded for this study?", _YES_NO),
    Field("consent_share", "May fixations and maps be shared, without your identity?", _YES_NO),
    Field("consent_share_raw", "May the raw gaze be shared too?", _YES_NO),
)
NO_CONSENT = "Without the consent to be recorded no session starts; nothing was recorded."


@dataclass(frozen=True)
class Answers:
    """Answers to the form; empty or None: not answered.

    Attributes
    ----------
    vision, dominant_eye : str
        As in :class:`foveola.data_schema.Observer`.
    consent_record, consent_share, consent_share_raw : bool or None
        What the observer consents to.
    """

    vision: str = ""
    dominant_eye: str = ""
    consent_record: bool | None = None
    consent_share: bool | None = None
    consent_share_raw: bool | None = None

    def given_to(self, observer: Observer) -> Observer:
        """The observer's record with these answers."""
        values = {field.name: getattr(self, field.name) for field in FIELDS}
        return Observer(id=observer.id, session=observer.session, **values)

    @property
    def complete(self) -> bool:
        """Whether every field is answered."""
        return all(getattr(self, field.name) not in ("", None) for field in FIELDS)


def answers_of(vision: str = "", dominant_eye: str = "", consent: str = "") -> Answers:
    """Answers from words, as the command line takes them.

    Parameters
    ----------
    vision, dominant_eye : str
        A word of the form, or empty.
    consent : str
        Empty: not asked; else the consents that are given, separated by commas, of ``record``,
        ``share`` and ``share-raw``; ``none``: none is given.

    Raises
    ------
    FoveolaError
        If a word is none of the form's.
    """
    vision = vision.replace("-", " ")
    _refuse("vision", vision, ("", *VISION))
    _refuse("dominant eye", dominant_eye, ("", *EYES))
    if not consent:
        return Answers(vision, dominant_eye)
    given = {word.strip() for word in consent.split(",")} - {"none"}
    for word in sorted(given):
        _refuse("consent", word, (*CONSENTS, "none"))
    if "share-raw" in given and "share" not in given:
        raise FoveolaError(
            "Who lets raw gaze be shared lets fixations and maps be shared too.",
            remedy="Give --consent record,share,share-raw.",
        )
    return Answers(vision, dominant_eye, *(one in given for one in CONSENTS))


def _refuse(what: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        raise FoveolaError(
            f"{word!r} is no answer for the {what}.",
            remedy=f"Choose one of {', '.join(one.replace(' ', '-') for one in known if one)}.",
        )


def asked_observer(
    display: Display, screen: Screen, observer: Observer, answers: Answers, *, unattended: bool
) -> Observer:
    """Ask for what is not answered yet.

    Parameters
    ----------
    display : Display
        Where the form is shown; nothing is recorded yet.
    screen : Screen
        Its geometry.
    observer : Observer
        With id and session.
    answers : Answers
        What is known.
    unattended : bool
        Whether nobody is there to fill in a form.

    Raises
    ------
    FoveolaError
        If the observer does not consent to be recorded, or nobody is there to answer.
    """
    if not answers.complete and not unattended:
        answers = _filled_in(display, screen, observer, answers)
    if answers.consent_record is None:
        raise FoveolaError(
            "Nobody is there to give the consent to be recorded.",
            remedy="Where it was given on paper, say so: --consent record "
            "(or record,share or record,share,share-raw).",
        )
    if not answers.consent_record:
        raise FoveolaError(NO_CONSENT)
    return answers.given_to(observer)


def _filled_in(display: Display, screen: Screen, observer: Observer, answers: Answers) -> Answers:
    """Show the form until it is complete and confirmed."""
    at = next(i for i, field in enumerate(FIELDS) if getattr(answers, field.name) in ("", None))
    page = form_page(screen, display.background, observer.id, answers, at)
    while True:
        display.show(page)
        display.flip()
        before = answers, at
        for key in display.pressed():
            if key in ESCAPES:
                raise FoveolaError("The form was left; nothing was recorded.")
            if key == "return" and answers.complete:
                return answers
            answers, at = _after(key, answers, at)
        if (answers, at) != before:
            page = form_page(screen, display.background, observer.id, answers, at)


def _after(key: str, answers: Answers, at: int) -> tuple[Answers, int]:
    """Answers and place after a key."""
    if key in ("down", "tab", "return"):
        return answers, min(at + 1, len(FIELDS) - 1) if key != "tab" else (at + 1) % len(FIELDS)
    if key == "up":
        return answers, max(at - 1, 0)
    field = FIELDS[at]
    values = [value for _, value in field.choices]
    now = getattr(answers, field.name)
    place = values.index(now) if now in values else -1
    if key.isdigit() and 1 <= int(key) <= len(values):
        return _answered(answers, field.name, values[int(key) - 1]), min(at + 1, len(FIELDS) - 1)
    if key == "right":
        return _answered(answers, field.name, values[min(place + 1, len(values) - 1)]), at
    if key == "left":
        return _answered(answers, field.name, values[max(place - 1, 0)]), at
    return answers, at


def _answered(answers: Answers, name: str, value: Any) -> Answers:
    """Answers with one more; who does not share maps does not share raw gaze either."""
    answers = replace(answers, **{name: value})
    if name == "consent_share" and not value:
        return replace(answers, consent_share_raw=False)
    if name == "consent_share_raw" and value:
        return replace(answers, consent_share=True)
    return answers


def form_page(
    screen: Screen, background: Colour, observer: str, answers: Answers, at: int
) -> Picture:
    """Page with every field; the one that keys answer now has a bar beside it.

    Parameters
    ----------
    screen : Screen
        Its size sets that of the letters.
    background : (red, green, blue)
        Colour of the page.
    observer : str
        The id.
    answers : Answers
        What is answered.
    at : int
        Which field is answered now.
    """

    def draw() -> Image.Image:
        image = Image.new("RGB", (screen.width_px, screen.height_px), background)
        pen = ImageDraw.Draw(image)
        size, colour = letter_height(screen), ink(background)
        left = (screen.width_px - min(size * 30, screen.width_px * 0.86)) / 2
        y = screen.height_px * 0.07
        pen.text((left, y), TITLE, colour, font(round(size * 1.6), bold=True))
        pen.text((left, y + size * 2.4), f"Observer {observer}", colour, font(size))
        y += size * 5
        step = min(size * 4.2, (screen.height_px * 0.83 - y) / len(FIELDS))
        for place, field in enumerate(FIELDS):
            _draw_field(
                pen, background, field, answers, (left, y + place * step), size, place == at
            )
        keys = [("↑ ↓", "line"), ("← →", "answer"), ("1 2 3", "choose")]
        if answers.complete:
            keys.append(("Enter", "begin" if answers.consent_record else "end"))
        draw_keys(pen, screen, background, keys, screen.height_px * 0.93)
        return image

    return Picture(0, 0, draw, title=TITLE)


def _draw_field(
    pen: ImageDraw.ImageDraw,
    background: Colour,
    field: Field,
    answers: Answers,
    corner: tuple[float, float],
    size: int,
    current: bool,
) -> None:
    """A question, and under it its answers: the chosen one is filled."""
    left, top = corner
    colour, chosen = ink(background), getattr(answers, field.name)
    if current:
        pen.rectangle((left - size, top, left - size * 0.7, top + size * 3.3), fill=colour)
    pen.text((left, top), field.question, colour, font(size, bold=current))
    x, middle = left, top + size * 2.4
    for number, (word, value) in enumerate(field.choices, 1):
        text = f"{number}  {word}"
        width = font(size).getlength(text) + size * 1.2
        box = (x, middle - size * 0.9, x + width, middle + size * 0.9)
        is_chosen = chosen == value and type(chosen) is type(value)
        pen.rounded_rectangle(
            box,
            radius=size * 0.3,
            outline=colour,
            width=2 if current else 1,
            fill=colour if is_chosen else None,
        )
        inside = background if is_chosen else colour
        pen.text((x + size * 0.6, middle + size * 0.34), text, inside, font(size), anchor="ls")
        x += width + size * 0.7
