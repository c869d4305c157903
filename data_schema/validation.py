"""Name every fault in a file of ours, instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from . import fixation_maps, recording, scores, simulated_truth
from .errors import FileFormatError
from .events import EVENT_DTYPE, EventKind
from .fixation_set import FORMAT as FIXATION_SET_FORMAT
from .fixation_set import STIMULUS_FIXATION_DTYPE, ObserverRow, SetInfo
from .fixation_set import VERSION as FIXATION_SET_VERSION
from .gaze import GAZE_DTYPE
from .hdf5_file import open_file, open_hdf5, read_provenance
from .hdf5_records import (
    iterate_table,
    member,
    read_columns,
    read_free_columns,
    read_record,
)
from .record import Record, unit_of
from .screen import Screen
from .stimulus import Stimulus

R = TypeVar("R", bound=Record)
#: float32 densities of 200 megapixels still sum to 1 this closely.
SUM_TOLERANCE = 1e-3


def faults_of(path: str | Path) -> list[str]:
    """Name every fault in a recording, fixation set, maps, truth or scores file.

    Parameters
    ----------
    path : path-like
        An HDF5 file of ours, or a CSV of scores.

    Returns
    -------
    list of str
        One sentence a fault, with its place; empty where the file is sound.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == ".csv":
            return _faults_of_scores_csv(path)
        with open_hdf5(path) as file:
            file_format = file.attrs.get("format", "")
        if file_format not in CHECKS:
            return [f"{path}: this is no file of Foveola."]
        version, check = CHECKS[file_format]
        with open_file(path, file_format, version) as file:
            return check(Checked(path, file))
    except FileFormatError as error:
        return [str(error)]


@dataclass
class Checked:
    """A file under examination, and the faults found so far."""

    path: Path
    file: h5py.File
    faults: list[str] = field(default_factory=list)

    def fault(self, place: str, reason: str) -> None:
        """Note a fault."""
        self.faults.append(f"{self.path}: {place}: {reason}")

    def read(self, reader: Callable[..., Any], *arguments: Any) -> Any:
        """Read a part; a part that can't be read is noted and is None."""
        try:
            return reader(self.path, *arguments)
        except FileFormatError as error:
            self.faults.append(str(error))
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            self.fault(str(arguments[1:2]), f"this part can't be read ({error}).")
        return None

    def record(self, name: str, kind: type[R]) -> R | None:
        """Read a record."""
        found: R | None = self.read(read_record, self.file, name, kind)
        return found

    def table(self, name: str, kind: type[R]) -> list[R]:
        """Read the rows of a table that fit, and note all that don't."""
        rows: list[R] = []
        for row in self.read(lambda *args: list(iterate_table(*args)), self.file, name, kind) or ():
            if isinstance(row, FileFormatError):
                self.faults.append(str(row))
            else:
                rows.append(row)
        return rows

    def columns(self, name: str, dtype: np.dtype[Any]) -> NDArray[np.void]:
        """Read a structured array; what can't be read is empty."""
        rows: NDArray[np.void] | None = self.read(read_columns, self.file, name, dtype)
        if rows is None:
            return np.empty(0, dtype)
        for column in dtype.names or ():
            found = self.file[name][column].attrs.get("unit", "")
            if found != unit_of(column):
                self.fault(f"/{name}/{column}", f"its unit is {found!r}, not {unit_of(column)!r}.")
        return rows

    def unique(self, place: str, values: list[str]) -> None:
        """Note what appears twice."""
        for value in sorted({value for value in values if values.count(value) > 1}):
            self.fault(place, f"{value!r} appears {values.count(value)} times.")

    def where(self, place: str, wrong: NDArray[np.bool_], reason: str) -> None:
        """Note how many rows are wrong, and the first of them."""
        if np.any(wrong):
            rows = np.flatnonzero(wrong)
            self.fault(place, f"{reason} ({len(rows)} rows, the first is row {rows[0]}).")

    def provenance(self) -> None:
        """Check the provenance."""
        self.read(read_provenance, self.file)


def _faults_of_recording(checked: Checked) -> list[str]:
    checked.provenance()
    for name, kind in (
        ("observer", recording.Observer),
        ("screen", Screen),
        ("tracker", recording.TrackerInfo),
        ("clock", recording.ClockFit),
    ):
        checked.record(name, kind)
    samples = checked.columns("samples", GAZE_DTYPE)
    checked.where("/samples/time_s", ~np.isfinite(samples["time_s"]), "a time is missing")
    back = np.diff(samples["time_s"], prepend=-np.inf) < 0
    checked.where("/samples/time_s", back, "time runs backwards")
    extra = checked.read(read_free_columns, checked.file, "extra") or {}
    if any(len(values) != len(samples) for values in extra.values()):
        checked.fault("/extra", f"its columns are not as long as the {len(samples)} samples.")
    _check_events(checked)
    checked.columns("flips", recording.FLIP_DTYPE)
    for i, block in enumerate(checked.table("blocks", recording.Block)):
        if not block.start_s <= block.end_s:
            checked.fault(f"/blocks, row {i}", "it ends before it starts.")
    messages = checked.table("messages", recording.Message)
    times = np.array([message.time_s for message in messages])
    checked.where("/messages", np.diff(times, prepend=-np.inf) < 0, "time runs backwards")
    checked.table("calibrations", recording.Calibration)
    _check_trials(checked)
    return checked.faults


