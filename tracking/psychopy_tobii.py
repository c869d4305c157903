"""Imports the TSV files of psychopy_tobii_controller.

A file has a header, and sessions with a table of samples and a table of events each. Times are in
milliseconds from the beginning of a session; how long it was from one session to the next is not
written, so sessions are laid one second apart, each as a block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foveola.data_schema import Block, FileFormatError, Message

from .import_assembly import Found, ScreenTold, assembled
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, Table, column_name, make_table, read_lines

TITLE = "psychopy_tobii_controller TSV"
PAUSE_S = 1.0
COLUMNS = {
    f"{side}_{field}": f"{name}{side.title()}"
    for side in ("left", "right")
    for field, name in (("x_px", "GazePointX"), ("y_px", "GazePointY"), ("pupil", "Pupil"))
}
RESOLUTION = re.compile(r"Recording resolution\s+(\d{1,5})\s*x\s*(\d{1,5})")


def sniff(_: Path, head: bytes) -> bool:
    """Whether sessions of such tables begin here."""
    return b"Session Start" in head and b"TimeStamp\tGazePointX" in head


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a TSV file of psychopy_tobii_controller.

    PsychoPy's coordinates have their origin at the screen's centre, y up; they are turned.
    """
    account = LineAccount()
    told, tables, events, recorded, sessions = _split(path, read_lines(path), account)
    parts = []
    messages: list[Message] = []
    blocks: list[Block] = []
    next_s = 0.0
    for session in range(sessions):
        found = _samples(path, tables.get(session), account)
        marks = _marks(events.get(session), account)
        ends_s = [time_s for time_s, _ in marks]
        for part in found:
            finite = part["time_s"][np.isfinite(part["time_s"])]
            if len(finite):
                ends_s += [float(finite.min()), float(finite.max())]
                rate_hz = 1 / float(np.median(np.diff(finite))) if len(finite) > 2 else np.nan
                blocks.append(
                    Block(
                        start_s=next_s + float(finite.min()),
                        end_s=next_s + float(finite.max()),
                        sampling_rate_hz=rate_hz,
                        eyes="both",
                    )
                )
            part["time_s"] = part["time_s"] + next_s
            parts.append(part)
        messages += [Message(time_s=next_s + time_s, text=text) for time_s, text in marks]
        next_s += max(ends_s, default=0.0) + PAUSE_S
    if not parts:
        raise FileFormatError(path, "there is no table of samples in it.")
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    found_all = Found(
        time_s=columns.pop("time_s"),
        line_numbers=columns.pop("line").astype(np.int64),
        gaze={name: columns.pop(name) for name in COLUMNS},
        extra=columns,
        make="Tobii",
        software="psychopy_tobii_controller",
        recorded=recorded,
        account=account,
        screen=told,
        messages=messages,
        blocks=blocks,
    )
    if sessions > 1:
        found_all.notes.append(
            f"The clock of each of the {sessions} sessions begins at 0: they are laid "
            f"{PAUSE_S:.0f} s apart, their true distance is not written."
        )
    return assembled(path, _turned(path, found_all, options), options)


Numbered = list[tuple[int, str]]


def _split(
    path: Path, lines: Sequence[str], account: LineAccount
) -> tuple[ScreenTold, dict[int, Numbered], dict[int, Numbered], str, int]:
    """Lines of the tables of samples and of events by session, and what the header says."""
    tables: dict[int, Numbered] = {}
    events: dict[int, Numbered] = {}
    told, recorded, session = ScreenTold(), "", -1
    table: Numbered | None = None
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r")
        if text.startswith("Session Start"):
            session, table = session + 1, None
        elif text.startswith("Session End"):
            table = None
        elif text.startswith("TimeStamp\t") and session >= 0:
            kind = events if text.split("\t")[1:] == ["Event"] else tables
            table = kind.setdefault(session, [])
            if table:
                account.reject(number, "a second table of the same kind in a session")
                continue
            table.append((number, text))
        elif not text.strip():
            account.lines["blank"] += 1
            continue
        elif table is not None:
            table.append((number, text))
            continue
        elif match := RESOLUTION.match(text):
            told.width_px, told.height_px = int(match[1]), int(match[2])
        elif text.startswith("Recording date:"):
            recorded = text.partition(":")[2].strip()
        elif session < 0 and ":" in text:
            pass  # a line of the header that says nothing which is kept
        else:
            account.reject(number, "a line outside of a table")
            continue
        account.lines["header"] += 1
    if session < 0:
        raise FileFormatError(path, "no session begins in it.")
    return told, tables, events, recorded, session + 1


def _samples(path: Path, lines: Numbered | None, account: LineAccount) -> list[dict[str, Floats]]:
    if not lines:
        return []
    table = make_table(lines[0][1], lines[1:], "\t", account)
    missing = {"TimeStamp", *COLUMNS.values()} - set(table.names)
    if missing:
        raise FileFormatError(
            path,
            f"columns are missing: {', '.join(sorted(missing))}.",
            place=f"line {lines[0][0]}",
        )
    columns = {"time_s": table.numbers("TimeStamp") / 1000}
    columns |= {field: table.numbers(name) for field, name in COLUMNS.items()}
    for side in ("left", "right"):
        if (name := f"Validity{side.title()}") in table:
            lost = table.numbers(name) == 0
            for field in ("x_px", "y_px", "pupil"):
                columns[f"{side}_{field}"][lost] = np.nan
    for name in ("ValidityLeft", "ValidityRight", "GazePointX", "GazePointY"):
        columns[column_name(name)] = _optional(table, name)
    right = table.settled()
    columns = {name: values[right] for name, values in columns.items()}
    columns["line"] = np.array(table.numbers_of_lines, float)[right]
    return [columns]


def _optional(table: Table, name: str) -> Floats:
    return table.numbers(name) if name in table else np.full(len(table.rows), np.nan)


def _marks(lines: Numbered | None, account: LineAccount) -> list[tuple[float, str]]:
    """Times and texts of a table of events."""
    found = []
    for number, line in (lines or [])[1:]:
        time, _, text = line.partition("\t")
        try:
            time_s = float(time) / 1000
        except ValueError:
            time_s = np.nan
        if np.isfinite(time_s):
            found.append((time_s, text))
            account.lines["event"] += 1
        else:
            account.reject(number, "an event without a time")
    return found


def _turned(path: Path, found: Found, options: ImportOptions) -> Found:
    """Coordinates from PsychoPy's (origin at the centre, y up, in pixels) to the screen's."""
    width_px, height_px = options.screen_px or (found.screen.width_px, found.screen.height_px)
    if options.screen:
        width_px, height_px = options.screen.width_px, options.screen.height_px
    if not width_px or not height_px:
        raise FileFormatError(
            path,
            "it does not tell the pixels of the screen.",
            remedy="State them: --screen-px WIDTH HEIGHT --screen-cm WIDTH HEIGHT --distance-cm D.",
        )
    for side in ("left", "right"):
        found.gaze[f"{side}_x_px"] = width_px / 2 + found.gaze[f"{side}_x_px"]
        found.gaze[f"{side}_y_px"] = height_px / 2 - found.gaze[f"{side}_y_px"]
    found.notes.append("Its coordinates are taken as PsychoPy's pixels: from the centre, y up.")
    return found
