"""Stages for tests: a real recorder and a simulated tracker before a display in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from foveola.data_schema import (
    FoveolaError,
    GazeSamples,
    Observer,
    Recording,
    RecordingHeader,
    Screen,
    TargetError,
    provenance,
    read_recording,
)
from foveola.experiments.picture import grey
from foveola.experiments.stage import Stage
from foveola.experiments.virtual_display import VirtualDisplay
from foveola.tracking import (
    Recorder,
    SimulatedSettings,
    SimulatedTracker,
    VirtualClock,
    finalise,
)

SCREEN = Screen(
    width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60, refresh_hz=60
)


class BlindTracker(SimulatedTracker):
    """It finds no eye."""

    def read(self) -> GazeSamples:
        samples = super().read()
        for name in ("left_x_px", "left_y_px", "right_x_px", "right_y_px"):
            samples[name] = float("nan")
        return samples

    def apply_calibration(self) -> tuple[TargetError, ...]:
        raise FoveolaError("The left eye can't be calibrated.", remedy="Look at the targets.")


class SilentTracker(SimulatedTracker):
    """It stops delivering after some seconds."""

    until_s = 2.0

    def read(self) -> GazeSamples:
        samples = super().read()
        return samples[samples["time_s"] < self.until_s]


def make_stage(
    folder: Path,
    presses: Sequence[tuple[float, str]] = (),
    *,
    unattended: bool = False,
    kind: type[SimulatedTracker] = SimulatedTracker,
    **settings: float,
) -> Stage:
    clock = VirtualClock()
    tracker = kind(SimulatedSettings(sampling_rate_hz=500, **settings), clock, seed=1)
    header = RecordingHeader(
        Observer(id="01"), SCREEN, tracker.connect(SCREEN), provenance({}, seed=1)
    )
    recorder = Recorder(tracker, folder / "stage.journal", header, clock, threaded=False)
    recorder.start()
    display = VirtualDisplay(SCREEN, clock, grey(0.5), presses)
    return Stage(display, recorder, SCREEN, unattended=unattended)


#: A key, or a click at a place.
Answer = str | tuple[float, float]


def answer_results(stage: Stage, *steps: Sequence[Answer]) -> None:
    """Answer each result page by keys and clicks; a step for each time that it is shown anew.

    Keys of a step come one after the other, so that they also answer the pages that follow.
    """
    display, message = stage.display, stage.recorder.message
    assert isinstance(display, VirtualDisplay)
    waiting = list(steps)

    def heard(text: str, time_s: float | None = None) -> None:
        message(text, time_s)
        if not (text.startswith("VALIDATION") or text.endswith("restored")) or not waiting:
            return
        for number, one in enumerate(waiting.pop(0)):
            at_s = display._clock() + 0.2 * (number + 1)
            if isinstance(one, str):
                display._presses.append((at_s, one))
            else:
                display._clicks.append((at_s, one))
        display._presses.sort()
        display._clicks.sort()

    stage.recorder.message = heard  # type: ignore[method-assign]


def recorded(stage: Stage, folder: Path) -> Recording:
    stage.flush_flips()
    stage.recorder.finish()
    finalise(folder / "stage.journal", folder / "stage.h5")
    return read_recording(folder / "stage.h5")


def texts(recording: Recording) -> list[str]:
    return [message.text for message in recording.messages]
