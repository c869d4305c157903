"""Imports recordings of EyeLink trackers from ASC files, as edf2asc writes them.

Times are seconds on the tracker's clock. Lost gaze is NaN. Every line is accounted for: what is
not understood is counted, and named with its number and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from foveola.data_schema import (
    GAZE_DTYPE,
    Block,
    Calibration,
    EventKind,
    Events,
    Eye,
    Eyes,
    FileFormatError,
    GazeSamples,
    Message,
    Observer,
    Recording,
    Screen,
    TrackerInfo,
    empty_events,
    provenance,
)

from .eyelink_asc_lines import (
    MAX_LISTED,
    AscBlock,
    AscContent,
    AscEvent,
    AscLine,
    close_block,
    take_line,
)
from .eyelink_asc_messages import AscScreen, asc_screen, calibrations_of, trials_of
from .unpacked_file import ByteSource, open_bytes

#: A sample may lie so far outside of START and END: edited files state them loosely.
SLACK_MS = 1000.0


@dataclass(frozen=True)
class ImportSummary:
    """What was found in a file.

    Attributes
    ----------
    path : Path
        The file.
    lines : dict
        How many lines there are of each sort; ``"rejected"`` are those not understood. Their sum
        is the number of lines of the file.
    samples, blocks, trials, calibrations, messages, events : int
        What the recording holds.
    gaps : int
        Places within blocks where at least one sample is missing.
    loss : float
        Share of samples without gaze; NaN where there are no samples.
    cut_events : int
        Events that began and never ended; they are left out.
    shifted_messages : int
        Messages whose time was put back by the offset before their text.
    rejected : tuple of (int, str)
        Number and reason of the first thousand lines that are not understood.
    notes : tuple of str
        What else the user should know.
    """

    path: Path
    lines: dict[str, int]
    samples: int
    blocks: int
    trials: int
    calibrations: int
    messages: int
    events: int
    gaps: int
    loss: float
    cut_events: int
    shifted_messages: int
    rejected: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ImportResult:
    """A recording made elsewhere, and what was found in its file."""

    recording: Recording
    summary: ImportSummary


def read_eyelink_asc(
    path: str | Path,
    *,
    screen: Screen | None = None,
    screen_cm: tuple[float, float] | None = None,
    distance_cm: float | None = None,
    screen_px: tuple[int, int] | None = None,
    observer: str = "",
) -> ImportResult:
    """Read an EyeLink ASC file, plain or packed by gzip.

    Parameters
    ----------
    path : path-like
        The file.
    screen : Screen, optional
        The screen; by default its pixels are taken from the file, and its size and distance from
        the file or the next two arguments.
    screen_cm : tuple of float, optional
        Width and height of the screen in cm.
    distance_cm : float, optional
        From the eye to the screen.
    screen_px : tuple of int, optional
        Width and height of the screen in pixels; by default those that the file states.
    observer : str, optional
        Id of the observer; the file's name by default.

    Raises
    ------
    FileFormatError
        If the file is no ASC file, none of its samples can be read, or it does not tell enough of
        the screen.
    """
    path = Path(path)
    with open_bytes(path) as source:
        asc, sample_lines = _understood(source)
        if not asc.blocks:
            raise _no_recording(path, source)
        samples, extra, first_rows = _samples(path, asc, source, sample_lines)
    told = asc_screen(asc.messages)
    if screen_px is not None:
        told = replace(told, width_px=screen_px[0], height_px=screen_px[1])
    screen = screen or _screen(path, told, screen_cm, distance_cm)
    blocks = _blocks(asc.blocks, samples, first_rows)
    trials, stimuli = trials_of(
        asc.messages, screen, blocks[-1].end_s if blocks else np.nan, path.parent
    )
    recording = Recording(
        observer=Observer(id=(observer or path.name.partition(".")[0])[:64] or "unknown"),
        screen=screen,
        tracker=_tracker(path, asc),
        provenance=provenance({"recorded": _recorded(asc.header)}, inputs=[path]),
        stimuli=stimuli,
        trials=trials,
        blocks=blocks,
        calibrations=_moved_calibrations(calibrations_of(asc.messages), told),
        samples=_moved_samples(samples, told),
        messages=_messages(asc),
        events=_events(asc.events, told),
        extra=extra,
    )
    return ImportResult(recording, _summary(path, asc, recording, told, first_rows))


def _understood(source: ByteSource) -> tuple[AscContent, int]:
    """Take over every line that is no sample; count the others."""
    # Imported here because numba's half second would burden every session.
    from .eyelink_asc_samples import index_lines

    asc, samples, line, in_block = AscContent(), 0, 0, False
    for first_byte, data in source.windows(0, source.size):
        others, found, line, in_block = index_lines(data, line, in_block)
        samples += found
        view = memoryview(data)  # type: ignore[arg-type]
        for start, end, number in others.tolist():
            text = view[start:end].tobytes()
            take_line(asc, AscLine(text, number, first_byte + start, first_byte + end))
    close_block(asc, source.size)
    return asc, samples


def _samples(
    path: Path, asc: AscContent, source: ByteSource, count: int
) -> tuple[GazeSamples, dict[str, NDArray[np.float64]], NDArray[np.intp]]:
    """Parse the samples of all blocks.

    Returns
    -------
    samples, extra
        As a recording holds them.
    first_rows : ndarray
        The first row of each block, and the end.
    """
    from .eyelink_asc_samples import FAULTS, ParserState, parse_samples

    rows = np.empty((count, len(GAZE_DTYPE.names or ())))
    more = np.full((count, len(asc.columns)), np.nan)
    marks = np.zeros(count, np.uint32)
    faults = np.empty((min(count, MAX_LISTED), 2), np.int64)
    accepted = rejected = 0
    last_ms = -1.0
    first_rows = []
    for block in asc.blocks:
        first_rows.append(accepted)
        for stretch in block.stretches:
            earliest_ms = np.nanmax([block.start_ms - SLACK_MS, np.nextafter(last_ms, np.inf)])
            latest_ms = np.inf if np.isnan(block.end_ms) else block.end_ms + SLACK_MS
            state = ParserState(accepted, accepted, rejected, stretch.line, -1.0, 0, 0, 0)
            for _, data in source.windows(stretch.start_byte, stretch.end_byte):
                state = parse_samples(
                    data,
                    stretch.layout,
                    (float(earliest_ms), float(latest_ms)),
                    rows,
                    more,
                    marks,
                    faults,
                    ParserState(*state),
                )
            accepted, rejected = state[1:3]
            last_ms = rows[accepted - 1, 0] if accepted else last_ms
    asc.lines["sample"] = accepted
    asc.lines["rejected"] += rejected
    asc.rejected.extend((int(line), FAULTS[int(fault)]) for line, fault in faults[:rejected])
    asc.rejected.sort()
    samples = rows[:accepted].view(GAZE_DTYPE)[:, 0]
    samples["time_s"] /= 1000
    samples["device_time_s"] = samples["time_s"]
    if count and not accepted:
        line, reason = asc.rejected[0]
        raise FileFormatError(
            path, f"none of {count} samples can be read: {reason}.", place=f"line {line}"
        )
    extra = _extra(asc.columns, more[:accepted], marks[:accepted])
    return samples, extra, np.array([*first_rows, accepted])


def _extra(
    names: list[str], more: NDArray[np.float64], marks: NDArray[np.uint32]
) -> dict[str, NDArray[np.float64]]:
    """Further columns that say anything."""
    flags = {"sample_flags": marks & 0xFF, "target_flags": marks >> 8}
    columns = {name: more[:, i] for i, name in enumerate(names)}
    extra = {name: one.copy() for name, one in columns.items() if not np.all(np.isnan(one))}
    return extra | {name: one.astype(float) for name, one in flags.items() if np.any(one)}


def _no_recording(path: Path, source: ByteSource) -> FileFormatError:
    if source.head(11) == b"SR_RESEARCH":
        return FileFormatError(
            path,
            "this is an EDF file, not an ASC file.",
            remedy="Convert it with SR Research's edf2asc.",
        )
    return FileFormatError(path, "this is no EyeLink ASC file: there is no START line in it.")


def _screen(
    path: Path,
    told: AscScreen,
    screen_cm: tuple[float, float] | None,
    distance_cm: float | None,
) -> Screen:
    """Screen of what the file tells and what the user adds."""
    if told.width_px == 0 or told.height_px == 0:
        raise FileFormatError(
            path,
            "it does not tell the pixels of the screen (GAZE_COORDS or DISPLAY_COORDS).",
            remedy="State them: --screen-px WIDTH HEIGHT --screen-cm WIDTH HEIGHT --distance-cm D.",
        )
    width_cm, height_cm = screen_cm or (told.width_cm, told.height_cm)
    distance_cm = told.distance_cm if distance_cm is None else distance_cm
    if not np.all(np.isfinite([width_cm, height_cm, distance_cm])):
        raise FileFormatError(
            path,
            "it does not tell the size of the screen or its distance, on which degrees depend.",
            remedy="State them: --screen-cm WIDTH HEIGHT --distance-cm D.",
        )
    try:
        return Screen(
            width_px=told.width_px,
            height_px=told.height_px,
            width_cm=width_cm,
            height_cm=height_cm,
            distance_cm=distance_cm,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise FileFormatError(
            path, f"the screen can't be so: {first['loc'][0]}: {first['msg']}."
        ) from error


def _tracker(path: Path, asc: AscContent) -> TrackerInfo:
    """Describe the tracker; paths and names in the header stay behind."""
    header = "\n".join(asc.header)
    rates = [block.rate_hz for block in asc.blocks if block.rate_hz > 0]
    if not rates:
        raise FileFormatError(path, "it does not tell the sampling rate: no block has a RATE.")
    model = re.search(r"^(EYELINK.*?CL) (v\S+)[^(\n]*(?:\((.*)\))?", header, re.MULTILINE)
    serial = re.search(r"^SERIAL NUMBER: (\S+)", header, re.MULTILINE)
    software = re.search(r"using (edfapi \S+)", header)
    return TrackerInfo(
        make="SR Research",
        model=(model[3] or model[1]) if model else "EyeLink",
        firmware=model[2] if model else "",
        serial=serial[1] if serial else "",
        software=software[1] if software else "",
        sampling_rate_hz=rates[0],
        eyes=_eyes(eye for block in asc.blocks for eye in block.eyes),
    )


def _recorded(header: list[str]) -> str:
    """Date of the recording; it states no time zone."""
    return next((line[5:].strip() for line in header if line.startswith("DATE:")), "")


def _eyes(eyes: Iterable[Eye]) -> Eyes:
    found = set(eyes)
    if found == {Eye.LEFT}:
        return "left"
    return "right" if found == {Eye.RIGHT} else "both"


def _blocks(
    blocks: list[AscBlock], samples: GazeSamples, first_rows: NDArray[np.intp]
) -> tuple[Block, ...]:
    """Blocks as records: from START or the first sample to END or the last sample."""
    found = []
    for block, first, end in zip(blocks, first_rows[:-1], first_rows[1:], strict=True):
        times_s = samples["time_s"][first:end]
        ends_s = times_s[[0, -1]] if len(times_s) else times_s
        stated_s = (block.start_ms / 1000, block.end_ms / 1000)
        known_s = [one for one in (*stated_s, *ends_s.tolist()) if one >= 0]
        if not known_s:  # a SAMPLES line and nothing else
            continue
        found.append(
            Block(
                start_s=min(known_s),
                end_s=max(known_s),
                sampling_rate_hz=block.rate_hz,
                eyes=_eyes(block.eyes),
            )
        )
    return tuple(found)


def _messages(asc: AscContent) -> tuple[Message, ...]:
    ordered = sorted(asc.messages, key=lambda message: message.time_ms)
    return tuple(Message(time_s=one.time_ms / 1000, text=one.text) for one in ordered)


def _events(events: list[AscEvent], told: AscScreen) -> Events:
    """Events as an array, in order of time."""
    found = empty_events(len(events))
    for row, event in zip(found, events, strict=True):
        row["kind"], row["eye"] = event.kind, event.eye
        row["onset_s"], row["duration_s"] = event.start_ms / 1000, event.duration_ms / 1000
        if event.kind is EventKind.FIXATION and event.figures:
            row["x_px"], row["y_px"], row["pupil"] = event.figures[:3]
        elif event.kind is EventKind.SACCADE and event.figures:
            row["start_x_px"], row["start_y_px"], row["end_x_px"], row["end_y_px"] = event.figures[
                :4
            ]
            row["amplitude_deg"], row["peak_velocity_deg_s"] = event.figures[4:6]
    for name in ("x_px", "start_x_px", "end_x_px"):
        found[name] -= told.left_px
        found[name.replace("x", "y", 1)] -= told.top_px
    return found[np.argsort(found["onset_s"], kind="stable")]


def _moved_samples(samples: GazeSamples, told: AscScreen) -> GazeSamples:
    """Samples with the origin of the gaze at the screen's corner."""
    if told.left_px == 0 and told.top_px == 0:
        return samples
    for side in ("left", "right"):
        samples[f"{side}_x_px"] -= told.left_px
        samples[f"{side}_y_px"] -= told.top_px
    return samples


