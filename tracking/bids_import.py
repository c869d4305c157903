"""Imports eye tracking from BIDS data sets (1.11): the eyes of one recording, events and trials.

Give one ``..._physio.tsv.gz``; the files of the other eye, the events and all side-cars, also those
of the folders above, are found from there.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from foveola.data_schema import (
    Block,
    EventKind,
    Events,
    Eye,
    FileFormatError,
    Message,
    Stimulus,
    Trial,
    empty_events,
)

from .bids_export import EVENT_COLUMNS, unescaped
from .import_assembly import Found, ScreenTold, assembled
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, Table, column_name, make_table, read_lines

TITLE = "BIDS eye tracking"
NAME = re.compile(r"(?P<stem>.+?)(_recording-[0-9A-Za-z]+)?_physio\.tsv(\.gz)?")
MAX_JSON_BYTES = 2**24
UNITS = {"s": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e3, "us": 1e6, "µs": 1e6, "μs": 1e6}
PIXELS = ("pixel", "pixels", "px", "")
KINDS = {kind.name.lower(): kind for kind in EventKind}


def sniff(path: Path, _head: bytes) -> bool:
    """Whether its name and side-car say that it is a table of gaze in a BIDS data set."""
    if not NAME.fullmatch(path.name):
        return False
    try:
        return _side_car(path, "physio").get("PhysioType") == "eyetrack"
    except FileFormatError:
        return False


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read the eyes of a recording in a BIDS data set."""
    match = NAME.fullmatch(path.name)
    if not match:
        raise FileFormatError(path, "its name does not end with _physio.tsv.gz.")
    account = LineAccount()
    files = [path] + [
        one
        for one in sorted(path.parent.glob(f"{match['stem']}_recording-*_physio.tsv*"))
        if one != path
    ]
    found: Found | None = None
    for file in files:
        card = _side_car(file, "physio")
        if card.get("PhysioType") != "eyetrack":
            continue
        eye = _read_eye(file, card, account)
        found = eye if found is None else _joined(file, found, eye)
        _read_events(file, found, account)
    if found is None:
        raise FileFormatError(path, "its side-car does not say PhysioType: eyetrack.")
    _read_trials(path, match["stem"], found, account)
    found.inputs = tuple(files)
    found.observer = _entity(path.name, "sub")
    found.session = _entity(path.name, "ses")
    return assembled(path, found, options)


def _read_eye(path: Path, card: dict[str, Any], account: LineAccount) -> Found:
    """Samples of one eye."""
    names = card.get("Columns")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise FileFormatError(path, "its side-car has no list of Columns.")
    missing = {"timestamp", "x_coordinate", "y_coordinate"} - set(names)
    if missing:
        raise FileFormatError(path, f"columns are missing: {', '.join(sorted(missing))}.")
    if card.get("SampleCoordinateSystem", "gaze-on-screen") != "gaze-on-screen":
        raise FileFormatError(
            path, f"its coordinates are {card['SampleCoordinateSystem']!r}, not on a screen."
        )
    unit = _unit(card, "x_coordinate")
    if unit not in PIXELS:
        raise FileFormatError(path, f"its coordinates are in {unit!r}, not in pixels.")
    table = make_table("\t".join(names), enumerate(read_lines(path), start=1), "\t", account)
    rate_hz = _positive(card.get("SamplingFrequency"))
    time_s = _seconds(table, "timestamp", card, rate_hz)
    sides = {"left": ("left",), "right": ("right",)}.get(
        card.get("RecordedEye", ""), ("left", "right")
    )
    gaze: dict[str, Floats] = {}
    for side in sides:
        gaze[f"{side}_x_px"] = table.numbers("x_coordinate")
        gaze[f"{side}_y_px"] = table.numbers("y_coordinate")
        if "pupil_size" in table:
            gaze[f"{side}_pupil"] = table.numbers("pupil_size")
    used = {"timestamp", "x_coordinate", "y_coordinate", "pupil_size"}
    if "device_timestamp" in table:
        gaze["device_time_s"] = _seconds(table, "device_timestamp", card, rate_hz)
        used.add("device_timestamp")
    extra = {column_name(one): table.numbers(one) for one in table.names if one not in used}
    right = table.settled()
    return Found(
        time_s=time_s[right],
        gaze={name: values[right] for name, values in gaze.items()},
        extra={name: values[right] for name, values in extra.items()},
        make=str(card.get("Manufacturer", "unknown")),
        model=_told(card, "ManufacturersModelName"),
        software=_told(card, "SoftwareVersions"),
        serial=_told(card, "DeviceSerialNumber"),
        rate_hz=rate_hz,
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
        blocks=_blocks(path, card),
    )


