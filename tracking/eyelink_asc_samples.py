"""Parses the sample lines of EyeLink ASC files, byte by byte, in compiled code.

A line is read once and never copied: 100 MB take a few tenths of a second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .eyelink_asc_bytes import (
    DOT,
    END_OF_LINE,
    FLAGS,
    MALFORMED,
    MINUS,
    MISSING,
    NEWLINE,
    NINE,
    NUMBER,
    ONE,
    POWERS,
    RETURN,
    SPACE,
    TAB,
    ZERO,
    Bytes,
    is_flag,
    next_line,
    skip_indent,
    token,
)
from .eyelink_asc_content import Layout

TOO_FEW, NOT_A_NUMBER, TOO_MANY, BAD_FLAGS, OUTSIDE, BACKWARDS, TWICE, AHEAD, NO_LAYOUT = range(
    1, 10
)
FAULTS = {
    TOO_FEW: "a sample with too few columns",
    NOT_A_NUMBER: "a sample with a column that is no number",
    TOO_MANY: "a sample with too many columns",
    BAD_FLAGS: "a sample without the flags that its block has",
    OUTSIDE: "a sample whose time is far from START or END of its block, or in an earlier one",
    BACKWARDS: "a sample whose time goes back",
    TWICE: "a sample whose time was there before",
    AHEAD: "a sample whose time jumps ahead of those that follow",
    NO_LAYOUT: "a sample in a block whose SAMPLES line is not understood",
}


class ParserState(NamedTuple):
    """Where the parser stands between windows of a stretch.

    Attributes
    ----------
    begin, accepted, rejected : int
        The stretch's first row, the next row, and how many lines of the file were rejected.
    line : int
        Number of the last line.
    last_raw, last_line : float, int
        Time and number of the line last accepted.
    repeated, flagged : int
        Whether its time had been there before; how many groups of flags it had.
    """

    begin: int
    accepted: int
    rejected: int
    line: int
    last_raw: float
    last_line: int
    repeated: int
    flagged: int


# Longer than 50 lines: cut into pieces, each sample would pay for passing its state around.
@njit(cache=True, nogil=True)
def parse_samples(
    data: Bytes,
    layout: Layout,
    bounds_ms: tuple[float, float],
    rows: NDArray[np.float64],
    more: NDArray[np.float64],
    marks: NDArray[np.uint32],
    faults: NDArray[np.int64],
    state: ParserState,
) -> ParserState:
    """Parse the sample lines of a stretch of a file; other lines are passed over.

    Parameters
    ----------
    data : ndarray of uint8
        Whole lines.
    layout : Layout
        Their columns.
    bounds_ms : tuple of float
        The earliest and the latest time that a sample may have.
    rows : ndarray, shape (n, 8)
        Receives the columns of GAZE_DTYPE, but the device's time in ms.
    more : ndarray, shape (n, m)
        Receives the further columns; it comes full of NaN.
    marks : ndarray of uint32, shape (n,)
        Receives the flags of the sample (low byte) and of the head target (above it): bit i is
        set where character i is no dot.
    faults : ndarray of int64, shape (m, 2)
        Receives number and fault of the first lines that are not accepted.
    state : ParserState
        What was found before.

    Returns
    -------
    ParserState
        What is found now.
    """
    # Long: one pass over the bytes; a call for each line would double its time.
    begin, accepted, rejected, line, last_raw, last_line, again_before, flagged = state
    repeated = again_before == 1
    place, size = 0, data.size
    safe = size - 1  # up to the last line end, words need no watch on the end of the data
    while safe >= 0 and data[safe] != NEWLINE:
        safe -= 1
    while place < size:
        line += 1
        place = skip_indent(data, place, size)
        if place < size and not ZERO <= data[place] <= NINE:
            place = next_line(data, place, size)
            continue
        if place >= size:
            break
        fault, flags = 0, 0
        mark = 0
        after = -1
        if place < safe and layout.plain == 1:
            after, mark = _parse_plain(data, place, layout, rows, more, accepted)
            flags = 1
        if after < 0:
            fault, place, flags, mark = _parse_line(
                data, place, size, layout, rows[accepted], more[accepted]
            )
            after = next_line(data, place, size)
        place = after
        if fault == 0 and flags < flagged:
            fault = BAD_FLAGS
        time = rows[accepted, 1]
        raw = time
        again = False
        if fault == 0 and not bounds_ms[0] <= raw <= bounds_ms[1]:
            fault = OUTSIDE
        elif fault == 0 and accepted > begin and raw <= rows[accepted - 1, 1]:
            if raw == last_raw and layout.doubled == 1 and not repeated:
                again, time = True, raw + 0.5
            elif raw == last_raw:
                fault = TWICE
            elif accepted > begin + 1 and raw > rows[accepted - 2, 1]:
                # The one before stood alone ahead of its time: it goes, this one stays.
                rejected = _reject(faults, rejected, last_line, AHEAD)
                accepted -= 1
                rows[accepted] = rows[accepted + 1]
                more[accepted] = more[accepted + 1]
                more[accepted + 1] = np.nan
            else:
                fault = BACKWARDS
        if fault != 0:
            rejected = _reject(faults, rejected, line, fault)
            more[accepted] = np.nan
            continue
        rows[accepted, 0], rows[accepted, 1] = time / 1000, time
        if marks[accepted] != mark:  # most files have no flags: their memory is never asked for
            marks[accepted] = mark
        accepted += 1
        last_raw, last_line, repeated = raw, line, again
        flagged = flags
    return ParserState(
        begin, accepted, rejected, line, last_raw, last_line, 1 if repeated else 0, flagged
    )


@njit(cache=True, nogil=True)
def _reject(faults: NDArray[np.int64], rejected: int, line: int, fault: int) -> int:
    """Note a line, where there is room for it; return how many there are."""
    if rejected < len(faults):
        faults[rejected, 0], faults[rejected, 1] = line, fault
    return rejected + 1


# Longer than 50 lines: this is the loop in which nearly all of the time is spent.
@njit(cache=True, nogil=True)
def _parse_plain(
    data: Bytes,
    place: int,
    layout: Layout,
    rows: NDArray[np.float64],
    more: NDArray[np.float64],
    number: int,
) -> tuple[int, int]:
    """Parse a line of plain numbers and flags, as nearly all are, and nothing else.

    Returns
    -------
    after : int
        First byte of the next line; -1 where the line is not plain.
    mark : int
        Its flags.
    """
    # Unsigned, because each index that could be negative would be looked at twice.
    # Long: one pass over the bytes; a call for each line would double its time.
    at, row = np.uint64(place), np.uint64(number)
    for i in range(8):
        rows[row, i] = np.nan
    for i in range(layout.numbers):
        byte = data[at]
        while byte in (SPACE, TAB):
            at += ONE
            byte = data[at]
        negative = byte == MINUS
        if negative:
            at += ONE
            byte = data[at]
        mantissa = np.int64(0)
        first = at
        while ZERO <= byte <= NINE:
            mantissa = 10 * mantissa + (np.int64(byte) - ZERO)
            at += ONE
            byte = data[at]
        digits = np.int64(at - first)
        decimals = np.int64(0)
        if byte == DOT:
            at += ONE
            byte = data[at]
            first = at
            while ZERO <= byte <= NINE:
                mantissa = 10 * mantissa + (np.int64(byte) - ZERO)
                at += ONE
                byte = data[at]
            decimals = np.int64(at - first)
        digits += decimals
        if (byte not in (SPACE, TAB)) or digits > 15:
            return -1, 0
        if digits > 0:
            value = mantissa / POWERS[decimals]
            if negative:
                value = -value
            column = layout.places[i]
            if column < 8:
                rows[row, column] = value
            else:
                more[row, column - 8] = value
        elif negative or i == 0 or data[at - ONE] != DOT:
            return -1, 0
    for i in range(layout.eyes):
        column = layout.pupils[i]
        if rows[row, column] == 0:
            rows[row, column] = np.nan
    byte = data[at]
    while byte in (SPACE, TAB):
        at += ONE
        byte = data[at]
    mark, count = 0, 0
    while is_flag(byte):
        if byte != DOT and count < 8:
            mark |= 1 << count
        count += 1
        at += ONE
        byte = data[at]
    if count != layout.flags:
        return -1, 0
    while byte in (SPACE, TAB, RETURN):
        at += ONE
        byte = data[at]
    if byte != NEWLINE:
        return -1, 0
    return int(np.int64(at)) + 1, mark


# Longer than 50 lines: the columns of one line, in the order in which they stand.
@njit(cache=True, nogil=True)
def _parse_line(
    data: Bytes,
    place: int,
    size: int,
    layout: Layout,
    row: NDArray[np.float64],
    more: NDArray[np.float64],
) -> tuple[int, int, int, int]:
    """Parse any line; return fault, place reached, how many groups of flags, and the flags."""
    # Long: one pass over the bytes of a line, column after column.
    mark = 0
    if layout.eyes == 0:
        return NO_LAYOUT, place, 0, mark
    row[:] = np.nan
    more[:] = np.nan
    kind, value, place = token(data, place, size)
    if kind != NUMBER:
        return NOT_A_NUMBER, place, 0, mark
    row[1] = value
    for i in range(3 * layout.eyes):
        kind, value, place = token(data, place, size)
        if kind == NUMBER:
            _put(layout.places[1 + i], value, row, more)
        elif kind != MISSING:
            return (NOT_A_NUMBER if kind == MALFORMED else TOO_FEW), place, 0, mark
    for i in range(layout.eyes):
        if row[layout.pupils[i]] == 0:  # no pupil, no gaze: the tracker writes a pupil of 0.0
            row[layout.pupils[i]] = np.nan
    # An input that the block does not declare may stand before the flags, too.
    extras, declared = 0, layout.numbers - 1 - 3 * layout.eyes
    kind, value, place = token(data, place, size)
    while kind in (NUMBER, MISSING) and extras <= declared:
        if kind == NUMBER:
            _put(layout.places[1 + 3 * layout.eyes + extras], value, row, more)
        extras += 1
        kind, value, place = token(data, place, size)
    if kind == MALFORMED:
        return NOT_A_NUMBER, place, 0, mark
    if extras < declared:
        return TOO_FEW, place, 0, mark
    if kind in (NUMBER, MISSING):
        return TOO_MANY, place, 0, mark
    flags = 0
    if kind == FLAGS:
        flags = 1
        if int(value) != layout.flags:
            return BAD_FLAGS, place, 0, mark
        mark = _mark(data, place, int(value))
        kind, value, place = token(data, place, size)
    if layout.head == 1:
        for i in range(3):
            if kind not in (NUMBER, MISSING):
                return (NOT_A_NUMBER if kind == MALFORMED else TOO_FEW), place, 0, mark
            if kind == NUMBER:
                _put(layout.places[layout.numbers + 1 + i], value, row, more)
            kind, value, place = token(data, place, size)
        if kind == FLAGS:
            if int(value) not in (13, 17):
                return BAD_FLAGS, place, 0, mark
            flags = 2
            mark |= _mark(data, place, int(value)) << 8
            kind, value, place = token(data, place, size)
    return (0 if kind == END_OF_LINE else TOO_MANY), place, flags, mark


@njit(cache=True, nogil=True)
def _put(column: int, value: float, row: NDArray[np.float64], more: NDArray[np.float64]) -> None:
    if column < 8:
        row[column] = value
    else:
        more[column - 8] = value


@njit(cache=True, nogil=True)
def _mark(data: Bytes, end: int, count: int) -> int:
    """Bits of the flags that end before a place."""
    mark = 0
    for i in range(count):
        if data[end - count + i] != DOT:
            mark |= 1 << i
    return mark
