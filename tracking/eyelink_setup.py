"""What an EyeLink's Host PC is told before it records; it depends on the kind of tracker."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from foveola.data_schema import FoveolaError, Screen

from .calibration import AREA
from .eyelink_settings import EyeLinkSettings

#: Hardware as the link numbers it.
EYELINK_I, EYELINK_II, EYELINK_1000 = 1, 2, 3
#: From this version of its software on, a tracker of the 1000 family can follow a head target.
HEAD_TARGET_VERSION = 4.0
FILTERS = {"off": 0, "standard": 1, "extra": 2}
POWERS = {100: 1, 75: 2, 50: 3}

FILE_EVENTS = "LEFT,RIGHT,FIXATION,SACCADE,BLINK,MESSAGE,BUTTON,INPUT"
LINK_EVENTS = "LEFT,RIGHT,FIXATION,SACCADE,BLINK,BUTTON,INPUT"
FILE_SAMPLES = "LEFT,RIGHT,GAZE,HREF,PUPIL,AREA,GAZERES,BUTTON,STATUS,INPUT"
LINK_SAMPLES = "LEFT,RIGHT,GAZE,GAZERES,AREA,STATUS,INPUT"


class HostVersion(NamedTuple):
    """Kind of tracker and version of the software on its Host PC."""

    hardware: int
    software: float
    text: str

    @property
    def model(self) -> str:
        """Name of the tracker, as far as the link tells it."""
        if self.hardware == EYELINK_II:
            return "EyeLink II"
        return "EyeLink 1000 family" if self.hardware == EYELINK_1000 else "EyeLink"


def host_version(hardware: int, text: str) -> HostVersion:
    """Read what the host calls itself, as ``EYELINK CL 5.12``; FoveolaError for an EyeLink I."""
    if hardware <= EYELINK_I:
        raise FoveolaError(
            f"The Host PC calls itself {text or 'nothing'!r}: an EyeLink I, or no tracker at all.",
            remedy="Use an EyeLink II, 1000, 1000 Plus or Portable Duo.",
        )
    number = re.search(r"(\d+(?:\.\d+)?)\s*$", text)
    return HostVersion(hardware, float(number[1]) if number else 0.0, text)


def setup_commands(settings: EyeLinkSettings, screen: Screen, version: HostVersion) -> list[str]:
    """Commands that set the tracker up, in their order."""
    return [
        *_screen_commands(screen),
        *_sampling_commands(settings, version),
        *_data_commands(settings, version),
        "recording_parse_type = GAZE",
        f"saccade_velocity_threshold = {settings.saccade_velocity_deg_s}",
        f"saccade_acceleration_threshold = {settings.saccade_acceleration_deg_s2}",
        f"saccade_motion_threshold = {settings.saccade_motion_deg:g}",
        f"saccade_pursuit_fixup = {settings.pursuit_fixup_deg_s}",
        f"calibration_area_proportion = {AREA[0]:g} {AREA[1]:g}",
        f"validation_area_proportion = {AREA[0]:g} {AREA[1]:g}",
        *_pacing_commands(settings.automatic_pacing_ms),
        "button_function 5 'accept_target_fixation'",
    ]


def _screen_commands(screen: Screen) -> list[str]:
    """Size in pixels and, so that the host knows degrees, in mm around the screen's centre."""
    right_mm, top_mm = screen.width_cm * 5, screen.height_cm * 5
    edge_mm = float(np.hypot(screen.distance_cm * 10, top_mm))  # to the top and the bottom edge
    return [
        f"screen_pixel_coords = 0 0 {screen.width_px - 1} {screen.height_px - 1}",
        f"screen_phys_coords = {-right_mm:.1f} {top_mm:.1f} {right_mm:.1f} {-top_mm:.1f}",
        f"screen_distance = {edge_mm:.0f} {edge_mm:.0f}",
    ]


def _sampling_commands(settings: EyeLinkSettings, version: HostVersion) -> list[str]:
    if version.hardware == EYELINK_II and settings.sampling_rate_hz > 500:
        raise FoveolaError(
            f"An EyeLink II does not sample at {settings.sampling_rate_hz} Hz.",
            remedy="Set sampling_rate_hz = 500 in [tracker.eyelink].",
        )
    commands = [
        f"sample_rate = {settings.sampling_rate_hz}",
        f"binocular_enabled = {'YES' if settings.eyes == 'both' else 'NO'}",
        f"pupil_size_diameter = {'YES' if settings.pupil == 'diameter' else 'NO'}",
        f"heuristic_filter = {FILTERS[settings.link_filter]} {FILTERS[settings.file_filter]}",
    ]
    if settings.eyes != "both":
        commands.insert(2, f"active_eye = {settings.eyes.upper()}")
    if settings.illumination_percent and version.hardware != EYELINK_II:
        commands.append(f"elcl_tt_power = {POWERS[settings.illumination_percent]}")
    return commands


def _data_commands(settings: EyeLinkSettings, version: HostVersion) -> list[str]:
    """What goes into the file and over the link; a head target only where there can be one."""
    head = version.hardware != EYELINK_II and version.software >= HEAD_TARGET_VERSION
    more = ",HTARGET" if head else ""
    return [
        f"file_event_filter = {settings.file_event_filter or FILE_EVENTS}",
        f"file_sample_data = {settings.file_sample_data or FILE_SAMPLES + more}",
        f"link_event_filter = {settings.link_event_filter or LINK_EVENTS}",
        f"link_sample_data = {settings.link_sample_data or LINK_SAMPLES + more}",
        "file_event_data = GAZE,GAZERES,HREF,AREA,VELOCITY,STATUS",
        "link_event_data = GAZE,GAZERES,HREF,AREA,VELOCITY,STATUS",
    ]


def _pacing_commands(pacing_ms: int) -> list[str]:
    if not pacing_ms:
        return ["enable_automatic_calibration = NO"]
    return ["enable_automatic_calibration = YES", f"automatic_calibration_pacing = {pacing_ms}"]
