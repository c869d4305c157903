"""Understands the lines of EyeLink ASC files that are no samples: blocks, messages, events."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from foveola.data_schema import Eye

from .eyelink_asc_content import (
    NO_LAYOUT,
    AscBlock,
    AscContent,
    AscLine,
    AscMessage,
    AscStretch,
    Layout,
    close_block,
)
from .eyelink_asc_events import event_begins, event_ends
from .eyelink_asc_words import NUMBER, LineError, decoded, number_of, time_of

#: A number before a message's text says how long before its stamp it happened, in ms; a number
#: beyond this is text.
MAX_OFFSET_MS = 60_000

MESSAGE = re.compile(rb"MSG\s+(\d{1,15}(?:\.\d{1,6})?)(?:\s(.*))?", re.DOTALL)
#: Indented by blanks and tabs only, as the compiled code sees it.
FIRST_WORD = re.compile(rb"[ \t]*(\S+)")
OFFSET = re.compile(r"([+-]?\d{1,5})\s+(?=\S)")
SIDES = {b"LEFT": Eye.LEFT, b"RIGHT": Eye.RIGHT}
#: What the coordinates of samples are; those that are not of the gaze have names of their own.
SOURCES = {b"GAZE": "", b"HREF": "href", b"PUPIL": "raw"}


def take_line(content: AscContent, line: AscLine) -> None:
    """Take over one line that is no sample, or note why it is not understood."""
    word = FIRST_WORD.match(line.text)
    sort, handler = _handler(content, word[1] if word else b"", line.text)
    try:
        handler(content, line)
    except LineError as error:
        content.reject(line.number, str(error))
    else:
        content.lines[sort] += 1
    if sort not in ("calibration", "blank"):
        content.after_calibration = sort == "message" and b"!CAL" in line.text


Handler = Callable[[AscContent, AscLine], None]


def _handler(content: AscContent, word: bytes, text: bytes) -> tuple[str, Handler]:
    """Sort of a line by its first word, and the function that takes it."""
    if word in HANDLERS:
        return HANDLERS[word]
    if not text.strip():
        return "blank", _nothing
    if word.startswith(b"**"):
        return "header", _header
    if word.startswith(b">>>>>>>"):
        return "calibration", _calibration_begins
    if content.after_calibration and NUMBER.fullmatch(text.split()[0].rstrip(b",")):
        return "calibration", _nothing
    return "other", _unknown


def _nothing(content: AscContent, line: AscLine) -> None:
    """Blank lines, prescalers and coefficients of a calibration say nothing that is kept."""


def _unknown(_: AscContent, line: AscLine) -> None:
    if line.text.lstrip()[:1].isdigit():
        raise LineError("a sample outside of a block, or a number alone")
    raise LineError(f"a line of an unknown kind: {line.text[:20].decode('latin-1')!r}")


def _header(content: AscContent, line: AscLine) -> None:
    content.header.append(decoded(line.text.strip().lstrip(b"*").strip()))


def _calibration_begins(content: AscContent, _: AscLine) -> None:
    content.after_calibration = True


def _start(content: AscContent, line: AscLine) -> None:
    close_block(content, line.start_byte)
    words = line.words()
    time_ms = time_of(words[1] if len(words) > 1 else b"")
    eyes = {SIDES[word] for word in words if word in SIDES}
    content.blocks.append(AscBlock(start_ms=time_ms, eyes=eyes))
    content.open_block = True


def _end(content: AscContent, line: AscLine) -> None:
    words = line.words()
    try:
        time_ms = time_of(words[1] if len(words) > 1 else b"")
        if content.open_block and time_ms < content.blocks[-1].start_ms:
            raise LineError("an END before its START")
    except LineError:
        close_block(content, line.start_byte)
        raise
    if not content.open_block:
        raise LineError("an END without a START")
    close_block(content, line.start_byte, time_ms)


def _events(content: AscContent, line: AscLine) -> None:
    words = line.words()
    if not content.open_block:
        raise LineError("an EVENTS line outside of a block")
    content.blocks[-1].gaze_events = b"GAZE" in words
    _take_rate(content.blocks[-1], words)


def _samples(content: AscContent, line: AscLine) -> None:
    if not content.open_block:  # its START is missing or damaged
        content.blocks.append(AscBlock())
        content.open_block = True
    block = content.blocks[-1]
    if block.stretches and block.stretches[-1].end_byte < 0:
        block.stretches[-1].end_byte = line.start_byte
    stretch = AscStretch(line.end_byte + 1, -1, line.number, NO_LAYOUT)
    block.stretches.append(stretch)
    words = line.words()
    eyes = {SIDES[word] for word in words if word in SIDES}
    source = next((word for word in SOURCES if word in words), b"")
    if not source:
        raise LineError("samples of neither GAZE, HREF nor PUPIL")
    if not eyes:
        raise LineError("a SAMPLES line that names no eye")
    _take_rate(block, words)
    if not block.rate_hz > 0:
        raise LineError("a SAMPLES line without a RATE")
    block.eyes = eyes
    stretch.layout = _layout(content, block, words, SOURCES[source])


def _layout(content: AscContent, block: AscBlock, words: list[bytes], source: str) -> Layout:
    """Columns that a SAMPLES line declares; further ones are given a place."""
    sides = [(2, "left")] * (Eye.LEFT in block.eyes) + [(5, "right")] * (Eye.RIGHT in block.eyes)
    names: list[str | int] = [1]
    for first, side in sides:
        gaze: list[str | int] = [first, first + 1]
        names += [f"{side}_{source}_{axis}" for axis in "xy"] if source else gaze
        names.append(first + 2)
    if b"VEL" in words:
        names += [f"{side}_velocity_{axis}_deg_s" for _, side in sides for axis in "xy"]
    if b"RES" in words:
        names += ["resolution_x_px_per_deg", "resolution_y_px_per_deg"]
    if b"INPUT" in words:
        names.append("input")
    numbers = len(names)
    names.append("undeclared" if b"INPUT" in words else "input")
    if b"HTARGET" in words:
        names += ["target_x", "target_y", "target_distance_mm"]
    for name in names:
        if isinstance(name, str) and name not in content.columns:
            content.columns.append(name)
    places = [one if isinstance(one, int) else 8 + content.columns.index(one) for one in names]
    pupils = [first + 2 for first, _ in sides]
    return Layout(
        eyes=len(sides),
        numbers=numbers,
        places=np.array(places, np.int64),
        pupils=(pupils[0], pupils[-1]),
        flags=3 if len(sides) == 1 else 5,
        head=int(b"HTARGET" in words),
        doubled=int(block.rate_hz > 1000),
        plain=int(b"HTARGET" not in words),
    )


def _take_rate(block: AscBlock, words: list[bytes]) -> None:
    if b"RATE" in words[:-1]:
        rate_hz = number_of(words[words.index(b"RATE") + 1])
        if not 1 <= rate_hz <= 100_000:
            raise LineError(f"a RATE of {rate_hz} Hz")
        block.rate_hz = rate_hz


def _message(content: AscContent, line: AscLine) -> None:
    match = MESSAGE.fullmatch(line.text.rstrip())
    if match is None:
        raise LineError("a message without a time")
    take_message(content, float(match[1]), match[2] or b"", line.number)


def take_message(content: AscContent, time_ms: float, message: bytes, line: int) -> None:
    """Take over a message; an offset before its text is taken off its time."""
    text = decoded(message).strip()
    offset = OFFSET.match(text)
    if offset and abs(int(offset[1])) <= MAX_OFFSET_MS:
        time_ms -= int(offset[1])
        text = text[offset.end() :]
        content.shifted += 1
    content.messages.append(AscMessage(time_ms, text, line))


def _input(content: AscContent, line: AscLine) -> None:
    """Inputs and buttons are kept as messages: triggers of other devices come this way."""
    words = line.words()
    if len(words) < 3 or not all(NUMBER.fullmatch(word) for word in words[1:]):
        raise LineError("an input or button that can't be read")
    text = b" ".join([words[0], *words[2:]]).decode("ascii")
    content.messages.append(AscMessage(time_of(words[1]), text, line.number))


HANDLERS: dict[bytes, tuple[str, Handler]] = {
    b"MSG": ("message", _message),
    b"START": ("block", _start),
    b"END": ("block", _end),
    b"EVENTS": ("block", _events),
    b"SAMPLES": ("block", _samples),
    b"PRESCALER": ("block", _nothing),
    b"VPRESCALER": ("block", _nothing),
    b"PUPIL": ("block", _nothing),
    b"INPUT": ("input", _input),
    b"BUTTON": ("input", _input),
    **dict.fromkeys((b"SFIX", b"SSACC", b"SBLINK"), ("event", event_begins)),
    **dict.fromkeys((b"EFIX", b"ESACC", b"EBLINK"), ("event", event_ends)),
}
