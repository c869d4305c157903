"""Settings of calibration, validation and drift checks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .settings_base import Settings


class CalibrationSettings(Settings):
    """How the tracker is calibrated, and when a calibration is good enough.

    The thresholds are those advised for typical adults; the validation must stay below both.
    """

    layout: Literal["HV5", "HV9", "HV13"] = "HV9"
    target: Literal["rings", "bulls-eye", "child"] = Field(
        default="rings", description="child: figures, and a reward for each point"
    )
    pace: Literal["automatic", "key"] = Field(
        default="automatic",
        description="a point is taken when the gaze rests, or when Space is pressed",
    )
    max_mean_error_deg: float = Field(default=0.5, gt=0, description="mean over targets and eyes")
    max_error_deg: float = Field(default=1.0, gt=0, description="at any target, of any eye")
    attempts: int = Field(
        default=3, ge=1, le=20, description="before an unattended session goes on"
    )
    shrink_s: float = Field(default=0.7, ge=0, le=5, description="the target shrinks so long")
    settle_s: float = Field(default=0.4, ge=0.1, le=5, description="then the gaze settles")
    collect_s: float = Field(default=0.5, ge=0.1, le=5, description="and is then measured")
    timeout_s: float = Field(
        default=3.0, ge=0, le=60, description="so much longer the target waits for gaze that rests"
    )
    max_std_deg: float = Field(
        default=1.0, gt=0, le=10, description="gaze that varies less while it is measured rests"
    )
    min_gaze: float = Field(
        default=0.7, ge=0, le=1, description="share of the samples that must hold gaze"
    )


class DriftCheckSettings(Settings):
    """How often one central target is looked at again, and the error that is borne."""

    every_trials: int = Field(default=10, ge=0, description="0: never")
    max_error_deg: float = Field(default=1.0, gt=0)
    retries: int = Field(default=1, ge=0, le=5, description="then it is calibrated")
