"""Understands the lines of EyeLink ASC files that are no samples: blocks, events, messages."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Eye

#: A number before a message's text says how long before its stamp it happened, in ms; a number
#: beyond this is text.
MAX_OFFSET_MS = 60_000
MAX_LISTED = 1000

NUMBER = re.compile(rb"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?")
MESSAGE = re.compile(rb"MSG\s+(\d{1,15}(?:\.\d{1,6})?)(?:\s(.*))?", re.DOTALL)
#: Indented by blanks and tabs only, as the compiled code sees it.
FIRST_WORD = re.compile(rb"[ \t]*(\S+)")
OFFSET = re.compile(r"([+-]?\d{1,5})\s+(?=\S)")
KINDS = {b"FIX": EventKind.FIXATION, b"SACC": EventKind.SACCADE, b"BLINK": EventKind.BLINK}
EYES = {b"L": Eye.LEFT, b"R": Eye.RIGHT}
SIDES = {b"LEFT": Eye.LEFT, b"RIGHT": Eye.RIGHT}
#: What the coordinates of samples are; those that are not of the gaze have names of their own.
SOURCES = {b"GAZE": "", b"HREF": "href", b"PUPIL": "raw"}
#: Figures of an event: place and pupil of a fixation, both ends, size and speed of a saccade.
FIGURES = {EventKind.FIXATION: 3, EventKind.SACCADE: 6, EventKind.BLINK: 0}


class Layout(NamedTuple):
    """Columns of the sample lines of a block.

    Attributes
    ----------
    eyes : int
        1 or 2; 0 where the columns are not known, so that no line can be accepted.
    numbers : int
        Numbers before the flags: time, three for each eye, velocities, resolution and input.
    places : ndarray of int64
        Where each number goes: a column of GAZE_DTYPE, or 8 + a further column. After the numbers
        come an input that is not declared and the place of the head target.
    pupils : tuple of int
        Columns of the pupils.
    flags : int
        Characters of the flags.
    head : int
        1 where the place of a head target stands at the end of the line.
    doubled : int
        1 at 2000 Hz, where older converters write each millisecond twice.
    plain : int
        1 where lines end with the flags.
    """

    eyes: int
    numbers: int
    places: NDArray[np.int64]
    pupils: tuple[int, int]
    flags: int
    head: int
    doubled: int
    plain: int


NO_LAYOUT = Layout(0, 0, np.zeros(0, np.int64), (4, 7), 0, 0, 0, 0)


class LineError(Exception):
    """A line that is not understood; the text is the reason."""


@dataclass
class AscMessage:
    """A message: its time in ms with the offset taken off, its text, and where it stands."""

    time_ms: float
    text: str
    line: int


@dataclass
class AscEvent:
    """An event that the tracker's own software found; figures in the order of the line."""

    kind: EventKind
    eye: Eye
    start_ms: float
    duration_ms: float
    figures: tuple[float, ...]


@dataclass
class AscStretch:
    """Bytes between a SAMPLES line and the end of its block."""

    start_byte: int
    end_byte: int
    line: int
    layout: Layout


@dataclass
class AscBlock:
    """From START to END; NaN where one of them is missing."""

    start_ms: float = np.nan
    end_ms: float = np.nan
    rate_hz: float = np.nan
    eyes: set[Eye] = field(default_factory=set)
    gaze_events: bool = True
    stretches: list[AscStretch] = field(default_factory=list)


@dataclass
class AscContent:
    """What the lines of a file say; filled line by line.

    Attributes
    ----------
    lines : Counter
        How many lines there are of each sort.
    rejected : list of (int, str)
        Number and reason of the first thousand lines that are not understood.
    open_block : bool
        Whether the last block still goes on.
    begun : dict
        Events that have begun and not ended.
    cut : int
        Events that began and never ended.
    columns : list of str
        Names of the further columns of the samples.
    """

    header: list[str] = field(default_factory=list)
    messages: list[AscMessage] = field(default_factory=list)
    events: list[AscEvent] = field(default_factory=list)
    blocks: list[AscBlock] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    open_block: bool = False
    begun: dict[tuple[EventKind, Eye], float] = field(default_factory=dict)
    cut: int = 0
    shifted: int = 0
    after_calibration: bool = False
    columns: list[str] = field(default_factory=lambda: ["input"])

    def reject(self, line: int, reason: str) -> None:
        """Count a line that is not understood, and keep the first thousand."""
        self.lines["rejected"] += 1
        if len(self.rejected) < MAX_LISTED:
            self.rejected.append((line, reason))


