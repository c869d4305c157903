"""Imports the text files of SMI's iViewX and BeGaze (IDF converter).

A header of lines that begin with ``##``, a line of names, then lines SMP with a sample and MSG with
a message. Times are in microseconds, gaze is in pixels, and 0, 0 is loss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foveola.data_schema import FileFormatError, Message

from .import_assembly import Found, ScreenTold, assembled, keep_other_columns, trials_by_name
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, Table, decimal_comma, make_table, read_lines

TITLE = "SMI text (iViewX, BeGaze)"
HEADER = re.compile(r"##\s*([^:]+):\s*(.*)")
MESSAGE = re.compile(r"#\s*Message:\s*")
PUPILS = ("Mapped Diameter [mm]", "Pupil Diameter [mm]", "Dia X [px]", "Dia [px]", "Area [px²]")


def sniff(_: Path, head: bytes) -> bool:
    """Whether a header of SMI or its line of names begins the file."""
    return (head.lstrip().startswith(b"##") and b"Time\tType\tTrial" in head) or head.startswith(
        b"Time\tType\tTrial"
    )


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a text file of SMI."""
    lines = read_lines(path)
    account = LineAccount()
    told: dict[str, list[str]] = {}
    first = next((i for i, line in enumerate(lines) if line.startswith("Time\tType")), None)
    if first is None:
        raise FileFormatError(path, "there is no line of names that begins with Time, Type.")
    for number, line in enumerate(lines[:first], start=1):
        if not line.strip():
            account.lines["blank"] += 1
        elif line.startswith("##"):
            account.lines["header"] += 1
            if match := HEADER.match(line.rstrip()):
                told.setdefault(match[1].strip(), match[2].strip().split("\t"))
        else:
            account.reject(number, "a line before the names that is no part of the header")
    account.lines["header"] += 1
    samples, messages = _split(lines, first, account)
    comma = decimal_comma([line for _, line in samples[:2000]], "\t")
    table = make_table(lines[first], samples, "\t", account, comma=comma)
    found = _found(table, account, told)
    found.messages += messages
    _add_trials(path, found)
    return assembled(path, found, options)


def _split(
    lines: Sequence[str], first: int, account: LineAccount
) -> tuple[list[tuple[int, str]], list[Message]]:
    """Lines of samples, and messages."""
    samples, messages = [], []
    for number, line in enumerate(lines[first + 1 :], start=first + 2):
        cells = line.rstrip("\r").split("\t", 3)
        if len(cells) < 2 or cells[1] == "SMP" or not line.strip():
            samples.append((number, line))
        elif cells[1] == "MSG" and len(cells) == 4 and re.fullmatch(r"\d{1,18}", cells[0]):
            text = MESSAGE.sub("", cells[3], count=1)
            messages.append(Message(time_s=int(cells[0]) / 1e6, text=text.strip()))
            account.lines["message"] += 1
        else:
            account.reject(number, f"neither a sample nor a message: {cells[1][:20]!r}")
    return samples, messages


def _found(table: Table, account: LineAccount, told: dict[str, list[str]]) -> Found:
    time_s = table.numbers("Time") / 1e6
    gaze: dict[str, Floats] = {}
    used = {"Time", "Type", "Trial"}
    for side, letter in (("left", "L"), ("right", "R")):
        names = [f"{letter} POR {axis} [px]" for axis in "XY"]
        if all(name in table for name in names):
            x_px, y_px = (table.numbers(name) for name in names)
            lost = (x_px == 0) & (y_px == 0)
            x_px[lost] = y_px[lost] = np.nan
            gaze[f"{side}_x_px"], gaze[f"{side}_y_px"] = x_px, y_px
            used |= set(names)
        pupil = next((f"{letter} {one}" for one in PUPILS if f"{letter} {one}" in table), None)
        if pupil:
            values = table.numbers(pupil)
            values[values == 0] = np.nan
            gaze[f"{side}_pupil"] = values
            used.add(pupil)
    right = table.settled()
    found = Found(
        time_s=time_s[right],
        gaze={name: values[right] for name, values in gaze.items()}
        | {"device_time_s": time_s[right]},
        make="SensoMotoric Instruments",
        model=_text(told, "System"),
        software=_text(told, "Version"),
        recorded=_text(told, "Date"),
        rate_hz=_number(told, "Sample Rate", 0),
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
        screen=_screen(told),
    )
    keep_other_columns(found, table, right, used)
    return found


def _screen(told: dict[str, list[str]]) -> ScreenTold:
    pixels = [_number(told, "Calibration Area", i) for i in (0, 1)]
    known = all(0 < one < 1e5 for one in pixels)
    return ScreenTold(
        width_px=int(pixels[0]) if known else 0,
        height_px=int(pixels[1]) if known else 0,
        width_cm=_number(told, "Stimulus Dimension [mm]", 0) / 10,
        height_cm=_number(told, "Stimulus Dimension [mm]", 1) / 10,
        distance_cm=_number(told, "Head Distance [mm]", 0) / 10,
    )


def _text(told: dict[str, list[str]], name: str) -> str:
    return told[name][0] if name in told else ""


def _number(told: dict[str, list[str]], name: str, place: int) -> float:
    values = told.get(name, [])
    try:
        return float(values[place])
    except (IndexError, ValueError):
        return np.nan


def _add_trials(path: Path, found: Found) -> None:
    """A trial lasts from its image's message to the next; without such messages there are none."""
    images = sorted(
        (one.time_s, one.text)
        for one in found.messages
        if re.search(r"\.(jpe?g|png|bmp|tiff?|gif)$", one.text, re.IGNORECASE)
    )
    if not images or not len(found.time_s):
        return
    starts = np.array([time_s for time_s, _ in images])
    places = np.searchsorted(starts, found.time_s, side="right") - 1
    trials_by_name(path, found, [images[i][1] if i >= 0 else "" for i in places.tolist()])
