"""Finds the lines of EyeLink ASC files that are no samples, and reads plain events among them.

All in one pass of compiled code: a file has tens of thousands of lines of events, as plain as
samples are. What is not plain is left to the code that takes lines one by one.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Eye

from .eyelink_asc_bytes import (
    DOT,
    MINUS,
    NINE,
    POWERS,
    RETURN,
    SPACE,
    TAB,
    UPPER_E,
    UPPER_L,
    UPPER_R,
    UPPER_S,
    ZERO,
    Bytes,
    begins,
    line_end,
    skip_indent,
)
from .eyelink_asc_content import FIGURES, MOST_FIGURES
from .eyelink_asc_events import (
    ENDS,
    EYE,
    FIRST_FIGURE,
    FURTHER,
    KIND,
    LINE,
    START,
)
from .eyelink_asc_words import MAX_MS

Table = NDArray[np.float64]

START_WORD = np.frombuffer(b"START", np.uint8)
END_WORD = np.frombuffer(b"END", np.uint8)
SAMPLES_WORD = np.frombuffer(b"SAMPLES", np.uint8)
FIXATION_WORD = np.frombuffer(b"FIX", np.uint8)
SACCADE_WORD = np.frombuffer(b"SACC", np.uint8)
BLINK_WORD = np.frombuffer(b"BLINK", np.uint8)
FIXATION, SACCADE, BLINK = int(EventKind.FIXATION), int(EventKind.SACCADE), int(EventKind.BLINK)
LEFT, RIGHT = int(Eye.LEFT), int(Eye.RIGHT)
#: How many figures an event of each kind has, from the first kind on.
COUNTS = np.array([len(FIGURES.get(EventKind(kind), ())) for kind in range(1, 7)])
#: Numbers of more digits are not exact in this way.
PLAIN_DIGITS = 15


@njit(cache=True, nogil=True)
def index_lines(
    data: Bytes, line: int, in_block: bool
) -> tuple[NDArray[np.int64], Table, int, int, bool]:
    """Find the lines that are no samples; a sample begins with a digit and lies in a block.

    Parameters
    ----------
    data : ndarray of uint8
        Whole lines.
    line : int
        Number of the line before them.
    in_block : bool
        Whether they begin within a block.

    Returns
    -------
    lines : ndarray of int64, shape (n, 4)
        First byte, last byte + 1 and number, from 1, of every line that is no sample and no plain
        event, and how many plain events were before it.
    events : ndarray, shape (m, FIRST_FIGURE + MOST_FIGURES)
        Plain events, as :func:`~.eyelink_asc_events.take_events` wants them.
    samples : int
        How many sample lines there are.
    line, in_block
        As the data ends.
    """
    lines, events = np.empty((1024, 4), np.int64), np.empty((1024, FIRST_FIGURE + MOST_FIGURES))
    found, plain, samples, place, size = 0, 0, 0, 0, data.size
    while place < size:
        end = line_end(data, place)
        line += 1
        first = skip_indent(data, place, end)
        byte = data[first] if first < end else np.uint8(0)
        if in_block and ZERO <= byte <= NINE:
            samples += 1
        elif (byte in (UPPER_S, UPPER_E)) and _take_event(data, first, end, events[plain], line):
            plain += 1
            if plain == len(events):
                events = np.concatenate((events, np.empty_like(events)))
        else:
            lines[found, 0], lines[found, 1], lines[found, 2] = place, end, line
            lines[found, 3] = plain
            found += 1
            if found == len(lines):
                lines = np.concatenate((lines, np.empty_like(lines)))
            if begins(data, first, end, SAMPLES_WORD):
                in_block = True
            elif begins(data, first, end, START_WORD) or begins(data, first, end, END_WORD):
                in_block = False
        place = end + 1
    return lines[:found], events[:plain], samples, line, in_block


@njit(cache=True, nogil=True)
def _take_event(data: Bytes, place: int, end: int, event: Table, line: int) -> bool:
    """Read a line of an event; whether it is plain: words, then numbers parted by blanks."""
    ends = data[place] == UPPER_E
    kind, at = _kind(data, place + 1, end)
    if kind == 0:
        return False
    at = skip_indent(data, at, end)
    if at + 1 >= end or (data[at] != UPPER_L and data[at] != UPPER_R):
        return False
    event[:] = np.nan
    event[KIND], event[EYE] = kind, LEFT if data[at] == UPPER_L else RIGHT
    event[ENDS], event[LINE], event[FURTHER] = ends, line, 0
    at += 1
    wanted = 3 + COUNTS[kind - 1] if ends else 1
    count = 0
    while True:
        first = skip_indent(data, at, end)
        if first == end or (data[first] == RETURN and first + 1 == end):
            break
        value, at = _plain_number(data, first, end) if first > at else (np.inf, first)
        if value == np.inf or (count < 3 and not 0 <= value < MAX_MS):
            return False
        if count < 3:
            event[START + count] = value
        elif count < wanted:
            event[FIRST_FIGURE + count - 3] = value
        count += 1
    event[FURTHER] = count - wanted
    return count == 1 if not ends else count >= wanted


@njit(cache=True, nogil=True)
def _kind(data: Bytes, place: int, end: int) -> tuple[int, int]:
    """Kind of event that a word says, 0 where it says none, and the place behind it."""
    if begins(data, place, end, FIXATION_WORD):
        return FIXATION, place + len(FIXATION_WORD)
    if begins(data, place, end, SACCADE_WORD):
        return SACCADE, place + len(SACCADE_WORD)
    if begins(data, place, end, BLINK_WORD):
        return BLINK, place + len(BLINK_WORD)
    return 0, place


@njit(cache=True, nogil=True)
def _plain_number(data: Bytes, place: int, end: int) -> tuple[float, int]:
    """Read digits with a sign and a point, and the place behind them.

    A point alone is NaN, what is not plain is infinite.
    """
    at = place
    negative = data[at] == MINUS
    at += negative
    mantissa, digits, decimals, point = np.int64(0), 0, 0, False
    while at < end and (ZERO <= data[at] <= NINE or (data[at] == DOT and not point)):
        if data[at] == DOT:
            point = True
        else:
            mantissa = 10 * mantissa + np.int64(data[at]) - ZERO
            digits += 1
            decimals += point
        at += 1
        if digits > PLAIN_DIGITS:
            return np.inf, at
    if at < end and data[at] != SPACE and data[at] != TAB and data[at] != RETURN:
        return np.inf, at
    if digits == 0:
        return (np.nan if point and not negative else np.inf), at
    value = mantissa / POWERS[decimals]
    return (-value if negative else value), at
