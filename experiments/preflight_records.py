"""What a pre-flight measures, and what it finds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Verdict = Literal["ok", "warn", "fail", "skipped"]
#: Said beside every colour.
SYMBOLS: dict[Verdict, str] = {"ok": "✔", "warn": "!", "fail": "✘", "skipped": "–"}


class Finding(NamedTuple):
    """What one check found.

    Attributes
    ----------
    name : str
        The check.
    verdict : {"ok", "warn", "fail", "skipped"}
        Whether a session may begin; skipped: it could not be checked, and the words tell why.
    words : str
        What was found.
    remedy : str
        What to do about it; empty where nothing is to be done.
    """

    name: str
    verdict: Verdict
    words: str
    remedy: str = ""


@dataclass(frozen=True)
class WindowFacts:
    """A window on the stimulus' screen.

    Attributes
    ----------
    screen_px : (width, height)
        Of the whole screen.
    refresh_hz : float
        Measured.
    flips, dropped : int
        Flips that were measured, and those of them that came a refresh or more too late.
    software : bool
        Whether a processor draws, as on Xvfb.
    size_mm : (width, height) or None
        What the display says of itself; None where it says nothing.
    error : str
        Why no window opened.
    """

    screen_px: tuple[int, int] = (0, 0)
    refresh_hz: float = math.nan
    flips: int = 0
    dropped: int = 0
    software: bool = False
    size_mm: tuple[int, int] | None = None
    error: str = ""


@dataclass(frozen=True)
class TrackerFacts:
    """What the tracker delivered in some seconds.

    Attributes
    ----------
    name : str
        Make and model.
    simulated : bool
        Whether no eye is tracked.
    nominal_hz, rate_hz : float
        What it says, and what was measured.
    longest_gap_s : float
        Between two samples.
    eyes : str
        That it is set to: left, right or both.
    seen : mapping of str to float
        Share of the samples with gaze of each eye.
    round_trip_s, drift_ppm : float
        Of the readings of its clock.
    keeps_record : bool
        Whether the device keeps a record of its own.
    error, remedy : str
        Why there is no tracker.
    """

    name: str = ""
    simulated: bool = False
    nominal_hz: float = math.nan
    rate_hz: float = math.nan
    longest_gap_s: float = math.nan
    eyes: str = "both"
    seen: tuple[tuple[str, float], ...] = ()
    round_trip_s: float = math.nan
    drift_ppm: float = math.nan
    keeps_record: bool = False
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class ClockFacts:
    """The computer's own clock: whether it never goes back, and its steps."""

    monotonic: bool
    resolution_s: float


@dataclass(frozen=True)
class DiskFacts:
    """The folder of the recordings: free bytes, and why it can't be written, if so."""

    folder: str
    free_bytes: float
    error: str = ""


@dataclass(frozen=True)
class NameFacts:
    """Files of the session that are there already, and what forbids its names."""

    taken: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class PowerFacts:
    """What may darken the screen or slow the computer.

    Attributes
    ----------
    blank_s : float
        After so long without a key the screen is blanked; infinite: never; NaN: unknown.
    by : str
        What blanks it.
    on_battery : bool
        Whether it runs on its battery.
    """

    blank_s: float = math.nan
    by: str = ""
    on_battery: bool = False


@dataclass(frozen=True)
class ProgramFacts:
    """Programs that use much of a processor: (name, share of one processor)."""

    busy: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class StimulusFacts:
    """How many stimuli there are, and those that can't be read: (id, reason)."""

    count: int
    broken: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MemoryFacts:
    """Memory that is free for a session, in bytes."""

    available_bytes: float


@dataclass(frozen=True)
class Facts:
    """All that was measured; None: it was not, and ``why`` tells the reason by its name."""

    window: WindowFacts | None = None
    tracker: TrackerFacts | None = None
    clock: ClockFacts | None = None
    disk: DiskFacts | None = None
    names: NameFacts | None = None
    power: PowerFacts | None = None
    programs: ProgramFacts | None = None
    stimuli: StimulusFacts | None = None
    memory: MemoryFacts | None = None
    why: Mapping[str, str] = field(default_factory=dict)
