"""Turns a journal, whole or not, into a recording."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from foveola.data_schema import (
    FLIP_DTYPE,
    GAZE_DTYPE,
    Block,
    Calibration,
    ClockFit,
    FileFormatError,
    FoveolaError,
    GazeSamples,
    InputFile,
    Message,
    Provenance,
    RecordingHeader,
    Stimulus,
    Trial,
    refuse_existing,
    sha256_of,
    write_recording_streamed,
)

from .clock import fit_clock
from .journal import header_of
from .journal_columns import JournalColumns, aligned_columns
from .journal_reader import Damage, JournalReader, JournalRecord, JournalReport
from .tracker import ClockPair
from .trial_gaps import SampleGaps, with_gaps

#: What a recording may need besides its samples.
ROOM_BYTES = 2**20
#: Samples are handed on in pieces of about this many.
BATCH_ROWS = 65536


@dataclass(frozen=True)
class RecordingSummary:
    """What a recording holds, and what its journal had lost.

    Attributes
    ----------
    path : Path
        The recording.
    samples, messages, trials, interrupted, calibrations, flips : int
        How many of each; ``interrupted`` trials are among the trials.
    start_s, end_s : float
        First and last sample on the recorder's clock; NaN where there are none.
    gaps : int
        Places where at least two samples are missing in a row, judged by the nominal rate.
    loss : float
        Share of samples without gaze of either eye; NaN where there are none.
    clock : ClockFit
        The line from the tracker's clock to the recorder's.
    journal : JournalReport
        What was found in the journal.
    """

    path: Path
    samples: int
    messages: int
    trials: int
    interrupted: int
    calibrations: int
    flips: int
    start_s: float
    end_s: float
    gaps: int
    loss: float
    clock: ClockFit
    journal: JournalReport


def finalise(journal_path: Path, recording_path: Path) -> RecordingSummary:
    """Write the recording of a journal; the journal stays.

    It works as well on the journal of a session that was killed, or that is cut or damaged:
    whatever is whole is kept, what is not is reported, and a trial without an end is interrupted.

    Parameters
    ----------
    journal_path : Path
        The journal.
    recording_path : Path
        The recording to be; it must not exist.

    Raises
    ------
    FoveolaError
        If the recording exists, its disk is too full, or not one copy of the journal's header is
        whole.
    """
    refuse_existing(recording_path)
    reader = JournalReader(journal_path)
    found = _Found()
    for part in _in_batches(reader):
        if isinstance(part, JournalRecord):
            _take_record(found, part, reader.report)
        elif isinstance(part, JournalColumns):
            found.columns |= dict.fromkeys(part.rows.dtype.names or ())
        else:
            _take_samples(found, part)
    header = _header(found, reader.report)
    _refuse_full_disk(journal_path, recording_path)
    try:
        write_recording_streamed(
            recording_path,
            header,
            _samples_and_flips(journal_path),
            sorted(found.messages, key=lambda message: message.time_s),
            extra_batches=aligned_columns(JournalReader(journal_path), found.columns)
            if found.columns
            else (),
        )
    except OSError as error:
        raise _not_written(journal_path, recording_path, error.strerror or str(error)) from error
    return RecordingSummary(
        path=recording_path,
        samples=reader.report.samples,
        messages=len(found.messages),
        trials=len(header.trials),
        interrupted=sum(trial.status == "interrupted" for trial in header.trials),
        calibrations=len(header.calibrations),
        flips=found.flips,
        start_s=found.start_s,
        end_s=found.end_s,
        gaps=found.gaps.count if found.gaps else 0,
        loss=found.without_gaze / reader.report.samples if reader.report.samples else np.nan,
        clock=header.clock,
        journal=reader.report,
    )


def _refuse_full_disk(journal_path: Path, recording_path: Path) -> None:
    """Raise where a recording as large as its journal has no room: HDF5 crashes on a full disk."""
    needed = journal_path.stat().st_size + ROOM_BYTES
    free = shutil.disk_usage(recording_path.parent).free
    if free < needed:
        reason = f"its disk has {free / 1e6:.0f} MB free, and {needed / 1e6:.0f} MB may be needed"
        raise _not_written(journal_path, recording_path, reason)


def _not_written(journal_path: Path, recording_path: Path, reason: str) -> FoveolaError:
    return FoveolaError(
        f"{recording_path} was not written: {reason}. The journal has everything.",
        remedy=f"Free space on the disk, then: foveola recover {journal_path}",
    )


@dataclass
class _Found:
    """What a journal's records say."""

    header: RecordingHeader | None = None
    stimuli: dict[str, Stimulus] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)
    calibrations: dict[tuple[str, float], Calibration] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    pairs: array[float] = field(default_factory=lambda: array("d"))
    flips: int = 0
    #: Names of the samples' further columns, in order.
    columns: dict[str, None] = field(default_factory=dict)
    start_s: float = np.nan
    end_s: float = np.nan
    gaps: SampleGaps | None = None
    without_gaze: int = 0


def _take_samples(found: _Found, samples: GazeSamples) -> None:
    if not len(samples):
        return
    times_s = samples["time_s"]
    found.without_gaze += int(
        np.sum(np.isnan(samples["left_x_px"]) & np.isnan(samples["right_x_px"]))
    )
    if found.gaps is None and found.header is not None:
        found.gaps = SampleGaps(found.header.tracker.sampling_rate_hz)
    if found.gaps is not None:
        found.gaps.take(times_s)
    if np.isnan(found.start_s):
        found.start_s = float(times_s[0])
    found.end_s = float(times_s[-1])


