"""Validation without a calibration before it: is what was calibrated earlier still good?"""

from __future__ import annotations

import numpy as np

from foveola.data_schema import Calibration
from foveola.tracking import target_errors, validation_targets

from .calibration_screen import is_good, look_at
from .calibration_settings import CalibrationSettings
from .stage import Stage


def revalidate(stage: Stage, settings: CalibrationSettings, generator: np.random.Generator) -> bool:
    """Show the validation's targets, and record what came out.

    Returns
    -------
    bool
        False where a calibration is needed.
    """
    stage.recorder.message(f"VALIDATION {settings.layout}")
    targets = validation_targets(settings.layout, stage.screen)
    points = {}
    for place in generator.permutation(len(targets)):
        target_px = targets[place]
        gaze = look_at(stage, target_px, settings)
        points[target_px] = target_errors(gaze, target_px, stage.screen)
    validation = Calibration(
        time_s=stage.blank(),
        kind="validation",
        layout=settings.layout,
        accepted=False,
        points=tuple(point for target_px in targets for point in points[target_px]),
    )
    good = is_good(validation, settings)
    stage.recorder.add_calibration(validation.model_copy(update={"accepted": good}))
    return good
