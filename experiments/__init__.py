"""An observer's session: settings, schedule, display, calibration screen, drift check."""

from .calibration_screen import calibrate
from .display import Display
from .schedule import ScheduledTrial, observer_generator, schedule
from .session import DisplayKind, SessionFiles, run_session, session_files
from .settings import ExperimentSettings, load_settings, stimulus_paths
from .summary import session_summary
from .trackers import TRACKERS
from .xvfb import display_missing, ensure_display, stop_display

__all__ = [
    "TRACKERS",
    "Display",
    "DisplayKind",
    "ExperimentSettings",
    "ScheduledTrial",
    "SessionFiles",
    "calibrate",
    "display_missing",
    "ensure_display",
    "load_settings",
    "observer_generator",
    "run_session",
    "schedule",
    "session_files",
    "session_summary",
    "stimulus_paths",
    "stop_display",
]
