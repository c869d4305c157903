"""Validations for the tests of the result page: targets, eyes and errors as they are asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from foveola.data_schema import Calibration, Eyes, Screen, TargetError
from foveola.experiments.calibration_review import Attempt, Review
from foveola.experiments.calibration_settings import CalibrationSettings

PLACES = ((200.0, 150.0), (440.0, 150.0), (200.0, 330.0), (440.0, 330.0))
BOTH: tuple[Eyes, ...] = ("left", "right")


def seen(
    place: tuple[float, float], error_deg: float, eye: Eyes = "left", px_per_deg: float = 20.0
) -> TargetError:
    """An eye that looks so far to the right of a target; NaN: that has no gaze."""
    return TargetError(
        target_x_px=place[0],
        target_y_px=place[1],
        eye=eye,
        gaze_x_px=place[0] + error_deg * px_per_deg,
        gaze_y_px=place[1] if math.isfinite(error_deg) else math.nan,
        error_deg=error_deg,
        rms_s2s_deg=0.04 if math.isfinite(error_deg) else math.nan,
        std_deg=0.1 if math.isfinite(error_deg) else math.nan,
        loss=0.02 if math.isfinite(error_deg) else 1.0,
    )


def validation(
    errors_deg: Sequence[float] = (0.3, 0.3, 0.3, 0.3),
    eyes: Sequence[Eyes] = BOTH,
    places: Sequence[tuple[float, float]] = PLACES,
) -> Calibration:
    """A validation in which all eyes err alike."""
    points = tuple(
        seen(place, error_deg, eye)
        for place, error_deg in zip(places, errors_deg, strict=False)
        for eye in eyes
    )
    return Calibration(
        time_s=1, kind="validation", layout="HV9", accepted=False, points=points, attempt=1
    )


def review(
    *validations: Calibration,
    settings: Mapping[str, float] | None = None,
    shown: int = -1,
    **changes: object,
) -> Review:
    """A review of attempts, the last one shown, of a tracker that can do everything."""
    attempts = tuple(
        Attempt(number, None, one) for number, one in enumerate(validations or (validation(),), 1)
    )
    state = {
        "settings": CalibrationSettings(**(settings or {})),
        "kind": "points",
        "keeps": True,
        "attempts": attempts,
        "shown": shown % len(attempts),
    }
    return Review(**(state | changes))  # type: ignore[arg-type]


def screen(width_px: int = 640, height_px: int = 480) -> Screen:
    """Of any size, 40 x 30 cm."""
    return Screen(width_px=width_px, height_px=height_px, width_cm=40, height_cm=30, distance_cm=60)
