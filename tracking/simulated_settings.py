"""Settings of the simulated tracker and of the observer in front of it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from foveola.data_schema import Eyes, Record

from .observer_settings import ObserverSettings
from .planted_faults import Unplugged
from .tracker_noise import noise_mixture

SAMPLING_RATES_HZ = (250.0, 300.0, 500.0, 600.0, 1000.0, 1200.0, 2000.0)


class SimulatedSettings(Record):
    """What the simulated tracker is like; the defaults are those of a good video eye tracker."""

    sampling_rate_hz: float = Field(default=1000.0, ge=250, le=2000)
    eyes: Eyes = "both"
    rms_s2s_deg: float = Field(default=0.05, ge=0, le=5, description="of each eye")
    std_deg: float = Field(default=0.07, ge=0, le=5, description="of each eye, without drift")
    noise_tau_s: float = Field(default=0.05, gt=0, description="of the coloured part")
    offset_deg: float = Field(default=1.5, ge=0, le=20, description="before calibration, SD")
    gain: float = Field(default=0.06, ge=0, le=0.3, description="before calibration, SD about 1")
    curvature_deg: float = Field(default=0.5, ge=0, description="second order, at 15 deg, SD")
    residual_deg: float = Field(default=0.1, ge=0, description="third order, at 15 deg, SD")
    wander_deg: float = Field(default=0.08, ge=0, description="of the offset, as a head moves, SD")
    wander_tau_s: float = Field(default=120.0, gt=0)
    disparity_deg: float = Field(default=0.05, ge=0, description="between the eyes, SD")
    disparity_tau_s: float = Field(default=1.0, gt=0)
    pupil_mm: float = Field(default=3.5, gt=0, description="mean diameter")
    clock_offset_s: float = Field(default=4711.0, description="device minus recorder, at 0 s")
    clock_drift_ppm: float = Field(default=20.0, ge=-500, le=500, description="device too fast")
    clock_round_trip_s: float = Field(default=0.0002, ge=0, description="mean, to read its clock")
    time_jitter_s: float = Field(
        default=1e-5, ge=0, description="of time_s, SD, at most a fifth of a sample"
    )
    delay_s: float = Field(default=0.002, ge=0, le=0.1, description="from the eye to the computer")
    unplugged: tuple[Unplugged, ...] = Field(default=(), description="faults planted for drills")
    observer: ObserverSettings = ObserverSettings()

    @model_validator(mode="after")
    def _precision_is_possible(self) -> Self:
        noise_mixture(self.rms_s2s_deg, self.std_deg, self.noise_tau_s, self.sampling_rate_hz)
        return self
