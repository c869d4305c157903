"""Imports recordings of EyeLink trackers from EDF files, as the Host PC writes them.

Times are those of the tracker, and gaps stay. SR Research's library, which the extra ``edf``
brings, reads the records in a process of its own (see ``eyelink_edf_records.py``).
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    EventKind,
    Eye,
    FileFormatError,
    GazeSamples,
    MissingExtraError,
    gaze_samples,
)

from .eyelink_asc_content import AscBlock, AscContent, AscMessage, event_row
from .eyelink_asc_lines import take_message
from .eyelink_edf_records import (
    BUTTON,
    CONTROL,
    EVENT_FIELDS,
    EYE_EVENTS,
    INPUT,
    LOST_DATA,
    MESSAGE,
    RECORDING,
    RECORDING_FIELDS,
    SAMPLE,
)
from .eyelink_recording import eyelink_recording
from .reader import ImportOptions, ImportResult

TITLE = "EyeLink EDF"
MAGIC = b"SR_RESEARCH"
ADD_HALF_MS, HEAD, LEFT, RIGHT = 0x0002, 0x0010, 0x8000, 0x4000
MISSING, FAR = -32768, 1e8
#: The library reads some 50,000 records a second; a damaged file may keep it for ever.
LEAST_SECONDS, BYTES_PER_SECOND = 120.0, 2e5
KINDS = {
    3: EventKind.BLINK,
    4: EventKind.BLINK,
    5: EventKind.SACCADE,
    6: EventKind.SACCADE,
    7: EventKind.FIXATION,
    8: EventKind.FIXATION,
}
SIDES = (("left", 0, LEFT), ("right", 1, RIGHT))
Records = dict[str, NDArray[Any]]


def sniff(_: Path, head: bytes) -> bool:
    """Whether SR Research's sign begins the file."""
    return head.startswith(MAGIC)


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read an EDF file.

    Raises
    ------
    MissingExtraError
        If eyelinkio is not installed.
    FileFormatError
        If the file is damaged, or does not tell enough of the screen.
    """
    if importlib.util.find_spec("eyelinkio") is None:
        raise MissingExtraError("eyelinkio", "edf")
    records = _records(path)
    asc = AscContent()
    asc.header = [
        line.strip().lstrip("*").strip()
        for line in records["preamble"].tobytes().decode("latin-1").splitlines()
    ]
    _take_blocks(asc, records)
    _take_events(asc, records)
    samples, extra, first_rows = _samples(path, asc, records)
    _account(asc, records)
    return eyelink_recording(path, asc, samples, extra, first_rows, options)


def _records(path: Path) -> Records:
    """Run the library in a process of its own."""
    program = Path(__file__).with_name("eyelink_edf_records.py")
    with tempfile.TemporaryDirectory() as folder:
        # The library takes ASCII paths only, and cuts long ones.
        plain, out = Path(folder) / "in.edf", Path(folder) / "out.npz"
        try:
            shutil.copyfile(path, plain)
        except OSError as error:
            reason = error.strerror or str(error)
            raise FileFormatError(path, f"it can't be opened ({reason}).") from error
        limit_s = LEAST_SECONDS + path.stat().st_size / BYTES_PER_SECOND
        try:
            done = subprocess.run(
                [sys.executable, "-P", str(program), str(plain), str(out)],
                capture_output=True,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise FileFormatError(
                path, f"SR Research's library did not end within {limit_s:.0f} s."
            ) from error
        if done.returncode != 0 or not out.exists():
            told = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            told = told or f"it ended by {done.returncode}"
            raise FileFormatError(
                path,
                f"SR Research's library can't read it ({told}).",
                remedy="Copy the file from the Host PC again.",
            )
        with np.load(out, allow_pickle=False) as found:
            return dict(found)


def _take_blocks(asc: AscContent, records: Records) -> None:
    for row in records["recordings"]:
        record = dict(zip(("number", *RECORDING_FIELDS), row.tolist(), strict=True))
        if record["state"] == 0:
            if asc.open_block:
                asc.blocks[-1].end_ms = record["time"]
            asc.open_block = False
            continue
        eyes = {eye for eye, bit in ((Eye.LEFT, 1), (Eye.RIGHT, 2)) if int(record["eye"]) & bit}
        rate_hz = record["sample_rate"]
        asc.blocks.append(
            AscBlock(
                start_ms=record["time"],
                rate_hz=rate_hz if 1 <= rate_hz <= 1e5 else np.nan,
                eyes=eyes,
            )
        )
        asc.open_block = True


def _take_events(asc: AscContent, records: Records) -> None:
    """Messages, inputs, buttons and what the tracker's parser found."""
    texts = records["texts"].tobytes().split(b"\0")
    for row, text in zip(records["events"], texts, strict=False):
        event = dict(zip(("number", *EVENT_FIELDS), row.tolist(), strict=True))
        kind, number = int(event["type"]), int(event["number"])
        if kind == MESSAGE:
            take_message(asc, event["sttime"], text, number)
        elif kind == INPUT:
            asc.messages.append(AscMessage(event["sttime"], f"INPUT {event['input']:.0f}", number))
        elif kind == BUTTON:
            asc.messages.append(
                AscMessage(event["sttime"], f"BUTTON {event['buttons']:.0f}", number)
            )
        elif kind in KINDS and kind % 2 == 1:
            asc.begun[KINDS[kind], _eye(event)] = event["sttime"]
        elif kind in KINDS:
            asc.begun.pop((KINDS[kind], _eye(event)), None)
            asc.events.append(_event(asc, event, KINDS[kind]))
    asc.cut = len(asc.begun)