def _joined(path: Path, one: Found, other: Found) -> Found:
    """Both eyes of a recording, sample by sample; times of one eye alone stay."""
    account = one.account
    if not np.array_equal(one.time_s, other.time_s):
        times_s = np.union1d(
            one.time_s[np.isfinite(one.time_s)], other.time_s[np.isfinite(other.time_s)]
        )
        lines = np.zeros(len(times_s), np.int64)
        for eye in (one, other):
            first_s, rows = np.unique(eye.time_s, return_index=True)
            rows = rows[np.isfinite(first_s)]
            left_out = np.setdiff1d(np.arange(len(eye.time_s)), rows)
            for row in left_out.tolist():
                account.reject(int(eye.line_numbers[row]), "a sample without a time of its own")
            places = np.searchsorted(times_s, eye.time_s[rows])
            lines[places] = eye.line_numbers[rows]
            for columns in (eye.gaze, eye.extra):
                for name, values in columns.items():
                    spread = np.full(len(times_s), np.nan)
                    spread[places] = values[rows]
                    columns[name] = spread
        account.lines["other eye"] += len(one.time_s) + len(other.time_s) - len(times_s)
        one.time_s, one.line_numbers = times_s, lines
        one.notes.append(f"The eyes have different times ({path.name}); both are kept.")
    else:
        account.lines["other eye"] += len(other.time_s)
    device = {"device_time_s"} & set(one.gaze)
    one.gaze |= {name: values for name, values in other.gaze.items() if name not in device}
    one.extra |= {name: values for name, values in other.extra.items() if name not in one.extra}
    return one


def _read_events(path: Path, found: Found, account: LineAccount) -> None:
    """Vendor events and messages of one eye."""
    file = path.with_name(path.name.replace("_physio.tsv", "_physioevents.tsv"))
    if not file.is_file():
        return
    names = _side_car(file, "physioevents").get("Columns")
    if not isinstance(names, list) or "onset" not in names:
        raise FileFormatError(file, "its side-car has no list of Columns with an onset.")
    names = [str(name) for name in names]
    table = make_table("\t".join(names), enumerate(read_lines(file), start=1), "\t", account)
    eye = _eye_of(path)
    onset_s = table.numbers("onset")
    duration_s = _column(table, "duration")
    figures = {name: _column(table, name) for name in EVENT_COLUMNS}
    both = _column(table, "both_eyes") == 1
    texts = table.texts("message") if "message" in table else [""] * len(onset_s)
    kinds = table.texts("trial_type") if "trial_type" in table else [""] * len(onset_s)
    for i in np.flatnonzero(np.isnan(onset_s)).tolist():
        table.wrong.setdefault(i, "an event without an onset")
    right = table.settled()
    rows = []
    for i in np.flatnonzero(right).tolist():
        if kinds[i] in KINDS:
            rows.append(i)
            account.lines["event"] += 1
        else:
            found.messages.append(Message(time_s=float(onset_s[i]), text=unescaped(texts[i])))
            account.lines["message"] += 1
    events = empty_events(len(rows))
    events["kind"] = [KINDS[kinds[i]] for i in rows]
    events["eye"] = np.where(both[rows], Eye.BOTH, eye)
    events["onset_s"], events["duration_s"] = onset_s[rows], duration_s[rows]
    for name, values in figures.items():
        events[name] = values[rows]
    found.events = _appended(found.events, events)


def _appended(one: Events, other: Events) -> Events:
    return np.concatenate([one, other])


def _read_trials(path: Path, stem: str, found: Found, account: LineAccount) -> None:
    """Trials, stimuli and the screen."""
    file = path.with_name(f"{stem}_events.tsv")
    card = _side_car(file, "events")
    shown = card.get("StimulusPresentation")
    if isinstance(shown, dict):
        found.screen = _screen(shown)
        if [str(one) for one in shown.get("ScreenOrigin") or ["top", "left"]] != ["top", "left"]:
            raise FileFormatError(path, f"its origin is {shown['ScreenOrigin']}, not top, left.")
    for one in card.get("Stimuli") or []:
        try:
            found.stimuli.append(Stimulus.model_validate(one))
        except ValidationError:
            found.notes.append("A stimulus of its side-car is not understood.")
    if not file.is_file():
        return
    lines = read_lines(file)
    if not lines:
        return
    account.lines["header"] += 1
    table = make_table(lines[0], enumerate(lines[1:], start=2), "\t", account)
    start_s = float(np.nanmin(found.time_s)) if np.any(np.isfinite(found.time_s)) else 0.0
    onset_s, duration_s = _column(table, "onset") + start_s, _column(table, "duration")
    offset_s = onset_s + np.where(duration_s >= 0, duration_s, 0)
    for times_s, name in ((onset_s, "timestamp"), (offset_s, "timestamp_end")):
        exact_s = _column(table, name)
        times_s[np.isfinite(exact_s)] = exact_s[np.isfinite(exact_s)]
    for i in range(len(table.rows)):
        cells = dict(zip(table.names, table.rows[i], strict=True))
        try:
            trial = _trial(len(found.trials), cells, float(onset_s[i]), float(offset_s[i]))
        except (ValueError, ValidationError) as error:
            reason = str(error).partition("\n")[0]
            account.reject(table.numbers_of_lines[i], f"a trial that can't be read: {reason}")
            continue
        found.trials.append(trial)
        account.lines["trial"] += 1
    table.wrong.clear()


