"""Calibrates a Tobii tracker by itself, point by point, through TittaPy's queue of work.

The tracker works on what it is asked for in a thread of TittaPy's: each request is answered later,
in order. Points stay collected until the mode of calibration is left, so that one can be redone
after the others were applied.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from foveola.data_schema import (
    Eyes,
    FoveolaError,
    GazeSamples,
    Screen,
    TargetError,
    gaze_samples,
)

from .validation import target_errors

#: The tracker has this long to answer a request; a point takes it about a second.
ANSWER_S = 10.0
POLL_S = 0.005
OK = 0

Place = tuple[float, float]


class _Asked(NamedTuple):
    """A request that is not answered yet."""

    action: str
    target_px: Place | None
    since_s: float


class TobiiCalibration:
    """The tracker's own calibration.

    Parameters
    ----------
    device : TittaPy's EyeTracker
        Connected.
    screen : Screen
        Its size in px is that of the display area.
    eyes : {"left", "right", "both"}
        Which eyes are calibrated.
    monocular : bool
        Whether the tracker can calibrate one eye alone; used where one eye is tracked.
    answer_s : float
        How long the tracker has to answer.
    """

    def __init__(
        self,
        device: Any,
        screen: Screen,
        eyes: Eyes,
        *,
        monocular: bool,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._device = device
        self._screen = screen
        self._eyes = eyes
        self._alone = monocular and eyes != "both"
        self._answer_s = answer_s
        self._asked: deque[_Asked] = deque()
        self._targets: dict[Place, str] = {}
        self._answer: Mapping[str, Any] = {}
        self._broken = ""

    def begin(self) -> None:
        """Enter the mode of calibration anew: earlier points are forgotten."""
        self.end()
        self._enter()

    def collect(self, target_px: Place) -> None:
        """Ask for a point; one that was there is discarded first."""
        if not self.active:
            self._enter()
        eye = (self._eyes,) if self._alone else ()
        place = self._on_display(target_px)
        if target_px in self._targets:
            self._device.calibration_discard_data(place, *eye)
            self._ask("discard_data", target_px)
        self._device.calibration_collect_data(place, *eye)
        self._ask("collect_data", target_px)
        self._targets[target_px] = ""

    def collecting(self) -> bool:
        """Whether requests are unanswered; one that is so for too long ends the calibration."""
        while (answer := self._device.calibration_retrieve_result()) is not None:
            self._take(answer)
        if self._asked and time.monotonic() - self._asked[0].since_s > self._answer_s:
            self._broken = f"it did not answer to {self._asked[0].action} in {self._answer_s:g} s"
            self._give_up()
        return bool(self._asked)

    def apply(self) -> tuple[TargetError, ...]:
        """Calibrate by the collected points; return their residuals.

        Raises
        ------
        FoveolaError
            If there are no points or no calibration comes out of them; the mode is left then.
        """
        self._settle()
        if not self._targets or self._broken:
            reason = self._broken or "no points were collected"
            self._give_up()
            raise FoveolaError(
                f"The Tobii tracker can't be calibrated: {reason}.",
                remedy="Collect points while the observer looks at them; calibrate again.",
            )
        self._device.calibration_compute_and_apply()
        self._ask("compute")
        self._settle()
        found = self._answer.get("calibration_result")
        if self._answer.get("status") != OK or not found or found["status"].name == "failure":
            reason = self._broken or self._answer.get("status_string", "no answer")
            self._give_up()
            raise FoveolaError(
                f"No calibration came out of the Tobii tracker's points ({reason}).",
                remedy="See that both eyes are in view and calibrate again.",
            )
        return self._residuals(found["points"])

    def state(self) -> tuple[int, ...]:
        """The calibration that is applied now, as the tracker gives it."""
        with self._within():
            self._device.calibration_get_data()
            self._ask("get_calibration_data")
            self._settle()
            data = self._answer.get("calibration_data")
            if self._answer.get("status") != OK or not data:
                raise self._failed("gave no calibration")
            return tuple(int(one) for one in data)

    def restore(self, state: tuple[int, ...]) -> None:
        """Apply an earlier calibration again."""
        with self._within():
            self._device.calibration_apply_data(list(state))
            self._ask("apply_calibration_data")
            self._settle()
            if self._answer.get("status") != OK:
                raise self._failed("did not take the earlier calibration")

    def end(self) -> None:
        """Leave the mode; harmless where it is not in it."""
        if self.active:
            self._device.leave_calibration_mode(False)
        self._forget()

    @property
    def active(self) -> bool:
        """Whether the tracker is in the mode of calibration."""
        return bool(self._device.is_in_calibration_mode())

    def _enter(self) -> None:
        self._device.enter_calibration_mode(self._alone)
        self._ask("enter")

    def _give_up(self) -> None:
        """Leave the mode whatever state the tracker is in."""
        self._device.leave_calibration_mode(True)
        broken = self._broken
        self._forget()
        self._broken = broken

    def _forget(self) -> None:
        while self._device.calibration_retrieve_result() is not None:
            pass
        self._asked.clear()
        self._targets.clear()
        self._answer, self._broken = {}, ""

    @contextmanager
    def _within(self) -> Iterator[None]:
        """Be in the mode meanwhile, and leave it where it was not entered before, or it fails."""
        was_active = self.active
        if not was_active:
            self._enter()
        try:
            yield
        except BaseException:
            self._give_up()
            raise
        if not was_active:
            self.end()

    def _ask(self, action: str, target_px: Place | None = None) -> None:
        self._asked.append(_Asked(action, target_px, time.monotonic()))

    def _settle(self) -> None:
        """Wait until everything is answered."""
        while self.collecting():
            time.sleep(POLL_S)

    def _take(self, answer: Mapping[str, Any]) -> None:
        """Take an answer to the oldest request."""
        asked = self._asked.popleft() if self._asked else _Asked("nothing", None, 0.0)
        self._answer = answer
        if answer["status"] == OK:
            return
        if asked.action == "enter":
            self._broken = f"it did not enter the calibration ({answer['status_string']})"
        elif asked.action == "collect_data" and asked.target_px is not None:
            self._targets[asked.target_px] = str(answer["status_string"])

    def _failed(self, what: str) -> FoveolaError:
        reason = self._broken or self._answer.get("status_string", "no answer")
        return FoveolaError(
            f"The Tobii tracker {what} ({reason}).", remedy="Calibrate the observer again."
        )

    def _on_display(self, target_px: Place) -> list[float]:
        return [target_px[0] / self._screen.width_px, target_px[1] / self._screen.height_px]

    def _residuals(self, points: list[Mapping[str, Any]]) -> tuple[TargetError, ...]:
        """Errors of every collected target and eye; the tracker gives the targets as float32."""
        places = np.array(
            [
                [one["position_on_display_area_x"], one["position_on_display_area_y"]]
                for one in points
            ]
        ).reshape(-1, 2)
        sides = ("left", "right") if self._eyes == "both" else (self._eyes,)
        residuals = []
        for target_px in self._targets:
            apart = np.abs(places - self._on_display(target_px)).max(axis=1)
            near = points[int(np.argmin(apart))] if len(apart) and apart.min() < 1e-4 else None
            for side in sides:
                samples = _point_samples(near, side, self._screen) if near else gaze_samples([])
                (error,) = target_errors(samples, target_px, self._screen)
                residuals.append(error.model_copy(update={"eye": side}))
        return tuple(residuals)


def _point_samples(point: Mapping[str, Any], side: str, screen: Screen) -> GazeSamples:
    """Gaze that the tracker used of one eye at one target; what it did not use is missing."""
    used = [one.name == "valid_and_used" for one in point[f"samples_{side}_validity"]]
    area = f"samples_{side}_position_on_display_area"
    place_px = {
        f"{side}_x_px": np.where(used, np.asarray(point[f"{area}_x"]) * screen.width_px, np.nan),
        f"{side}_y_px": np.where(used, np.asarray(point[f"{area}_y"]) * screen.height_px, np.nan),
    }
    return gaze_samples(np.arange(len(used)), **place_px)
