"""Takes over the events in EyeLink ASC files: fixations, saccades and blinks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Eye

from .eyelink_asc_content import FIGURES, AscBlock, AscContent, AscLine, event_row
from .eyelink_asc_words import LineError, number_of, time_of

KINDS = {b"FIX": EventKind.FIXATION, b"SACC": EventKind.SACCADE, b"BLINK": EventKind.BLINK}
EYES = {b"L": Eye.LEFT, b"R": Eye.RIGHT}
WRONG_DURATION = "an event whose duration is not that from its start to its end"
#: Columns of the events that compiled code reads, before their figures.
KIND, EYE, ENDS, LINE, START, END, DURATION, FURTHER, FIRST_FIGURE = range(9)


def take_events(content: AscContent, found: NDArray[np.float64]) -> None:
    """Take over plain lines of events that compiled code has read.

    Parameters
    ----------
    content : AscContent
        Whose last block they belong to.
    found : ndarray, shape (n, FIRST_FIGURE + MOST_FIGURES)
        One line each: kind, eye, whether it ends an event, number, start, end and duration in ms,
        how many figures are beyond those that follow, and these.
    """
    if not len(found):
        return
    block = content.blocks[-1] if content.blocks else AscBlock()
    ends = found[:, ENDS] == 1
    wrong = ends & ~_duration_fits(block, found[:, START], found[:, END], found[:, DURATION])
    for line in found[wrong, LINE].tolist():
        content.reject(int(line), WRONG_DURATION)
    if wrong.all():
        return
    good = found[~wrong]
    content.lines["event"] += len(good)
    # Of each kind and eye the last line tells whether an event goes on.
    _, last = np.unique(good[::-1, [KIND, EYE]], axis=0, return_index=True)
    for row in good[::-1][last]:
        event = EventKind(int(row[KIND])), Eye(int(row[EYE]))
        content.begun.pop(event, None)
        if row[ENDS] == 0:
            content.begun[event] = float(row[START])
    finished = good[good[:, ENDS] == 1]
    rows = finished[:, [KIND, EYE, START, DURATION, *range(FIRST_FIGURE, found.shape[1])]]
    if not block.gaze_events:
        content.placeless += int(np.sum(finished[:, KIND] != EventKind.BLINK))
        rows[:, 4:] = np.nan
    content.further += int(np.sum(finished[:, FURTHER] > 0))
    content.events.append(rows)


def event_begins(content: AscContent, line: AscLine) -> None:
    """Take over one line that begins an event."""
    words = line.words()
    if len(words) != 3:
        raise LineError("an event's beginning that has not three words")
    content.begun[KINDS[words[0][1:]], _eye(words[1])] = time_of(words[2])


def event_ends(content: AscContent, line: AscLine) -> None:
    """Take over one line that ends an event."""
    words = line.words()
    kind = KINDS[words[0][1:]]
    count = len(FIGURES[kind])
    if len(words) < 5 + count:
        raise LineError("an event with too few columns")
    eye = _eye(words[1])
    start_ms, end_ms, duration_ms = (time_of(word) for word in words[2:5])
    figures = tuple(_figure(word) for word in words[5:])
    block = content.blocks[-1] if content.blocks else AscBlock()
    if not _duration_fits(block, np.array(start_ms), np.array(end_ms), np.array(duration_ms)):
        raise LineError(WRONG_DURATION)
    content.begun.pop((kind, eye), None)
    content.further += len(figures) > count
    if not block.gaze_events:
        content.placeless += kind is not EventKind.BLINK
        figures = ()
    row = event_row(kind, eye, start_ms, duration_ms, figures[:count])
    content.events.append(row)


def _duration_fits(
    block: AscBlock,
    start_ms: NDArray[np.float64],
    end_ms: NDArray[np.float64],
    duration_ms: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether durations are those from start to end.

    The end is that of the last sample within, so the duration is one sample longer.
    """
    period_ms = 1000 / block.rate_hz if block.rate_hz > 0 else 4.0
    near = np.abs(duration_ms - (end_ms - start_ms)) <= 2 * period_ms + 1
    return np.asarray((end_ms >= start_ms) & near)


def _eye(word: bytes) -> Eye:
    if word not in EYES:
        raise LineError("an event of neither L nor R")
    return EYES[word]


def _figure(word: bytes) -> float:
    return math.nan if word == b"." else number_of(word)
