"""Calibration of the tracker, and its validation on other targets, in front of the observer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from foveola.data_schema import Calibration, FoveolaError, GazeSamples
from foveola.tracking import Scene, calibration_targets, grade, target_errors, validation_targets

from .calibration_settings import CalibrationSettings
from .pages import text_page
from .picture import Picture, bulls_eye
from .result_page import result_page
from .stage import SessionEnded, Stage

#: Diameters of the target (Thaler et al. 2013), and that from which it shrinks.
OUTER_DEG, INNER_DEG, FIRST_DEG = 0.6, 0.2, 2.0
RESULT_S = 2.0


def calibrate(
    stage: Stage,
    settings: CalibrationSettings,
    generator: np.random.Generator,
    *,
    automatic: bool,
) -> Calibration:
    """Calibrate and validate until the result is accepted; both are recorded.

    A validation below both thresholds is accepted at once where nobody need judge it
    (``automatic``), else by a key. One above is repeated or accepted by a key; in an unattended
    session it is repeated, and after the last attempt accepted, which the reason tells.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    settings : CalibrationSettings
        Layout, thresholds and attempts.
    generator : numpy.random.Generator
        Shuffles the targets.
    automatic : bool
        Whether a good result needs no key.

    Returns
    -------
    Calibration
        The accepted validation.
    """
    attempt = 0
    while True:
        attempt += 1
        stage.recorder.message(f"CALIBRATION attempt {attempt} {settings.layout}")
        try:
            residuals = _calibrate_once(stage, settings, generator)
        except CalibrationImpossibleError as error:
            if stage.unattended and attempt >= settings.attempts:
                raise
            _tell(stage, error)
            continue
        validation = _validate(stage, settings, generator)
        good = is_good(validation, settings)
        try:
            accepted, reason = _judged(stage, settings, validation, attempt, good, automatic)
        except SessionEnded:
            _record(stage, residuals, validation, accepted=False, reason="the session was ended")
            raise
        validation = _record(stage, residuals, validation, accepted=accepted, reason=reason)
        if accepted:
            return validation


class CalibrationImpossibleError(FoveolaError):
    """No calibration came out of the points, as without gaze of an eye."""


def is_good(validation: Calibration, settings: CalibrationSettings) -> bool:
    """Whether every eye had gaze at every target, and both errors are below the thresholds."""
    points = validation.points
    targets = {(point.target_x_px, point.target_y_px) for point in points}
    return (
        0 < len(points) == len(targets) * len({point.eye for point in points})
        and all(math.isfinite(point.error_deg) for point in points)
        and validation.mean_error_deg() < settings.max_mean_error_deg
        and validation.max_error_deg() < settings.max_error_deg
    )


def look_at(
    stage: Stage, target_px: tuple[float, float], settings: CalibrationSettings
) -> GazeSamples:
    """Show a target, which shrinks, until the gaze rests; return the gaze that rested on it."""
    duration_s = settings.shrink_s + settings.settle_s + settings.collect_s
    stage.insist(
        shrinking_target(stage, target_px, settings.shrink_s),
        duration_s,
        scene=lambda time_s: Scene(time_s, target_px=target_px),
    )
    return stage.recorder.recent(settings.collect_s)


def shrinking_target(
    stage: Stage, target_px: tuple[float, float], shrink_s: float
) -> Callable[[float], Sequence[Picture]]:
    """Target as a function of time: it draws the eye by its motion, and ends small."""
    px_per_deg = stage.screen.px_per_deg()
    made: dict[int, Picture] = {}

    def picture(elapsed_s: float) -> Sequence[Picture]:
        left = max(0.0, 1 - elapsed_s / shrink_s) if shrink_s else 0.0
        diameter_deg = OUTER_DEG + (FIRST_DEG - OUTER_DEG) * left**2
        diameter_px = round(diameter_deg * px_per_deg)
        if diameter_px not in made:
            inner_px = INNER_DEG * px_per_deg
            made[diameter_px] = bulls_eye(
                target_px, diameter_px, inner_px, stage.display.background
            )
        return [made[diameter_px]]

    return picture


def _calibrate_once(
    stage: Stage, settings: CalibrationSettings, generator: np.random.Generator
) -> Calibration:
    recorder = stage.recorder
    if recorder.capabilities.calibration == "none":  # it was done elsewhere: only validated here
        return Calibration(time_s=stage.blank(), kind="calibration", layout="none", accepted=False)
    recorder.begin_calibration()
    for target_px in _shuffled(calibration_targets(settings.layout, stage.screen), generator):
        look_at(stage, target_px, settings)
        recorder.collect(target_px)
    try:
        points = recorder.apply_calibration()
    except FoveolaError as error:
        raise CalibrationImpossibleError(error.what, remedy=error.remedy) from error
    return Calibration(
        time_s=stage.blank(),
        kind="calibration",
        layout=settings.layout,
        accepted=False,
        points=points,
    )


def _validate(
    stage: Stage, settings: CalibrationSettings, generator: np.random.Generator
) -> Calibration:
    targets = validation_targets(settings.layout, stage.screen)
    found = {
        target_px: target_errors(look_at(stage, target_px, settings), target_px, stage.screen)
        for target_px in _shuffled(targets, generator)
    }
    return Calibration(
        time_s=stage.blank(),
        kind="validation",
        layout=settings.layout,
        accepted=False,
        points=tuple(point for target_px in targets for point in found[target_px]),
    )


def _judged(
    stage: Stage,
    settings: CalibrationSettings,
    validation: Calibration,
    attempt: int,
    good: bool,
    automatic: bool,
) -> tuple[bool, str]:
    """Show the result; return whether it is accepted, and why where the rule was overridden."""
    alone = stage.unattended or (good and automatic)
    mean, largest = validation.mean_error_deg(), validation.max_error_deg()
    limits = f"{settings.max_mean_error_deg:g}° and {settings.max_error_deg:g}°"
    verdict = f"Mean {mean:.2f}°, largest {largest:.2f}°: " + (
        f"within this experiment's limits ({limits})."
        if good
        else f"above this experiment's limits ({limits}), better repeat."
    )
    page = result_page(
        stage.screen,
        stage.display.background,
        validation,
        grade(validation.points).lower(),
        verdict,
        () if alone else [("Enter", "accept"), ("R", "repeat")],
    )
    if alone:
        stage.insist(page, RESULT_S)
        if good:
            return True, ""
        last = attempt >= settings.attempts
        return last, f"above the limits after {attempt} attempts, unattended" if last else ""
    key = stage.insist(page, None, keys=("return", "r")).key
    if key == "r":
        return False, "repeated by the operator"
    return True, "" if good else "accepted by the operator although above the limits"


def _tell(stage: Stage, error: CalibrationImpossibleError) -> None:
    """Show why the calibration failed, until a key repeats it."""
    stage.recorder.message(f"CALIBRATION failed: {error.what}")
    keys = [] if stage.unattended else [("R", "repeat")]
    page = text_page(
        stage.screen, stage.display.background, "No calibration", [error.what, error.remedy], keys
    )
    stage.insist(page, RESULT_S if stage.unattended else None, keys=("r",))


def _record(
    stage: Stage, residuals: Calibration, validation: Calibration, *, accepted: bool, reason: str
) -> Calibration:
    update = {"accepted": accepted, "reason": reason}
    stage.recorder.add_calibration(residuals.model_copy(update=update))
    validation = validation.model_copy(update=update)
    stage.recorder.add_calibration(validation)
    return validation


def _shuffled(
    targets: Sequence[tuple[float, float]], generator: np.random.Generator
) -> list[tuple[float, float]]:
    return [targets[i] for i in generator.permutation(len(targets))]
