"""Bytes of EyeLink ASC files: what they are, and where a line goes on, in compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

TAB, NEWLINE, RETURN, SPACE, PLUS, MINUS, DOT, ZERO, NINE = 9, 10, 13, 32, 43, 45, 46, 48, 57
UPPER_A, UPPER_E, UPPER_L, UPPER_R, UPPER_S, UPPER_Z, LOWER_E = 65, 69, 76, 82, 83, 90, 101
MALFORMED, NUMBER, MISSING, FLAGS, END_OF_LINE = 0, 1, 2, 3, 4
MAX_DIGITS = 18
ONE, EIGHT = np.uint64(1), np.uint64(8)
POWERS = 10.0 ** np.arange(MAX_DIGITS + 1)


@njit(cache=True, nogil=True)
def is_flag(byte: int) -> bool:
    """Whether a byte is one of a sample's flags."""
    return byte == DOT or UPPER_A <= byte <= UPPER_Z


@njit(cache=True, nogil=True)
def flag_follows(data: Bytes, place: int, size: int) -> bool:
    """Whether one of a sample's flags stands at a place."""
    return place < size and is_flag(data[place])


@njit(cache=True, nogil=True)
def is_blank(byte: int) -> bool:
    """Whether a byte separates words: a space, tab, line end, vertical tab or form feed."""
    return byte == SPACE or TAB <= byte <= RETURN


@njit(cache=True, nogil=True)
def skip_blanks(data: Bytes, place: int, size: int) -> int:
    """First place that is no blank, or the line's end."""
    while place < size and data[place] != NEWLINE and is_blank(data[place]):
        place += 1
    return place


@njit(cache=True, nogil=True)
def skip_indent(data: Bytes, place: int, size: int) -> int:
    """First place that is no space or tab."""
    while place < size and (data[place] == SPACE or data[place] == TAB):
        place += 1
    return place


@njit(cache=True, nogil=True)
def line_end(data: Bytes, place: int) -> int:
    """Where a line ends: its line end, or the end of the data."""
    # Unsigned and eight at a time, so that the compiler compares eight bytes at once.
    at, size = np.uint64(place), np.uint64(data.size)
    while at + EIGHT <= size:
        found = np.uint8(0)
        for i in range(EIGHT):
            found |= np.uint8(data[at + i] == NEWLINE)
        if found:
            break
        at += EIGHT
    while at < size and data[at] != NEWLINE:
        at += ONE
    return int(np.int64(at))


@njit(cache=True, nogil=True)
def next_line(data: Bytes, place: int, size: int) -> int:
    """Where the next line begins."""
    while place < size and data[place] != NEWLINE:
        place += 1
    return place + 1


@njit(cache=True, nogil=True)
def begins(data: Bytes, place: int, end: int, word: Bytes) -> bool:
    """Whether a line begins with a word and a blank, or is that word."""
    if end - place < len(word):
        return False
    for i in range(len(word)):
        if data[place + i] != word[i]:
            return False
    return end - place == len(word) or is_blank(data[place + len(word)])


@njit(cache=True, nogil=True)
def token(data: Bytes, place: int, size: int) -> tuple[int, float, int]:
    """Read one word: what it is, its value (of flags: their length), and the place behind it."""
    place = skip_blanks(data, place, size)
    if place >= size or data[place] == NEWLINE:
        return END_OF_LINE, 0.0, place
    first = place
    if is_flag(data[place]) and (data[place] != DOT or flag_follows(data, place + 1, size)):
        while place < size and is_flag(data[place]):
            place += 1
        whole = place >= size or is_blank(data[place])
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
        alone = place - first == 1 and point and (place >= size or is_blank(data[place]))
        return (MISSING if alone else MALFORMED), np.nan, place
    value = mantissa / POWERS[decimals]
    if place < size and (data[place] == LOWER_E or data[place] == UPPER_E):
        power, place = _exponent(data, place + 1, size)
        value *= 10.0**power
    if (place < size and not is_blank(data[place])) or not np.isfinite(value):
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
