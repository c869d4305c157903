"""Read the HDF5 files of pysaliency: stimuli, and fixations in every layout it has written."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus, image_stimulus
from foveola.data_schema.hdf5_file import open_hdf5

from .published import PUBLISHED, Viewings

CITATION = (
    "Kümmerer, M., Wallis, T. S. A., & Bethge, M. (2018). Saliency benchmarking made easy: "
    "Separating models, maps and metrics. ECCV. doi:10.1007/978-3-030-01270-0_47"
)
ANEW = "Write it anew with pysaliency."


class Trains(NamedTuple):
    """Fixations of viewings: tables whose rows are viewings and end in NaN."""

    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    time: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    order: NDArray[np.float64]
    stimulus: NDArray[np.int64]
    subject: NDArray[np.int64]


def import_pysaliency(folder: str | Path) -> FixationSet:
    """Import a data set that pysaliency has stored.

    The name of an image is the part of its path by which it differs from the others. Observers
    are pysaliency's numbers, unless the file was written here. Times are onsets, unless every
    viewing counts 0, 1, 2: that is pysaliency's way to say that they are not known.

    Parameters
    ----------
    folder : path-like
        Holds ``stimuli.hdf5`` and ``fixations.hdf5``, or one such pair with a word between
        (``stimuli_train.hdf5``, ``fixations_train.hdf5``).

    Raises
    ------
    FileFormatError
        If a file is missing, damaged, or of an unknown layout.
    """
    stimuli_path, fixations_path = _pair(Path(folder))
    with open_hdf5(stimuli_path) as file:
        stimuli = _stimuli(stimuli_path, file)
    with open_hdf5(fixations_path) as file:
        trains = _trains(fixations_path, file)
        names = _texts(fixations_path, file, "foveola/observers")
        ordered = _attribute(file["foveola"], "time") == "order" if "foveola" in file else None
    _check(fixations_path, trains, len(stimuli), len(names))
    if ordered is None:
        there = np.isfinite(trains.time)
        ordered = bool((trains.time[there] == trains.order[there]).all())
    viewings = Viewings()
    for row in range(len(trains.x_px)):
        seen = np.isfinite(trains.x_px[row])
        time = trains.time[row, seen]
        subject = int(trains.subject[row])
        viewings.add(
            int(trains.stimulus[row]),
            names[subject] if names else str(subject),
            trains.x_px[row, seen],
            trains.y_px[row, seen],
            onset_s=np.nan if ordered else time,
            duration_s=trains.duration_s[row, seen],
            order=time if ordered else trains.order[row, seen],
        )
    return viewings.as_set(
        SetInfo(name=stimuli_path.resolve().parent.name or "pysaliency", citation=CITATION),
        stimuli,
        stimuli_path.parent,
        [stimuli_path, fixations_path],
        {"dataset": "pysaliency"},
    )


def _pair(folder: Path) -> tuple[Path, Path]:
    found = [
        (path, other)
        for path in sorted(folder.glob("stimuli*.hdf5"))
        if (other := path.with_name(path.name.replace("stimuli", "fixations", 1))).is_file()
    ]
    if len(found) != 1:
        raise FileFormatError(
            folder / "stimuli.hdf5",
            "there is no such file with a fixations.hdf5 beside it."
            if not found
            else f"it is one of {len(found)} pairs of stimuli and fixations.",
            remedy=PUBLISHED if not found else "Put each pair into a folder of its own.",
        )
    return found[0]


def _stimuli(path: Path, file: h5py.File) -> list[Stimulus]:
    kind, version = _attribute(file, "type"), _attribute(file, "version")
    if kind == "FileStimuli" and version[:2] in ("1.", "2."):
        names = _texts(path, file, "filenames")
        shapes = _member(path, file, "shapes")[()]
        if len(shapes) != len(names) or not names:
            raise _wrong(path, "shapes", f"{len(shapes)} shapes for {len(names)} images.")
        ids = _texts(path, file, "foveola/stimuli") or _short_names(names)
        return [_stimulus(path, *one) for one in zip(names, ids, shapes, strict=True)]
    if kind == "Stimuli" and version[:2] == "1.":
        size = file.attrs.get("size", 0)
        if not isinstance(size, int | np.integer):
            raise _wrong(path, "size", "this is no number.")
        shapes = [_member(path, file, str(i)).shape for i in range(int(size))]
        return [_described(path, str(i), shape) for i, shape in enumerate(shapes)]
    raise _wrong(path, "type", f"stimuli of the layout {kind!r} {version!r} are not known.")


def _stimulus(path: Path, name: str, stimulus_id: str, shape: Any) -> Stimulus:
    described = _described(path, stimulus_id, tuple(np.asarray(shape).tolist()))
    image = path.parent / name.replace("\\", "/")
    if not image.is_file():
        return described
    stimulus = image_stimulus(image, stimulus_id=stimulus_id, relative_to=path.parent)
    if stimulus.shape != described.shape:
        raise FileFormatError(
            image,
            f"its shape is {stimulus.shape}, {path.name} says {described.shape}.",
            remedy="Put back the image that the fixations were measured on.",
        )
    return stimulus


def _described(path: Path, stimulus_id: str, shape: tuple[int, ...]) -> Stimulus:
    if len(shape) not in (2, 3) or not all(0 < int(one) < 2**31 for one in shape[:2]):
        raise _wrong(path, f"shapes, {stimulus_id}", f"{shape} is no shape of an image.")
    return Stimulus(id=stimulus_id, width_px=int(shape[1]), height_px=int(shape[0]))


def _short_names(names: list[str]) -> list[str]:
    """Paths without the folders that all have in common."""
    paths = [PurePosixPath(name.replace("\\", "/")) for name in names]
    shared = 0
    while all(
        len(path.parts) > shared + 1 and path.parts[shared] == paths[0].parts[shared]
        for path in paths
    ):
        shared += 1
    return ["/".join(path.parts[shared:]) for path in paths]


def _trains(path: Path, file: h5py.File) -> Trains:
    kind = _attribute(file, "type")
    readers = {
        "FixationTrains": _fixation_trains,
        "Scanpaths": _scanpaths,
        "ScanpathFixations": _scanpath_fixations,
        "Fixations": _fixations,
    }
    if kind not in readers:
        raise _wrong(path, "type", f"fixations of the layout {kind!r} are not known.")
    return readers[kind](path, file)


def _fixation_trains(path: Path, file: h5py.Group) -> Trains:
    x_px, y_px, time = (_table(path, file, f"train_{name}") for name in ("xs", "ys", "ts"))
    group = file.get("scanpath_fixation_attributes")
    return Trains(
        x_px,
        y_px,
        time,
        _durations(path, group, x_px.shape),
        _counted(x_px.shape),
        _column(path, file, "train_ns"),
        _column(path, file, "train_subjects"),
    )


def _scanpath_fixations(path: Path, file: h5py.Group) -> Trains:
    return _scanpaths(path, _group(path, file, "scanpaths"))


def _scanpaths(path: Path, file: h5py.Group) -> Trains:
    x_px, y_px = _table(path, file, "xs"), _table(path, file, "ys")
    attributes = _group(path, file, "fixation_attributes")
    time = _table(path, attributes, "ts") if "ts" in attributes else _counted(x_px.shape)
    lengths = _column(path, file, "length" if "length" in file else "lengths")
    if len(lengths) != len(x_px):
        raise _wrong(path, "lengths", f"{len(lengths)} lengths for {len(x_px)} scanpaths.")
    x_px[np.arange(x_px.shape[1]) >= lengths[:, None]] = np.nan
    return Trains(
        x_px,
        y_px,
        time,
        _durations(path, attributes, x_px.shape),
        _counted(x_px.shape),
        _column(path, file, "n"),
        _column(path, _group(path, file, "scanpath_attributes"), "subject"),
    )


def _fixations(path: Path, file: h5py.Group) -> Trains:
    """Loose fixations: each a viewing of its own, whose place in the order is its history's."""
    x_px, y_px, time = (_column(path, file, name, float)[:, None] for name in ("x", "y", "t"))
    subject = _column(path, file, "subject" if "subject" in file else "subjects")
    before = np.isfinite(_table(path, file, "x_hist")).sum(axis=1)[:, None].astype(float)
    nothing = np.full(x_px.shape, np.nan)
    return Trains(x_px, y_px, time, nothing, before, _column(path, file, "n"), subject)


