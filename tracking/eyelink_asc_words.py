"""Words of EyeLink's text files as numbers and times."""

from __future__ import annotations

import math
import re

NUMBER = re.compile(rb"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?")
#: No time is this late.
MAX_MS = 1e12


class LineError(Exception):
    """A line that is not understood; the text is the reason."""


def time_of(word: bytes) -> float:
    """Milliseconds that a word tells.

    Raises
    ------
    LineError
        If it tells none, or none that can be.
    """
    value = number_of(word)
    if not 0 <= value < MAX_MS:
        raise LineError("a time that can't be")
    return value


def number_of(word: bytes) -> float:
    """Finite number that a word tells.

    Raises
    ------
    LineError
        If it tells none.
    """
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or b"_" in word:
        raise LineError(f"no number: {word[:20].decode('latin-1')!r}")
    return value


def decoded(text: bytes) -> str:
    """Text, be it in UTF-8 or in the code page of an older display PC."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