class AscLine(NamedTuple):
    """A line: its text without the end, its number, and the bytes at which it begins and ends."""

    text: bytes
    number: int
    start_byte: int
    end_byte: int

    def words(self) -> list[bytes]:
        """Split at white space."""
        return self.text.split()


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


def close_block(content: AscContent, end_byte: int, end_ms: float = np.nan) -> None:
    """End the block that goes on, and with it the events that have begun."""
    if content.open_block:
        block = content.blocks[-1]
        block.end_ms = end_ms
        if block.stretches and block.stretches[-1].end_byte < 0:
            block.stretches[-1].end_byte = end_byte
    content.cut += len(content.begun)
    content.begun.clear()
    content.open_block = False


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
    content.header.append(_decoded(line.text.strip().lstrip(b"*").strip()))


def _calibration_begins(content: AscContent, _: AscLine) -> None:
    content.after_calibration = True


def _start(content: AscContent, line: AscLine) -> None:
    close_block(content, line.start_byte)
    words = line.words()
    time_ms = _time(words[1] if len(words) > 1 else b"")
    eyes = {SIDES[word] for word in words if word in SIDES}
    content.blocks.append(AscBlock(start_ms=time_ms, eyes=eyes))
    content.open_block = True


def _end(content: AscContent, line: AscLine) -> None:
    words = line.words()
    try:
        time_ms = _time(words[1] if len(words) > 1 else b"")
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
        rate_hz = _number(words[words.index(b"RATE") + 1])
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
    text = _decoded(message).strip()
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
    content.messages.append(AscMessage(_time(words[1]), text, line.number))


def _event_begins(content: AscContent, line: AscLine) -> None:
    words = line.words()
    if len(words) != 3:
        raise LineError("an event's beginning that has not three words")
    content.begun[_kind(words[0]), _eye(words[1])] = _time(words[2])


def _event_ends(content: AscContent, line: AscLine) -> None:
    words = line.words()
    kind = _kind(words[0])
    if len(words) < 5 + FIGURES[kind]:
        raise LineError("an event with too few columns")
    eye = _eye(words[1])
    numbers = _plain_numbers(words[2:])
    if numbers:
        start_ms, end_ms, duration_ms, *rest = numbers
        figures = tuple(rest)
    else:
        start_ms, end_ms, duration_ms = (_time(word) for word in words[2:5])
        figures = tuple(_figure(word) for word in words[5:])
    block = content.blocks[-1] if content.blocks else AscBlock()
    period_ms = 1000 / block.rate_hz if block.rate_hz > 0 else 4.0
    # The end is that of the last sample within, so the duration is one sample longer.
    if end_ms < start_ms or abs(duration_ms - (end_ms - start_ms)) > 2 * period_ms + 1:
        raise LineError("an event whose duration is not that from its start to its end")
    content.begun.pop((kind, eye), None)
    if not block.gaze_events:
        figures = ()
    content.events.append(AscEvent(kind, eye, start_ms, duration_ms, figures))


def _kind(word: bytes) -> EventKind:
    return KINDS[word[1:]]


def _eye(word: bytes) -> Eye:
    if word not in EYES:
        raise LineError("an event of neither L nor R")
    return EYES[word]


def _time(word: bytes) -> float:
    value = _number(word)
    if not 0 <= value < 1e12:
        raise LineError("a time that can't be")
    return value


def _plain_numbers(words: list[bytes]) -> list[float]:
    """Numbers of words that are all plain ones, as in nearly all lines; none where one is not."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return []
    plain = b"_" not in b"".join(words) and math.isfinite(sum(numbers))
    times = numbers[:3]
    return numbers if plain and min(times) >= 0 and max(times) < 1e12 else []


def _figure(word: bytes) -> float:
    return np.nan if word == b"." else _number(word)


def _number(word: bytes) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or b"_" in word:
        raise LineError(f"no number: {word[:20].decode('latin-1')!r}")
    return value


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


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
    **dict.fromkeys((b"SFIX", b"SSACC", b"SBLINK"), ("event", _event_begins)),
    **dict.fromkeys((b"EFIX", b"ESACC", b"EBLINK"), ("event", _event_ends)),
}
