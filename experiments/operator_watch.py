"""What an operator is told of a session: gathered beside the flips, never waiting for anything."""

from __future__ import annotations

import base64
import importlib.util
import io
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from foveola.data_schema import GAZE_DTYPE, Calibration, GazeSamples, RecordingHeader, Trial
from foveola.tracking import Recorder, Scene

from .calibration_settings import CalibrationSettings
from .operator_link import OperatorLink
from .operator_messages import (
    AccuracyPart,
    DriftPart,
    EndPart,
    HealthPart,
    ProgressPart,
    ScenePart,
    SessionPart,
)
from .picture import Picture
from .psychopy_display import PsychoPyDisplay
from .settings import ExperimentSettings
from .validation_summary import grade_within

PERIOD_S = 0.05
#: A trail needs no more points than this a second.
TRAIL_HZ = 60.0
PAGE_WIDTH_PX = 640
#: A flip so many refreshes after the one before it is late.
LATE = 1.5


class OperatorWatch:
    """Hears what the recorder writes and what the stage shows, and tells the view of it.

    Parameters
    ----------
    link : OperatorLink
        To the view.
    recorder : Recorder
        Of this session.
    session : SessionPart
        What stays the same.
    calibration : CalibrationSettings
        What a validation is graded against.
    trial_s : float
        How long a trial takes by the settings, until trials have been measured.
    notify : callable
        Told in words what happens to the view itself.
    """

    def __init__(
        self,
        link: OperatorLink,
        recorder: Recorder,
        session: SessionPart,
        *,
        calibration: CalibrationSettings,
        trial_s: float,
        notify: Callable[[str], None] = print,
    ) -> None:
        self.link = link
        self._recorder = recorder
        self._session = session
        self._calibration = calibration
        self._trial_s = trial_s
        self._notify = notify
        self._lock = threading.Lock()  # records are heard in whichever thread writes them
        self._accuracy: AccuracyPart | None = None
        self._drift = DriftPart()
        self._progress = ProgressPart()
        self._kept: dict[str, object] = {}
        self._onsets_s: list[float] = []
        self._told_s = self._flip_s = -np.inf
        self._late_flips = 0
        link.keep("session", session)
        link.keep("scene", ScenePart())
        link.keep("end", EndPart())
        recorder.listen(self._hear)

    def flipped(self, time_s: float) -> None:
        """Count a flip and, twenty times a second, tell the view; costs well under a millisecond.

        It is called right after a flip, when the next one is furthest away.
        """
        if self._session.refresh_hz * (time_s - self._flip_s) > LATE and self._flip_s > 0:
            self._late_flips += 1
        self._flip_s = time_s
        if time_s - self._told_s < PERIOD_S:
            return
        glance = self._recorder.glance(max(self._told_s, time_s - 1.0))
        if glance is None:
            return  # the recorder is busy: at the next flip
        self._told_s = time_s
        status, samples = glance
        self._keep_changes()
        health = HealthPart(
            time_s=time_s,
            rate_hz=status.rate_hz,
            loss=status.loss,
            since_last_s=status.since_last_s,
            samples=status.samples,
            waiting=status.waiting,
            dropped=status.dropped,
            late_flips=self._late_flips,
            problem=status.problem,
            error=status.error,
        )
        rate_hz = self._session.sampling_rate_hz
        self.link.tell({"health": health, "gaze": gaze_points(samples, rate_hz)})

    def idle(self) -> None:
        """Forget the last flip: what comes now, as decoding an image, may take its time."""
        self._flip_s = -np.inf

    def scene(self, scene: Scene, pictures: Sequence[Picture], *, typing: bool) -> None:
        """Note what the observer sees from now on."""
        if scene.stimulus is not None:
            place = scene.image_left_px, scene.image_top_px, scene.image_scale
            part = ScenePart("image", scene.stimulus.id, scene.path, place, typing=typing)
        elif scene.target_px is not None:
            part = ScenePart("target", target_px=scene.target_px, typing=typing)
        elif (page := next(filter(self._is_page, pictures), None)) is not None:
            # It takes longer than a flip; on a page that stands still nobody sees that.
            part = ScenePart("page", page.title, page_png=small_png(page.image), typing=typing)
        else:
            part = ScenePart(typing=typing)
        self.link.keep("scene", part)

    def progress(self, doing: str) -> None:
        """Note what is done now, in words."""
        with self._lock:
            self._progress = replace(self._progress, doing=doing)

    def requested(self, requests: Sequence[str]) -> None:
        """Note what was asked for and is still to be done."""
        with self._lock:
            self._progress = replace(self._progress, requested=tuple(requests))

    def heard(self) -> list[dict[str, Any]]:
        """What the operator asks for since the last call; what happens to the view is told."""
        said = self.link.heard()
        for notice in self.link.notices():
            self._recorder.message(f"OPERATOR VIEW {notice}")
            self._notify(notice)
        return said

    def saving(self) -> None:
        """Tell that the session has ended and is being saved."""
        self.link.keep("end", EndPart(saving=True))
        self._keep_changes()
        self.link.tell({})

    def close(self, recording: Path) -> None:
        """Tell how it ended, and leave the view."""
        trials = self._progress.trial
        words = f"{trials} of {self._session.trials} trials begun, " + (
            "all of it saved" if recording.exists() else "kept in the journal: foveola recover"
        )
        self.link.keep("end", EndPart(over=True, words=words))
        self.link.close()

    def _is_page(self, picture: Picture) -> bool:
        """Whether a picture fills the screen; pages say so by their title."""
        return bool(picture.title) or (
            (picture.left_px, picture.top_px) == (0, 0)
            and picture.image.size == self._session.screen_px
        )

    def _hear(self, kind: str, content: Mapping[str, Any]) -> None:
        """Take what the recorder writes, in whichever thread."""
        with self._lock:
            if kind == "trial":
                self._hear_trial(Trial.model_validate(content["trial"]))
            elif kind == "calibration":
                self._hear_calibration(Calibration.model_validate(content["calibration"]))
            elif kind == "message" and str(content["text"]).startswith("CALIBRATION attempt"):
                doing = str(content["text"]).capitalize()
                self._progress = replace(self._progress, doing=doing)

    def _hear_trial(self, trial: Trial) -> None:
        if np.isnan(trial.offset_s):  # it has just begun
            self._onsets_s.append(trial.onset_s)
            self._progress = replace(
                self._progress,
                trial=trial.index + 1,
                block=trial.block,
                practice=trial.practice,
                left_s=self._left_s(trial.index),
                doing="Trial",
            )

    def _left_s(self, index: int) -> float:
        """Estimate the time to the end, from the median time between trials where there are any."""
        steps_s = np.diff(self._onsets_s)
        each_s = float(np.median(steps_s)) if len(steps_s) >= 3 else self._trial_s
        return each_s * (self._session.trials - index)

    def _hear_calibration(self, one: Calibration) -> None:
        if one.kind == "drift_check":
            errors_deg = (*self._drift.errors_deg, one.max_error_deg())
            self._drift = DriftPart(errors_deg, (*self._drift.accepted, one.accepted))
        elif one.kind == "validation":
            self._accuracy = AccuracyPart(
                layout=one.layout,
                grade=grade_within(one, self._calibration),
                mean_deg=one.mean_error_deg(),
                largest_deg=one.max_error_deg(),
                accepted=one.accepted,
                reason=one.reason,
                points=tuple(
                    (p.target_x_px, p.target_y_px, p.eye, p.gaze_x_px, p.gaze_y_px, p.error_deg)
                    for p in one.holding
                ),
            )

    def _keep_changes(self) -> None:
        """Hand over the parts that are others than they were."""
        with self._lock:
            parts: dict[str, object] = {
                "accuracy": self._accuracy,
                "drift": self._drift,
                "progress": self._progress,
            }
        for name, part in parts.items():
            if part is not self._kept.get(name):
                self.link.keep(name, part)
        self._kept = parts


