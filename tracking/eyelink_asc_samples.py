"""Parses the sample lines of EyeLink ASC files, byte by byte, in compiled code.

A line is read once and never copied: 100 MB take a few tenths of a second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .eyelink_asc_lines import Layout

Bytes = NDArray[np.uint8]

TAB, NEWLINE, RETURN, SPACE, PLUS, MINUS, DOT, ZERO, NINE = 9, 10, 13, 32, 43, 45, 46, 48, 57
UPPER_A, UPPER_E, UPPER_Z, LOWER_E = 65, 69, 90, 101
MALFORMED, NUMBER, MISSING, FLAGS, END_OF_LINE = 0, 1, 2, 3, 4
MAX_DIGITS = 18
ONE = np.uint64(1)
POWERS = 10.0 ** np.arange(MAX_DIGITS + 1)

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


START_WORD = np.frombuffer(b"START", np.uint8)
END_WORD = np.frombuffer(b"END", np.uint8)
SAMPLES_WORD = np.frombuffer(b"SAMPLES", np.uint8)


@njit(cache=True, nogil=True)
def index_lines(data: Bytes, line: int, in_block: bool) -> tuple[NDArray[np.int64], int, int, bool]:
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
    lines : ndarray of int64, shape (n, 3)
        First byte, last byte + 1 and number, from 1, of every other line.
    samples : int
        How many sample lines there are.
    line, in_block
        As the data ends.
    """
    lines = np.empty((1024, 3), np.int64)
    found, samples, place, size = 0, 0, 0, data.size
    while place < size:
        end = place
        while end < size and data[end] != NEWLINE:
            end += 1
        line += 1
        first = _skip_indent(data, place, end)
        if in_block and first < end and ZERO <= data[first] <= NINE:
            samples += 1
        else:
            if found == len(lines):
                larger = np.empty((2 * found, 3), np.int64)
                larger[:found] = lines
                lines = larger
            lines[found, 0], lines[found, 1], lines[found, 2] = place, end, line
            found += 1
            if _begins(data, first, end, SAMPLES_WORD):
                in_block = True
            elif _begins(data, first, end, START_WORD) or _begins(data, first, end, END_WORD):
                in_block = False
        place = end + 1
    return lines[:found], samples, line, in_block


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
        Receives the columns of GAZE_DTYPE, times in ms.
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
        place = _skip_indent(data, place, size)
        if place < size and not ZERO <= data[place] <= NINE:
            place = _next_line(data, place, size)
            continue
        if place >= size:
            break
        fault, flags = 0, 0
        mark = 0
        after = -1
        if place < safe and layout.plain == 1:
            after, mark = _parse_plain(data, place, layout, rows[accepted], more[accepted])
            flags = 1
        if after < 0:
            fault, place, flags, mark = _parse_line(
                data, place, size, layout, rows[accepted], more[accepted]
            )
            after = _next_line(data, place, size)
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
        rows[accepted, 0], rows[accepted, 1] = time, time
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
    row: NDArray[np.float64],
    more: NDArray[np.float64],
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
    at = np.uint64(place)
    for i in range(8):
        row[i] = np.nan
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
                row[column] = value
            else:
                more[column - 8] = value
        elif negative or i == 0 or data[at - ONE] != DOT:
            return -1, 0
    for i in range(layout.eyes):
        column = layout.pupils[i]
        if row[column] == 0:
            row[column] = np.nan
    byte = data[at]
    while byte in (SPACE, TAB):
        at += ONE
        byte = data[at]
    mark, count = 0, 0
    while _is_flag(byte):
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
    kind, value, place = _token(data, place, size)
    if kind != NUMBER:
        return NOT_A_NUMBER, place, 0, mark
    row[1] = value
    for i in range(3 * layout.eyes):
        kind, value, place = _token(data, place, size)
        if kind == NUMBER:
            _put(layout.places[1 + i], value, row, more)
        elif kind != MISSING:
            return (NOT_A_NUMBER if kind == MALFORMED else TOO_FEW), place, 0, mark
    for i in range(layout.eyes):
        if row[layout.pupils[i]] == 0:  # no pupil, no gaze: the tracker writes a pupil of 0.0
            row[layout.pupils[i]] = np.nan
    # An input that the block does not declare may stand before the flags, too.
    extras, declared = 0, layout.numbers - 1 - 3 * layout.eyes
    kind, value, place = _token(data, place, size)
    while kind in (NUMBER, MISSING) and extras <= declared:
        if kind == NUMBER:
            _put(layout.places[1 + 3 * layout.eyes + extras], value, row, more)
        extras += 1
        kind, value, place = _token(data, place, size)
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
        kind, value, place = _token(data, place, size)
    if layout.head == 1:
        for i in range(3):
            if kind not in (NUMBER, MISSING):
                return (NOT_A_NUMBER if kind == MALFORMED else TOO_FEW), place, 0, mark
            if kind == NUMBER:
                _put(layout.places[layout.numbers + 1 + i], value, row, more)
            kind, value, place = _token(data, place, size)
        if kind == FLAGS:
            if int(value) not in (13, 17):
                return BAD_FLAGS, place, 0, mark
            flags = 2
            mark |= _mark(data, place, int(value)) << 8
            kind, value, place = _token(data, place, size)
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


