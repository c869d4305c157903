"""A simulated tracker at 2000 Hz binocular in real time, and what it must have delivered."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import cast

import numpy as np

from foveola.data_schema import (
    GAZE_DTYPE,
    GazeSamples,
    Observer,
    RecordingHeader,
    Screen,
    TrackerInfo,
    provenance,
)
from foveola.tracking import SimulatedSettings, SimulatedTracker, VirtualClock, tracker_elsewhere
from foveola.tracking.journal_reader import JournalReader, JournalReport

RATE_HZ = 2000.0
SETTINGS = SimulatedSettings(sampling_rate_hz=RATE_HZ, eyes="both")
SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
MACHINE_CLOCK = time.monotonic  # one for all processes, so that the killer knows the time of death


class StartedTracker(SimulatedTracker):
    """Starts at one known reading of the clock, so that its samples can be made again."""

    started_s = np.nan

    def start(self) -> None:
        clock, self.started_s = self._clock, self._clock()
        self._clock = lambda: self.started_s
        super().start()
        self._clock = clock

    def when_started(self) -> float:
        return self.started_s


def connected(seed: int, *, elsewhere: bool = False) -> tuple[StartedTracker, TrackerInfo]:
    """A tracker, in this process or in that of the recorder."""
    tracker = StartedTracker(SETTINGS, MACHINE_CLOCK, seed=seed)
    if elsewhere:
        folder = str(Path(__file__).resolve().parent)
        os.environ["PYTHONPATH"] = os.pathsep.join(
            filter(None, (folder, os.environ.get("PYTHONPATH", "")))
        )  # the other process has to find this file
        tracker = cast("StartedTracker", tracker_elsewhere(tracker))
        assert type(tracker) is not StartedTracker
    return tracker, tracker.connect(SCREEN)


def header_of(tracker: TrackerInfo) -> RecordingHeader:
    return RecordingHeader(Observer(id="01"), SCREEN, tracker, provenance())


def expected(seed: int, started_s: float, until_s: float) -> GazeSamples:
    """Every sample that had arrived by a time, its delay counted, made again from the seed."""
    clock = VirtualClock(started_s)
    tracker = SimulatedTracker(SETTINGS, clock, seed=seed)
    tracker.connect(SCREEN)
    tracker.start()
    clock.advance(until_s - started_s)
    return tracker.read()


def samples_in(journal: Path) -> tuple[GazeSamples, JournalReport]:
    """All samples of a journal, and what was found of it."""
    reader = JournalReader(journal)
    parts = [part for part in reader if isinstance(part, np.ndarray)]
    return np.concatenate([np.empty(0, GAZE_DTYPE), *parts]), reader.report


def wrong_rows(samples: GazeSamples, truth: GazeSamples) -> int:
    """Rows that differ in any bit from the true row of their number (their device time)."""
    numbers = np.rint((samples["device_time_s"] - truth["device_time_s"][0]) * RATE_HZ).astype(int)
    there = (numbers >= 0) & (numbers < len(truth))
    right = samples[there].view("V64") == truth[numbers[there]].view("V64")
    return int(np.sum(~there) + np.sum(~right))