def _moved_calibrations(
    calibrations: tuple[Calibration, ...], told: AscScreen
) -> tuple[Calibration, ...]:
    if told.left_px == 0 and told.top_px == 0:
        return calibrations
    left, top = told.left_px, told.top_px
    return tuple(
        one.model_copy(
            update={
                "points": tuple(
                    point.model_copy(
                        update={
                            "target_x_px": point.target_x_px - left,
                            "target_y_px": point.target_y_px - top,
                            "gaze_x_px": point.gaze_x_px - left,
                            "gaze_y_px": point.gaze_y_px - top,
                        }
                    )
                    for point in one.points
                )
            }
        )
        for one in calibrations
    )


def _summary(
    path: Path,
    asc: AscContent,
    recording: Recording,
    told: AscScreen,
    first_rows: NDArray[np.intp],
) -> ImportSummary:
    samples = recording.samples
    gaps = 0
    for block, first, end in zip(asc.blocks, first_rows[:-1], first_rows[1:], strict=True):
        steps = np.diff(samples["time_s"][first:end]) * block.rate_hz
        gaps += int(np.sum(steps > 1.5))
    lost = np.isnan(samples["left_x_px"]) & np.isnan(samples["right_x_px"])
    notes = []
    if told.changes_at:
        notes.append(f"GAZE_COORDS change at line {told.changes_at}; the first ones are used.")
    return ImportSummary(
        path=path,
        lines=dict(asc.lines),
        samples=len(samples),
        blocks=len(recording.blocks),
        trials=len(recording.trials),
        calibrations=len(recording.calibrations),
        messages=len(recording.messages),
        events=len(recording.events),
        gaps=gaps,
        loss=float(np.mean(lost)) if len(samples) else np.nan,
        cut_events=asc.cut,
        shifted_messages=asc.shifted,
        rejected=tuple(asc.rejected[:MAX_LISTED]),
        notes=tuple(notes),
    )
