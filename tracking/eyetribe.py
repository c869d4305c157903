"""Imports the TSV files of the EyeTribe, as PyTribe and CrowdFix have them.

``time`` is in milliseconds, gaze in pixels; 0, 0 is loss. Lines that begin with MSG are messages.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foveola.data_schema import FileFormatError, Message

from .import_assembly import Found, assembled, keep_other_columns
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, Table, make_table, read_lines

TITLE = "EyeTribe TSV"


def sniff(_: Path, head: bytes) -> bool:
    """Whether the header names the EyeTribe's columns."""
    first = head.partition(b"\n")[0].split(b"\t")
    return {b"time", b"fix", b"state", b"avgx"} <= {name.strip() for name in first}


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a TSV file of the EyeTribe."""
    lines = read_lines(path)
    account = LineAccount()
    samples, messages = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line.startswith("MSG\t"):
            samples.append((number, line))
            continue
        cells = line.rstrip("\r").split("\t", 3)
        time_ms = _number(cells[2]) if len(cells) == 4 else np.nan
        if np.isfinite(time_ms):
            messages.append(Message(time_s=time_ms / 1000, text=cells[3]))
            account.lines["message"] += 1
        else:
            account.reject(number, "a message without a time")
    table = make_table(lines[0] if lines else "", samples, "\t", account)
    if not {"time", "avgx", "avgy"} <= set(table.names):
        raise FileFormatError(path, "the columns time, avgx, avgy are not all there.")
    account.lines["header"] = 1
    time_s = table.numbers("time") / 1000
    gaze, used = _gaze(table)
    right = table.settled()
    found = Found(
        time_s=time_s[right],
        gaze={name: values[right] for name, values in gaze.items()}
        | {"device_time_s": time_s[right]},
        make="The Eye Tribe",
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
        messages=messages,
    )
    if "Lavgx" not in used:
        found.notes.append("It tells one place for both eyes; each eye is given it.")
    keep_other_columns(found, table, right, used | {"time", "timestamp"})
    return assembled(path, found, options)


def _gaze(table: Table) -> tuple[dict[str, Floats], set[str]]:
    """Raw gaze of each eye where the file has it, else the mean of both; 0, 0 is loss."""
    gaze, used = {}, set()
    for side, letter in (("left", "L"), ("right", "R")):
        prefix = letter if f"{letter}avgx" in table and f"{letter}avgy" in table else ""
        names = [f"{prefix}avgx", f"{prefix}avgy"]
        x_px, y_px = (table.numbers(name) for name in names)
        lost = (x_px == 0) & (y_px == 0)
        x_px[lost] = y_px[lost] = np.nan
        gaze[f"{side}_x_px"], gaze[f"{side}_y_px"] = x_px, y_px
        used |= set(names)
        if (name := f"{prefix}psize") in table:
            values = table.numbers(name)
            values[values == 0] = np.nan
            gaze[f"{side}_pupil"] = values
            used.add(name)
    return gaze, used


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