def _take_record(found: _Found, record: JournalRecord, report: JournalReport) -> None:
    """Take over a record; one whose content does not fit is reported and left out."""
    content = record.content
    try:
        match content["kind"]:
            case "header":
                found.header = header_of(content)
            case "stimuli":
                stimuli = [Stimulus.model_validate(row) for row in content["stimuli"]]
                found.stimuli |= {stimulus.id: stimulus for stimulus in stimuli}
            case "trial":
                trial = Trial.model_validate(content["trial"])
                found.trials[trial.index] = trial
            case "calibration":
                one = Calibration.model_validate(content["calibration"])
                found.calibrations[one.kind, one.time_s] = one
            case "message":
                found.messages.append(Message(time_s=content["time_s"], text=content["text"]))
            case "flips":
                found.flips += len(_flips(content))
            case "clock_pair":
                found.pairs.extend(_clock_pair(content))
            case "block":
                _take_block(found, content)
            case "eye_image":
                pass  # stays in the journal: no recording or export ever carries it
            case kind:
                raise ValueError(f"records of kind {kind!r} are unknown here")
    except (KeyError, TypeError, ValueError) as error:
        reason = f"this record can't be understood ({_first_line(error)})."
        report.damages.append(Damage(record.byte, 0, 0, reason))


def _clock_pair(content: dict[str, Any]) -> ClockPair:
    pair = ClockPair(*(float(content[name]) for name in ClockPair._fields))
    if not np.all(np.isfinite(pair)):
        raise ValueError("a clock pair that is not finite")
    return pair


def _flips(content: dict[str, Any]) -> NDArray[np.void]:
    return np.array(content["times_s"], float).view(FLIP_DTYPE)


def _take_block(found: _Found, content: dict[str, Any]) -> None:
    """Open a block at its start; close it at its end."""
    values = {name: content[name] for name in ("sampling_rate_hz", "eyes")}
    if content["edge"] == "start":
        start = {"start_s": content["time_s"], "end_s": np.nan}
        found.blocks.append(Block.model_validate(start | values))
    elif found.blocks:
        end = {"start_s": found.blocks[-1].start_s, "end_s": content["time_s"]}
        found.blocks[-1] = Block.model_validate(end | values)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error).partition("\n")[0]


def _header(found: _Found, report: JournalReport) -> RecordingHeader:
    """Everything of the recording but its arrays."""
    header = found.header
    if header is None:
        raise FileFormatError(
            report.path,
            "no copy of the session's header is whole, so its observer and screen are unknown.",
            remedy="Keep the file: its samples can still be read with JournalReader.",
        )
    end_s = found.end_s
    blocks = tuple(
        block if np.isfinite(block.end_s) else block.model_copy(update={"end_s": end_s})
        for block in found.blocks
    )
    trials = tuple(
        trial if np.isfinite(trial.offset_s) else trial.model_copy(update={"offset_s": end_s})
        for _, trial in sorted(found.trials.items())
    )
    if found.gaps is not None:
        trials = with_gaps(trials, found.gaps)
    return replace(
        header,
        provenance=_provenance(header.provenance, report),
        clock=fit_clock(np.reshape(found.pairs, (-1, 3))),
        stimuli=tuple(found.stimuli.values()),
        trials=header.trials + trials,
        blocks=header.blocks + blocks,
        calibrations=header.calibrations + tuple(found.calibrations.values()),
    )


def _provenance(session: Provenance, report: JournalReport) -> Provenance:
    """Provenance of the session, with the journal among the inputs and what it had lost."""
    journal = InputFile(name=report.path.name, sha256=sha256_of(report.path))
    state = {
        "complete": report.complete,
        "samples_lost": report.samples_lost,
        "damages": len(report.damages),
    }
    return session.model_copy(
        update={
            "inputs": (*session.inputs, journal),
            "parameters": session.parameters | {"journal": state},
        }
    )


def _in_batches(
    reader: JournalReader,
) -> Iterator[GazeSamples | JournalColumns | JournalRecord]:
    """Records and further columns as they come, and samples in large pieces."""
    parts: list[NDArray[np.float64]] = []
    rows = 0
    for part in reader:
        if isinstance(part, JournalRecord | JournalColumns):
            yield part
            continue
        # Joined as plain numbers: numpy takes ten times as long to join structured arrays.
        parts.append(part.view(np.float64))
        rows += len(part)
        if rows >= BATCH_ROWS:
            yield np.concatenate(parts).view(GAZE_DTYPE)
            parts, rows = [], 0
    if parts:
        yield np.concatenate(parts).view(GAZE_DTYPE)


def _samples_and_flips(journal_path: Path) -> Iterator[NDArray[np.void]]:
    """What a recording is too long to hold in memory."""
    for part in _in_batches(JournalReader(journal_path)):
        if isinstance(part, JournalColumns):
            continue
        if not isinstance(part, JournalRecord):
            yield part
        elif part.content["kind"] == "flips":
            with suppress(KeyError, TypeError, ValueError):  # reported when it was first met
                yield _flips(part.content)
