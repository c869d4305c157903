"""Imports the CSV files of Gazepoint's Analysis and Control.

Times are seconds, in the column ``TIME(date)``; gaze is 0 to 1 on the screen. Files may write
negative numbers as if they had no sign (4294967295 for -1).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from foveola.data_schema import EventKind, Events, Eye, FileFormatError, Message, empty_events

from .import_assembly import Found, assembled, keep_other_columns, trials_by_name
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, Table, make_table, read_lines

TITLE = "Gazepoint CSV"
WRAPPED, WRAP = 2.0**31, 2.0**32
#: Per eye, else the best point of both: x, y, valid.
POINTS = {
    "left": ("LPOGX", "LPOGY", "LPOGV"),
    "right": ("RPOGX", "RPOGY", "RPOGV"),
    "both": ("BPOGX", "BPOGY", "BPOGV"),
}
PUPILS = {
    "left": (("LPMM", "LPMMV"), ("LPD", "LPV")),
    "right": (("RPMM", "RPMMV"), ("RPD", "RPV")),
}


def sniff(_: Path, head: bytes) -> bool:
    """Whether the header names Gazepoint's time and points of gaze."""
    first = head.partition(b"\n")[0]
    return bool(re.search(rb"(?:^|,)TIME\(", first)) and b"POGX" in first


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a CSV file of Gazepoint."""
    # Long: the layout of the file from its first column to its last.
    lines = read_lines(path)
    account = LineAccount()
    table = make_table(lines[0] if lines else "", enumerate(lines[1:], start=2), ",", account)
    time_name = next((name for name in table.names if re.match(r"TIME(\(|$)", name)), "")
    if not time_name:
        raise FileFormatError(path, "no column is named TIME.", place="line 1")
    account.lines["header"] = 1
    time_s = table.numbers(time_name)
    used, gaze = {time_name}, {}
    if all(name in table for name in POINTS["left"][:2] + POINTS["right"][:2]):
        points = {side: _point(table, POINTS[side], used) for side in ("left", "right")}
    else:
        both = _point(table, POINTS["both"], used)
        points = {"left": both, "right": both}
    for side, (x, y) in points.items():
        gaze[f"{side}_x_px"], gaze[f"{side}_y_px"] = x, y
        for value, valid in PUPILS[side]:
            if value in table:
                gaze[f"{side}_pupil"] = _valid(table, value, valid)
                used.add(value)
                break
    tick = next((name for name in table.names if name.startswith("TIMETICK(")), "")
    frequency = re.search(r"f=(\d{1,15})", tick)
    if frequency and int(frequency[1]) > 0:
        gaze["device_time_s"] = table.numbers(tick) / int(frequency[1])
        used.add(tick)
    right = table.settled()
    found = Found(
        time_s=time_s[right],
        gaze={name: values[right] for name, values in gaze.items()},
        unit="screen",
        make="Gazepoint",
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
        recorded=time_name.removeprefix("TIME").strip("()"),
    )
    if "LPOGX" not in used:
        found.notes.append("It tells one place for both eyes (BPOG); each eye is given it.")
    found.events = _fixations(table, right_rows := np.flatnonzero(right))
    _scale_events(found, options)
    if "MEDIA_NAME" in table:
        names = table.texts("MEDIA_NAME")
        trials_by_name(path, found, [names[i] for i in right_rows])
        used.add("MEDIA_NAME")
    if "USER" in table:
        users = table.texts("USER")
        found.messages += [
            Message(time_s=float(time_s[i]), text=users[i])
            for i in right_rows
            if users[i] not in ("", "0") and np.isfinite(time_s[i])
        ]
        used.add("USER")
    keep_other_columns(found, table, right, used)
    for values in found.extra.values():
        values[values >= WRAPPED] -= WRAP
    return assembled(path, found, options)


def _point(table: Table, names: tuple[str, str, str], used: set[str]) -> tuple[Floats, Floats]:
    """Place of gaze, 0 to 1; lost where it is not valid."""
    if names[0] not in table or names[1] not in table:
        lost = np.full(len(table.rows), np.nan)
        return lost, lost.copy()
    used |= set(names[:2])
    return _valid(table, names[0], names[2]), _valid(table, names[1], names[2])


def _valid(table: Table, name: str, valid: str) -> Floats:
    values = table.numbers(name)
    if valid in table:
        values[table.numbers(valid) == 0] = np.nan
    values[values >= WRAPPED] -= WRAP
    return values


def _fixations(table: Table, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Events:
    """Fixations that Gazepoint found: the last valid row of each holds them whole."""
    names = ("FPOGX", "FPOGY", "FPOGS", "FPOGD", "FPOGID", "FPOGV")
    if not all(name in table for name in names) or not len(rows):
        return empty_events(0)
    x, y, start_s, duration_s, number, valid = (table.numbers(name)[rows] for name in names)
    table.wrong.clear()
    whole = (valid == 1) & np.isfinite(number) & np.isfinite(start_s) & (duration_s >= 0)
    chosen = np.flatnonzero(whole)
    last = np.append(np.diff(number[chosen]) != 0, True) if len(chosen) else np.zeros(0, bool)
    chosen = chosen[last]
    events = empty_events(len(chosen))
    events["kind"], events["eye"] = EventKind.FIXATION, Eye.BOTH
    events["onset_s"], events["duration_s"] = start_s[chosen], duration_s[chosen]
    events["x_px"], events["y_px"] = x[chosen], y[chosen]
    return events


def _scale_events(found: Found, options: ImportOptions) -> None:
    """Places of fixations from 0 to 1 to pixels, where the pixels are known."""
    screen = options.screen_px or (
        (options.screen.width_px, options.screen.height_px) if options.screen else (np.nan, np.nan)
    )
    found.events["x_px"] *= screen[0]
    found.events["y_px"] *= screen[1]
