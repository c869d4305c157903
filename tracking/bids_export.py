"""Writes recordings as a BIDS data set (1.11, eye tracking): plain tables with side-cars.

Each eye has a table of samples (``physio``) and of events and messages (``physioevents``) on the
recorder's clock; trials stand in ``events.tsv``. Numbers are written so that they come back as they
were. The same recordings give the same bytes. Names of paths, users and machines stay behind.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    EVENT_DTYPE,
    Calibration,
    EventKind,
    Eye,
    FoveolaError,
    Recording,
    Stimulus,
    foveola_version,
    read_recording,
)
from foveola.data_schema.record import unit_of
from foveola.data_schema.whole_file import refuse_existing

BIDS_VERSION = "1.11.1"
SIDES = (("left", 1, Eye.LEFT), ("right", 2, Eye.RIGHT))
#: Rows that are turned into text at a time.
ROWS = 50_000
EVENT_COLUMNS = [name for name in EVENT_DTYPE.names or () if name not in ("kind", "eye")][2:]
TRIAL_COLUMNS = (
    "onset", "duration", "trial_type", "timestamp", "timestamp_end", "stimulus", "image_left_px",
    "image_top_px", "image_scale", "status", "block", "variables",
)  # fmt: skip
README = """\
Eye tracking, exported by Foveola. Gaze is in pixels of the screen, from its top left corner, x to
the right, y down. The column timestamp is seconds on the recorder's clock; gaps in it are true.
"""


def export_bids(recordings: Sequence[str | Path], output: str | Path, *, task: str = "") -> int:
    """Write recordings as a BIDS data set.

    Parameters
    ----------
    recordings : sequence of path-like
        Files of ours, any number for each observer and session: several become runs.
    output : path-like
        The folder to be; it must not exist.
    task : str, optional
        Name of the task; ``freeview`` by default.

    Returns
    -------
    int
        How many files were written.

    Raises
    ------
    FoveolaError
        If the folder exists, there is nothing to export, or two observers get the same label.
    FileFormatError
        If a file is no recording.
    """
    output = Path(output)
    refuse_existing(output)
    if not recordings:
        raise FoveolaError("There is no recording to export.")
    part = output.with_name(f"{output.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        observers = _write_recordings(sorted(Path(one) for one in recordings), part, task)
        _write_set(part, observers)
        count = sum(path.is_file() for path in part.rglob("*"))
        part.replace(output)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return count


def _write_recordings(paths: Sequence[Path], folder: Path, task: str) -> dict[str, str]:
    """Write every recording; return the observers by their labels."""
    observers: dict[str, str] = {}
    runs: Counter[str] = Counter()
    headers = [read_recording(path) for path in paths] if len(paths) == 1 else None
    stems = []
    for i, path in enumerate(paths):
        observer = (headers[i] if headers else read_recording(path)).observer
        label = _label(observer.id, "unknown")
        if observers.setdefault(label, observer.id) != observer.id:
            raise FoveolaError(
                f"The observers {observers[label]!r} and {observer.id!r} both become sub-{label}.",
                remedy="Give them ids that differ in letters or digits.",
            )
        session = f"_ses-{_label(observer.session, '')}" if _label(observer.session, "") else ""
        stem = f"sub-{label}{session}_task-{_label(task, 'freeview')}"
        runs[stem] += 1
        stems.append((stem, runs[stem]))
    for i, (path, (stem, run)) in enumerate(zip(paths, stems, strict=True)):
        name = f"{stem}_run-{run:02d}" if runs[stem] > 1 else stem
        place = folder.joinpath(*stem.split("_")[:-1], "beh")
        place.mkdir(parents=True, exist_ok=True)
        recording = headers[i] if headers else read_recording(path)
        _write_recording(recording, place / name, _label(task, "freeview"))
    return observers


def _write_recording(recording: Recording, stem: Path, task: str) -> None:
    names = ("left", "right") if recording.tracker.eyes == "both" else (recording.tracker.eyes,)
    first = True
    for side, number, eye in SIDES:
        if side not in names:
            continue
        base = f"{stem}_recording-eye{number}"
        _write_physio(recording, side, base, task, shared=first)
        _write_physioevents(recording, eye, base, shared=first)
        first = False
    _write_trials(recording, stem, task)


def _write_physio(recording: Recording, side: str, base: str, task: str, *, shared: bool) -> None:
    samples = recording.samples
    columns: dict[str, NDArray[np.float64]] = {
        "timestamp": samples["time_s"],
        "x_coordinate": samples[f"{side}_x_px"],
        "y_coordinate": samples[f"{side}_y_px"],
        "pupil_size": samples[f"{side}_pupil"],
        "device_timestamp": samples["device_time_s"],
    }
    others = {"left": "right", "right": "left"}[side]
    columns |= {
        name: values
        for name, values in sorted(recording.extra.items())
        if name.startswith(f"{side}_") or (shared and not name.startswith(f"{others}_"))
    }
    _write_table(Path(f"{base}_physio.tsv.gz"), columns.values())
    tracker = recording.tracker
    card: dict[str, Any] = {
        "TaskName": task,
        "PhysioType": "eyetrack",
        "SamplingFrequency": tracker.sampling_rate_hz,
        "StartTime": 0,
        "Columns": list(columns),
        "RecordedEye": side,
        "SampleCoordinateSystem": "gaze-on-screen",
        "Manufacturer": tracker.make or "n/a",
        "ManufacturersModelName": tracker.model or "n/a",
        "SoftwareVersions": tracker.software or tracker.firmware or "n/a",
        "DeviceSerialNumber": tracker.serial or "n/a",
    }
    card |= _calibration(recording.calibrations, side)
    card |= {
        name: {"Description": described, "Units": unit}
        for name, described, unit in (
            ("timestamp", "Time on the recorder's clock.", "s"),
            ("x_coordinate", "Gaze from the left edge of the screen.", "pixel"),
            ("y_coordinate", "Gaze from the top edge of the screen, downwards.", "pixel"),
            ("pupil_size", "Pupil in the tracker's own unit, an area or a diameter.", "arbitrary"),
            ("device_timestamp", "Time on the tracker's clock.", "s"),
        )
    }
    card |= {
        name: {"Description": "As the tracker gives it.", "Units": unit_of(name) or "arbitrary"}
        for name in list(columns)[5:]
    }
    card["Blocks"] = [block.model_dump(mode="json") for block in recording.blocks]
    _write_json(Path(f"{base}_physio.json"), card)


def _calibration(calibrations: Iterable[Calibration], side: str) -> dict[str, Any]:
    """How often the eye was calibrated, and the errors of the last validation."""
    calibrations = tuple(calibrations)
    card: dict[str, Any] = {}
    kinds = [one for one in calibrations if one.kind == "calibration"]
    if kinds:
        card["CalibrationCount"] = len(kinds)
        card["CalibrationType"] = kinds[-1].layout or "n/a"
    for one in reversed(calibrations):
        errors = [
            point.error_deg
            for point in one.holding
            if point.eye in (side, "both") and np.isfinite(point.error_deg)
        ]
        if one.kind == "validation" and one.accepted and errors:
            card["AverageCalibrationError"] = float(np.mean(errors))
            card["MaximalCalibrationError"] = max(errors)
            break
    return card


def _write_physioevents(recording: Recording, eye: Eye, base: str, *, shared: bool) -> None:
    """Write the tracker's own events of an eye; messages stand with the first eye."""
    eyes = (eye, Eye.BOTH) if shared else (eye,)
    events = recording.events[np.isin(recording.events["eye"], eyes)]
    rows = []
    for event in events:
        kind = EventKind(int(event["kind"]))
        figures = [_number(event[name]) for name in EVENT_COLUMNS]
        words = [kind.name.lower(), str(int(kind is EventKind.BLINK)), "n/a"]
        times = [_number(event["onset_s"]), _number(event["duration_s"])]
        both = str(int(event["eye"] == Eye.BOTH))
        rows.append((float(event["onset_s"]), [*times, *words, both, *figures]))
    if shared:
        empty = ["n/a"] * (1 + len(EVENT_COLUMNS))
        rows += [
            (one.time_s, [_number(one.time_s), "n/a", "n/a", "n/a", escaped(one.text), *empty])
            for one in recording.messages
        ]
    rows.sort(key=lambda row: row[0])
    lines = ("\t".join(cells) + "\n" for _, cells in rows)
    _write_gzip(Path(f"{base}_physioevents.tsv.gz"), lines)
    described = {
        "onset": ("Beginning, on the clock of the column timestamp.", "s"),
        "duration": ("How long it lasted.", "s"),
        "trial_type": ("What the tracker's own software found.", ""),
        "blink": ("1: a blink.", ""),
        "message": ("Text sent to the tracker; tabs, line ends and backslashes escaped.", ""),
        "both_eyes": ("1: the tracker tells it of both eyes together.", ""),
    } | {name: ("Of the event, on the screen.", unit_of(name)) for name in EVENT_COLUMNS}
    card: dict[str, Any] = {
        "Columns": list(described),
        "Description": "Events that the tracker's own software found, and messages.",
        "OnsetSource": "timestamp",
    }
    for name, (meaning, unit) in described.items():
        card[name] = {"Description": meaning} | ({"Units": unit} if unit else {})
    _write_json(Path(f"{base}_physioevents.json"), card)


