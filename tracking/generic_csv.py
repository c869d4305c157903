r"""Imports any table of gaze as text, with a TOML file that says what its columns are.

The mapping file::

    time = "t"              # column of the times
    time_unit = "ms"        # s, ms or us
    gaze_unit = "px"        # px, or screen: 0 to 1 from the left and top edge
    y_up = false            # whether y grows upwards
    origin = "top-left"     # or "centre", as in PsychoPy
    delimiter = ","         # "," by default; "\t" and ";" are usual
    decimal = "."
    skip_lines = 0          # lines before the names
    lost = [0.0, -1.0]      # coordinates that mean loss
    rate_hz = 120.0         # by default the median of the steps
    make = "My tracker"
    message = "event"       # a column of text; wherever it is not empty is a message
    stimulus = "image"      # a column that names what was shown

    [columns]               # columns of gaze; what is not there is left out
    left_x_px = "LX"
    left_y_px = "LY"
    left_pupil = "LP"
    right_x_px = "RX"

Every other column is kept beside.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from foveola.data_schema import GAZE_DTYPE, FileFormatError, Message
from foveola.data_schema.record import Record

from .import_assembly import Found, assembled, keep_other_columns, screen_of, trials_by_name
from .reader import ImportOptions, ImportResult
from .text_table import LineAccount, make_table, read_lines

TITLE = "CSV with a mapping file"
PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}


class Mapping(Record):
    """What the columns of a table are."""

    time: str
    time_unit: Literal["s", "ms", "us"] = "s"
    gaze_unit: Literal["px", "screen"] = "px"
    y_up: bool = False
    origin: Literal["top-left", "centre"] = "top-left"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    skip_lines: int = Field(default=0, ge=0)
    lost: tuple[float, ...] = ()
    rate_hz: float = Field(default=float("nan"))
    make: str = "unknown"
    model: str = ""
    message: str = ""
    stimulus: str = ""
    columns: dict[str, str]


def sniff(_path: Path, _head: bytes) -> bool:
    """Nothing tells a table of unknown columns; a mapping file does."""
    return False


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read a table by its mapping file.

    Raises
    ------
    FileFormatError
        If there is no mapping, it is wrong, or a column that it names is missing.
    """
    # Long: the mapping file, key after key.
    if options.mapping is None:
        raise FileFormatError(
            path, "a CSV needs a file that says what its columns are.", remedy="--mapping FILE.toml"
        )
    mapping = _mapping(options.mapping)
    lines = read_lines(path)
    account = LineAccount()
    header = mapping.skip_lines
    if len(lines) <= header:
        raise FileFormatError(path, "there is no line of names.", place=f"line {header + 1}")
    account.lines["header"] = header + 1
    numbered = enumerate(lines[header + 1 :], start=header + 2)
    table = make_table(
        lines[header], numbered, mapping.delimiter, account, comma=mapping.decimal == ","
    )
    named = [mapping.time, *mapping.columns.values(), mapping.message, mapping.stimulus]
    missing = [name for name in named if name and name not in table]
    if missing:
        raise FileFormatError(
            path,
            f"columns of the mapping are missing: {', '.join(missing)}.",
            place=f"line {header + 1}",
            remedy=f"There are: {', '.join(table.names)}.",
        )
    time_s = table.numbers(mapping.time) / PER_SECOND[mapping.time_unit]
    gaze = {field: table.numbers(name) for field, name in mapping.columns.items()}
    right = table.settled()
    found = Found(
        time_s=time_s[right],
        gaze={field: values[right] for field, values in gaze.items()},
        unit=mapping.gaze_unit,
        make=mapping.make,
        model=mapping.model,
        rate_hz=mapping.rate_hz,
        account=account,
        line_numbers=np.array(table.numbers_of_lines, np.int64)[right],
        inputs=(path, options.mapping),
    )
    _place(path, found, mapping, options)
    rows = np.flatnonzero(right).tolist()
    if mapping.message:
        texts = table.texts(mapping.message)
        found.messages += [
            Message(time_s=float(time_s[i]), text=texts[i])
            for i in rows
            if texts[i] and np.isfinite(time_s[i])
        ]
    if mapping.stimulus:
        texts = table.texts(mapping.stimulus)
        trials_by_name(path, found, [texts[i] for i in rows])
    keep_other_columns(found, table, right, {name for name in named if name})
    return assembled(path, found, options)


def _mapping(path: Path) -> Mapping:
    try:
        with path.open("rb") as file:
            mapping = Mapping.model_validate(tomllib.load(file))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError(path, f"it can't be opened ({reason}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"this is no TOML ({error}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise FileFormatError(path, f"{first['msg']}.", place=place) from error
    known = [name for name in GAZE_DTYPE.names or () if name != "time_s"]
    unknown = sorted(set(mapping.columns) - set(known))
    if unknown or not any(name.endswith("_x_px") for name in mapping.columns):
        raise FileFormatError(
            path,
            f"unknown: {', '.join(unknown)}." if unknown else "no column of gaze is named.",
            place="columns",
            remedy=f"Choose from: {', '.join(known)}.",
        )
    return mapping


def _place(path: Path, found: Found, mapping: Mapping, options: ImportOptions) -> None:
    """Turn coordinates so that the origin is at the top left and y grows downwards."""
    if mapping.origin == "centre" or mapping.y_up:
        screen = screen_of(path, found.screen, options)
        size = {"x": float(screen.width_px), "y": float(screen.height_px)}
        if mapping.gaze_unit == "screen":
            size = {"x": 1.0, "y": 1.0}
    for field, values in found.gaze.items():
        if not field.endswith("_px"):
            continue
        values[np.isin(values, mapping.lost)] = np.nan
        axis = field.split("_")[1]
        if axis == "y" and mapping.y_up:
            values *= -1
            values += size["y"] / 2 if mapping.origin == "centre" else size["y"]
        elif mapping.origin == "centre":
            values += size[axis] / 2
    for side in ("left", "right"):
        pair = [found.gaze.get(f"{side}_{axis}_px") for axis in "xy"]
        if pair[0] is not None and pair[1] is not None:
            lost = np.isnan(pair[0]) | np.isnan(pair[1])
            pair[0][lost] = pair[1][lost] = np.nan
