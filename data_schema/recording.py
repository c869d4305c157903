"""A Recording: one observer's session in one file, raw and complete."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .events import EVENT_DTYPE, Events, empty_events
from .gaze import GAZE_DTYPE, Eyes, GazeSamples
from .hdf5_file import new_file, open_file, read_provenance
from .hdf5_records import (
    append_columns,
    create_columns,
    read_columns,
    read_free_columns,
    read_record,
    read_table,
    write_columns,
    write_free_columns,
    write_record,
    write_table,
)
from .provenance import Provenance
from .record import FloatOrNan, Record
from .screen import Screen
from .stimulus import Stimulus

FORMAT, VERSION = "foveola.recording", "1.2"
FLIP_DTYPE = np.dtype([("time_s", "<f8")])
NAN = math.nan


class TrackerInfo(Record):
    """The eye tracker."""

    make: str
    model: str = ""
    serial: str = ""
    firmware: str = ""
    software: str = ""
    sampling_rate_hz: float = Field(gt=0, description="nominal")
    eyes: Eyes
    simulated: bool = Field(default=False, description="True: no eye was tracked")


class Observer(Record):
    """Who looked: an id, never a name."""

    id: str = Field(min_length=1, max_length=64)
    session: str = ""
    vision: Literal["", "normal", "glasses", "contact lenses", "uncorrected"] = Field(
        default="", description="how the observer saw the screen; empty: not asked"
    )
    dominant_eye: Literal["", "left", "right", "unknown"] = Field(
        default="", description="empty: not asked"
    )
    consent_record: bool | None = Field(default=None, description="to be recorded; null: not asked")
    consent_share: bool | None = Field(default=None, description="fixations and maps may be shared")
    consent_share_raw: bool | None = Field(default=None, description="raw gaze may be shared")


class Message(Record):
    """A message with its time on the recorder's clock."""

    time_s: float
    text: str


class Block(Record):
    """A stretch in which the tracker recorded without being stopped."""

    start_s: float
    end_s: float
    sampling_rate_hz: float
    eyes: Eyes


class Trial(Record):
    """One showing of one stimulus."""

    index: int = Field(ge=0)
    stimulus: str = Field(description="id of the stimulus; empty: unknown")
    onset_s: float = Field(description="flip that first showed it")
    offset_s: float = Field(description="flip that removed it")
    image_left_px: float = Field(default=0.0, description="left edge of the image on the screen")
    image_top_px: float = 0.0
    image_scale: float = Field(default=1.0, gt=0, description="screen px per stimulus px")
    status: Literal["complete", "interrupted"] = "complete"
    block: int = 0
    practice: bool = Field(default=False, description="True: not to be analysed")
    repeat: int = Field(default=0, ge=0, description="how often it was shown before by intent")
    longest_gap_s: FloatOrNan = Field(
        default=math.nan,
        description="longest time without samples in it; 0: no two are missing; NaN: unknown",
    )
    variables: dict[str, str] = Field(default_factory=dict)


class TargetError(Record):
    """How one eye looked at one calibration, validation or drift target."""

    target_x_px: float
    target_y_px: float
    eye: Eyes
    gaze_x_px: float = NAN
    gaze_y_px: float = NAN
    error_deg: float = NAN
    rms_s2s_deg: float = NAN
    std_deg: float = NAN
    loss: float = Field(default=NAN, description="share of samples without gaze, 0 to 1")
    redone: bool = Field(
        default=False, description="True: measured again since, and a later point holds"
    )


class Calibration(Record):
    """A calibration, its validation on other points, or a drift check."""

    time_s: float
    kind: Literal["calibration", "validation", "drift_check"]
    layout: str = Field(description="as HV9")
    accepted: bool
    reason: str = Field(
        default="", description="why, where an operator overrode the rule or did not accept"
    )
    points: tuple[TargetError, ...] = ()
    attempt: int = Field(
        default=0, ge=0, description="a calibration and its validations share it; 0: not counted"
    )

    @property
    def holding(self) -> tuple[TargetError, ...]:
        """The points that hold: those without the ones that were measured again since."""
        return tuple(point for point in self.points if not point.redone)

    def mean_error_deg(self) -> float:
        """Mean error over targets and eyes with gaze; NaN where there is none."""
        errors = self._errors()
        return float(np.mean(errors)) if errors else NAN

    def max_error_deg(self) -> float:
        """Largest error over targets and eyes with gaze; NaN where there is none."""
        return max(self._errors(), default=NAN)

    def _errors(self) -> list[float]:
        return [point.error_deg for point in self.holding if np.isfinite(point.error_deg)]


