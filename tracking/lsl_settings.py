"""Which LSL stream is gaze, and how its numbers are to be read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from foveola.data_schema import Record

Place = Literal[
    "left_x",
    "left_y",
    "left_pupil",
    "right_x",
    "right_y",
    "right_pupil",
    "x",
    "y",
    "pupil",
    "device",
]


class LslSettings(Record):
    """A gaze stream of the lab streaming layer; what is left empty is taken from the stream."""

    name: str = Field(default="", description="of the stream")
    type: str = Field(default="Gaze", description="of the stream; empty: any")
    source_id: str = Field(default="", description="of the device, as its software gives it")
    channels: dict[Place, str] = Field(
        default_factory=dict, description="labels by what they hold, where they don't tell it"
    )
    units: Literal["", "px", "screen", "deg"] = Field(
        default="",
        description="of gaze: pixels, 0 to 1 across the screen, or degrees off its centre",
    )
    y_up: bool | None = Field(default=None, description="whether y grows upward")
    missing: tuple[float, ...] = Field(default=(), description="numbers that mean: no gaze")
    sampling_rate_hz: float | None = Field(
        default=None, gt=0, description="where the stream states none; else it is measured"
    )
