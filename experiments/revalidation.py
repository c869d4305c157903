"""Validation without a calibration before it: is what was calibrated earlier still good?"""

from __future__ import annotations

import numpy as np

from .calibration_settings import CalibrationSettings
from .calibrator import Calibrator
from .stage import Stage
from .validation_summary import is_good


def revalidate(stage: Stage, settings: CalibrationSettings, generator: np.random.Generator) -> bool:
    """Show the validation's targets, and record what came out.

    Returns
    -------
    bool
        False where a calibration is needed.
    """
    stage.recorder.message(f"VALIDATION {settings.layout}")
    validation = Calibrator(stage, settings, generator).validate(0)
    good = is_good(validation, settings)
    stage.add_calibration(validation.model_copy(update={"accepted": good}))
    return good
