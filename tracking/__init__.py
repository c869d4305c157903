"""eye trackers behind one protocol, the recorder, calibration arithmetic and importers."""

from .bids_export import export_bids
from .calibration import GazeMap, calibration_targets, fit_gaze_map, validation_targets
from .clock import MonotonicClock, VirtualClock, fit_clock
from .eyelink_asc import read_eyelink_asc
from .finalise import RecordingSummary, finalise
from .journal_reader import Damage, JournalReader, JournalRecord, JournalReport
from .observer_settings import ObserverSettings
from .priority import PriorityMap, default_priority, image_priority
from .reader import (
    READERS,
    ImportOptions,
    ImportResult,
    ImportSummary,
    Reader,
    import_recording,
    reader_of,
    sniff_format,
)
from .recorder import Recorder, RecorderStatus
from .recorder_process import recorder_for, tracker_elsewhere
from .simulated import SimulatedTracker
from .simulated_settings import SimulatedSettings
from .tracker import (
    CalibrationFace,
    Capabilities,
    ClockPair,
    DeviceCalibration,
    KeepsCalibrations,
    RecordsOnDevice,
    Scene,
    Tracker,
)
from .validation import grade, target_errors
from .virtual_observer import VirtualObserver

__all__ = [
    "READERS",
    "CalibrationFace",
    "Capabilities",
    "ClockPair",
    "Damage",
    "DeviceCalibration",
    "GazeMap",
    "ImportOptions",
    "ImportResult",
    "ImportSummary",
    "JournalReader",
    "JournalRecord",
    "JournalReport",
    "KeepsCalibrations",
    "MonotonicClock",
    "ObserverSettings",
    "PriorityMap",
    "Reader",
    "Recorder",
    "RecorderStatus",
    "RecordingSummary",
    "RecordsOnDevice",
    "Scene",
    "SimulatedSettings",
    "SimulatedTracker",
    "Tracker",
    "VirtualClock",
    "VirtualObserver",
    "calibration_targets",
    "default_priority",
    "export_bids",
    "finalise",
    "fit_clock",
    "fit_gaze_map",
    "grade",
    "image_priority",
    "import_recording",
    "read_eyelink_asc",
    "reader_of",
    "recorder_for",
    "sniff_format",
    "target_errors",
    "tracker_elsewhere",
    "validation_targets",
]
