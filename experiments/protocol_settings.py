"""Settings of the protocol: blocks, practice, gaze-contingent start and questions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .settings_base import Settings

#: Variables of trials that a session writes itself; no question may have these names.
OWN_VARIABLES = (
    "frames_dropped",
    "frames_shown",
    "gaze_start",
    "gaze_start_s",
    "maybe_seen",
)
#: A scale has a digit for each of its steps.
LARGEST_STEP = 9

AfterBreak = Literal["nothing", "drift_check", "validate", "calibrate"]


class BlockSettings(Settings):
    """Blocks of trials, with a break between them whose end is the observer's choice."""

    trials: int = Field(default=0, ge=0, description="in each block; 0: as count says")
    count: int = Field(default=0, ge=0, description="of blocks, about equally long; 0: one block")
    break_min_s: float = Field(default=0.0, ge=0, le=3600, description="a break lasts so long")
    after_break: AfterBreak = Field(
        default="drift_check",
        description="drift_check and validate are followed by a calibration where they fail",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> BlockSettings:
        if self.trials and self.count:
            raise ValueError("blocks.trials and blocks.count contradict each other")
        return self


class PracticeSettings(Settings):
    """Images shown before the experiment; their trials are marked, and never analysed."""

    stimuli: str | tuple[str, ...] = Field(
        default=(), description="a folder, or a list, relative to this file; empty: no practice"
    )


class GazeStartSettings(Settings):
    """Whether the image waits until the gaze rests on the cross."""

    enabled: bool = False
    within_deg: float = Field(default=1.5, gt=0, description="the gaze must be so near the cross")
    hold_s: float = Field(default=0.3, gt=0, le=5, description="for so long")
    timeout_s: float = Field(default=5.0, gt=0, le=60, description="or else")
    on_timeout: Literal["drift_check", "calibrate"] = Field(
        default="drift_check", description="a drift check that fails calibrates"
    )

    @model_validator(mode="after")
    def _time_to_hold(self) -> GazeStartSettings:
        if self.hold_s >= self.timeout_s:
            raise ValueError("gaze_start.hold_s is not below gaze_start.timeout_s")
        return self


class QuestionSettings(Settings):
    """A question after each trial, answered by a choice, a step of a scale, or a number.

    The answer is a variable of the trial, named by the question's id. There is no free text, which
    could hold a name.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$", description="names the trial's variable")
    text: str = Field(min_length=1, max_length=300)
    choices: tuple[str, ...] = Field(default=(), max_length=9, description="two to nine")
    scale: tuple[int, int] | None = Field(
        default=None, description="its lowest and highest step, as [1, 7]; within 0 and 9"
    )
    labels: tuple[str, str] = Field(default=("", ""), description="of the scale's ends")
    number: tuple[int, int] | None = Field(
        default=None, description="smallest and largest whole number that is taken"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> QuestionSettings:
        kinds = [bool(self.choices), self.scale is not None, self.number is not None]
        if sum(kinds) != 1:
            raise ValueError(f"question {self.id!r} needs one of choices, scale and number")
        if self.choices and len(self.choices) < 2:
            raise ValueError(f"question {self.id!r} has only one choice")
        if self.scale and not 0 <= self.scale[0] < self.scale[1] <= LARGEST_STEP:
            raise ValueError(f"the scale of question {self.id!r} does not rise within 0 and 9")
        if self.number and not 0 <= self.number[0] < self.number[1]:
            raise ValueError(f"the numbers of question {self.id!r} do not rise from 0 or more")
        if self.id in OWN_VARIABLES:
            raise ValueError(f"{self.id!r} names a variable that each session writes itself")
        return self
