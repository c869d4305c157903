"""Makes a recording of what a reader found: order of time, screen, blocks, gaps and the summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from foveola.data_schema import (
    Block,
    Calibration,
    ClockFit,
    Events,
    Eyes,
    FileFormatError,
    FoveolaError,
    GazeSamples,
    Message,
    Observer,
    Recording,
    Screen,
    Stimulus,
    TrackerInfo,
    Trial,
    empty_events,
    gaze_samples,
    image_stimulus,
    provenance,
)

from .reader import ImportOptions, ImportResult, ImportSummary
from .text_table import MAX_LISTED, Floats, LineAccount, Table, column_name

#: Columns of text that change more often than this are no marks in time.
MAX_CHANGES = 5000
#: Columns that may name a person.
PERSONAL = ("participant", "subject", "user name", "researcher", "operator", "owner")


@dataclass
class ScreenTold:
    """What a file tells of the screen; NaN or 0 where it does not."""

    width_px: int = 0
    height_px: int = 0
    width_cm: float = np.nan
    height_cm: float = np.nan
    distance_cm: float = np.nan


@dataclass
class Found:
    """What a reader found in a file.

    Attributes
    ----------
    time_s : ndarray, shape (n,)
        Times on the recorder's clock.
    gaze : dict of str to ndarray
        Columns of GAZE_DTYPE.
    unit : str
        ``"px"``, or ``"screen"`` where 0 to 1 go from the left and top edge to the others.
    extra : dict of str to ndarray
        Further columns.
    line_numbers : ndarray of int
        Where each sample stands.
    account : LineAccount
        What became of the lines; samples are counted here, by :func:`assembled`.
    rate_hz : float
        Nominal; NaN: the median of the steps.
    in_order : bool
        Whether samples out of order are faults; else they are sorted.
    """

    time_s: Floats
    gaze: dict[str, Floats]
    make: str
    account: LineAccount
    line_numbers: NDArray[np.int64]
    unit: str = "px"
    extra: dict[str, Floats] = field(default_factory=dict)
    rate_hz: float = np.nan
    in_order: bool = True
    model: str = ""
    firmware: str = ""
    serial: str = ""
    software: str = ""
    recorded: str = ""
    observer: str = ""
    session: str = ""
    eyes: Eyes | None = None
    screen: ScreenTold = field(default_factory=ScreenTold)
    clock: ClockFit = field(default_factory=ClockFit)
    messages: list[Message] = field(default_factory=list)
    events: Events = field(default_factory=lambda: empty_events(0))
    trials: list[Trial] = field(default_factory=list)
    stimuli: list[Stimulus] = field(default_factory=list)
    calibrations: list[Calibration] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut_events: int = 0
    inputs: tuple[Path, ...] = ()


def assembled(path: Path, found: Found, options: ImportOptions) -> ImportResult:
    """Make a recording and its summary of what was found.

    Raises
    ------
    FileFormatError
        If none of the samples can be used, or the screen is not known.
    """
    keep = _in_order(found)
    samples = gaze_samples(
        found.time_s[keep], **{name: values[keep] for name, values in found.gaze.items()}
    )
    if len(found.time_s) and not len(samples):
        raise FileFormatError(path, "none of its samples has a time that can be used.")
    extra = {name: values[keep] for name, values in found.extra.items()}
    screen = screen_of(path, found.screen, options)
    if found.unit == "screen":
        _to_pixels(samples, screen)
    rate_hz = found.rate_hz if found.rate_hz > 0 else _median_rate_hz(samples)
    if not 0.1 <= rate_hz <= 1e6:
        raise FileFormatError(path, "its sampling rate is neither stated nor can it be measured.")
    eyes = found.eyes or _eyes(samples)
    blocks = found.blocks or _one_block(samples, rate_hz, eyes)
    messages = sorted(found.messages, key=lambda message: message.time_s)
    inputs = found.inputs or (path,)
    recording = Recording(
        observer=Observer(
            id=(options.observer or found.observer or path.name.partition(".")[0])[:64]
            or "unknown",
            session=found.session,
        ),
        screen=screen,
        tracker=TrackerInfo(
            make=found.make,
            model=found.model,
            firmware=found.firmware,
            serial=found.serial,
            software=found.software,
            sampling_rate_hz=rate_hz,
            eyes=eyes,
        ),
        provenance=provenance({"recorded": found.recorded}, inputs=inputs),
        clock=found.clock,
        stimuli=tuple(found.stimuli),
        trials=tuple(found.trials),
        blocks=tuple(blocks),
        calibrations=tuple(found.calibrations),
        samples=samples,
        messages=tuple(messages),
        events=found.events[np.argsort(found.events["onset_s"], kind="stable")],
        extra=extra,
    )
    return ImportResult(recording, _summary(path, found, recording))


def _in_order(found: Found) -> NDArray[np.int64]:
    """Rows to keep, in order of time; the others are rejected with the reason."""
    time_s, account = found.time_s, found.account
    rows = np.arange(len(time_s))
    reasons: list[tuple[int, str]] = []
    finite = np.isfinite(time_s)
    reasons += [(int(i), "a sample without a time") for i in rows[~finite]]
    rows = rows[finite]
    if not found.in_order:
        rows = rows[np.argsort(time_s[rows], kind="stable")]
    times = time_s[rows]
    if len(times) > 2:
        # One stamp far ahead must not cost all the samples behind it.
        ahead = np.zeros(len(times), bool)
        ahead[1:-1] = (times[1:-1] > times[2:]) & (times[2:] > times[:-2])
        reasons += [(int(i), "a sample whose time jumps ahead") for i in rows[ahead]]
        rows, times = rows[~ahead], times[~ahead]
    latest = np.concatenate([[-np.inf], np.maximum.accumulate(times)[:-1]]) if len(times) else times
    again, back = times == latest, times < latest
    reasons += [(int(i), "a sample whose time was there before") for i in rows[again]]
    reasons += [(int(i), "a sample whose time goes back") for i in rows[back]]
    for row, reason in sorted(reasons):
        account.reject(int(found.line_numbers[row]), reason)
    keep = rows[~again & ~back]
    account.lines["sample"] += len(keep)
    return np.asarray(keep, np.int64)


def screen_of(path: Path, told: ScreenTold, options: ImportOptions) -> Screen:
    """Screen of what a file tells and what the user adds.

    Raises
    ------
    FileFormatError
        If they do not tell enough.
    """
    if options.screen:
        return options.screen
    width_px, height_px = options.screen_px or (told.width_px, told.height_px)
    width_cm, height_cm = options.screen_cm or (told.width_cm, told.height_cm)
    distance_cm = told.distance_cm if options.distance_cm is None else options.distance_cm
    if width_px == 0 or height_px == 0:
        raise FileFormatError(
            path,
            "it does not tell the pixels of the screen.",
            remedy="State them: --screen-px WIDTH HEIGHT --screen-cm WIDTH HEIGHT --distance-cm D.",
        )
    if not np.all(np.isfinite([width_cm, height_cm, distance_cm])):
        raise FileFormatError(
            path,
            "it does not tell the size of the screen or its distance, on which degrees depend.",
            remedy="State them: --screen-cm WIDTH HEIGHT --distance-cm D.",
        )
    try:
        return Screen(
            width_px=width_px,
            height_px=height_px,
            width_cm=width_cm,
            height_cm=height_cm,
            distance_cm=distance_cm,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise FileFormatError(
            path, f"the screen can't be so: {first['loc'][0]}: {first['msg']}."
        ) from error


def _to_pixels(samples: GazeSamples, screen: Screen) -> None:
    for side in ("left", "right"):
        samples[f"{side}_x_px"] *= screen.width_px
        samples[f"{side}_y_px"] *= screen.height_px


def _median_rate_hz(samples: GazeSamples) -> float:
    steps_s = np.diff(samples["time_s"])
    return float(1 / np.median(steps_s)) if len(steps_s) else np.nan


def _eyes(samples: GazeSamples) -> Eyes:
    """Eyes with any gaze; both, where there is none."""
    left, right = (np.any(np.isfinite(samples[f"{side}_x_px"])) for side in ("left", "right"))
    if left != right:
        return "left" if left else "right"
    return "both"


def _one_block(samples: GazeSamples, rate_hz: float, eyes: Eyes) -> list[Block]:
    if not len(samples):
        return []
    first_s, last_s = samples["time_s"][[0, -1]].tolist()
    return [Block(start_s=first_s, end_s=last_s, sampling_rate_hz=rate_hz, eyes=eyes)]


def _summary(path: Path, found: Found, recording: Recording) -> ImportSummary:
    samples = recording.samples
    gaps = 0
    for block in recording.blocks:
        within = recording.samples_between(block.start_s, np.nextafter(block.end_s, np.inf))
        gaps += int(np.sum(np.diff(within["time_s"]) * block.sampling_rate_hz > 1.5))
    lost = np.isnan(samples["left_x_px"]) & np.isnan(samples["right_x_px"])
    account = found.account
    return ImportSummary(
        path=path,
        lines=dict(account.lines),
        samples=len(samples),
        blocks=len(recording.blocks),
        trials=len(recording.trials),
        calibrations=len(recording.calibrations),
        messages=len(recording.messages),
        events=len(recording.events),
        gaps=gaps,
        loss=float(np.mean(lost)) if len(samples) else np.nan,
        cut_events=found.cut_events,
        shifted_messages=0,
        rejected=tuple(sorted(account.rejected)[:MAX_LISTED]),
        notes=tuple(found.notes),
    )


def keep_other_columns(
    found: Found, table: Table, right: NDArray[np.bool_], used: Mapping[str, object] | set[str]
) -> None:
    """Keep the columns of a table that are not used otherwise.

    Numbers become further columns of the samples; text becomes a message wherever it changes.
    What may name a person, or changes with nearly every sample, is named in the notes instead.
    """
    left_out = []
    for name in table.names:
        if name in used:
            continue
        if table.is_numeric(name):
            values = table.numbers(name)[right]
            if not np.all(np.isnan(values)):
                found.extra[_free_name(found, name)] = values
            continue
        texts = [text for text, is_right in zip(table.texts(name), right, strict=True) if is_right]
        changes = [i for i in range(len(texts)) if texts[i] != (texts[i - 1] if i else "")]
        if any(word in name.lower() for word in PERSONAL) or len(changes) > MAX_CHANGES:
            left_out.append(name)
            continue
        found.messages += [
            Message(time_s=float(found.time_s[i]), text=f"{name} {texts[i]}".strip())
            for i in changes
            if np.isfinite(found.time_s[i])
        ]
    if left_out:
        found.notes.append(f"Columns of text that are not kept: {', '.join(left_out)}.")


def _free_name(found: Found, name: str) -> str:
    plain = free = column_name(name)
    count = 1
    while free in found.extra:
        count += 1
        free = f"{plain}_{count}"
    return free


def trials_by_name(path: Path, found: Found, names: list[str]) -> None:
    """Add a trial for each stretch of samples with the same name of a stimulus."""
    known = {stimulus.id for stimulus in found.stimuli}
    begin = 0
    for i in range(1, len(names) + 1):
        if i < len(names) and names[i] == names[begin]:
            continue
        name, times_s = names[begin].replace("\\", "/"), found.time_s[begin:i]
        begin = i
        times_s = times_s[np.isfinite(times_s)]
        if not name or not len(times_s):
            continue
        if name not in known and (stimulus := _stimulus_beside(path, name)):
            found.stimuli.append(stimulus)
            known.add(name)
        found.trials.append(
            Trial(
                index=len(found.trials),
                stimulus=name,
                onset_s=float(times_s.min()),
                offset_s=float(times_s.max()),
            )
        )


def _stimulus_beside(path: Path, name: str) -> Stimulus | None:
    """Stimulus whose file lies beside the recording; what lies elsewhere is not opened."""
    if name.startswith("/") or ".." in name.split("/") or "\0" in name or ":" in name:
        return None
    try:
        return image_stimulus(path.parent / name, stimulus_id=name, relative_to=path.parent)
    except FoveolaError:
        return None
