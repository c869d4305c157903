"""An observer's session: settings, schedule, display, calibration screen, drift check."""

from .calibration_screen import calibrate
from .display import Display
from .observer_form import Answers, answers_of
from .observer_ids import give_ids, new_ids
from .order import observer_generator
from .plan import session_plan
from .schedule import ScheduledTrial, schedule
from .session import resume_session, run_session, session_tracker
from .session_files import SessionFiles, session_files
from .session_run import DisplayKind
from .settings import ExperimentSettings, load_settings, stimulus_paths
from .summary import session_summary
from .trackers import TRACKERS
from .xvfb import display_missing, ensure_display, stop_display

__all__ = [
    "TRACKERS",
    "Answers",
    "Display",
    "DisplayKind",
    "ExperimentSettings",
    "ScheduledTrial",
    "SessionFiles",
    "answers_of",
    "calibrate",
    "display_missing",
    "ensure_display",
    "give_ids",
    "load_settings",
    "new_ids",
    "observer_generator",
    "resume_session",
    "run_session",
    "schedule",
    "session_files",
    "session_plan",
    "session_summary",
    "session_tracker",
    "stimulus_paths",
    "stop_display",
]
