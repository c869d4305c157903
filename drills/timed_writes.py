"""A write of the journal that notes how late the samples of each block are, in any process."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
from made_gaze import MACHINE_CLOCK

from foveola.data_schema import GAZE_DTYPE
from foveola.tracking.journal import HEADER_BYTES, BlockKind, decode_header
from foveola.tracking.journal_writer import JournalWriter, write_at


def timed_write(notes: Path, descriptor: int, data: bytes, offset: int) -> int:
    count = write_at(descriptor, data, offset)
    now_s = MACHINE_CLOCK()
    header = decode_header(data)
    if header is not None and header.kind is BlockKind.SAMPLES:
        rows = np.frombuffer(data, GAZE_DTYPE, offset=HEADER_BYTES)
        _note(notes, (now_s - rows["time_s"]).tobytes())
    return count


_open: dict[Path, int] = {}


def _note(notes: Path, data: bytes) -> None:
    if notes not in _open:
        _open[notes] = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(_open[notes], data)


def timed_journal(notes: Path, path: Path, rate_hz: float) -> JournalWriter:
    """A journal that notes lags in a file, to be given to a recorder."""
    return JournalWriter(path, rate_hz, write=partial(timed_write, notes))


def lags_ms(notes: Path) -> np.ndarray:
    return np.frombuffer(notes.read_bytes(), "<f8") * 1e3
