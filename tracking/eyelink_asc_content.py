"""What an EyeLink ASC file says, as its lines tell it one after the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Eye

MAX_LISTED = 1000
#: Figures of an event, in the order in which files have them.
FIGURES = {
    EventKind.FIXATION: ("x_px", "y_px", "pupil"),
    EventKind.SACCADE: (
        "start_x_px",
        "start_y_px",
        "end_x_px",
        "end_y_px",
        "amplitude_deg",
        "peak_velocity_deg_s",
    ),
    EventKind.BLINK: (),
}
MOST_FIGURES = max(len(names) for names in FIGURES.values())


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


@dataclass
class AscMessage:
    """A message: its time in ms with the offset taken off, its text, and where it stands."""

    time_ms: float
    text: str
    line: int


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
    events : list of ndarray, shape (k, 4 + MOST_FIGURES)
        Events that the tracker's own software found: kind, eye, start and duration in ms, and
        figures in the order of the line.
    cut : int
        Events that began and never ended.
    further, placeless : int
        Events with figures beyond those that are kept; events whose places are none of the gaze.
    columns : list of str
        Names of the further columns of the samples.
    """

    header: list[str] = field(default_factory=list)
    messages: list[AscMessage] = field(default_factory=list)
    events: list[NDArray[np.float64]] = field(default_factory=list)
    blocks: list[AscBlock] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    open_block: bool = False
    begun: dict[tuple[EventKind, Eye], float] = field(default_factory=dict)
    cut: int = 0
    further: int = 0
    placeless: int = 0
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


def event_row(
    kind: EventKind, eye: Eye, start_ms: float, duration_ms: float, figures: tuple[float, ...] = ()
) -> NDArray[np.float64]:
    """One event as AscContent holds them; figures that are not given are NaN."""
    row = np.full((1, 4 + MOST_FIGURES), np.nan)
    row[0, : 4 + len(figures)] = (kind, eye, start_ms, duration_ms, *figures)
    return row
