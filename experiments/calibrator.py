"""Calibrates a tracker of any kind, and measures how well it hits fresh targets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foveola.data_schema import Calibration, FoveolaError, TargetError
from foveola.tracking import calibration_targets, target_errors, validation_targets

from .calibration_settings import CalibrationSettings
from .device_calibration import calibrate_by_device
from .stage import SessionEnded, Stage
from .target_screen import (
    Place,
    look_again,
    look_at,
    prepare_targets,
    reward,
    wait_for_tracker,
)
from .targets import on_pixels
from .validation_summary import measured_again


class CalibrationImpossibleError(FoveolaError):
    """No calibration came out of the points, as without gaze of an eye."""


class Calibrator:
    """Leads an observer through targets.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    settings : CalibrationSettings
        Layout and times.
    generator : numpy.random.Generator
        Shuffles the targets.

    Attributes
    ----------
    kind : {"points", "device", "none"}
        How the tracker is calibrated.
    """

    def __init__(
        self, stage: Stage, settings: CalibrationSettings, generator: np.random.Generator
    ) -> None:
        self.kind = stage.recorder.capabilities.calibration
        self._stage = stage
        self._settings = settings
        self._generator = generator
        layout, screen = settings.layout, stage.screen
        self._targets = [on_pixels(one) for one in calibration_targets(layout, screen)]
        self._fresh = [on_pixels(one) for one in validation_targets(layout, screen)]
        prepare_targets(stage, settings)

    def calibrate(self, attempt: int) -> Calibration | None:
        """Calibrate; None for a tracker that is calibrated elsewhere.

        Parameters
        ----------
        attempt : int
            Written into the record.

        Returns
        -------
        Calibration or None
            The residuals, or what the device tells.

        Raises
        ------
        CalibrationImpossibleError
            If no calibration comes out.
        """
        if self.kind == "none":
            return None
        if self.kind == "device":
            return self._by_device(attempt)
        self._stage.recorder.begin_calibration()
        for number, target in enumerate(self._shuffled(self._targets)):
            self._collect(target, number)
        return self._applied(attempt)

    def validate(self, attempt: int) -> Calibration:
        """Measure how well gaze hits targets that were not calibrated on."""
        found = {
            target: self._measured(target, number)
            for number, target in enumerate(self._shuffled(self._fresh))
        }
        return Calibration(
            time_s=self._stage.blank(),
            kind="validation",
            layout=self._settings.layout,
            accepted=False,
            points=tuple(point for target in self._fresh for point in found[target]),
            attempt=attempt,
        )

    def redo(
        self, validation: Calibration, target: Place
    ) -> tuple[Calibration | None, Calibration]:
        """Redo one point: collect its nearest calibration target again, and measure it again.

        What was measured there before stays in the record, flagged. Where the tracker is not
        calibrated point by point, the point is only measured again.

        Parameters
        ----------
        validation : Calibration
            The validation that the point belongs to.
        target : (x, y)
            Place of the point.

        Returns
        -------
        calibration : Calibration or None
            The new residuals; None where nothing was calibrated.
        validation : Calibration
            The validation with both values.
        """
        calibration = None
        if self.kind == "points":
            self._collect(nearest(target, self._targets), 0)
            calibration = self._applied(validation.attempt)
        points = measured_again(validation, target, self._measured(target, 1))
        update = {"time_s": self._stage.blank(), "points": points}
        return calibration, validation.model_copy(update=update)

    def _collect(self, target: Place, number: int) -> None:
        """Collect one calibration point; once again where the gaze did not rest."""
        stage, settings = self._stage, self._settings
        for last in (False, True):
            samples = look_at(stage, target, settings, number)
            stage.recorder.collect(target)
            if not wait_for_tracker(stage, target, settings, number):
                raise CalibrationImpossibleError(
                    "The tracker did not finish a point.", remedy="Check it and its cable."
                )
            if last or not look_again(stage, samples, settings):
                break
        reward(stage, target, settings, number)

    def _measured(self, target: Place, number: int) -> tuple[TargetError, ...]:
        """Measure one fresh target; once again where the gaze did not rest, and keep both."""
        stage, settings = self._stage, self._settings
        samples = look_at(stage, target, settings, number)
        points = target_errors(samples, target, stage.screen)
        if look_again(stage, samples, settings):
            samples = look_at(stage, target, settings, number)
            earlier = [point.model_copy(update={"redone": True}) for point in points]
            points = (*earlier, *target_errors(samples, target, stage.screen))
        reward(stage, target, settings, number)
        return points

    def _applied(self, attempt: int) -> Calibration:
        try:
            points = self._stage.recorder.apply_calibration()
        except FoveolaError as error:
            raise CalibrationImpossibleError(error.what, remedy=error.remedy) from error
        return Calibration(
            time_s=self._stage.blank(),
            kind="calibration",
            layout=self._settings.layout,
            accepted=False,
            points=points,
            attempt=attempt,
        )

    def _by_device(self, attempt: int) -> Calibration:
        try:
            calibration = calibrate_by_device(self._stage, self._settings)
        except SessionEnded:
            raise
        except FoveolaError as error:
            raise CalibrationImpossibleError(error.what, remedy=error.remedy) from error
        return calibration.model_copy(update={"attempt": attempt})

    def _shuffled(self, targets: Sequence[Place]) -> list[Place]:
        return [targets[i] for i in self._generator.permutation(len(targets))]


def nearest(place: Place, targets: Sequence[Place]) -> Place:
    """The target nearest to a place; of several, the first."""
    return min(targets, key=lambda target: math.dist(target, place))