def _write_trials(recording: Recording, stem: Path, task: str) -> None:
    """Write the trials, their stimuli, and the screen on which they were shown."""
    start_s = float(recording.samples["time_s"][0]) if len(recording.samples) else 0.0
    rows = ["\t".join(TRIAL_COLUMNS)]
    for trial in recording.trials:
        cells = [
            _number(trial.onset_s - start_s),
            _number(trial.offset_s - trial.onset_s),
            "stimulus",
            _number(trial.onset_s),
            _number(trial.offset_s),
            escaped(trial.stimulus),
            _number(trial.image_left_px),
            _number(trial.image_top_px),
            _number(trial.image_scale),
            trial.status,
            str(trial.block),
            escaped(json.dumps(trial.variables, ensure_ascii=False, sort_keys=True)),
        ]
        rows.append("\t".join(cells))
    _write_text(Path(f"{stem}_events.tsv"), "\n".join(rows) + "\n")
    screen = recording.screen
    shown: dict[str, Any] = {
        "ScreenDistance": screen.distance_cm / 100,
        "ScreenOrigin": ["top", "left"],
        "ScreenResolution": [screen.width_px, screen.height_px],
        "ScreenSize": [screen.width_cm / 100, screen.height_cm / 100],
    }
    if np.isfinite(screen.refresh_hz):
        shown["ScreenRefreshRate"] = screen.refresh_hz
    card: dict[str, Any] = {
        "TaskName": task,
        "StimulusPresentation": shown,
        "timestamp": {"Description": "Onset on the recorder's clock.", "Units": "s"},
        "timestamp_end": {"Description": "Offset on the recorder's clock.", "Units": "s"},
        "trial_type": {"Levels": {"stimulus": "A stimulus was shown."}},
        "stimulus": {"Description": "Id of the stimulus."},
        "image_left_px": {"Description": "Left edge of the image.", "Units": "pixel"},
        "image_top_px": {"Description": "Top edge of the image.", "Units": "pixel"},
        "image_scale": {"Description": "Screen pixels for each pixel of the stimulus."},
        "status": {"Description": "Whether the trial was complete or interrupted."},
        "block": {"Description": "Number of the block of trials."},
        "variables": {"Description": "Further variables of the trial, as JSON."},
        "Stimuli": [_stimulus(one) for one in recording.stimuli],
    }
    _write_json(Path(f"{stem}_events.json"), card)


