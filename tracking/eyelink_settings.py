"""Settings of the EyeLink tracker."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from foveola.data_schema import Eyes, Record

SAMPLING_RATES_HZ = (250.0, 500.0, 1000.0, 2000.0)
#: A list of EyeLink's words for data, as ``LEFT,RIGHT,GAZE,AREA``.
WORDS = r"^([A-Z]+(,[A-Z]+)*)?$"


class EyeLinkSettings(Record):
    """What the Host PC is told; what is empty is chosen by the kind of tracker."""

    host: str = Field(
        default="100.1.1.1", pattern=r"^[A-Za-z0-9.-]{1,253}$", description="address of the Host PC"
    )
    sampling_rate_hz: Literal[250, 500, 1000, 2000] = 1000
    eyes: Eyes = "both"
    pupil: Literal["area", "diameter"] = Field(
        default="area", description="what the pupil's size means, in EyeLink's own unit"
    )
    file_sample_data: str = Field(default="", pattern=WORDS, description="of the EDF file")
    link_sample_data: str = Field(
        default="", pattern=WORDS, description="of the link; GAZE and AREA are always read"
    )
    file_event_filter: str = Field(default="", pattern=WORDS, description="of the EDF file")
    link_event_filter: str = Field(default="", pattern=WORDS, description="of the link")
    file_filter: Literal["off", "standard", "extra"] = Field(
        default="extra", description="heuristic filter of the EDF file"
    )
    link_filter: Literal["off", "standard", "extra"] = Field(
        default="standard", description="heuristic filter of the link; each step delays a sample"
    )
    saccade_velocity_deg_s: int = Field(default=30, ge=5, le=300, description="threshold")
    saccade_acceleration_deg_s2: int = Field(
        default=8000, ge=500, le=50000, description="threshold"
    )
    saccade_motion_deg: float = Field(default=0.15, ge=0, le=5, description="threshold")
    pursuit_fixup_deg_s: int = Field(
        default=60, ge=0, le=300, description="most that pursuit raises the velocity threshold"
    )
    automatic_pacing_ms: Literal[0, 500, 1000, 1500] = Field(
        default=1000, description="targets go on by themselves after so long; 0: by a key each"
    )
    illumination_percent: Literal[0, 50, 75, 100] = Field(
        default=0, description="power of the infrared light; 0: as it is set on the Host PC"
    )
    host_backdrop: Literal["none", "box", "picture"] = Field(
        default="picture",
        description="what the Host PC shows its operator behind the gaze: nothing, the frame of "
        "the image, or a mosaic of it in four greys",
    )
