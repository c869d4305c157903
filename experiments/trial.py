"""One trial: the cross, the image or video for its time, and the questions after it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foveola.data_schema import Trial
from foveola.tracking import Scene

from .checks import Checks
from .fixation_cross import show_cross
from .picture import Picture, photograph
from .plan import trial_duration_s
from .question_page import ask
from .schedule import ScheduledTrial
from .stage import SessionEnded, Stage
from .video import VideoPlayer

#: Begins the message that is written just before a trial's first flip. A session that breaks off
#: between the two can't tell whether the image was on the screen.
NEXT_TRIAL = "NEXT_TRIAL"


def run_trial(checks: Checks, trial: ScheduledTrial) -> None:
    """Show the cross, then the image for its time; a trial that is interrupted is kept as such.

    An interrupted image is not shown again, as the observer has seen it, and not asked about.
    """
    stage, settings = checks.stage, checks.settings
    with _ready(stage, trial) as showing:
        variables = {"maybe_seen": "1"} if trial.maybe_seen else {}
        variables |= show_cross(checks)
        record = _Record(stage, trial, showing, variables)
        stage.recorder.message(f"{NEXT_TRIAL} {trial.index}")
        try:
            shown = stage.hold(
                showing.draw,
                trial_duration_s(trial, settings),
                scene=lambda time_s: Scene(
                    time_s, stimulus=trial.stimulus, path=str(trial.path), **_rectangle(trial)
                ),
                on_onset=record.begin,
                on_flip=record.tell_frame,
            )
        except SessionEnded as ended:
            record.end(ended.time_s, "interrupted")
            raise
        if shown.interrupted_s is not None:
            record.end(shown.interrupted_s, "interrupted")
            return
        record.end(stage.blank(), "complete")
    if settings.isi_s:
        stage.insist(None, settings.isi_s)
    for question in settings.question:
        if answer := ask(stage, question):
            record.answer(question.id, answer)


@dataclass(frozen=True)
class _Showing:
    """What is brought to the screen: a picture, or a video's player."""

    draw: Picture | Callable[[float], Sequence[Picture]]
    player: VideoPlayer | None = None


@contextlib.contextmanager
def _ready(stage: Stage, trial: ScheduledTrial) -> Iterator[_Showing]:
    """Get the image or video ready before the cross, so that it delays no flip."""
    if trial.stimulus.kind == "image":
        picture = photograph(trial.path, trial.stimulus, trial.placement)
        stage.display.prepare(picture)
        yield _Showing(picture)
        return
    display = stage.display
    player = VideoPlayer(
        trial.path,
        trial.stimulus,
        trial.placement,
        display.refresh_hz,
        patient=display.virtual,
    )
    try:
        player.prepare()
        display.prepare(player.picture)
        yield _Showing(player.at, player)
    finally:
        player.close()


class _Record:
    """What is written of a trial: at once when it begins, and again as it is known whole."""

    def __init__(
        self,
        stage: Stage,
        trial: ScheduledTrial,
        showing: _Showing,
        variables: dict[str, str],
    ) -> None:
        self._stage = stage
        self._scheduled = trial
        self._player = showing.player
        self._frame = -1
        self._trial = Trial(
            index=trial.index,
            stimulus=trial.stimulus.id,
            onset_s=np.nan,
            offset_s=np.nan,
            block=trial.block,
            practice=trial.practice,
            repeat=trial.repeat,
            variables=variables,
            **_rectangle(trial),
        )

    def begin(self, onset_s: float) -> None:
        """Note first of all that it was shown."""
        self._trial = self._trial.model_copy(update={"onset_s": onset_s})
        self._stage.recorder.begin_trial(self._trial)
        _announce(self._stage, self._scheduled, onset_s)

    def tell_frame(self, time_s: float) -> None:
        """Stamp each new frame of a video by its flip, as EyeLink's Data Viewer understands it."""
        if self._player is None or self._player.picture.number == self._frame:
            return
        self._frame = self._player.picture.number
        place = self._player.picture.left_px, self._player.picture.top_px
        self._stage.recorder.message(
            f"!V VFRAME {self._frame + 1} {place[0]} {place[1]} {self._scheduled.stimulus.path}",
            time_s,
        )

    def end(self, offset_s: float, status: str) -> None:
        """Note how it ended."""
        recorder = self._stage.recorder
        update: dict[str, Any] = {"offset_s": offset_s, "status": status}
        if self._player is not None:
            frames = {"frames_shown": str(self._player.shown)}
            if status == "complete":
                frames["frames_dropped"] = str(self._player.frames - self._player.shown)
            update["variables"] = self._trial.variables | frames
        self._trial = self._trial.model_copy(update=update)
        recorder.add_trial(self._trial)
        recorder.message(f"!V TRIAL_VAR stimulus {self._trial.stimulus}", offset_s)
        for name, value in self._trial.variables.items():
            recorder.message(f"!V TRIAL_VAR {name} {value}", offset_s)
        recorder.message(f"TRIAL_RESULT {int(status != 'complete')}", offset_s)

    def answer(self, name: str, value: str) -> None:
        """Note the answer to a question."""
        variables = self._trial.variables | {name: value}
        self._trial = self._trial.model_copy(update={"variables": variables})
        self._stage.recorder.add_trial(self._trial)
        self._stage.recorder.message(f"ANSWER {name} {value}")


def _rectangle(trial: ScheduledTrial) -> dict[str, Any]:
    """Where the image stands, as trials and scenes name it."""
    place = trial.placement
    return {
        "image_left_px": place.left_px,
        "image_top_px": place.top_px,
        "image_scale": place.scale,
    }


def _announce(stage: Stage, trial: ScheduledTrial, onset_s: float) -> None:
    """Write the messages that EyeLink's Data Viewer understands."""
    place, scale = trial.placement, trial.placement.scale
    width, height = (round(side * scale) for side in reversed(trial.stimulus.shape))
    x, y = round(place.left_px + width / 2), round(place.top_px + height / 2)
    stage.recorder.message(f"TRIALID {trial.index}", onset_s)
    if trial.stimulus.kind == "image":
        stage.recorder.message(
            f"!V IMGLOAD CENTER {trial.stimulus.path} {x} {y} {width} {height}", onset_s
        )