def _trial(index: int, cells: dict[str, str], onset_s: float, offset_s: float) -> Trial:
    if not offset_s >= onset_s:
        raise ValueError("it has no onset or ends before it starts")
    name = cells.get("stimulus") or cells.get("stim_file") or ""
    variables = json.loads(unescaped(cells.get("variables", "n/a")) or "{}")
    return Trial.model_validate(
        {
            "index": index,
            "stimulus": unescaped(name.strip()),
            "onset_s": onset_s,
            "offset_s": offset_s,
            "image_left_px": _float(cells.get("image_left_px"), 0.0),
            "image_top_px": _float(cells.get("image_top_px"), 0.0),
            "image_scale": _float(cells.get("image_scale"), 1.0),
            "status": cells.get("status", "complete"),
            "block": int(cells.get("block", "0")),
            "variables": variables,
        }
    )


def _float(cell: str | None, otherwise: float) -> float:
    if cell is None:
        return otherwise
    return math.nan if cell == "n/a" else float(cell)


def _column(table: Table, name: str) -> Floats:
    return table.numbers(name) if name in table else np.full(len(table.rows), np.nan)


def _seconds(table: Table, name: str, card: dict[str, Any], rate_hz: float) -> Floats:
    """A column of times in seconds; without a unit the sampling rate tells it."""
    values = table.numbers(name)
    unit = _unit(card, name)
    if unit in UNITS:
        return values / UNITS[unit]
    steps = np.diff(values[np.isfinite(values)])
    ratio = float(np.median(steps)) * rate_hz if len(steps) else 1.0
    return values / (1e6 if ratio > 3e4 else 1e3 if ratio > 30 else 1.0)


def _unit(card: dict[str, Any], name: str) -> str:
    column = card.get(name)
    unit = column.get("Units", "") if isinstance(column, dict) else ""
    return unit if isinstance(unit, str) else ""


def _positive(value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if known else math.nan


def _told(card: dict[str, Any], name: str) -> str:
    value = card.get(name, "")
    return value if isinstance(value, str) and value != "n/a" else ""


def _blocks(path: Path, card: dict[str, Any]) -> list[Block]:
    try:
        return [Block.model_validate(one) for one in card.get("Blocks") or []]
    except (ValidationError, TypeError) as error:
        raise FileFormatError(path, "the Blocks of its side-car are not understood.") from error


def _screen(shown: dict[str, Any]) -> ScreenTold:
    def pair(name: str) -> tuple[float, float]:
        values = shown.get(name)
        if not isinstance(values, list) or len(values) != 2:
            return math.nan, math.nan
        return _positive(values[0]), _positive(values[1])

    pixels, size_m = pair("ScreenResolution"), pair("ScreenSize")
    known = all(one < 1e5 for one in pixels)
    # Written in metres: the digits that the way there and back costs are rounded away.
    return ScreenTold(
        width_px=int(pixels[0]) if known else 0,
        height_px=int(pixels[1]) if known else 0,
        width_cm=round(size_m[0] * 100, 9),
        height_cm=round(size_m[1] * 100, 9),
        distance_cm=round(_positive(shown.get("ScreenDistance")) * 100, 9),
    )


def _eye_of(path: Path) -> Eye:
    return {"left": Eye.LEFT, "right": Eye.RIGHT}.get(
        _side_car(path, "physio").get("RecordedEye", ""), Eye.BOTH
    )


def _entity(name: str, key: str) -> str:
    match = re.search(rf"(?:^|_){key}-([0-9A-Za-z]+)", name)
    return match[1] if match else ""


def _side_car(path: Path, suffix: str) -> dict[str, Any]:
    """Side-cars that apply to a file, from the data set's folder down; the nearest one counts."""
    words = set(path.name.partition(".")[0].split("_")[:-1])
    folders = [path.parent]
    for parent in path.parent.parents:
        if (folders[-1] / "dataset_description.json").is_file():
            break
        folders.append(parent)
    else:
        folders = [path.parent]
    card: dict[str, Any] = {}
    for folder in reversed(folders):
        for file in sorted(folder.glob(f"*{suffix}.json"), key=lambda one: len(one.name)):
            parts = file.name.removesuffix(".json").split("_")
            if parts[-1] == suffix and set(parts[:-1]) <= words:
                card |= _json(file)
    return card


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise FileFormatError(path, "this side-car is too large.")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileFormatError(path, f"it can't be opened ({error.strerror or error}).") from error
    except (ValueError, RecursionError) as error:
        raise FileFormatError(path, f"this is no JSON ({error}).") from error
    if not isinstance(content, dict):
        raise FileFormatError(path, "this JSON is no object.")
    return content