def _event(asc: AscContent, event: dict[str, float], kind: EventKind) -> NDArray[np.float64]:
    block = next(
        (one for one in reversed(asc.blocks) if one.start_ms <= event["sttime"]),
        asc.blocks[0] if asc.blocks else AscBlock(),
    )
    period_ms = 1000 / block.rate_hz if block.rate_hz > 0 else 0.0
    figures: tuple[float, ...] = ()
    if kind is EventKind.FIXATION:
        figures = tuple(_known(event[name]) for name in ("gavx", "gavy", "ava"))
    elif kind is EventKind.SACCADE:
        places = [_known(event[name]) for name in ("gstx", "gsty", "genx", "geny")]
        per_deg = [(event[f"supd_{axis}"] + event[f"eupd_{axis}"]) / 2 for axis in "xy"]
        amplitude_deg = np.nan
        if min(per_deg) > 0:
            x_deg, y_deg = ((places[i + 2] - places[i]) / per_deg[i] for i in (0, 1))
            amplitude_deg = float(np.hypot(x_deg, y_deg))
        figures = (*places, amplitude_deg, _known(event["pvel"]))
    duration_ms = max(0.0, event["entime"] - event["sttime"]) + period_ms
    return event_row(kind, _eye(event), event["sttime"], duration_ms, figures)


def _eye(event: dict[str, float]) -> Eye:
    return Eye.RIGHT if event["eye"] == 1 else Eye.LEFT


def _known(value: float) -> float:
    return np.nan if value == MISSING or abs(value) >= FAR else value


def _samples(
    path: Path, asc: AscContent, records: Records
) -> tuple[GazeSamples, dict[str, NDArray[np.float64]], NDArray[np.intp]]:
    """Samples in order of time, their further columns, and the first row of each block."""
    raw = records["samples"]
    time_ms = raw["time"].astype(float) + 0.5 * ~_absent(raw, ADD_HALF_MS)
    latest = np.append(-np.inf, np.maximum.accumulate(time_ms)[:-1])[: len(raw)]
    for number in records["sample_numbers"][time_ms <= latest].tolist():
        asc.reject(number, "a sample whose time goes back or is there")
    keep = time_ms > latest
    raw, time_ms = raw[keep], time_ms[keep]
    if len(records["samples"]) and not len(raw):
        raise FileFormatError(path, "none of its samples can be read.")
    columns = {}
    for side, i, bit in SIDES:
        absent = _absent(raw, bit)
        for name, field in (("x_px", "gx"), ("y_px", "gy"), ("pupil", "pa")):
            values = _clean(raw[field][:, i])
            no_pupil = (values == 0) & (name == "pupil")
            columns[f"{side}_{name}"] = np.where(absent | no_pupil, np.nan, values)
    samples = gaze_samples(time_ms / 1000, device_time_s=time_ms / 1000, **columns)
    starts_ms = np.array([block.start_ms for block in asc.blocks])
    first_rows = np.append(np.searchsorted(time_ms, starts_ms), len(time_ms)).astype(np.intp)
    if len(first_rows) > 1:
        first_rows[0] = 0
    first_rows = np.maximum.accumulate(first_rows)
    return samples, _extra(raw), first_rows


def _absent(raw: NDArray[Any], bit: int) -> NDArray[np.bool_]:
    """Samples whose flags say that something was not recorded."""
    flags = raw["flags"].astype(np.int64)
    return np.asarray((flags & bit) == 0)


def _clean(values: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers as edf2asc writes them, NaN where missing."""
    numbers = values.astype(float)
    return np.where((numbers == MISSING) | (np.abs(numbers) >= FAR), np.nan, numbers)


def _extra(raw: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Further columns that say anything."""
    columns = {
        "resolution_x_px_per_deg": _clean(raw["rx"]),
        "resolution_y_px_per_deg": _clean(raw["ry"]),
        "input": _clean(raw["input"]),
        "buttons": _clean(raw["buttons"]),
        "sample_errors": _clean(raw["errors"]),
    }
    for side, i, bit in SIDES:
        absent = _absent(raw, bit)
        for axis in "xy":
            for name, field in (
                (f"{side}_velocity_{axis}_deg_s", f"g{axis}vel"),
                (f"{side}_href_{axis}", f"h{axis}"),
                (f"{side}_raw_{axis}", f"p{axis}"),
            ):
                columns[name] = np.where(absent, np.nan, _clean(raw[field][:, i]))
    if not np.all(_absent(raw, HEAD)):
        for i, name in enumerate(("target_x", "target_y")):
            columns[name] = _clean(raw["hdata"][:, i])
        columns["target_distance_mm"] = _clean(raw["hdata"][:, 2]) / 10
        columns["target_flags"] = _clean(raw["hdata"][:, 3])
    return {name: values for name, values in columns.items() if np.any(np.nan_to_num(values))}


def _account(asc: AscContent, records: Records) -> None:
    """Count the records by their sort."""
    sorts = dict.fromkeys(CONTROL, "control") | dict.fromkeys(EYE_EVENTS, "event")
    sorts |= {SAMPLE: "sample", MESSAGE: "message", INPUT: "input", BUTTON: "input"}
    sorts |= {RECORDING: "block", LOST_DATA: "lost data"}
    asc.lines["rejected"] += 0
    rejected = asc.lines["rejected"]
    for kind, count in records["counts"].tolist():
        if kind in sorts:
            asc.lines[sorts[kind]] += count
    asc.lines["sample"] -= rejected
    for number, kind in records["unknown"].tolist():
        asc.reject(number, f"a record of the unknown type {kind}")
    asc.rejected.sort()