def _check_trials(checked: Checked) -> None:
    known = [stimulus.id for stimulus in checked.table("stimuli", Stimulus)]
    checked.unique("/stimuli/id", known)
    trials = checked.table("trials", recording.Trial)
    checked.unique("/trials/index", [str(trial.index) for trial in trials])
    for i, trial in enumerate(trials):
        if trial.status == "complete" and not trial.onset_s <= trial.offset_s:
            checked.fault(f"/trials, row {i}", "it ends before it starts.")
        if trial.stimulus and trial.stimulus not in known:
            checked.fault(f"/trials, row {i}", f"its stimulus {trial.stimulus!r} is not described.")


def _check_events(checked: Checked) -> None:
    events = checked.columns("events", EVENT_DTYPE)
    checked.where(
        "/events/kind", ~np.isin(events["kind"], [kind.value for kind in EventKind]), "unknown kind"
    )
    checked.where("/events/duration_s", events["duration_s"] < 0, "a duration is negative")


def _faults_of_fixation_set(checked: Checked) -> list[str]:
    checked.provenance()
    checked.record("info", SetInfo)
    stimuli = checked.table("stimuli", Stimulus)
    observers = checked.table("observers", ObserverRow)
    checked.unique("/stimuli/id", [stimulus.id for stimulus in stimuli])
    checked.unique("/observers/id", [observer.id for observer in observers])
    rows = checked.columns("fixations", STIMULUS_FIXATION_DTYPE)
    known = np.ones(len(rows), bool)
    for what, count in (("stimulus", len(stimuli)), ("observer", len(observers))):
        outside = (rows[what] < 0) | (rows[what] >= count)
        checked.where(f"/fixations/{what}", outside, f"there is no such {what}")
        known &= ~outside
    rows = rows[known]
    sizes = np.array([(one.width_px, one.height_px) for one in stimuli] or [(1, 1)], float)
    for axis, column in enumerate(("x_px", "y_px")):
        places, limits = rows[column], sizes[rows["stimulus"], axis]
        checked.where(
            f"/fixations/{column}", ~((places >= 0) & (places < limits)), "off the stimulus"
        )
    checked.where("/fixations/duration_s", rows["duration_s"] < 0, "a duration is negative")
    return checked.faults


def _faults_of_maps(checked: Checked) -> list[str]:
    checked.provenance()
    checked.record("info", fixation_maps.MapInfo)
    rows = checked.table("maps", fixation_maps.MapRow)
    stimuli = checked.table("stimuli", Stimulus)
    if len(rows) != len(stimuli):
        checked.fault("/maps", f"{len(rows)} maps for {len(stimuli)} stimuli.")
        return checked.faults
    for i, (row, stimulus) in enumerate(zip(rows, stimuli, strict=True)):
        _check_density(checked, i, stimulus.shape, empty=row.fixations == 0)
    return checked.faults


def _faults_of_truth(checked: Checked) -> list[str]:
    checked.provenance()
    checked.record("screen", Screen)
    _check_events(checked)
    for i, stimulus in enumerate(checked.table("stimuli", Stimulus)):
        _check_density(checked, i, stimulus.shape, empty=False)
    return checked.faults


def _check_density(checked: Checked, index: int, shape: tuple[int, int], *, empty: bool) -> None:
    place = f"/density/{index}"
    dataset = checked.read(member, checked.file, place.lstrip("/"), h5py.Dataset)
    if dataset is None:
        return
    if dataset.shape != shape:
        checked.fault(place, f"its shape is {dataset.shape}, its stimulus has {shape}.")
        return
    density = checked.read(lambda _, found: np.asarray(found[()], float), dataset)
    if density is None:
        return
    if empty:
        if not np.all(np.isnan(density)):
            checked.fault(place, "without fixations there is no density: every value must be NaN.")
    elif not (np.all(density >= 0) and abs(density.sum() - 1) < SUM_TOLERANCE):
        checked.fault(place, "this is no density: values >= 0 that sum to 1.")


def _faults_of_scores(checked: Checked) -> list[str]:
    checked.provenance()
    protocol = checked.record("protocol", scores.Protocol)
    models = checked.table("models", scores.ModelRow)
    checked.unique("/models/name", [model.name for model in models])
    for m in range(len(models)):
        for name in ("pictures", "gains") if "gains" in checked.file else ("pictures",):
            _check_pictures(checked, f"{name}/{m}", len(protocol.stimuli) if protocol else 0)
    return checked.faults


def _check_pictures(checked: Checked, name: str, count: int) -> None:
    group = checked.read(member, checked.file, name, h5py.Group)
    if group is None:
        return
    found = [group.get(str(s)) for s in range(count)]
    missing = np.array([picture is None for picture in found], bool)
    checked.where(f"/{name}", missing, "a picture is missing")
    for s, picture in enumerate(found):
        if picture is not None and (picture.ndim != 2 or picture.dtype != np.uint8):
            checked.fault(f"/{name}/{s}", "this is no grey picture.")


def _faults_of_scores_csv(path: Path) -> list[str]:
    return list(_doubled(path, scores.read_scores_csv(path)))


def _doubled(path: Path, rows: list[scores.Score]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in enumerate(rows, start=2):
        first = seen.setdefault(row[:3], line)
        if first != line:
            yield f"{path}: line {line}: it scores the same as line {first}."


CHECKS: dict[str, tuple[str, Callable[[Checked], list[str]]]] = {
    recording.FORMAT: (recording.VERSION, _faults_of_recording),
    FIXATION_SET_FORMAT: (FIXATION_SET_VERSION, _faults_of_fixation_set),
    fixation_maps.FORMAT: (fixation_maps.VERSION, _faults_of_maps),
    simulated_truth.FORMAT: (simulated_truth.VERSION, _faults_of_truth),
    scores.FORMAT: (scores.VERSION, _faults_of_scores),
}
