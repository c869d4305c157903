"""Imports gaze from LSL recordings (XDF, as LabRecorder writes them) through the extra ``xdf``.

The gaze stream is that whose type or labels say so. Times are pyxdf's, with its clock corrections;
the stream's own stamps are kept as the device's where a channel holds them. Streams of text become
messages.
"""

from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import FileFormatError, Message, MissingExtraError

from .import_assembly import Found, assembled
from .lsl_channels import places_of
from .reader import ImportOptions, ImportResult
from .text_table import Floats, LineAccount, column_name
from .unpacked_file import read_unpacked

TITLE = "LSL XDF"


def sniff(_: Path, head: bytes) -> bool:
    """Whether the sign of XDF begins the file."""
    return head.startswith(b"XDF:")


def read(path: Path, options: ImportOptions) -> ImportResult:
    """Read an XDF file.

    Raises
    ------
    MissingExtraError
        If pyxdf is not installed.
    FileFormatError
        If the file is damaged, or no stream of it holds gaze.
    """
    streams = _streams(path)
    gaze = [(stream, labels) for stream in streams if (labels := _labels_of_gaze(stream))]
    if not gaze:
        kinds = sorted({_text(stream, "name") for stream in streams})
        raise FileFormatError(
            path, f"none of its streams holds gaze (there are: {', '.join(kinds) or 'none'})."
        )
    account = LineAccount()
    stream, labels = gaze[0]
    try:
        found = _found(stream, labels, account)
        for other in streams:
            if other is not stream:
                _keep_other(other, found, account)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise FileFormatError(path, f"a stream is damaged ({error}).") from error
    return assembled(path, found, options)


def _streams(path: Path) -> list[dict[str, Any]]:
    try:
        import pyxdf
    except ImportError as error:
        raise MissingExtraError("pyxdf", "xdf") from error
    logging.getLogger("pyxdf").setLevel(logging.ERROR)
    # Read whole, because pyxdf leaves the files of damaged recordings open.
    content = io.BytesIO(read_unpacked(path).tobytes())
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            streams, _ = pyxdf.load_xdf(content, dejitter_timestamps=False)
    except Exception as error:  # whatever pyxdf meets in a damaged file
        raise FileFormatError(
            path, f"this XDF file is damaged ({type(error).__name__}: {error})."
        ) from error
    return list(streams)


def _text(stream: dict[str, Any], name: str) -> str:
    value = (stream.get("info", {}).get(name) or [""])[0]
    return value if isinstance(value, str) else ""


def _labels(stream: dict[str, Any]) -> list[str]:
    """Labels of the channels; XDF's descriptions are lists in dictionaries in lists."""
    try:
        channels = stream["info"]["desc"][0]["channels"][0]["channel"]
        return [str(channel["label"][0]) for channel in channels]
    except (KeyError, IndexError, TypeError):
        return []


def _labels_of_gaze(stream: dict[str, Any]) -> list[str]:
    """Labels of a stream that holds gaze, else none."""
    series = stream.get("time_series")
    labels = _labels(stream)
    if not isinstance(series, np.ndarray) or series.ndim != 2 or series.shape[1] != len(labels):
        return []
    places = places_of(labels)
    return labels if any(name.endswith("x") for name in places) else []


def _found(stream: dict[str, Any], labels: list[str], account: LineAccount) -> Found:
    series = np.asarray(stream["time_series"], float)
    time_s = np.asarray(stream["time_stamps"], float)
    places = places_of(labels)
    gaze: dict[str, Floats] = {}
    for side in ("left", "right"):
        for axis in ("x", "y", "pupil"):
            i = places.get(f"{side}_{axis}", places.get(axis))
            if i is not None:
                name = f"{side}_pupil" if axis == "pupil" else f"{side}_{axis}_px"
                gaze[name] = series[:, i].copy()
    present = [values for name, values in gaze.items() if name.endswith("_px")]
    size = np.nanpercentile(np.abs(np.concatenate(present)), 95) if len(time_s) else 0.0
    if "device" in places:
        gaze["device_time_s"] = series[:, places["device"]]
    used = set(places.values())
    found = Found(
        time_s=time_s,
        gaze=gaze,
        unit="screen" if size <= 2 else "px",
        extra={
            f"{column_name(label)}": series[:, i].copy()
            for i, label in enumerate(labels)
            if i not in used
        },
        make=_text(stream, "name") or "LSL",
        model=_text(stream, "type"),
        rate_hz=_number(_text(stream, "nominal_srate")),
        account=account,
        line_numbers=np.arange(1, len(time_s) + 1),
    )
    if "y" in places:
        _turn_up(stream, places, found)
    found.notes.append(
        f"Stream {found.make!r}: its gaze is taken as "
        f"{'0 to 1 on the screen' if found.unit == 'screen' else 'pixels'}."
    )
    return found


def _turn_up(stream: dict[str, Any], places: dict[str, int], found: Found) -> None:
    """Pupil Labs' stream has norm_pos with y up."""
    if "norm_pos" in column_name(_labels(stream)[places["y"]]):
        for side in ("left", "right"):
            found.gaze[f"{side}_y_px"] = 1 - found.gaze[f"{side}_y_px"]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _keep_other(stream: dict[str, Any], found: Found, account: LineAccount) -> None:
    """Streams of text become messages; other streams are named."""
    series, name = stream.get("time_series"), _text(stream, "name")
    if isinstance(series, list):
        for time_s, cells in zip(stream["time_stamps"], series, strict=False):
            if not np.isfinite(time_s):
                account.reject(0, f"a message of {name!r} without a time")
                continue
            text = " ".join(str(cell) for cell in cells)
            found.messages.append(Message(time_s=float(time_s), text=text))
            account.lines["message"] += 1
        return
    count = len(series) if series is not None else 0
    account.lines["other stream"] += count
    if count:
        found.notes.append(f"Stream {name!r} with {count} samples is not kept.")
