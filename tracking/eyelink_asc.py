"""Imports recordings of EyeLink trackers from ASC files, as edf2asc writes them.

Times are seconds on the tracker's clock. Lost gaze is NaN. Every line is accounted for: what is
not understood is counted, and named with its number and the reason.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    GAZE_DTYPE,
    FileFormatError,
    GazeSamples,
    Screen,
)

from .eyelink_asc_content import MAX_LISTED, AscContent, AscLine, close_block
from .eyelink_asc_events import take_events
from .eyelink_asc_lines import take_line
from .eyelink_recording import eyelink_recording
from .reader import ImportOptions, ImportResult
from .unpacked_file import ByteSource, open_bytes

TITLE = "EyeLink ASC"
SIGN = re.compile(rb"(?m)^(START\s+\d|SAMPLES\s+(GAZE|HREF|PUPIL)\s|\*\* CONVERTED FROM|MSG\s+\d)")
#: A sample may lie so far outside of START and END: edited files state them loosely.
SLACK_MS = 1000.0


def sniff(_: Path, head: bytes) -> bool:
    """Whether this is an ASC file, or an EDF file's beginning in one's place."""
    return bool(SIGN.search(head))


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read an ASC file; see :func:`read_eyelink_asc`."""
    return read_eyelink_asc(
        path,
        screen=options.screen,
        screen_cm=options.screen_cm,
        distance_cm=options.distance_cm,
        screen_px=options.screen_px,
        observer=options.observer,
    )


def read_eyelink_asc(
    path: str | Path,
    *,
    screen: Screen | None = None,
    screen_cm: tuple[float, float] | None = None,
    distance_cm: float | None = None,
    screen_px: tuple[int, int] | None = None,
    observer: str = "",
) -> ImportResult:
    """Read an EyeLink ASC file, plain or packed by gzip.

    Parameters
    ----------
    path : path-like
        The file.
    screen : Screen, optional
        The screen; by default its pixels are taken from the file, and its size and distance from
        the file or the next two arguments.
    screen_cm : tuple of float, optional
        Width and height of the screen in cm.
    distance_cm : float, optional
        From the eye to the screen.
    screen_px : tuple of int, optional
        Width and height of the screen in pixels; by default those that the file states.
    observer : str, optional
        Id of the observer; the file's name by default.

    Raises
    ------
    FileFormatError
        If the file is no ASC file, none of its samples can be read, or it does not tell enough of
        the screen.
    """
    path = Path(path)
    with open_bytes(path) as source:
        asc, sample_lines = _understood(source)
        if not asc.blocks:
            raise _no_recording(path, source)
        samples, extra, first_rows = _samples(path, asc, source, sample_lines)
    options = ImportOptions(
        screen=screen,
        screen_cm=screen_cm,
        distance_cm=distance_cm,
        screen_px=screen_px,
        observer=observer,
    )
    return eyelink_recording(path, asc, samples, extra, first_rows, options)


def _understood(source: ByteSource) -> tuple[AscContent, int]:
    """Take over every line that is no sample; count the others."""
    # Imported here because numba's half second would burden every session.
    from .eyelink_asc_index import index_lines

    asc, samples, line, in_block = AscContent(), 0, 0, False
    for first_byte, data in source.windows(0, source.size):
        others, events, found, line, in_block = index_lines(data, line, in_block)
        samples += found
        seen = taken = 0
        view = memoryview(data)  # type: ignore[arg-type]
        # Column by column: a list for each line would be work for the garbage collector.
        for start, end, number, before in zip(*(one.tolist() for one in others.T), strict=True):
            text = view[start:end].tobytes()
            if before > seen:
                asc.after_calibration, seen = False, before
            if before > taken and not text.startswith(b"MSG"):  # it may change the block
                take_events(asc, events[taken:before])
                taken = before
            take_line(asc, AscLine(text, number, first_byte + start, first_byte + end))
        take_events(asc, events[taken:])
        asc.after_calibration &= seen == len(events)
    close_block(asc, source.size)
    return asc, samples


def _samples(
    path: Path, asc: AscContent, source: ByteSource, count: int
) -> tuple[GazeSamples, dict[str, NDArray[np.float64]], NDArray[np.intp]]:
    """Parse the samples of all blocks.

    Returns
    -------
    samples, extra
        As a recording holds them.
    first_rows : ndarray
        The first row of each block, and the end.
    """
    from .eyelink_asc_samples import FAULTS, ParserState, parse_samples

    rows = np.empty((count, len(GAZE_DTYPE.names or ())))
    more = np.full((count, len(asc.columns)), np.nan)
    marks = np.zeros(count, np.uint32)
    faults = np.empty((min(count, MAX_LISTED), 2), np.int64)
    accepted = rejected = 0
    last_ms = -1.0
    first_rows = []
    for block in asc.blocks:
        first_rows.append(accepted)
        for stretch in block.stretches:
            earliest_ms = np.nanmax([block.start_ms - SLACK_MS, np.nextafter(last_ms, np.inf)])
            latest_ms = np.inf if np.isnan(block.end_ms) else block.end_ms + SLACK_MS
            state = ParserState(accepted, accepted, rejected, stretch.line, -1.0, 0, 0, 0)
            for _, data in source.windows(stretch.start_byte, stretch.end_byte):
                state = parse_samples(
                    data,
                    stretch.layout,
                    (float(earliest_ms), float(latest_ms)),
                    rows,
                    more,
                    marks,
                    faults,
                    ParserState(*state),
                )
            accepted, rejected = state[1:3]
            last_ms = rows[accepted - 1, 1] if accepted else last_ms
    asc.lines["sample"] = accepted
    asc.lines["rejected"] += rejected
    asc.rejected.extend((int(line), FAULTS[int(fault)]) for line, fault in faults[:rejected])
    asc.rejected.sort()
    samples = rows[:accepted].view(GAZE_DTYPE)[:, 0]
    samples["device_time_s"] = samples["time_s"]
    if count and not accepted:
        line, reason = asc.rejected[0]
        raise FileFormatError(
            path, f"none of {count} samples can be read: {reason}.", place=f"line {line}"
        )
    extra = _extra(asc.columns, more[:accepted], marks[:accepted])
    return samples, extra, np.array([*first_rows, accepted])


def _extra(
    names: list[str], more: NDArray[np.float64], marks: NDArray[np.uint32]
) -> dict[str, NDArray[np.float64]]:
    """Further columns that say anything."""
    columns = {name: more[:, i] for i, name in enumerate(names)}
    extra = {name: one.copy() for name, one in columns.items() if not np.all(np.isnan(one))}
    present = int(np.bitwise_or.reduce(marks))
    if present & 0xFF:
        extra["sample_flags"] = (marks & 0xFF).astype(float)
    if present >> 8:
        extra["target_flags"] = (marks >> 8).astype(float)
    return extra


def _no_recording(path: Path, source: ByteSource) -> FileFormatError:
    if source.head(11) == b"SR_RESEARCH":
        return FileFormatError(
            path,
            "this is an EDF file, not an ASC file.",
            remedy="Convert it with SR Research's edf2asc.",
        )
    return FileFormatError(path, "this is no EyeLink ASC file: there is no START line in it.")
