"""Settings of the trackers, a table each."""

from __future__ import annotations

from pydantic import Field

from foveola.tracking import EyeLinkSettings, SimulatedSettings

from .settings_base import Settings


class TrackerSettings(Settings):
    """Settings of each tracker; the one chosen on the command line reads its own."""

    eyelink: EyeLinkSettings = Field(default_factory=EyeLinkSettings)
    simulated: SimulatedSettings = Field(default_factory=SimulatedSettings)
