"""Settings of the trackers that a session can use, each in its own table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from foveola.tracking import (
    EyeLinkSettings,
    LslSettings,
    ReplaySettings,
    SimulatedSettings,
    TobiiSettings,
)

from .settings_base import Settings


class TrackerSettings(Settings):
    """Settings of each tracker; the one chosen on the command line reads its own."""

    patience_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="how long an unattended session waits for a tracker that is silent",
    )
    eyelink: EyeLinkSettings = Field(default_factory=EyeLinkSettings)
    simulated: SimulatedSettings = Field(default_factory=SimulatedSettings)
    tobii: TobiiSettings = Field(default_factory=TobiiSettings)
    lsl: LslSettings = Field(default_factory=LslSettings)
    replay: ReplaySettings = Field(default_factory=ReplaySettings)

    def within(self, folder: Path) -> TrackerSettings:
        """Settings whose files are absolute: those that they name are relative to a folder."""
        if not self.replay.recording:
            return self
        path = str(folder / self.replay.recording)
        return self.model_copy(update={"replay": ReplaySettings(recording=path)})


def without_folders(table: dict[str, Any]) -> dict[str, Any]:
    """Trackers' settings as a recording keeps them: without the folders of the machine."""
    recording = Path(table["replay"]["recording"]).name
    return table | {"replay": table["replay"] | {"recording": recording}}
