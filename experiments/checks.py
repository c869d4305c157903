"""Calibration, validation and drift checks of a session, each with what follows where it fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .calibration_screen import calibrate
from .drift_check import drift_check
from .pages import text_page
from .protocol_settings import AfterBreak
from .revalidation import revalidate
from .settings import ExperimentSettings
from .stage import Stage

#: How long it is told why a calibration follows.
TOLD_S = 2.0


@dataclass(frozen=True)
class Checks:
    """The checks of one session.

    Attributes
    ----------
    stage : Stage
        Where they happen.
    settings : ExperimentSettings
        How they are done.
    generator : numpy.random.Generator
        Shuffles the targets.
    automatic : bool
        Whether a good calibration needs no key.
    """

    stage: Stage
    settings: ExperimentSettings
    generator: np.random.Generator
    automatic: bool

    def calibrate(self) -> None:
        """Calibrate and validate until the result is accepted."""
        calibrate(self.stage, self.settings.calibration, self.generator, automatic=self.automatic)

    def check_drift(self) -> None:
        """Check the drift; calibrate where it is too large."""
        rule = self.settings.drift_check
        if not drift_check(
            self.stage, self.settings.calibration, rule.max_error_deg, retries=rule.retries
        ):
            self._calibrate_again()

    def validate(self) -> None:
        """Validate; calibrate where the result is not good enough."""
        if not revalidate(self.stage, self.settings.calibration, self.generator):
            self._calibrate_again()

    def after_break(self, rule: AfterBreak) -> None:
        """Do what a rule asks for."""
        match rule:
            case "drift_check":
                self.check_drift()
            case "validate":
                self.validate()
            case "calibrate":
                self.calibrate()
            case "nothing":
                pass

    def _calibrate_again(self) -> None:
        """Tell why more targets follow, and calibrate."""
        stage = self.stage
        lines = ["The gaze is no longer measured accurately.", "Look at each target as before."]
        page = text_page(stage.screen, stage.display.background, "We calibrate again", lines)
        stage.insist(page, TOLD_S)
        self.calibrate()
