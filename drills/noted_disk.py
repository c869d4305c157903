"""A disk that notes every write and flush of a journal with its time, in whatever process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from made_gaze import MACHINE_CLOCK

from foveola.tracking.journal_writer import sync, write_at


class NotedDisk:
    """Writes and flushes as ever, and notes when, in a file."""

    def __init__(self, notes: Path) -> None:
        self.notes = notes
        self.begun = 0

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        self._note(("write", MACHINE_CLOCK(), data))
        self.begun += 1
        return write_at(descriptor, data, offset)

    def flush(self, descriptor: int) -> None:
        before = self.begun  # what begins later may not be there
        sync(descriptor)
        self._note(("flush", MACHINE_CLOCK(), before))

    def _note(self, entry: tuple[str, float, Any]) -> None:
        with self.notes.open("ab") as file:
            file.write(pickle.dumps(entry))


def entries(notes: Path) -> Iterator[tuple[str, float, Any]]:
    with notes.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)  # noqa: S301, our own of a moment ago
            except EOFError:
                return


class CutDisk:
    """What may be left of a noted disk after a power cut."""

    def __init__(self, notes: Path) -> None:
        noted = list(entries(notes))
        self.writes = [(time_s, data) for kind, time_s, data in noted if kind == "write"]
        self.flushes = [(time_s, count) for kind, time_s, count in noted if kind == "flush"]

    def left_after(self, cut_s: float, random: np.random.Generator) -> bytes:
        flushed = max((count for time_s, count in self.flushes if time_s <= cut_s), default=0)
        begun = [data for time_s, data in self.writes if time_s <= cut_s]
        now, safe = b"".join(begun), sum(map(len, begun[:flushed]))
        image = bytearray(now)
        for page in range(safe // 4096 * 4096, len(now), 4096):
            fate = random.choice(["there", "missing", "torn"])
            keep = {"there": 4096, "missing": 0, "torn": 512 * int(random.integers(1, 8))}[fate]
            missing = slice(max(safe, page + keep), min(page + 4096, len(now)))
            image[missing] = bytes(max(0, missing.stop - missing.start))
        return bytes(image[: random.integers(safe, len(now) + 1)])