def _stimulus(stimulus: Stimulus) -> dict[str, Any]:
    """What identifies a stimulus; where it lies on this machine does not."""
    card = stimulus.model_dump(mode="json", exclude={"path", "px_per_deg"})
    if np.isfinite(stimulus.px_per_deg):
        card["px_per_deg"] = stimulus.px_per_deg
    return card


def _write_set(folder: Path, observers: dict[str, str]) -> None:
    _write_json(
        folder / "dataset_description.json",
        {
            "Name": "Eye tracking exported by Foveola",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "Foveola", "Version": foveola_version()}],
        },
    )
    rows = ["participant_id\tid"] + [
        f"sub-{one}\t{escaped(observers[one])}" for one in sorted(observers)
    ]
    (folder / "participants.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    _write_json(
        folder / "participants.json",
        {"id": {"Description": "Id of the observer in the laboratory."}},
    )
    (folder / "README.md").write_text(README, encoding="utf-8", newline="\n")


def _write_table(path: Path, columns: Iterable[NDArray[np.float64]]) -> None:
    columns = list(columns)

    def pieces() -> Iterable[str]:
        for start in range(0, len(columns[0]), ROWS):
            cells = [
                [_number(one) for one in column[start : start + ROWS].tolist()]
                for column in columns
            ]
            yield "".join("\t".join(row) + "\n" for row in zip(*cells, strict=True))

    _write_gzip(path, pieces())


def _write_gzip(path: Path, pieces: Iterable[str]) -> None:
    """Write text packed, without the time and the name that gzip would keep."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as file,
    ):
        for piece in pieces:
            file.write(piece.encode())


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(_plain(content), ensure_ascii=False, indent=2, allow_nan=False)
    _write_text(path, text + "\n")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _plain(value: Any) -> Any:
    """JSON has no NaN: what is missing is n/a."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return "n/a" if isinstance(value, float) and not np.isfinite(value) else value


def _number(value: float) -> str:
    """Shortest text that gives the same number."""
    value = float(value)
    return repr(value) if np.isfinite(value) else "n/a"


def escaped(text: str) -> str:
    r"""Text as a cell of a table: one line, without tabs; empty is n/a.

    Examples
    --------
    >>> escaped("a\tb"), escaped("")
    ('a\\tb', 'n/a')
    """
    plain = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return plain.replace("\r", "\\r") or "n/a"


def unescaped(cell: str) -> str:
    """Text of a cell; the inverse of :func:`escaped`."""
    if cell == "n/a":
        return ""
    plain = {"t": "\t", "n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda match: plain.get(match[1], match[1]), cell)


def _label(text: str, otherwise: str) -> str:
    """Label of BIDS: letters and digits only."""
    return re.sub(r"[^0-9A-Za-z]", "", text) or otherwise
