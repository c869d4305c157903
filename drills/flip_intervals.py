"""Flip intervals with recording and the operator's view on, against the same loop with neither.

In the real PsychoPy window (on Xvfb where there is no screen) the loop that shows a stimulus runs
in short rounds, its conditions interleaved, so that whatever else the machine does falls on all:

- neither: nothing records, and no view is told;
- recording: a simulated tracker at 1000 Hz binocular, the recorder's thread, the journal;
- view: the same, and the operator's view;
- frozen: the same, but the view's process is stopped, as if it hung.

A loop without a pause between its flips is measured too: the time that a frame takes at all. On
Xvfb no flip waits for a screen, so that the display paces itself there.

Claim: the median interval with recording and view is at most 5 % longer than with neither.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from foveola.data_schema import (
    Observer,
    RecordingHeader,
    Screen,
    Stimulus,
    image_stimulus,
    provenance,
)
from foveola.experiments import ensure_display
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.operator_link import OperatorLink
from foveola.experiments.operator_messages import SessionPart
from foveola.experiments.operator_watch import OperatorWatch
from foveola.experiments.picture import Picture, fit, grey, photograph
from foveola.experiments.psychopy_display import PsychoPyDisplay
from foveola.experiments.stage import Stage
from foveola.tracking import MonotonicClock, Recorder, Scene, SimulatedSettings, SimulatedTracker

#: As small as an experiment's screen may be: where a processor draws, drawing is most of a frame.
SCREEN = Screen(
    width_px=800, height_px=600, width_cm=32, height_cm=24, distance_cm=60, refresh_hz=60
)
CONDITIONS = ("neither", "recording", "view", "frozen")
MOST_LONGER = 1.05
RATE_HZ = 1000.0


class NoRecorder:
    """A recorder that does nothing."""

    def add_flips(self, times_s: object) -> None:
        """Forget them."""

    def show(self, scene: object) -> None:
        """Show nothing."""


class Rounds:
    """The window, the stimulus and the view of all rounds."""

    def __init__(self, folder: Path) -> None:
        ensure_display(2800, 720)
        self.folder = folder
        self.clock = MonotonicClock()
        self.display = PsychoPyDisplay(SCREEN, self.clock, grey(0.5), fullscreen=False)
        self.period_s = self.display._period_s
        self.picture, self.stimulus, path = _stimulus(folder)
        self.path = str(path)
        self.link = OperatorLink()
        self.count = 0

    @contextmanager
    def stage(self, condition: str) -> Iterator[Stage]:
        """The stage of a condition; what it needs runs, and nothing else."""
        recorder: Any = NoRecorder()
        watch = None
        if condition != "neither":
            self.count += 1
            recorder = self._recorder()
            if condition != "recording":
                watch = OperatorWatch(
                    self.link,
                    recorder,
                    self._session(),
                    calibration=CalibrationSettings(),
                    trial_s=5.0,
                )
        self._signal(signal.SIGCONT if condition == "view" else signal.SIGSTOP)
        while condition == "frozen" and self.link.tell({"filling": "x" * 10_000}):
            pass  # until the pipe is full, as after minutes
        if condition != "neither":
            recorder.start()
        try:
            yield Stage(self.display, recorder, SCREEN, unattended=True, operator=watch)
        finally:
            if condition != "neither":
                recorder.finish()

    def intervals_s(self, condition: str, seconds: float, *, paced: bool) -> np.ndarray:
        """Show the stimulus for some seconds.

        Returns
        -------
        ndarray, shape (2, n)
            Intervals between flips, and the processor time that this thread spent in each.
        """
        self.display._period_s = self.period_s if paced else 0.0
        times_s: list[tuple[float, float]] = []
        with self.stage(condition) as stage:
            flip = stage.flip

            def noted(*pictures: Picture, **options: Any) -> float:
                times_s.append((flip(*pictures, **options), time.thread_time()))
                return times_s[-1][0]

            stage.flip = noted  # type: ignore[method-assign]
            place = fit(self.stimulus, SCREEN)
            stage.hold(
                self.picture,
                seconds,
                scene=lambda time_s: Scene(
                    time_s,
                    stimulus=self.stimulus,
                    path=self.path,
                    image_left_px=place.left_px,
                    image_top_px=place.top_px,
                    image_scale=place.scale,
                ),
            )
        # The first moments hold what is done once: the scene's map, the view's decoding.
        return np.diff(times_s, axis=0)[len(times_s) // 4 :].T

    def close(self) -> None:
        """End the view and close the window."""
        self._signal(signal.SIGCONT)
        self.link.close()
        self.display.close()

    def _signal(self, number: int) -> None:
        if self.link.process_id:
            os.kill(self.link.process_id, number)

    def _recorder(self) -> Recorder:
        tracker = SimulatedTracker(SimulatedSettings(sampling_rate_hz=RATE_HZ), self.clock, seed=1)
        header = RecordingHeader(
            Observer(id="drill"), SCREEN, tracker.connect(SCREEN), provenance({}, seed=1)
        )
        return Recorder(tracker, self.folder / f"{self.count}.journal", header, self.clock)

    def _session(self) -> SessionPart:
        return SessionPart(
            experiment="drill",
            observer="drill",
            session="",
            tracker="simulated",
            simulated=True,
            sampling_rate_hz=RATE_HZ,
            bytes_per_sample=96,
            refresh_hz=self.display.refresh_hz,
            screen_px=(SCREEN.width_px, SCREEN.height_px),
            background=self.display.background,
            window_px=self.display.window_px,
            trials=100,
            limits_deg=(0.5, 1.0),
            drift_limit_deg=1.0,
            folder=str(self.folder),
            unattended=True,
        )


def _stimulus(folder: Path) -> tuple[Picture, Stimulus, Path]:
    path = folder / "stimulus.png"
    noise = np.random.default_rng(1).integers(0, 256, (45, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((800, 600)).save(path)
    stimulus = image_stimulus(path)
    return photograph(path, stimulus, fit(stimulus, SCREEN)), stimulus, path


def measured(
    rounds: Rounds, count: int, seconds: float, tell: Callable[[str], None]
) -> dict[tuple[str, bool], np.ndarray]:
    """Intervals of every condition, paced and not, from interleaved rounds."""
    found: dict[tuple[str, bool], list[np.ndarray]] = defaultdict(list)
    order = np.random.default_rng(2)
    for number in range(count):
        tell(f"round {number + 1} of {count}")
        for condition in order.permutation(CONDITIONS):
            for paced in (True, False):
                part = rounds.intervals_s(str(condition), seconds, paced=paced)
                found[str(condition), paced].append(part)
    return {key: np.concatenate(parts, axis=1) for key, parts in found.items()}


def main() -> int:
    """Measure, print a line of figures a condition, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=12, help="of each condition")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rounds = Rounds(Path(folder))
        deadline_s = time.monotonic() + 20
        while not rounds.link.tell({}) or not rounds.link.heard():  # it lives when it has spoken
            rounds.link.keep("session", rounds._session())
            time.sleep(0.1)
            if time.monotonic() > deadline_s:
                print(f"The view did not start: {rounds.link.notices()}", file=sys.stderr)
                return 1
        try:
            found = measured(
                rounds, options.rounds, options.seconds, lambda words: print(words, file=sys.stderr)
            )
            dropped = rounds.link.dropped
        finally:
            rounds.close()
    missed = False
    for paced in (True, False):
        base = float(np.median(found["neither", paced][0]))
        for condition in CONDITIONS:
            ms, cpu_ms = 1000 * found[condition, paced]
            ratio = float(np.median(ms)) / 1000 / base
            print(
                f"{'paced' if paced else 'unpaced':<8}{condition:<10} n {len(ms):6d}  "
                f"median {np.median(ms):7.3f} ms ({ratio:.4f} of neither)  "
                f"p99 {np.percentile(ms, 99):7.3f} ms  longest {ms.max():7.3f} ms  "
                f"CPU of the thread {np.mean(cpu_ms):.3f} ms a frame"
            )
            missed |= paced and condition in ("view", "frozen") and ratio > MOST_LONGER
    print(f"messages that the frozen view did not take: {dropped}")
    print("MISSED" if missed else "met", f": median at most {MOST_LONGER:g} of neither")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
