"""Makes recordings of what EyeLink files say, be they ASC or EDF."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    Block,
    Calibration,
    Events,
    Eye,
    Eyes,
    FileFormatError,
    GazeSamples,
    Message,
    Observer,
    Recording,
    TrackerInfo,
    empty_events,
    provenance,
)

from .eyelink_asc_content import FIGURES, MAX_LISTED, MOST_FIGURES, AscBlock, AscContent
from .eyelink_asc_messages import AscScreen, asc_screen, calibrations_of, trials_of
from .import_assembly import ScreenTold, screen_of
from .reader import ImportOptions, ImportResult, ImportSummary


def eyelink_recording(
    path: Path,
    asc: AscContent,
    samples: GazeSamples,
    extra: dict[str, NDArray[np.float64]],
    first_rows: NDArray[np.intp],
    options: ImportOptions,
) -> ImportResult:
    """Make a recording and its summary of what a file says.

    Parameters
    ----------
    path : Path
        The file.
    asc : AscContent
        All but its samples, in the words of ASC files.
    samples, extra
        As a recording holds them, but for the origin of the gaze.
    first_rows : ndarray
        The first row of each block, and the end.
    options : ImportOptions
        What the user adds.

    Raises
    ------
    FileFormatError
        If it does not tell enough of the screen, or no sampling rate.
    """
    told = asc_screen(asc.messages)
    if options.screen_px is not None:
        width_px, height_px = options.screen_px
        told = replace(told, width_px=width_px, height_px=height_px)
    screen = screen_of(
        path,
        ScreenTold(
            width_px=told.width_px,
            height_px=told.height_px,
            width_cm=told.width_cm,
            height_cm=told.height_cm,
            distance_cm=told.distance_cm,
        ),
        options,
    )
    blocks = _blocks(asc.blocks, samples, first_rows)
    trials, stimuli = trials_of(
        asc.messages, screen, blocks[-1].end_s if blocks else np.nan, path.parent
    )
    observer = (options.observer or path.name.partition(".")[0])[:64] or "unknown"
    recording = Recording(
        observer=Observer(id=observer),
        screen=screen,
        tracker=_tracker(path, asc),
        provenance=provenance({"recorded": _recorded(asc.header)}, inputs=[path]),
        stimuli=stimuli,
        trials=trials,
        blocks=blocks,
        calibrations=_moved_calibrations(calibrations_of(asc.messages), told),
        samples=_moved_samples(samples, told),
        messages=_messages(asc),
        events=_events(asc, told),
        extra=extra,
    )
    return ImportResult(recording, _summary(path, asc, recording, told, first_rows))


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


def _events(asc: AscContent, told: AscScreen) -> Events:
    """Events as an array, in order of time."""
    table = np.concatenate([np.empty((0, 4 + MOST_FIGURES)), *asc.events])
    found = empty_events(len(table))
    found["kind"], found["eye"] = table[:, 0], table[:, 1]
    found["onset_s"], found["duration_s"] = table[:, 2] / 1000, table[:, 3] / 1000
    for kind, names in FIGURES.items():
        rows = found["kind"] == kind
        for column, name in enumerate(names, 4):
            found[name][rows] = table[rows, column]
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
    if asc.further:
        notes.append(
            f"{asc.further} events have further columns (the resolution in pixels per degree), "
            "which are not kept."
        )
    if asc.placeless:
        notes.append(
            f"The places of {asc.placeless} events are not places on the screen and are not kept."
        )
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
