"""Parses the sample lines of EyeLink ASC files, byte by byte, in compiled code.

A line is read once and never copied: 100 MB take a few tenths of a second.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .eyelink_asc_lines import Layout

Bytes = NDArray[np.uint8]

TAB, NEWLINE, RETURN, SPACE, PLUS, MINUS, DOT, ZERO, NINE = 9, 10, 13, 32, 43, 45, 46, 48, 57
UPPER_A, UPPER_E, UPPER_Z, LOWER_E = 65, 69, 90, 101
MALFORMED, NUMBER, MISSING, FLAGS, END_OF_LINE = 0, 1, 2, 3, 4
MAX_DIGITS = 18
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

START_WORD = np.frombuffer(b"START", np.uint8)
END_WORD = np.frombuffer(b"END", np.uint8)
SAMPLES_WORD = np.frombuffer(b"SAMPLES", np.uint8)


@njit(cache=True, nogil=True)
def index_lines(data: Bytes) -> tuple[NDArray[np.int64], int]:
    """Find the lines that are no samples; a sample begins with a digit and lies in a block.

    Returns
    -------
    lines : ndarray of int64, shape (n, 3)
        First byte, last byte + 1 and number, from 1, of every other line.
    samples : int
        How many sample lines there are.
    """
    lines = np.empty((1024, 3), np.int64)
    found, samples, line, place, size = 0, 0, 0, 0, data.size
    in_block = False
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
    return lines[:found], samples


# Longer than 50 lines: cut into pieces, each sample would pay for passing its state around.
@njit(cache=True, nogil=True)
def parse_samples(
    data: Bytes,
    span: tuple[int, int, int],
    layout: Layout,
    bounds_ms: tuple[float, float],
    rows: NDArray[np.float64],
    faults: NDArray[np.int64],
) -> tuple[int, int]:
    """Parse the sample lines of a stretch of a file; other lines are passed over.

    Parameters
    ----------
    data : ndarray of uint8
        The whole file.
    span : tuple of int
        First byte, last byte + 1, and number of the line before the first.
    layout : Layout
        Its columns.
    bounds_ms : tuple of float
        The earliest and the latest time that a sample may have.
    rows : ndarray, shape (n, 8)
        Receives the columns of GAZE_DTYPE, times in ms; what is not filled stays.
    faults : ndarray of int64, shape (m, 2)
        Receives number and fault of each line that is not accepted.

    Returns
    -------
    accepted, rejected : int
        How many lines were; together they are all.
    """
    place, size, line = span
    accepted, rejected = 0, 0
    last_raw, last_line, repeated, flagged = -1.0, 0, False, 0
    while place < size:
        line += 1
        place = _skip_indent(data, place, size)
        if place < size and not ZERO <= data[place] <= NINE:
            place = _next_line(data, place, size)
            continue
        if place >= size:
            break
        fault, place, flags = _parse_line(data, place, size, layout, rows[accepted])
        place = _next_line(data, place, size)
        if fault == 0 and flags < flagged:
            fault = BAD_FLAGS
        time = rows[accepted, 1]
        raw = time
        again = False
        if fault == 0 and not bounds_ms[0] <= raw <= bounds_ms[1]:
            fault = OUTSIDE
        elif fault == 0 and accepted > 0 and raw <= rows[accepted - 1, 1]:
            if raw == last_raw and layout.doubled == 1 and not repeated:
                again, time = True, raw + 0.5
            elif raw == last_raw:
                fault = TWICE
            elif accepted > 1 and raw > rows[accepted - 2, 1]:
                # The one before stood alone ahead of its time: it goes, this one stays.
                faults[rejected, 0], faults[rejected, 1] = last_line, AHEAD
                rejected += 1
                accepted -= 1
                rows[accepted] = rows[accepted + 1]
            else:
                fault = BACKWARDS
        if fault != 0:
            faults[rejected, 0], faults[rejected, 1] = line, fault
            rejected += 1
            continue
        rows[accepted, 0], rows[accepted, 1] = time, time
        accepted += 1
        last_raw, last_line, repeated = raw, line, again
        flagged = flags
    return accepted, rejected


@njit(cache=True, nogil=True)
def _parse_line(
    data: Bytes, place: int, size: int, layout: Layout, row: NDArray[np.float64]
) -> tuple[int, int, int]:
    """Parse one line into a row; return fault, place reached, and whether flags stood there."""
    if layout.eyes == 0:
        return NO_LAYOUT, place, 0
    row[:] = np.nan
    kind, value, place = _token(data, place, size)
    if kind != NUMBER:
        return NOT_A_NUMBER, place, 0
    row[1] = value
    for i in range(3 * layout.eyes):
        kind, value, place = _token(data, place, size)
        if kind == NUMBER:
            row[layout.first_column + i] = value
        elif kind != MISSING:
            return (NOT_A_NUMBER if kind == MALFORMED else TOO_FEW), place, 0
    for i in range(layout.eyes):
        first = layout.first_column + 3 * i
        if row[first + 2] == 0:  # no pupil, no gaze: the tracker writes a pupil of 0.0
            row[first + 2] = np.nan
    # An input that the block does not declare may stand before the flags, too.
    extras = 0
    kind, value, place = _token(data, place, size)
    while kind in (NUMBER, MISSING) and extras <= layout.extras:
        extras += 1
        kind, value, place = _token(data, place, size)
    if kind == MALFORMED:
        return NOT_A_NUMBER, place, 0
    if extras < layout.extras:
        return TOO_FEW, place, 0
    if kind in (NUMBER, MISSING):
        return TOO_MANY, place, 0
    flags = 0
    if kind == FLAGS:
        flags = 1
        if int(value) != (3 if layout.eyes == 1 else 5):
            return BAD_FLAGS, place, 0
        kind, value, place = _token(data, place, size)
    if layout.head == 1:
        for _ in range(3):
            if kind not in (NUMBER, MISSING):
                return (NOT_A_NUMBER if kind == MALFORMED else TOO_FEW), place, 0
            kind, value, place = _token(data, place, size)
        if kind == FLAGS:
            if int(value) not in (13, 17):
                return BAD_FLAGS, place, 0
            flags = 2
            kind, value, place = _token(data, place, size)
    return (0 if kind == END_OF_LINE else TOO_MANY), place, flags


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