def gaze_points(samples: GazeSamples, rate_hz: float) -> list[list[float]]:
    """Thin samples out to what a trail needs: time, left x and y, right x and y, in px."""
    step = max(1, round(rate_hz / TRAIL_HZ))
    rows = samples[::-1][::step][::-1]  # the newest is among them
    names = ("time_s", "left_x_px", "left_y_px", "right_x_px", "right_y_px")
    columns = [np.round(rows[name], 3 if name == "time_s" else 1).tolist() for name in names]
    return [list(point) for point in zip(*columns, strict=True)]


def small_png(image: Image.Image) -> str:
    """Draw a page in small, a PNG in base64."""
    factor = max(1, image.width // PAGE_WIDTH_PX)
    buffer = io.BytesIO()
    image.reduce(factor).save(buffer, "PNG", compress_level=1)
    return base64.b64encode(buffer.getvalue()).decode()


def open_watch(
    settings: ExperimentSettings,
    header: RecordingHeader,
    recorder: Recorder,
    window: PsychoPyDisplay,
    *,
    trials: int,
    unattended: bool,
    asked: bool | None,
    notify: Callable[[str], None],
) -> OperatorWatch | None:
    """Open the operator's view where it is wished and has a place; say why where it has none.

    Parameters
    ----------
    settings : ExperimentSettings
        Whether, and on which screen.
    header : RecordingHeader
        Who is recorded, on what and with what.
    recorder : Recorder
        Of this session.
    window : PsychoPyDisplay
        The stimulus' window, which the view must not cover.
    trials : int
        How many there are.
    unattended : bool
        Whether nobody is there to look at it.
    asked : bool or None
        Whether it was asked for; None: as the settings say, where a second screen is there.
    notify : callable
        Told in words why there is none.
    """
    if asked is False or (asked is None and (unattended or not settings.operator.view)):
        return None
    if importlib.util.find_spec("PyQt6") is None:
        notify("No operator's view: PyQt6 is not installed (pip install 'foveola[lab]').")
        return None
    if asked is None and len(window.screens_px) < 2:
        notify(
            "No operator's view: there is one screen only. --operator-view opens it all the same."
        )
        return None
    tracker, screen = header.tracker, header.screen
    session = SessionPart(
        experiment=settings.name,
        observer=header.observer.id,
        session=header.observer.session,
        tracker=f"{tracker.make} {tracker.model}".strip(),
        simulated=tracker.simulated,
        sampling_rate_hz=tracker.sampling_rate_hz,
        bytes_per_sample=GAZE_DTYPE.itemsize,
        refresh_hz=screen.refresh_hz,
        screen_px=(screen.width_px, screen.height_px),
        background=window.background,
        window_px=window.window_px,
        trials=trials,
        limits_deg=(settings.calibration.max_mean_error_deg, settings.calibration.max_error_deg),
        drift_limit_deg=settings.drift_check.max_error_deg,
        folder=settings.data_folder,
        unattended=unattended,
    )
    link = OperatorLink(screen=settings.operator.screen)
    trial_s = settings.fixation_cross_s + settings.duration_s
    return OperatorWatch(
        link,
        recorder,
        session,
        calibration=settings.calibration,
        trial_s=trial_s,
        notify=notify,
    )
