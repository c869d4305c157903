"""eye trackers behind one protocol, the recorder, calibration arithmetic and importers."""

from .finalise import RecordingSummary, finalise
from .journal_reader import Damage, JournalReader, JournalRecord, JournalReport
from .recorder import Recorder, RecorderStatus

__all__ = [
    "Damage",
    "JournalReader",
    "JournalRecord",
    "JournalReport",
    "Recorder",
    "RecorderStatus",
    "RecordingSummary",
    "finalise",
]
