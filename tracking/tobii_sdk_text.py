"""Imports text files with the columns of Tobii's older SDK (TX300), as I2MC's examples have them.

``LGazePos2dx`` and so on are 0 to 1 on the screen; ``Time`` is in microseconds; validity is 0
(certain) to 4 (lost), and from 2 on Tobii advises against use.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foveola.data_schema import FileFormatError

from .import_assembly import Found, assembled, keep_other_columns
from .reader import ImportOptions, ImportResult
from .text_table import LineAccount, make_table, read_lines

TITLE = "Tobii SDK text (TX300)"
LARGEST_VALIDITY = 1
COLUMNS = {
    f"{side}_{field}": f"{letter}{name}"
    for side, letter in (("left", "L"), ("right", "R"))
    for field, name in (("x_px", "GazePos2dx"), ("y_px", "GazePos2dy"), ("pupil", "PupilDm"))
}


def sniff(_: Path, head: bytes) -> bool:
    """Whether the header names the columns of the SDK."""
    first = head.partition(b"\n")[0]
    return b"LGazePos2dx" in first and b"RelTimestamp" in first


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a text file with the columns of Tobii's older SDK."""
    lines = read_lines(path)
    account = LineAccount()
    table = make_table(lines[0] if lines else "", enumerate(lines[1:], start=2), "\t", account)
    missing = {"Time", "LValidity", "RValidity", *COLUMNS.values()} - set(table.names)
    if missing:
        raise FileFormatError(
            path, f"columns are missing: {', '.join(sorted(missing))}.", place="line 1"
        )
    account.lines["header"] = 1
    time_s = table.numbers("Time") / 1e6
    gaze = {field: table.numbers(name) for field, name in COLUMNS.items()}
    for side, name in (("left", "LValidity"), ("right", "RValidity")):
        lost = ~(table.numbers(name) <= LARGEST_VALIDITY)
        for field in ("x_px", "y_px", "pupil"):
            gaze[f"{side}_{field}"][lost] = np.nan
    right = table.settled()
    found = Found(
        time_s=time_s[right],
        gaze={field: values[right] for field, values in gaze.items()}
        | {"device_time_s": time_s[right]},
        unit="screen",
        make="Tobii",
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
    )
    keep_other_columns(found, table, right, {"Time", *COLUMNS.values()})
    return assembled(path, found, options)
