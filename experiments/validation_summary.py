"""A validation summed up: per eye, and as a grade against the thresholds that were set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from foveola.data_schema import Calibration, Eyes, TargetError

from .calibration_settings import CalibrationSettings

Grade = Literal["good", "fair", "poor"]
Place = tuple[float, float]

#: Beside the word, so that no colour is needed.
SYMBOLS: dict[Grade, str] = {"good": "✔", "fair": "≈", "poor": "✘"}
#: Errors up to so many times the thresholds are fair.
FAIR = 1.5


class EyeSummary(NamedTuple):
    """One eye over all targets; NaN where no target has gaze of it.

    Attributes
    ----------
    eye : {"left", "right", "both"}
    mean_deg, max_deg : float
        Error over the targets with gaze.
    rms_s2s_deg, std_deg : float
        Mean over the targets with gaze.
    loss : float
        Mean share of samples without gaze; a target without any counts as 1.
    lost : int
        Targets without gaze.
    """

    eye: Eyes
    mean_deg: float
    max_deg: float
    rms_s2s_deg: float
    std_deg: float
    loss: float
    lost: int


def targets_of(validation: Calibration) -> list[Place]:
    """Places of the targets, in order."""
    places = ((point.target_x_px, point.target_y_px) for point in validation.points)
    return list(dict.fromkeys(places))


def eyes_of(validation: Calibration) -> list[Eyes]:
    """Eyes that were seen: left, right; "both" only where neither was, or no tracker tells."""
    seen = dict.fromkeys(point.eye for point in validation.holding)
    apart: list[Eyes] = [eye for eye in ("left", "right") if eye in seen]
    return apart or list(seen)


def point_at(validation: Calibration, target: Place, eye: Eyes) -> TargetError | None:
    """How an eye looked at a target when it was measured last; None where it had no gaze."""
    return next(
        (
            point
            for point in validation.holding
            if (point.target_x_px, point.target_y_px) == target
            and point.eye == eye
            and math.isfinite(point.error_deg)
        ),
        None,
    )


def eye_summary(validation: Calibration, eye: Eyes) -> EyeSummary:
    """Sum up one eye over all targets."""
    found = [point_at(validation, target, eye) for target in targets_of(validation)]
    seen = [point for point in found if point is not None]
    errors_deg = [point.error_deg for point in seen]
    return EyeSummary(
        eye,
        mean_deg=_mean(errors_deg),
        max_deg=max(errors_deg, default=math.nan),
        rms_s2s_deg=_mean(point.rms_s2s_deg for point in seen),
        std_deg=_mean(point.std_deg for point in seen),
        loss=_mean(1.0 if point is None else point.loss for point in found),
        lost=len(found) - len(seen),
    )


def lost_eyes(validation: Calibration, target: Place) -> list[Eyes]:
    """Eyes that had no gaze at a target."""
    return [eye for eye in eyes_of(validation) if point_at(validation, target, eye) is None]


def all_seen(validation: Calibration) -> bool:
    """Whether every eye had gaze at every target."""
    targets = targets_of(validation)
    return bool(targets) and not any(lost_eyes(validation, target) for target in targets)


def grade_within(validation: Calibration, settings: CalibrationSettings) -> Grade:
    """Grade a validation against the thresholds that were set.

    Good: every eye had gaze at every target, and the mean and the largest error are both below
    their thresholds. Fair: below :data:`FAIR` times them. Poor: else.
    """
    if not all_seen(validation):
        return "poor"
    share = max(
        validation.mean_error_deg() / settings.max_mean_error_deg,
        validation.max_error_deg() / settings.max_error_deg,
    )
    if share < 1:
        return "good"
    return "fair" if share < FAIR else "poor"


def is_good(validation: Calibration, settings: CalibrationSettings) -> bool:
    """Whether a validation is accepted without a reason."""
    return grade_within(validation, settings) == "good"


def measured_again(
    validation: Calibration, target: Place, points: Sequence[TargetError]
) -> tuple[TargetError, ...]:
    """Points of a validation with one target measured once more; the earlier values stay."""
    earlier = tuple(
        point.model_copy(update={"redone": True})
        if (point.target_x_px, point.target_y_px) == target
        else point
        for point in validation.points
    )
    return (*earlier, *points)


def first_value_deg(validation: Calibration, target: Place) -> float:
    """Largest error at a target of all that were replaced since; NaN where none was.

    Without gaze, an infinite one.
    """
    replaced = [
        point.error_deg if math.isfinite(point.error_deg) else math.inf
        for point in validation.points
        if point.redone and (point.target_x_px, point.target_y_px) == target
    ]
    return max(replaced, default=math.nan)


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan
