"""A session in a real window, driven by a script of keys and clicks: a program for tests.

``python driven_session.py EXPERIMENT.toml OBSERVER FOLDER`` runs it until it is aborted, and then
what is left of it. Every screen is written into the folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from subprocess import run
from typing import NamedTuple

from foveola.data_schema import GazeSamples
from foveola.experiments import (
    TRACKERS,
    ExperimentSettings,
    ensure_display,
    load_settings,
    resume_session,
    run_session,
    session_run,
)
from foveola.experiments.psychopy_display import PsychoPyDisplay
from foveola.experiments.reason_menu import REASONS, reason_boxes
from foveola.experiments.result_layout import on_map, result_layout
from foveola.experiments.targets import on_pixels
from foveola.tracking import (
    Capabilities,
    Recorder,
    Scene,
    SimulatedTracker,
    Tracker,
    validation_targets,
)

#: The validation target that is redone, and why each of three results is accepted all the same.
REDONE = 3
ACCEPTED_BECAUSE = ("wet eye", REASONS[0], REASONS[3])
#: Indices of trials: the observer slips in one, P is pressed in the next but one, then Escape.
SLIPS_IN, PAUSED_IN, ABORTED_IN = 1, 3, 4
SLIP_PX = 90.0

#: A screen that was flipped so often hears keys, and its target has begun to shrink.
READY_FLIPS = 4
#: A key that changed nothing in so many flips was lost.
LOST_FLIPS = 60
#: Longer than a calibration: the script and the session no longer agree.
STUCK_FLIPS = 3000


class Step(NamedTuple):
    """What the operator does when a screen of that name is seen: words of xdotool."""

    screen: str
    act: tuple[str, ...]


class Operator:
    """Acts when the screen of the next step is seen, until something happens, however slow.

    Parameters
    ----------
    folder : Path
        Every screen is written there, numbered.
    """

    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self._folder = folder
        self._scene, self._trial = Scene(0.0), ""
        self._seen: object = None
        self._flips = self._idle_flips = self._screens = 0
        self._acted_at: int | None = None

    def sees(self, display: PsychoPyDisplay) -> None:
        """Look at what was flipped, and act."""
        page = next((one for one in display._shown if one.title), None)
        name = page.title if page else self._scene_name()
        if (page, self._scene) != self._seen:
            self._seen, self._flips = (page, self._scene), 0
            self._happened()
        self._flips += 1
        self._idle_flips += 1
        if self._flips >= READY_FLIPS and self.steps:
            self._act_at(name)
        if self._flips == READY_FLIPS:  # after the act: an image is soon over
            self._keep(name, display)

    def follows(self, scene: Scene) -> None:
        """Hear what the tracker is told of the screen."""
        self._scene = scene

    def hears(self, text: str) -> None:
        """Hear what is written into the recording."""
        if text.startswith("TRIALID"):
            self._trial = f"trial {text.split()[1]}"
        self._happened()

    def leaves(self) -> None:
        """The session is over, which may be the last act's doing; nothing may be left."""
        self._happened()
        assert not self.steps, f"the session ended before {self.steps[0]}"

    def _happened(self) -> None:
        """Take what happened as the act's doing, if one was done."""
        if self._acted_at is not None:
            self._acted_at = None
            self._idle_flips = 0
            del self.steps[0]

    def _act_at(self, name: str) -> None:
        """Do the next step where this is its screen; again where that was lost."""
        step = self.steps[0]
        assert self._idle_flips < STUCK_FLIPS, f"{step} never came, but {name}"
        acted = self._acted_at is not None and self._flips - self._acted_at <= LOST_FLIPS
        if name == step.screen and not acted:
            self._acted_at = self._flips
            run(["xdotool", *step.act], check=True)

    def _scene_name(self) -> str:
        """Name what is no page."""
        if self._scene.stimulus is not None:
            return self._trial
        return "target" if self._scene.target_px is not None else "empty"

    def _keep(self, name: str, display: PsychoPyDisplay) -> None:
        self._screens += 1
        word = "".join(letter if letter.isalnum() else "_" for letter in name).lower()
        path = self._folder / f"{self._screens:03d}_{word}.png"
        display.screenshot().save(path, compress_level=1)


