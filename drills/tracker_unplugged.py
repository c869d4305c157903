"""Unplugs the simulated tracker in the middle of sessions, and looks at what becomes of it.

For each span (0.2, 2 and 30 s), ten whole sessions are run faster than real time and some in real
time, each unplugged at another moment of a trial. Claims, of every session:

- the gap is there on the recorder's clock and on the tracker's, as long as the tracker was away;
- the operator was told within half a second, by the recorder's status and in the journal;
- every trial that lay in the gap is marked with its longest gap, and no other one is;
- nothing else is lost: all other samples are there, every image was shown once, and the journal is
  whole.

    python drills/tracker_unplugged.py [--quick] [--sessions 10] [--real-time 3] [--spans 0.2 2 30]
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from claims import Claims, arguments_of
from PIL import Image

from foveola.data_schema import (
    Observer,
    Recording,
    RecordingHeader,
    Trial,
    provenance,
    read_recording,
)
from foveola.experiments import load_settings, run_session, session_files
from foveola.experiments.settings import ExperimentSettings
from foveola.tracking import (
    MonotonicClock,
    Recorder,
    Scene,
    SimulatedSettings,
    SimulatedTracker,
    Unplugged,
    finalise,
)

RATE_HZ = 500.0
TOLD_WITHIN_S = 0.5
#: Two sample intervals, and the jitter of the recorder's stamps.
CLOCK_TOLERANCE_S = 2.5 / RATE_HZ
IMAGES = 8
#: Calibration and all that comes before the first trial take less than this.
FIRST_TRIAL_S = 13.0

SETTINGS = """
name = "unplugged"
stimuli = "images"
seed = 7
duration_s = 1.0
fixation_cross_s = 0.2

[screen]
width_px = 640
height_px = 480
width_cm = 32
height_cm = 24
distance_cm = 60

[calibration]
layout = "HV5"
shrink_s = 0.3
settle_s = 0.3
collect_s = 0.3

[tracker]
patience_s = 120

[tracker.simulated]
sampling_rate_hz = 500