@njit(cache=True, nogil=True)
def _token(data: Bytes, place: int, size: int) -> tuple[int, float, int]:
    """Read one word: what it is, its value (of flags: their length), and the place behind it."""
    place = _skip_blanks(data, place, size)
    if place >= size or data[place] == NEWLINE:
        return END_OF_LINE, 0.0, place
    first = place
    if _is_flag(data[place]) and (data[place] != DOT or _flag_follows(data, place + 1, size)):
        while place < size and _is_flag(data[place]):
            place += 1
        whole = place >= size or _is_blank(data[place])
        return (FLAGS if whole else MALFORMED), float(place - first), place
    negative = data[place] == MINUS
    if negative or data[place] == PLUS:
        place += 1
    mantissa, digits, decimals, point = np.int64(0), 0, 0, False
    while place < size and (ZERO <= data[place] <= NINE or (data[place] == DOT and not point)):
        if data[place] == DOT:
            point = True
        else:
            mantissa = 10 * mantissa + np.int64(data[place]) - ZERO
            digits += 1
            decimals += point
            if digits > MAX_DIGITS:
                return MALFORMED, 0.0, place
        place += 1
    if digits == 0:
        alone = place - first == 1 and point and (place >= size or _is_blank(data[place]))
        return (MISSING if alone else MALFORMED), np.nan, place
    value = mantissa / POWERS[decimals]
    if place < size and (data[place] == LOWER_E or data[place] == UPPER_E):
        power, place = _exponent(data, place + 1, size)
        value *= 10.0**power
    if (place < size and not _is_blank(data[place])) or not np.isfinite(value):
        return MALFORMED, 0.0, place
    return NUMBER, (-value if negative else value), place


@njit(cache=True, nogil=True)
def _exponent(data: Bytes, place: int, size: int) -> tuple[float, int]:
    """Read the power of ten behind an e; NaN where there is none, or one out of all bounds."""
    negative = place < size and data[place] == MINUS
    if negative or (place < size and data[place] == PLUS):
        place += 1
    first, power = place, np.int64(0)
    while place < size and ZERO <= data[place] <= NINE and place - first < 3:
        power = 10 * power + np.int64(data[place]) - ZERO
        place += 1
    if place == first or power > 300:
        return np.nan, place
    return (-power if negative else power) * 1.0, place


@njit(cache=True, nogil=True)
def _is_flag(byte: int) -> bool:
    return byte == DOT or UPPER_A <= byte <= UPPER_Z


@njit(cache=True, nogil=True)
def _flag_follows(data: Bytes, place: int, size: int) -> bool:
    return place < size and _is_flag(data[place])


@njit(cache=True, nogil=True)
def _is_blank(byte: int) -> bool:
    """Whether a byte separates words: a space, tab, line end, vertical tab or form feed."""
    return byte == SPACE or TAB <= byte <= RETURN


@njit(cache=True, nogil=True)
def _skip_blanks(data: Bytes, place: int, size: int) -> int:
    while place < size and data[place] != NEWLINE and _is_blank(data[place]):
        place += 1
    return place


@njit(cache=True, nogil=True)
def _skip_indent(data: Bytes, place: int, size: int) -> int:
    while place < size and (data[place] == SPACE or data[place] == TAB):
        place += 1
    return place


@njit(cache=True, nogil=True)
def _next_line(data: Bytes, place: int, size: int) -> int:
    while place < size and data[place] != NEWLINE:
        place += 1
    return place + 1


@njit(cache=True, nogil=True)
def _begins(data: Bytes, place: int, end: int, word: Bytes) -> bool:
    """Whether a line begins with a word and a blank, or is that word."""
    if end - place < len(word):
        return False
    for i in range(len(word)):
        if data[place + i] != word[i]:
            return False
    return end - place == len(word) or _is_blank(data[place + len(word)])