def put_before(operator: Operator) -> None:
    """Let the operator see every flip, and hear every message."""
    show, message = Recorder.show, Recorder.message

    class SeenDisplay(PsychoPyDisplay):
        def flip(self) -> float:
            time_s = super().flip()
            operator.sees(self)
            return time_s

    def shown(recorder: Recorder, scene: Scene) -> None:
        show(recorder, scene)
        operator.follows(scene)

    def said(recorder: Recorder, text: str, time_s: float | None = None) -> None:
        message(recorder, text, time_s)
        operator.hears(text)

    session_run.PsychoPyDisplay = SeenDisplay
    Recorder.show, Recorder.message = shown, said


class SlippingTracker(SimulatedTracker):
    """Its observer slips in a trial; a calibration takes that in."""

    slip_px = 0.0

    @property
    def capabilities(self) -> Capabilities:
        # In this process, where it hears in time which trial it is.
        return replace(super().capabilities, own_process=False)

    def message(self, text: str) -> None:
        if text == f"TRIALID {SLIPS_IN}":
            self.slip_px = SLIP_PX

    def begin_calibration(self) -> None:
        super().begin_calibration()
        self.slip_px = 0.0

    def read(self) -> GazeSamples:
        samples = super().read()
        for name in ("left_x_px", "right_x_px"):
            samples[name] += self.slip_px
        return samples


def slipping(settings: ExperimentSettings, clock: Callable[[], float], seed: int) -> Tracker:
    return SlippingTracker(settings.tracker.simulated, clock, seed=seed)


def first_part(settings: ExperimentSettings) -> Iterable[Step]:
    """Until the session is aborted."""
    screen = settings.screen
    for answer in ("2", "1", "1", "1", "2", "Return"):
        yield press("Before we begin", answer)
    yield press("Welcome", "space")
    yield press("Instructions", "space")
    target = validation_targets(settings.calibration.layout, screen)[REDONE - 1]
    yield click("Validation result", *on_map(result_layout(screen), on_pixels(target)))
    yield press("Validation result", "Return")
    yield press("Reason", str(1 + len(REASONS)))
    for letter in ACCEPTED_BECAUSE[0]:
        yield press("Reason in own words", letter.replace(" ", "space"))
    yield press("Reason in own words", "Return")
    yield press("Validation result", "Return")  # the drift was too large: calibrated anew
    yield press("Reason", str(1 + REASONS.index(ACCEPTED_BECAUSE[1])))
    yield press(f"trial {PAUSED_IN}", "p")
    yield press("Pause", "space")
    yield press(f"trial {ABORTED_IN}", "Escape")
    yield press("End the session?", "y")


def second_part(settings: ExperimentSettings) -> Iterable[Step]:
    """From the welcome back to the end."""
    yield press("Welcome back", "space")
    yield press("Validation result", "Return")
    left, top, right, bottom = reason_boxes(settings.screen)[REASONS.index(ACCEPTED_BECAUSE[2])]
    yield click("Reason", (left + right) / 2, (top + bottom) / 2)
    yield press("Thank you", "space")


def press(screen: str, key: str) -> Step:
    return Step(screen, ("key", key))


def click(screen: str, x_px: float, y_px: float) -> Step:
    return Step(screen, ("mousemove", str(round(x_px)), str(round(y_px)), "click", "1"))


def main(words: Sequence[str]) -> None:
    settings, observer, folder = load_settings(words[0]), words[1], Path(words[2])
    TRACKERS["slipping"] = slipping
    ensure_display(settings.screen.width_px, settings.screen.height_px)
    folder.mkdir()
    operator = Operator(folder)
    put_before(operator)
    operator.steps = list(first_part(settings))
    run_session(settings, observer, tracker_name="slipping", operator_view=False)
    operator.leaves()
    operator.steps = list(second_part(settings))
    resume_session(settings, observer, operator_view=False)
    operator.leaves()


if __name__ == "__main__":
    main(sys.argv[1:])