[[tracker.simulated.unplugged]]
at_s = {at_s}
for_s = {for_s}
"""


@dataclass
class Outcome:
    """What one session came to; the worst over sessions is what counts."""

    clock_error_s: float
    told_after_s: float
    wrong_marks: int
    marked: int
    missing_samples: int
    missing_images: int
    damages: int

    def faults(self) -> list[str]:
        """Claims that do not hold."""
        claims = {
            "the gap differs on a clock": self.clock_error_s > CLOCK_TOLERANCE_S,
            "the operator was told too late": not self.told_after_s <= TOLD_WITHIN_S,
            "a trial is marked wrongly": self.wrong_marks > 0,
            "samples are missing": self.missing_samples > 0,
            "an image was not shown once": self.missing_images > 0,
            "the journal is damaged": self.damages > 0,
        }
        return [claim for claim, broken in claims.items() if broken]


def main() -> None:
    """Run the drill."""
    parser = arguments_of((__doc__ or "").split("\n")[0])
    parser.add_argument("--sessions", type=int, help="of each span, in virtual time")
    parser.add_argument("--real-time", type=int, help="recordings of each span below 5 s")
    parser.add_argument("--spans", type=float, nargs="+", default=[0.2, 2.0, 30.0])
    options = parser.parse_args()
    sessions = options.sessions or (1 if options.quick else 10)
    real_time = 0 if options.quick else 3
    if options.real_time is not None:
        real_time = options.real_time
    claims = Claims()
    for span_s in options.spans:
        check(claims, f"{span_s:g} s", [virtual_session(span_s, i) for i in range(sessions)])
        if span_s < 5 and real_time:
            outcomes = [real_time_recording(span_s) for _ in range(real_time)]
            check(claims, f"{span_s:g} s in real time", outcomes)
    claims.end()


def check(claims: Claims, what: str, outcomes: Sequence[Outcome]) -> None:
    """Claim that everything holds of some sessions, with the figures."""
    faults = sorted({fault for outcome in outcomes for fault in outcome.faults()})
    if not sum(one.marked for one in outcomes):  # some may be unplugged between trials, not all
        faults.append("no trial is marked")
    figures = (
        f"unplugged for {what}, {len(outcomes)} sessions: "
        f"gap off by <= {max(one.clock_error_s for one in outcomes) * 1e3:.1f} ms on both clocks, "
        f"told after <= {max(one.told_after_s for one in outcomes) * 1e3:.0f} ms, "
        f"{sum(one.marked for one in outcomes)} trials marked "
        f"({sum(one.wrong_marks for one in outcomes)} wrongly), "
        f"{sum(one.missing_samples for one in outcomes)} other samples lost, "
        f"{sum(one.missing_images for one in outcomes)} images not shown once"
    )
    claims.check(not faults, "; ".join([figures, *faults]))


def virtual_session(span_s: float, number: int) -> Outcome:
    """Run a whole session faster than real time."""
    at_s = FIRST_TRIAL_S + 0.31 * number
    with tempfile.TemporaryDirectory() as folder:
        settings = made_settings(Path(folder), at_s, span_s)
        run_session(settings, "01", display="virtual")
        files = session_files(settings, "01")
        recording = read_recording(files.recording)
        damages = recording.provenance.parameters["journal"]["damages"]
    shown = [trial.stimulus for trial in recording.trials if trial.status == "complete"]
    missing = IMAGES - len(set(shown)) + len(shown) - len(set(shown))
    start_s = recording.blocks[0].start_s
    return outcome_of(recording, start_s + at_s, span_s, missing, damages)


def real_time_recording(span_s: float) -> Outcome:
    """Record in real time, threaded as a laboratory does, with trials of half a second."""
    at_s = 1.0
    with tempfile.TemporaryDirectory() as folder:
        settings = made_settings(Path(folder), at_s, span_s)
        clock = MonotonicClock()
        simulated = SimulatedSettings(
            sampling_rate_hz=RATE_HZ, unplugged=(Unplugged(at_s=at_s, for_s=span_s),)
        )
        tracker = SimulatedTracker(simulated, clock, seed=1)
        info = tracker.connect(settings.screen)
        header = RecordingHeader(Observer(id="01"), settings.screen, info, provenance({}, seed=1))
        recorder = Recorder(tracker, Path(folder) / "a.journal", header, clock)
        recorder.start()
        recorder.show(Scene(clock(), target_px=(320.0, 240.0)))
        watcher = Watcher(recorder, clock)
        for index in range(int((at_s + span_s + 1.0) / 0.5) + 1):
            trial = Trial(index=index, stimulus="", onset_s=clock(), offset_s=np.nan)
            recorder.begin_trial(trial)
            time.sleep(0.5)
            recorder.add_trial(trial.model_copy(update={"offset_s": clock(), "status": "complete"}))
        watcher.stop()
        recorder.finish()
        summary = finalise(Path(folder) / "a.journal", Path(folder) / "a.h5")
        recording = read_recording(Path(folder) / "a.h5")
    begin_s = float(recording.blocks[0].start_s) + at_s
    outcome = outcome_of(recording, begin_s, span_s, 0, len(summary.journal.damages))
    outcome.told_after_s = max(outcome.told_after_s, watcher.seen_s - begin_s)
    return outcome


class Watcher:
    """Looks at the recorder's status as an operator view does, and notes the first problem."""

    def __init__(self, recorder: Recorder, clock: MonotonicClock) -> None:
        self.seen_s = np.inf
        self._recorder, self._clock = recorder, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            if self._recorder.status().problem:
                self.seen_s = self._clock()
                return


def outcome_of(
    recording: Recording, begin_s: float, span_s: float, missing_images: int, damages: int
) -> Outcome:
    """Compare a recording with what was done to its tracker."""
    samples = recording.samples
    errors_s, missing = [], 0
    for clock in ("time_s", "device_time_s"):
        steps_s = np.diff(samples[clock])
        longest = int(np.argmax(steps_s))
        errors_s.append(abs(float(steps_s[longest]) - span_s))
        others = np.delete(steps_s, longest)
        missing += int(np.sum(np.round(others * RATE_HZ) - 1))
    errors_s.append(abs(float(samples["time_s"][int(np.argmax(steps_s))]) - begin_s))
    told_s = [one.time_s for one in recording.messages if one.text.startswith("TRACKER no data")]
    wrong = marked = 0
    for trial in recording.trials:
        within_s = min(trial.offset_s, begin_s + span_s) - max(trial.onset_s, begin_s)
        expected_s = max(0.0, within_s)
        marked += trial.longest_gap_s > 0
        wrong += not abs(trial.longest_gap_s - expected_s) <= CLOCK_TOLERANCE_S
    return Outcome(
        clock_error_s=max(errors_s),
        told_after_s=min(told_s, default=np.inf) - begin_s,
        wrong_marks=wrong,
        marked=marked,
        missing_samples=missing,
        missing_images=missing_images,
        damages=damages,
    )


def made_settings(folder: Path, at_s: float, for_s: float) -> ExperimentSettings:
    """Write an experiment with some images, and read it."""
    (folder / "images").mkdir()
    generator = np.random.default_rng(3)
    for i in range(IMAGES):
        pixels = generator.integers(0, 256, (240, 320, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{i}.png")
    path = folder / "experiment.toml"
    path.write_text(SETTINGS.format(at_s=at_s, for_s=for_s))
    return load_settings(path)


if __name__ == "__main__":
    main()
