"""eye trackers behind one protocol, the recorder, calibration arithmetic and importers."""

from .bids_export import export_bids
from .calibration import GazeMap, calibration_targets, fit_gaze_map, validation_targets
from .clock import MonotonicClock, VirtualClock, fit_clock
from .eyelink_asc import read_eyelink_asc
from .eyelink_settings import EyeLinkSettings
from .eyelink_tracker import EyeLinkTracker
from .finalise import RecordingSummary, finalise
from .journal_columns import JournalColumns
from .journal_reader import Damage, JournalReader, JournalRecord, JournalReport
from .lsl_settings import LslSettings
from .lsl_tracker import LslTracker
from .mouse_tracker import MouseTracker
from .observer_settings import ObserverSettings
from .planted_faults import Unplugged
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
from .recorder import Recorder
from .recorder_process import recorder_for, tracker_elsewhere
from .recorder_status import RecorderStatus
from .replay_tracker import ReplaySettings, ReplayTracker
from .simulated import SimulatedTracker
from .simulated_settings import SimulatedSettings
from .tobii_settings import TobiiSettings
from .tobii_tracker import TobiiTracker
from .tracker import (
    CalibrationFace,
    Capabilities,
    ClockPair,
    DeviceCalibration,
    EyeImage,
    FollowsPointer,
    GivesMore,
    HasCalibrationMode,
    KeepsCalibrations,
    RecordsOnDevice,
    Scene,
    Tracker,
)
from .validation import target_errors
from .virtual_observer import VirtualObserver

__all__ = [
    "READERS",
    "CalibrationFace",
    "Capabilities",
    "ClockPair",
    "Damage",
    "DeviceCalibration",
    "EyeImage",
    "EyeLinkSettings",
    "EyeLinkTracker",
    "FollowsPointer",
    "GazeMap",
    "GivesMore",
    "HasCalibrationMode",
    "ImportOptions",
    "ImportResult",
    "ImportSummary",
    "JournalColumns",
    "JournalReader",
    "JournalRecord",
    "JournalReport",
    "KeepsCalibrations",
    "LslSettings",
    "LslTracker",
    "MonotonicClock",
    "MouseTracker",
    "ObserverSettings",
    "PriorityMap",
    "Reader",
    "Recorder",
    "RecorderStatus",
    "RecordingSummary",
    "RecordsOnDevice",
    "ReplaySettings",
    "ReplayTracker",
    "Scene",
    "SimulatedSettings",
    "SimulatedTracker",
    "TobiiSettings",
    "TobiiTracker",
    "Tracker",
    "Unplugged",
    "VirtualClock",
    "VirtualObserver",
    "calibration_targets",
    "default_priority",
    "export_bids",
    "finalise",
    "fit_clock",
    "fit_gaze_map",
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