class ClockJump(Record):
    """A moment at which the tracker's clock was set, or lost time, between two comparisons."""

    time_s: float = Field(description="on the recorder's clock: first comparison after it")
    size_s: float = Field(description="how far the tracker's clock jumped; below 0: it fell back")

    def words(self) -> str:
        """Say what happened.

        Examples
        --------
        >>> ClockJump(time_s=1803.2, size_s=-0.25).words()
        "the tracker's clock fell back by 250.00 ms shortly before 1803.2 s"
        """
        how = "fell back" if self.size_s < 0 else "jumped ahead"
        return (
            f"the tracker's clock {how} by {abs(self.size_s) * 1e3:.2f} ms "
            f"shortly before {self.time_s:.1f} s"
        )


class ClockFit(Record):
    """Line from the tracker's clock to the recorder's, broken where the tracker's clock jumped.

    host_time_s = offset_s + (1 + drift_ppm * 1e-6) * (device_time_s - sizes of earlier jumps)
    """

    offset_s: float = 0.0
    drift_ppm: float = 0.0
    residual_s: float = Field(default=NAN, description="root mean square of what the line leaves")
    pairs: int = Field(default=0, ge=0, description="pairs of times that were fitted")
    outliers: int = Field(default=0, ge=0, description="quick pairs left out: off the line")
    jumps: tuple[ClockJump, ...] = Field(default=(), description="in order of time")

    def host_time_s(
        self, device_time_s: NDArray[np.float64], near_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Times on the recorder's clock.

        Parameters
        ----------
        device_time_s : ndarray
            Times on the tracker's clock.
        near_s : ndarray, same shape
            When that was on the recorder's clock, to about a second: it tells before or after
            which jump, as a clock that fell back shows the same time twice.
        """
        ends_s = np.array([jump.time_s for jump in self.jumps])
        sizes_s = np.array([0.0, *(jump.size_s for jump in self.jumps)]).cumsum()
        ahead_s = sizes_s[np.searchsorted(ends_s, near_s, side="right")]
        scaled: NDArray[np.float64] = (1 + self.drift_ppm * 1e-6) * (device_time_s - ahead_s)
        return self.offset_s + scaled


@dataclass(frozen=True)
class RecordingHeader:
    """Everything of a recording but its arrays."""

    observer: Observer
    screen: Screen
    tracker: TrackerInfo
    provenance: Provenance
    started_utc: str = ""
    clock: ClockFit = field(default_factory=ClockFit)
    stimuli: tuple[Stimulus, ...] = ()
    trials: tuple[Trial, ...] = ()
    blocks: tuple[Block, ...] = ()
    calibrations: tuple[Calibration, ...] = ()


@dataclass(frozen=True)
class Recording(RecordingHeader):
    """One observer's session.

    Attributes
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        Every sample in order of time; gaps stay gaps.
    messages : tuple of Message
        In order of time.
    events : ndarray of EVENT_DTYPE, shape (m,)
        Events that the tracker's own software found.
    flips_s : ndarray, shape (f,)
        Times of the screen's flips.
    extra : mapping of str to ndarray, shape (n,)
        Further columns of the samples that a tracker gives, as velocities or the place of the
        head; their names end with their unit, where they have one. Missing is NaN.
    """

    samples: GazeSamples = field(default_factory=lambda: np.empty(0, GAZE_DTYPE))
    messages: tuple[Message, ...] = ()
    events: Events = field(default_factory=lambda: empty_events(0))
    flips_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    extra: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def samples_between(self, start_s: float, end_s: float) -> GazeSamples:
        """Samples with start_s <= time < end_s."""
        first, last = np.searchsorted(self.samples["time_s"], [start_s, end_s])
        return self.samples[first:last]

    def stimulus(self, stimulus_id: str) -> Stimulus | None:
        """Stimulus of that id, if it is described here."""
        return next((stimulus for stimulus in self.stimuli if stimulus.id == stimulus_id), None)


def write_recording(path: str | Path, recording: Recording) -> None:
    """Write a recording whole; an existing file is never overwritten."""
    write_recording_streamed(
        path,
        recording,
        [recording.samples],
        recording.messages,
        events=recording.events,
        flips_s=recording.flips_s,
        extra=recording.extra,
    )


def write_recording_streamed(
    path: str | Path,
    header: RecordingHeader,
    batches: Iterable[NDArray[np.void]],
    messages: Sequence[Message],
    *,
    events: Events | None = None,
    flips_s: NDArray[np.float64] | None = None,
    extra: Mapping[str, NDArray[np.float64]] | None = None,
    extra_batches: Iterable[NDArray[np.void]] = (),
) -> None:
    """Write a recording whose samples come in batches, with flat memory; never overwrites.

    Parameters
    ----------
    path : path-like
        The file to be.
    header : RecordingHeader
        Everything but the arrays.
    batches : iterable of ndarray of GAZE_DTYPE or FLIP_DTYPE
        The samples, in order, and among them the screen's flips, in order.
    messages : sequence of Message
        In order of time.
    events : ndarray of EVENT_DTYPE, optional
        Events that the tracker's own software found.
    flips_s : ndarray, shape (f,), optional
        Times of the screen's flips that are known before.
    extra : mapping of str to ndarray, shape (n,), optional
        Further columns of the samples.
    extra_batches : iterable of ndarray, structured, optional
        Instead of ``extra``: these columns in batches, all of float64.
    """
    with new_file(path, FORMAT, VERSION, header.provenance, overwrite=False) as file:
        file.attrs["started_utc"] = header.started_utc
        for name, record in _records(header):
            write_record(file, name, record)
        for name, (kind, rows) in _tables(header, messages).items():
            write_table(file, name, kind, rows)
        write_columns(file, "events", empty_events(0) if events is None else events)
        flips = create_columns(file, "flips", FLIP_DTYPE)
        if flips_s is not None:
            append_columns(flips, np.asarray(flips_s, float).view(FLIP_DTYPE))
        if extra:
            write_free_columns(file, "extra", extra)
        for i, more in enumerate(extra_batches):
            append_columns(
                create_columns(file, "extra", more.dtype) if i == 0 else file["extra"], more
            )
        samples = create_columns(file, "samples", GAZE_DTYPE)
        for batch in batches:
            append_columns(flips if batch.dtype == FLIP_DTYPE else samples, batch)


def read_recording(path: str | Path) -> Recording:
    """Read a recording.

    Raises
    ------
    FileFormatError
        If the file is no recording of ours or is damaged; the message names the place.
    """
    path = Path(path)
    with open_file(path, FORMAT, VERSION) as file:
        return Recording(
            observer=read_record(path, file, "observer", Observer),
            screen=read_record(path, file, "screen", Screen),
            tracker=read_record(path, file, "tracker", TrackerInfo),
            clock=read_record(path, file, "clock", ClockFit),
            provenance=read_provenance(path, file),
            started_utc=str(file.attrs.get("started_utc", "")),
            stimuli=tuple(read_table(path, file, "stimuli", Stimulus)),
            trials=tuple(read_table(path, file, "trials", Trial)),
            blocks=tuple(read_table(path, file, "blocks", Block)),
            calibrations=tuple(read_table(path, file, "calibrations", Calibration)),
            messages=tuple(read_table(path, file, "messages", Message)),
            samples=read_columns(path, file, "samples", GAZE_DTYPE),
            events=read_columns(path, file, "events", EVENT_DTYPE),
            flips_s=read_columns(path, file, "flips", FLIP_DTYPE)["time_s"],
            extra=read_free_columns(path, file, "extra"),
        )


def _records(header: RecordingHeader) -> list[tuple[str, Record]]:
    return [
        ("observer", header.observer),
        ("screen", header.screen),
        ("tracker", header.tracker),
        ("clock", header.clock),
    ]


def _tables(
    header: RecordingHeader, messages: Sequence[Message]
) -> dict[str, tuple[type[Record], Sequence[Record]]]:
    return {
        "stimuli": (Stimulus, header.stimuli),
        "trials": (Trial, header.trials),
        "blocks": (Block, header.blocks),
        "calibrations": (Calibration, header.calibrations),
        "messages": (Message, messages),
    }