def _check(path: Path, trains: Trains, stimuli: int, observers: int) -> None:
    rows = len(trains.x_px)
    for name, values in trains._asdict().items():
        expected = (rows,) if values.ndim == 1 else trains.x_px.shape
        if values.shape != expected:
            raise _wrong(path, name, f"its shape is {values.shape}, not {expected}.")
    if rows and not (trains.stimulus.min() >= 0 and trains.stimulus.max() < stimuli):
        raise _wrong(path, "stimulus", f"it refers to a stimulus that is not of the {stimuli}.")
    if rows and observers and not (trains.subject.min() >= 0 and trains.subject.max() < observers):
        raise _wrong(path, "subject", f"it refers to an observer that is not of the {observers}.")


def _counted(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The order of fixations that are all there: 0, 1, 2 in each row."""
    return np.broadcast_to(np.arange(shape[1], dtype=float), shape).copy()


def _durations(path: Path, group: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if isinstance(group, h5py.Group) and "durations" in group:
        return _table(path, group, "durations")
    return np.full(shape, np.nan)


def _table(path: Path, group: h5py.Group, name: str) -> NDArray[np.float64]:
    values = np.asarray(_member(path, group, name)[()])
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise _wrong(path, name, "this is no table of numbers.")
    return values.astype(float)


def _column(path: Path, group: h5py.Group, name: str, kind: type = np.int64) -> NDArray[Any]:
    values = np.asarray(_member(path, group, name)[()])
    if values.ndim != 1 or values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise _wrong(path, name, "this is no column of numbers.")
    return values.astype(kind)


def _texts(path: Path, file: h5py.Group, name: str) -> list[str]:
    if name.startswith("foveola/") and name not in file:
        return []
    dataset = _member(path, file, name)
    if h5py.check_string_dtype(dataset.dtype) is None or dataset.ndim != 1:
        raise _wrong(path, name, "this is no list of texts.")
    return [text.decode("utf-8", "replace") for text in dataset[()]]


def _member(path: Path, group: h5py.Group, name: str) -> h5py.Dataset:
    found = group.get(name)
    if not isinstance(found, h5py.Dataset):
        raise _wrong(path, name, "this part is missing.")
    return found


def _group(path: Path, group: h5py.Group, name: str) -> h5py.Group:
    found = group.get(name)
    if not isinstance(found, h5py.Group):
        raise _wrong(path, name, "this part is missing.")
    return found


def _attribute(group: h5py.Group, name: str) -> str:
    value = group.attrs.get(name, "")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _wrong(path: Path, place: str, reason: str) -> FileFormatError:
    return FileFormatError(path, reason, place=place, remedy=ANEW)
