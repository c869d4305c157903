"""A real LSL stream of made gaze over the loopback device."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

RATE_HZ = 250.0
LABELS = ("left_gaze_x", "left_gaze_y", "right_gaze_x", "right_gaze_y", "left_pupil", "light")


def pylsl_or_skip() -> Any:
    return pytest.importorskip("pylsl", reason="the extra lsl is not installed")


class MadeStream:
    """An outlet that sends samples at an even rate, each stamped with its exact time.

    Sample i is (i, 2 i, i + 8, 2 i, 3.5, i / 10) in the first six channels; the gaze of every tenth
    one is ``lost``.
    """

    def __init__(
        self,
        labels: Sequence[str] = LABELS,
        *,
        name: str = "",
        source_id: str | None = None,
        unit: str = "pixels",
        stated_hz: float = RATE_HZ,
        lost: float = np.nan,
        channels: Sequence[dict[str, str]] | None = None,
    ) -> None:
        self.lsl = pylsl_or_skip()
        self.name = name or f"made-{uuid.uuid4().hex[:8]}"
        self.source_id = uuid.uuid4().hex if source_id is None else source_id
        self._lost = lost
        self._rows = channels or [{"label": label, "unit": unit} for label in labels]
        self._stated_hz = stated_hz
        self._stop = threading.Event()
        self.start_s = self.lsl.local_clock()
        self.sent = 0
        self._outlet: Any = None
        self._thread: threading.Thread | None = None
        self.resume()

    def resume(self) -> None:
        """Open the outlet, and send; after :meth:`break_off` again."""
        info = self.lsl.StreamInfo(
            self.name, "Gaze", len(self._rows), self._stated_hz, "double64", self.source_id
        )
        info.desc().append_child_value("manufacturer", "Made")
        channels = info.desc().append_child("channels")
        for row in self._rows:
            channel = channels.append_child("channel")
            for key, value in row.items():
                channel.append_child_value(key, value)
        self._outlet = self.lsl.StreamOutlet(info)
        self._stop.clear()
        self.sent = int((self.lsl.local_clock() - self.start_s) * RATE_HZ) + 1
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def break_off(self) -> None:
        """Stop sending and close the outlet, as when a program dies."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._outlet = None

    close = break_off

    def sent_until_s(self) -> float:
        """Stamp of the last sample sent, on LSL's clock."""
        return self.start_s + (self.sent - 1) / RATE_HZ

    def _send(self) -> None:
        while not self._stop.wait(0.002):
            while self.sent / RATE_HZ <= self.lsl.local_clock() - self.start_s:
                i = self.sent
                row = [float(i), 2.0 * i, i + 8.0, 2.0 * i, 3.5, i / 10][: len(self._rows)]
                if i % 10 == 9:
                    row[:4] = [self._lost] * len(row[:4])
                row += [0.0] * (len(self._rows) - len(row))
                self._outlet.push_sample(row, self.start_s + i / RATE_HZ)
                self.sent += 1


def waited(stream: MadeStream, seconds: float) -> None:
    """Let so much time pass, and what was sent in it arrive, however busy the machine is."""
    end_s = stream.lsl.local_clock() + seconds
    time.sleep(seconds)
    while stream.sent_until_s() < end_s - 1 / RATE_HZ:
        time.sleep(0.002)
    time.sleep(0.03)
