"""Imports gaze exported by Pupil Core: on a surface, or in the picture of its world camera.

Places are 0 to 1 with y up. Samples come at irregular times, and from both eyes in turn. Gaze whose
confidence is low is lost; what the file says of it is kept beside.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foveola.data_schema import FileFormatError

from .import_assembly import Found, assembled, keep_other_columns
from .reader import ImportOptions, ImportResult
from .text_table import LineAccount, make_table, read_lines

TITLE = "Pupil Core CSV (surface or world gaze)"
#: Pupil Labs advises against gaze below.
LEAST_CONFIDENCE = 0.6
PLACES = (("x_norm", "y_norm"), ("norm_pos_x", "norm_pos_y"))


def sniff(_: Path, head: bytes) -> bool:
    """Whether the header names the time and confidence of gaze."""
    first = head.partition(b"\n")[0]
    return b"gaze_timestamp" in first and b"confidence" in first


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a CSV file of Pupil Core; the surface is taken as the screen."""
    lines = read_lines(path)
    account = LineAccount()
    table = make_table(lines[0] if lines else "", enumerate(lines[1:], start=2), ",", account)
    places = next((pair for pair in PLACES if all(name in table for name in pair)), None)
    if places is None or "gaze_timestamp" not in table or "confidence" not in table:
        raise FileFormatError(
            path, "the columns gaze_timestamp, confidence, x_norm and y_norm are not all there."
        )
    account.lines["header"] = 1
    time_s = table.numbers("gaze_timestamp")
    x, y_up = (table.numbers(name) for name in places)
    lost = ~(table.numbers("confidence") >= LEAST_CONFIDENCE)
    if "on_surf" in table:
        lost |= np.array([text.lower() in ("false", "0") for text in table.texts("on_surf")], bool)
    right = table.settled()
    x[lost] = y_up[lost] = np.nan
    gaze = {"left_x_px": x, "right_x_px": x, "left_y_px": 1 - y_up, "right_y_px": 1 - y_up}
    found = Found(
        time_s=time_s[right],
        gaze={name: values[right] for name, values in gaze.items()}
        | {"device_time_s": time_s[right]},
        unit="screen",
        make="Pupil Labs",
        model="Pupil Core",
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
        in_order=False,
        eyes="both",
        notes=[
            "It tells one place for both eyes; each eye is given it.",
            f"Gaze of a confidence below {LEAST_CONFIDENCE} or off the surface is lost.",
        ],
    )
    keep_other_columns(found, table, right, {"gaze_timestamp", "on_surf"})
    return assembled(path, found, options)
