"""Drift check: does the gaze still lie where the observer looks?"""

from __future__ import annotations

import math

from foveola.data_schema import Calibration, TargetError
from foveola.tracking import target_errors

from .calibration_settings import CalibrationSettings
from .stage import Stage
from .target_screen import look_at, prepare_targets, reward
from .targets import on_pixels


def drift_check(
    stage: Stage, timing: CalibrationSettings, max_error_deg: float, *, retries: int = 1
) -> bool:
    """Show one central target, again where the error is too large; record every check.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    timing : CalibrationSettings
        Which target, and how long it is shown.
    max_error_deg : float
        Error, of each eye that has gaze, that is still borne.
    retries : int
        How often a check that failed is repeated.

    Returns
    -------
    bool
        False where a calibration is needed.
    """
    prepare_targets(stage, timing)
    centre_px = on_pixels((stage.screen.width_px / 2, stage.screen.height_px / 2))
    for _ in range(retries + 1):
        points = target_errors(look_at(stage, centre_px, timing), centre_px, stage.screen)
        accepted = _within(points, max_error_deg)
        check = Calibration(
            time_s=stage.blank(),
            kind="drift_check",
            layout="centre",
            accepted=accepted,
            points=points,
        )
        stage.add_calibration(check)
        stage.recorder.message(f"DRIFTCHECK error {check.max_error_deg():.2f} deg", check.time_s)
        if accepted:
            reward(stage, centre_px, timing)
            return True
    return False


def _within(points: tuple[TargetError, ...], max_error_deg: float) -> bool:
    errors = [point.error_deg for point in points if math.isfinite(point.error_deg)]
    return bool(errors) and max(errors) <= max_error_deg
