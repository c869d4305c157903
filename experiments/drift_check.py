"""Drift check: does the gaze still lie where the observer looks?"""

from __future__ import annotations

import math

from foveola.data_schema import Calibration, TargetError
from foveola.tracking import target_errors

from .calibration_screen import look_at
from .calibration_settings import CalibrationSettings
from .stage import Stage

TRIES = 2


def drift_check(stage: Stage, timing: CalibrationSettings, max_error_deg: float) -> bool:
    """Show one central target, once again where the error is too large; record what came out.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    timing : CalibrationSettings
        How long the target is shown.
    max_error_deg : float
        Error, of each eye that has gaze, that is still borne.

    Returns
    -------
    bool
        False where a calibration is needed.
    """
    centre_px = stage.screen.width_px / 2, stage.screen.height_px / 2
    for _ in range(TRIES):
        points = target_errors(look_at(stage, centre_px, timing), centre_px, stage.screen)
        accepted = _within(points, max_error_deg)
        check = Calibration(
            time_s=stage.blank(),
            kind="drift_check",
            layout="centre",
            accepted=accepted,
            points=points,
        )
        stage.recorder.add_calibration(check)
        stage.recorder.message(f"DRIFTCHECK error {check.max_error_deg():.2f} deg", check.time_s)
        if accepted:
            return True
    return False


def _within(points: tuple[TargetError, ...], max_error_deg: float) -> bool:
    errors = [point.error_deg for point in points if math.isfinite(point.error_deg)]
    return bool(errors) and max(errors) <= max_error_deg
