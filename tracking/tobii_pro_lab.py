"""Imports the data export (TSV) of Tobii Pro Lab.

Column names carry their unit in newer versions, as ``Recording timestamp [μs]``; in older ones it
follows from the steps. Numbers may have decimal commas. Rows of other sensors stand between those
of the eye tracker.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, Eye, FileFormatError, Message, empty_events

from .import_assembly import Found, ScreenTold, assembled, keep_other_columns, trials_by_name
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, Table, decimal_comma, make_table, read_lines

TITLE = "Tobii Pro Lab TSV"
SIGN = re.compile(rb"(?:^|\t)\"?Recording timestamp[^\t\r\n]*\t", re.MULTILINE)
UNIT = re.compile(r"\s*[\[(](.*?)[\])]$")
KINDS = {
    "fixation": EventKind.FIXATION,
    "saccade": EventKind.SACCADE,
    "eyesnotfound": EventKind.UNDEFINED,
}
#: A median step beyond this is in microseconds: no tracker takes a sample each tenth of a second.
LARGEST_STEP_MS = 100.0
#: Rows of events whose columns hold no gaze, of which the text is kept.
STIMULI = ("Presented Stimulus name", "Presented Media name", "Recording media name")


def sniff(_: Path, head: bytes) -> bool:
    """Whether a header names the recording's time stamp and points of gaze."""
    return bool(SIGN.search(head)) and b"Gaze point" in head


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a TSV export of Tobii Pro Lab."""
    lines = read_lines(path)
    account = LineAccount()
    if not lines:
        raise FileFormatError(path, "it is empty.")
    account.lines["header"] = 1
    table = make_table(
        lines[0],
        enumerate(lines[1:], start=2),
        "\t",
        account,
        comma=decimal_comma(lines[1:2000], "\t"),
    )
    names = _by_plain_name(table)
    if "Recording timestamp" not in names:
        raise FileFormatError(path, "no column is named 'Recording timestamp'.", place="line 1")
    time_s = _seconds(table, names["Recording timestamp"])
    is_gaze = _rows_of_gaze(table, names)
    gaze, used = _gaze(table, names, is_gaze)
    used |= {names["Recording timestamp"]}
    right = table.settled()
    found = Found(
        time_s=time_s[right & is_gaze],
        gaze={name: values[right & is_gaze] for name, values in gaze.items()},
        make="Tobii",
        model=_first(table, names, "Recording Eye tracker name", "Eye tracker name"),
        software=_first(table, names, "Software version", "Exporter version"),
        recorded=_first(table, names, "Recording date UTC", "Recording date"),
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right & is_gaze],
        screen=ScreenTold(
            width_px=_whole(table, names, "Recording resolution width"),
            height_px=_whole(table, names, "Recording resolution height"),
        ),
    )
    _keep_events(table, names, found, time_s, right & ~is_gaze)
    name = next((names[one] for one in STIMULI if one in names), None)
    if name:
        texts = table.texts(name)
        trials_by_name(path, found, [texts[i] for i in np.flatnonzero(right & is_gaze)])
    found.events = _events(table, names, time_s, right & is_gaze)
    keep_other_columns(found, table, right & is_gaze, used)
    return assembled(path, found, options)


def _by_plain_name(table: Table) -> dict[str, str]:
    """Columns of a table by their names without units; pixels come before other units."""
    found: dict[str, str] = {}
    for name in table.names:
        plain = UNIT.sub("", name)
        if plain not in found or "px" in name:
            found[plain] = name
    return found


def _seconds(table: Table, name: str) -> Floats:
    """A column of times in seconds."""
    values = table.numbers(name)
    unit = UNIT.search(name)
    if unit:
        return values / (1e3 if unit[1] == "ms" else 1e6)
    steps = np.diff(np.unique(values[np.isfinite(values)]))
    per_second = 1e6 if len(steps) and np.median(steps) > LARGEST_STEP_MS else 1e3
    return values / per_second


def _rows_of_gaze(table: Table, names: dict[str, str]) -> NDArray[np.bool_]:
    """Rows of the eye tracker: those of its sensor, or all that hold no event."""
    if "Sensor" in names:
        sensors = table.texts(names["Sensor"])
        return np.array([sensor == "Eye Tracker" for sensor in sensors], bool)
    if "Event" in names:
        return np.array([text == "" for text in table.texts(names["Event"])], bool)
    return np.ones(len(table.rows), bool)


def _gaze(
    table: Table, names: dict[str, str], is_gaze: NDArray[np.bool_]
) -> tuple[dict[str, Floats], set[str]]:
    """Columns of gaze; what the tracker calls invalid is lost."""
    gaze: dict[str, Floats] = {}
    used = set()
    for side in ("left", "right"):
        for axis in "XY":
            if name := names.get(f"Gaze point {side} {axis}"):
                gaze[f"{side}_{axis.lower()}_px"] = table.numbers(name)
                used.add(name)
        if name := names.get(f"Pupil diameter {side}"):
            gaze[f"{side}_pupil"] = table.numbers(name)
            used.add(name)
        if name := names.get(f"Validity {side}"):
            lost = [text in ("Invalid", "2", "3", "4") for text in table.texts(name)]
            for axis in "xy":
                if f"{side}_{axis}_px" in gaze:
                    gaze[f"{side}_{axis}_px"][np.array(lost, bool)] = np.nan
    if not any("x_px" in name for name in gaze) and "Gaze point X" in names:
        for axis in "XY":
            name = names.get(f"Gaze point {axis}", "")
            values = table.numbers(name) if name else np.full(len(is_gaze), np.nan)
            gaze[f"left_{axis.lower()}_px"] = gaze[f"right_{axis.lower()}_px"] = values
            used.add(name)
    if name := names.get("Eyetracker timestamp"):
        gaze["device_time_s"] = _seconds(table, name)
        used.add(name)
    return gaze, used


def _keep_events(
    table: Table,
    names: dict[str, str],
    found: Found,
    time_s: Floats,
    chosen: NDArray[np.bool_],
) -> None:
    """Rows that are not of the eye tracker: events become messages."""
    events = table.texts(names["Event"]) if "Event" in names else [""] * len(chosen)
    values = table.texts(names["Event value"]) if "Event value" in names else [""] * len(chosen)
    other = 0
    for i in np.flatnonzero(chosen).tolist():
        if events[i] and np.isfinite(time_s[i]):
            text = f"{events[i]} {values[i]}".strip()
            found.messages.append(Message(time_s=float(time_s[i]), text=text))
            found.account.lines["event"] += 1
        else:
            other += 1
    found.account.lines["other sensor"] += other
    if other:
        found.notes.append(
            f"{other} rows of other sensors than the eye tracker hold no gaze; they are not kept."
        )


def _events(
    table: Table, names: dict[str, str], time_s: Floats, chosen: NDArray[np.bool_]
) -> Events:
    """Fixations and saccades that Tobii found: one for each stretch of the same type and number."""
    if "Eye movement type" not in names:
        return empty_events(0)
    types = table.texts(names["Eye movement type"])
    count_name = names.get("Eye movement type index", "")
    counts = table.texts(count_name) if count_name else types
    rows = [i for i in np.flatnonzero(chosen).tolist() if types[i] and np.isfinite(time_s[i])]
    firsts = [
        i
        for j, i in enumerate(rows)
        if j == 0 or (types[i], counts[i]) != (types[rows[j - 1]], counts[rows[j - 1]])
    ]
    numbers = {
        field: table.numbers(names[name])
        for field, name in (
            ("duration_s", "Gaze event duration"),
            ("x_px", "Fixation point X"),
            ("y_px", "Fixation point Y"),
        )
        if name in names
    }
    table.wrong.clear()  # a damaged figure of an event costs no sample
    events = empty_events(len(firsts))
    for event, i in zip(events, firsts, strict=True):
        event["kind"] = KINDS.get(types[i].lower(), EventKind.UNDEFINED)
        event["eye"], event["onset_s"] = Eye.BOTH, time_s[i]
        for field, values in numbers.items():
            event[field] = values[i] / (1000 if field == "duration_s" else 1)
    events["duration_s"][~(events["duration_s"] >= 0)] = np.nan
    return events


def _first(table: Table, names: dict[str, str], *wanted: str) -> str:
    """First cell that is not empty of the first column that is there."""
    for name in wanted:
        if name in names:
            return next((text for text in table.texts(names[name]) if text), "")
    return ""


def _whole(table: Table, names: dict[str, str], name: str) -> int:
    text = _first(table, names, name)
    return int(text) if re.fullmatch(r"\d{1,5}", text) else 0
