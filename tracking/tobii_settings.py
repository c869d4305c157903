"""Settings of Tobii trackers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from foveola.data_schema import Eyes, Record


class TobiiSettings(Record):
    """Which Tobii tracker, and how it tracks; what is left empty stays as the tracker has it."""

    serial: str = Field(default="", description="serial number; empty: the one that is there")
    address: str = Field(default="", description="as tet-tcp://169.254.10.20: not searched for")
    sdk: Literal["auto", "v2", "v1"] = Field(
        default="auto", description="v2: Spectrum, Fusion, Nano, Spark; v1: trackers before them"
    )
    sampling_rate_hz: float | None = Field(default=None, gt=0)
    tracking_mode: str = Field(default="", description="as human, or those of the tracker")
    eyes: Eyes = "both"
    eye_images: bool = Field(
        default=False,
        description="keep pictures of the eyes in the journal; they identify the observer",
    )
