"""Imports the HDF5 files of Titta (pandas' fixed format), without unpickling anything.

Gaze is 0 to 1 on the screen, times are in microseconds of the computer's and the tracker's clock.
Messages are a pickled array; their texts are read from its opcodes, which are only looked at and
never executed.
"""

from __future__ import annotations

import pickletools
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from foveola.data_schema import FileFormatError, Message
from foveola.data_schema.hdf5_file import open_hdf5

from .clock import fit_clock
from .import_assembly import Found, assembled
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, column_name
from .tracker import ClockPair

TITLE = "Titta HDF5"
MAX_PICKLE_BYTES = 2**28
COLUMNS = {
    f"{side}_{field}": f"{side}_{name}"
    for side in ("left", "right")
    for field, name in (
        ("x_px", "gaze_point_on_display_area_x"),
        ("y_px", "gaze_point_on_display_area_y"),
        ("pupil", "pupil_diameter"),
    )
}
VALID = {"x_px": "gaze_point_valid", "y_px": "gaze_point_valid", "pupil": "pupil_valid"}
SYSTEM, DEVICE = "system_time_stamp", "device_time_stamp"


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an HDF5 file with Titta's group of gaze."""
    if not head.startswith(b"\x89HDF"):
        return False
    try:
        with h5py.File(path, "r") as file:
            return "gaze" in file and "axis0" in file["gaze"]
    except (OSError, RuntimeError, KeyError, TypeError):
        return False


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read an HDF5 file of Titta."""
    account = LineAccount()
    try:
        with open_hdf5(path) as file:
            table, left_out = _frame(path, file, "gaze")
            messages, lost = _messages(path, file, account)
            clock_pairs = _clock_pairs(path, file)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise FileFormatError(path, f"a part of it can't be read ({error}).") from error
    if SYSTEM not in table:
        raise FileFormatError(path, f"there is no column {SYSTEM}.", place="/gaze")
    time_s = table.pop(SYSTEM) / 1e6
    gaze: dict[str, Floats] = {}
    for field, name in COLUMNS.items():
        if name not in table:
            continue
        values = table.pop(name).copy()
        side, _, what = field.partition("_")
        valid = table.get(f"{side}_{VALID[what]}")
        if valid is not None:
            values[valid == 0] = np.nan
        gaze[field] = values
    if DEVICE in table:
        gaze["device_time_s"] = table.pop(DEVICE) / 1e6
    if "left_x_px" not in gaze and "right_x_px" not in gaze:
        raise FileFormatError(path, "no column of it holds gaze on the screen.", place="/gaze")
    found = Found(
        time_s=time_s,
        gaze=gaze,
        unit="screen",
        extra={column_name(name): values for name, values in table.items()},
        make="Tobii",
        software="Titta",
        account=account,
        line_numbers=np.arange(1, len(time_s) + 1),
        messages=messages,
    )
    if clock_pairs:
        found.clock = fit_clock(clock_pairs)
    if left_out:
        found.notes.append(f"Pickled columns are not read: {', '.join(left_out)}.")
    if lost:
        found.notes.append(lost)
    return assembled(path, found, options)


def _frame(path: Path, file: h5py.File, name: str) -> tuple[dict[str, Floats], list[str]]:
    """Columns of numbers of a pandas table, and the names of those that are pickled."""
    group = file[name]
    count = sum(1 for one in group if one.startswith("block") and one.endswith("_items"))
    columns: dict[str, Floats] = {}
    pickled: list[str] = []
    length = None
    for i in range(count):
        items = [_name(one) for one in group[f"block{i}_items"][()]]
        values = group[f"block{i}_values"]
        if values.dtype.kind not in "fiub":
            pickled += items
            continue
        block = np.asarray(values[()], float)
        if block.ndim != 2 or block.shape[1] != len(items):
            raise FileFormatError(
                path, "its columns do not fit their names.", place=f"/{name}/block{i}_values"
            )
        if length not in (None, len(block)):
            raise FileFormatError(path, "its columns differ in length.", place=f"/{name}")
        length = len(block)
        columns |= dict(zip(items, block.T.copy(), strict=True))
    return columns, pickled


def _name(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _messages(path: Path, file: h5py.File, account: LineAccount) -> tuple[list[Message], str]:
    """Messages, and what has to be said of them."""
    if "msg" not in file:
        return [], ""
    columns, pickled = _frame(path, file, "msg")
    times_us = next((columns[name] for name in columns if "time" in name), np.empty(0))
    texts: list[str] = []
    group = file["msg"]
    for name in group:
        if not name.endswith("_values") or group[name].dtype.kind in "fiub":
            continue
        cells = group[name][()]
        for cell in np.atleast_1d(np.asarray(cells, object)).ravel():
            data = np.asarray(cell, np.uint8).tobytes()
            if len(data) <= MAX_PICKLE_BYTES:
                texts += strings_in_pickle(data)
    if len(texts) != len(times_us):
        account.lines["rejected"] += len(times_us)
        return [], (
            f"{len(times_us)} messages are not kept: {len(texts)} texts were found in their "
            f"pickle ({', '.join(pickled)})."
        )
    found = []
    for number, (time_us, text) in enumerate(zip(times_us.tolist(), texts, strict=True), start=1):
        if np.isfinite(time_us):
            found.append(Message(time_s=time_us / 1e6, text=text))
            account.lines["message"] += 1
        else:
            account.reject(number, "a message without a time")
    return found, ""


def strings_in_pickle(data: bytes) -> list[str]:
    """Texts of the list within a pickled array, found without executing the pickle.

    Examples
    --------
    >>> import pickle
    >>> strings_in_pickle(pickle.dumps(["a", "b", "a"], protocol=4))
    ['a', 'b', 'a']
    """
    memo: dict[int, str | None] = {}
    texts: list[str] = []
    last: str | None = None
    within = False
    try:
        for opcode, argument, _ in pickletools.genops(data):
            name = opcode.name
            if name == "EMPTY_LIST":
                within, last = True, None
            elif name in ("APPENDS", "APPEND"):
                within = within and name == "APPEND"
            elif "UNICODE" in name:
                last = str(argument)
                if within:
                    texts.append(last)
            elif name == "MEMOIZE":
                memo[len(memo)] = last
            elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
                memo[int(str(argument))] = last
            elif name in ("BINGET", "LONG_BINGET", "GET"):
                last = memo.get(int(str(argument)))
                if within and last is not None:
                    texts.append(last)
            elif name != "MARK":
                last = None
    except Exception:  # a damaged pickle raises whatever its opcodes lead to
        return []
    return texts


def _clock_pairs(path: Path, file: h5py.File) -> list[ClockPair]:
    """Comparisons of the clocks: computer, tracker, round trip, in seconds."""
    if "time_sync" not in file:
        return []
    columns, _ = _frame(path, file, "time_sync")
    names = ("system_request_time_stamp", "device_time_stamp", "system_response_time_stamp")
    if not all(name in columns for name in names):
        return []
    asked_s, device_s, answered_s = (columns[name] / 1e6 for name in names)
    finite = np.isfinite(asked_s + device_s + answered_s)
    rows = zip(asked_s[finite], device_s[finite], answered_s[finite], strict=True)
    return [
        ClockPair((asked + answered) / 2, device, answered - asked)
        for asked, device, answered in rows
    ]
