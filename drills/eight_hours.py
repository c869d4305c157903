"""Eight hours at 2000 Hz binocular, faster than real time, through recorder, journal and finalise.

The tracker hands over numbered samples as the recorder asks every 10 ms of a virtual clock; flips
at 60 Hz, a trial every 30 s and its messages come with them. No sample may be missing in the
recording, and memory must not grow: the resident size may rise at most 10 MB above its peak during
a session of three minutes that warms up, while recording and while finalising.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from claims import Claims, arguments_of
from made_gaze import RATE_HZ, SCREEN, header_of

from foveola.data_schema import GazeSamples, TargetError, TrackerInfo, Trial, gaze_samples
from foveola.tracking import (
    Capabilities,
    ClockPair,
    Recorder,
    RecordingSummary,
    Scene,
    VirtualClock,
    finalise,
)

STEP_S, FLIPS_HZ, TRIAL_S = 0.01, 60, 30.0
GROWTH_LIMIT_MB = 10.0


class NumberedTracker:
    """Hands over samples whose gaze is their number."""

    capabilities = Capabilities((RATE_HZ,), ("both",), simulated=True)

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.next = 0

    def connect(self, screen: object) -> TrackerInfo:  # noqa: ARG002
        return TrackerInfo(make="Drill", sampling_rate_hz=RATE_HZ, eyes="both", simulated=True)

    def start(self) -> None: ...

    def read(self) -> GazeSamples:
        end = round(self.clock() * RATE_HZ)
        numbers = np.arange(self.next, end, dtype=float)
        self.next = end
        seen = dict.fromkeys(("left_x_px", "left_y_px", "right_x_px", "right_y_px"), numbers)
        return gaze_samples(numbers / RATE_HZ, device_time_s=numbers / RATE_HZ, **seen)

    def message(self, text: str) -> None: ...

    def show(self, scene: Scene) -> None: ...

    def clock_pair(self) -> ClockPair:
        return ClockPair(self.clock(), self.clock(), 1e-4)

    def problems(self) -> tuple[str, ...]:
        return ()

    def begin_calibration(self) -> None: ...

    def collect(self, target_px: tuple[float, float]) -> None: ...

    def collecting(self) -> bool:
        return False

    def apply_calibration(self) -> tuple[TargetError, ...]:
        return ()

    def stop(self) -> None: ...

    def close(self) -> None: ...


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@contextmanager
def watched(sizes_mb: list[float]) -> Iterator[None]:
    """Note the resident size fifty times a second."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            sizes_mb.append(resident_mb())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        sizes_mb.append(resident_mb())


@dataclass
class Session:
    """A session that was recorded and finalised."""

    folder: Path
    hours: float
    recording_mb: list[float] = field(default_factory=list)
    finalising_mb: list[float] = field(default_factory=list)

    def run(self) -> RecordingSummary:
        journal, began_s = self.folder / f"{self.hours}.journal", time.monotonic()
        with watched(self.recording_mb):
            self.taken = record(journal, self.hours * 3600)
        self.recorded_s = time.monotonic() - began_s
        with watched(self.finalising_mb):
            summary = finalise(journal, journal.with_suffix(".h5"))
        self.finalised_s = time.monotonic() - began_s - self.recorded_s
        self.wrong = missing_rows(summary.path, self.taken)
        return summary


def record(path: Path, duration_s: float) -> int:
    clock = VirtualClock()
    tracker = NumberedTracker(clock)
    recorder = Recorder(tracker, path, header_of(tracker.connect(SCREEN)), clock, threaded=False)
    recorder.start()
    trials = flips = 0
    for _ in range(round(duration_s / STEP_S)):
        clock.advance(STEP_S)
        while flips / FLIPS_HZ <= clock():
            recorder.add_flips([flips / FLIPS_HZ])
            flips += 1
        if clock() >= trials * TRIAL_S:
            trial = Trial(index=trials, stimulus="", onset_s=clock(), offset_s=clock() + 5)
            recorder.begin_trial(trial)
            recorder.message(f"TRIALID {trials}")
            recorder.message("TRIAL_RESULT 0", clock() + 5)
            recorder.add_trial(trial)
            trials += 1
        recorder.pump()
    recorder.finish()
    return tracker.next


def missing_rows(path: Path, rows: int) -> int:
    """Rows of a recording that are not the one of their number."""
    step, wrong = 2**20, 0
    with h5py.File(path) as file:
        numbers = file["samples/left_x_px"]
        wrong += abs(len(numbers) - rows)
        for first in range(0, len(numbers), step):
            part = numbers[first : first + step]
            wrong += int(np.sum(part != np.arange(first, first + len(part))))
    return wrong


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--folder", type=Path, help="where 7 GB are free; else the temporary one")
    arguments = parser.parse_args()
    hours, claims = 0.25 if arguments.quick else 8.0, Claims()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        Session(Path(name), 0.04).run()  # the first of all loads libraries and fills caches
        warm, one = Session(Path(name), 0.05), Session(Path(name), hours)
        warm.run()
        summary = one.run()
    complete = summary.samples == one.taken == hours * 3600 * RATE_HZ
    claims.check(
        complete and not summary.gaps and not one.wrong,
        f"{hours:g} h at {RATE_HZ:g} Hz: {summary.samples:,} of {one.taken:,} samples, "
        f"{summary.gaps} gaps, {one.wrong} wrong rows, {summary.flips:,} flips, "
        f"{summary.trials:,} trials; recorded in {one.recorded_s:.0f} s, finalised in "
        f"{one.finalised_s:.0f} s",
    )
    for what, before_mb, sizes_mb in (
        ("recording", warm.recording_mb, one.recording_mb),
        ("finalising", warm.finalising_mb, one.finalising_mb),
    ):
        growth_mb = max(sizes_mb) - max(before_mb)
        claims.check(
            growth_mb <= GROWTH_LIMIT_MB,
            f"memory while {what}: at most {growth_mb:.1f} MB above that of a session of 3 minutes "
            f"(limit {GROWTH_LIMIT_MB:g}), {max(sizes_mb):.0f} MB in all",
        )
    claims.end()


if __name__ == "__main__":
    main()
