"""eye trackers behind one protocol, the recorder, calibration arithmetic and importers."""

from .calibration import GazeMap, calibration_targets, fit_gaze_map, validation_targets
from .clock import MonotonicClock, VirtualClock, fit_clock
from .eyelink_asc import ImportResult, ImportSummary, read_eyelink_asc
from .finalise import RecordingSummary, finalise
from .journal_reader import Damage, JournalReader, JournalRecord, JournalReport
from .observer_settings import ObserverSettings
from .priority import PriorityMap, default_priority, image_priority
from .recorder import Recorder, RecorderStatus
from .simulated import SimulatedTracker
from .simulated_settings import SimulatedSettings
from .tracker import Capabilities, ClockPair, Scene, Tracker
from .validation import grade, target_errors
from .virtual_observer import VirtualObserver

__all__ = [
    "Capabilities",
    "ClockPair",
    "Damage",
    "GazeMap",
    "ImportResult",
    "ImportSummary",
    "JournalReader",
    "JournalRecord",
    "JournalReport",
    "MonotonicClock",
    "ObserverSettings",
    "PriorityMap",
    "Recorder",
    "RecorderStatus",
    "RecordingSummary",
    "Scene",
    "SimulatedSettings",
    "SimulatedTracker",
    "Tracker",
    "VirtualClock",
    "VirtualObserver",
    "calibration_targets",
    "default_priority",
    "finalise",
    "fit_clock",
    "fit_gaze_map",
    "grade",
    "image_priority",
    "read_eyelink_asc",
    "target_errors",
    "validation_targets",
]
