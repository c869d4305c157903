"""Write stimuli, fixations and maps as the HDF5 files of pysaliency.

The layouts are the newest that pysaliency 0.2.22, the newest release, reads (``FileStimuli`` 2.1,
``FixationTrains`` 1.2); its development version reads them too. What pysaliency does not know
(names of observers, provenance) lies in the group ``foveola``, which it passes over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import (
    FileFormatError,
    FixationSet,
    FoveolaError,
    Provenance,
    Stimulus,
    open_fixation_maps,
    provenance,
    relative_path,
    written_whole,
)

from .map_exports import Track

if TYPE_CHECKING:
    from collections.abc import Iterator

STIMULI, FIXATIONS = "stimuli.hdf5", "fixations.hdf5"
TEXT = h5py.string_dtype("utf-8")


def export_pysaliency(
    fixations: FixationSet, folder: str | Path, inputs: Sequence[Path] = ()
) -> int:
    """Write a set as ``stimuli.hdf5`` and ``fixations.hdf5``.

    pysaliency needs the images, so stimuli whose image is not known are left out with their
    fixations. Its time of a fixation is the onset where all are known, else the order.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    folder : path-like
        Where the files go; the images stay where they are, and are referred to.
    inputs : sequence of Path, optional
        Files the set came from, for the provenance.

    Returns
    -------
    int
        Number of stimuli written.

    Raises
    ------
    FoveolaError
        If no stimulus has an image, or there is no fixation on those that have.
    FileFormatError
        If an image is missing or unreadable.
    """
    folder = Path(folder)
    kept = [i for i, one in enumerate(fixations.stimuli) if one.kind == "image" and one.path]
    if not kept:
        raise FoveolaError(
            "No stimulus of the set has an image, and pysaliency needs them.",
            remedy="Import the data set with its images.",
        )
    source = provenance({"set": fixations.info.name, "format": "pysaliency"}, inputs=inputs)
    folder.mkdir(parents=True, exist_ok=True)
    with _new_file(folder / STIMULI, "FileStimuli", "2.1", source) as file:
        _write_stimuli(file, fixations, kept, folder)
    rows = np.concatenate([fixations.of(index) for index in kept])
    if len(rows) == 0:
        raise FoveolaError(
            f"No fixation is on the {len(kept)} stimuli that have an image: only {STIMULI} was "
            "written.",
            remedy="That is all there is where fixations are held out.",
        )
    with _new_file(folder / FIXATIONS, "FixationTrains", "1.2", source) as file:
        _write_trains(file, rows, np.array(kept))
        file["foveola"].create_dataset(
            "observers", data=np.array(fixations.observers, object), dtype=TEXT
        )
    return len(kept)


def export_pysaliency_maps(
    maps: str | Path, path: str | Path, *, log_density: bool = False, track: Track = iter
) -> int:
    """Write a file of maps as the predictions of a model, one data set a stimulus.

    Parameters
    ----------
    maps : path-like
        A file of maps.
    path : path-like
        The file to be, for ``pysaliency.HDF5SaliencyMapModel``.
    log_density : bool, default False
        Whether natural logarithms are written, for ``pysaliency.HDF5Model``. A pixel without
        density is -inf there.
    track : callable, optional
        Shows progress.

    Returns
    -------
    int
        Number of maps; a stimulus without fixations has none.
    """
    with open_fixation_maps(maps) as opened:
        names = prediction_names(opened.stimuli)
        indices = [index for index, row in enumerate(opened.maps) if row.fixations]
        source = provenance(
            {"maps": "log density" if log_density else "density"}, inputs=[Path(maps)]
        )
        with (
            written_whole(path) as part,
            h5py.File(part, "w", libver=("v110", "v110"), track_order=True) as file,
        ):
            # An attribute: pysaliency takes every data set for a map.
            file.attrs["foveola_provenance"] = source.model_dump_json()
            for index in track(indices):
                density = opened.density(index)
                if log_density:
                    with np.errstate(divide="ignore"):
                        density = np.log(density / density.sum())
                file.create_dataset(
                    names[index], data=density, compression="gzip", compression_opts=1, shuffle=True
                )
    return len(indices)


def prediction_names(stimuli: Sequence[Stimulus]) -> list[str]:
    """Names by which pysaliency finds the maps of stimuli: their ids, or the ends of their paths.

    pysaliency cuts the same number of folders from every image's path and looks for what is left.

    Raises
    ------
    FoveolaError
        If two stimuli would have one name.
    """
    names = [one.id for one in stimuli]
    paths = {i: PurePosixPath(one.path) for i, one in enumerate(stimuli) if one.path}
    cut = {len(path.parts) - len(PurePosixPath(names[i]).parts) for i, path in paths.items()}
    fitting = all(str(path).endswith(names[i]) for i, path in paths.items())
    if len(cut) > 1 or not fitting:
        shared = len(Path(os.path.commonpath([path.parent for path in paths.values()])).parts)
        for i, path in paths.items():
            names[i] = "/".join(path.parts[shared:])
    if len(set(names)) < len(names) or any(".." in PurePosixPath(name).parts for name in names):
        raise FoveolaError(
            "The images' paths do not tell the stimuli apart, as pysaliency does.",
            remedy="Keep the images of a set in one folder.",
        )
    return names


def _write_stimuli(
    file: h5py.File, fixations: FixationSet, kept: Sequence[int], folder: Path
) -> None:
    names, shapes = [], []
    for index in kept:
        path = fixations.stimulus_path(index)
        names.append(relative_path(path, folder))
        shapes.append(_image_shape(path, fixations.stimuli[index]))
    file.create_dataset("filenames", data=np.array(names, object), dtype=TEXT)
    dataset = file.create_dataset("shapes", (len(kept),), dtype=h5py.vlen_dtype(np.int64))
    for i, shape in enumerate(shapes):
        dataset[i] = np.array(shape, np.int64)
    file.attrs["size"] = len(kept)
    file.attrs["__attributes__"] = np.bytes_(b"[]")
    ids = [fixations.stimuli[index].id for index in kept]
    file["foveola"].create_dataset("stimuli", data=np.array(ids, object), dtype=TEXT)


def _image_shape(path: Path, stimulus: Stimulus) -> tuple[int, ...]:
    """Shape as pysaliency has it: (height, width), and the number of channels if there are some."""
    try:
        with Image.open(path) as image:
            size, channels = image.size, len(image.getbands())
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise FileFormatError(
            path, f"this image can't be read ({error}).", remedy="Put it where the set has it."
        ) from error
    if (size[1], size[0]) != stimulus.shape:
        raise FileFormatError(
            path,
            f"it has {size[0]} x {size[1]} pixels, the set says "
            f"{stimulus.width_px} x {stimulus.height_px}.",
            remedy="Put back the image that the fixations were measured on.",
        )
    return (*stimulus.shape, channels) if channels > 1 else stimulus.shape


def _write_trains(file: h5py.File, rows: NDArray[np.void], kept: NDArray[np.intp]) -> None:
    """Viewings as rows of tables that end in NaN."""
    begins = np.ones(len(rows), bool)
    begins[1:] = (np.diff(rows["stimulus"]) != 0) | (np.diff(rows["observer"]) != 0)
    viewing = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    place = np.arange(len(rows)) - first[viewing]
    shape = (len(first), int(place.max()) + 1)
    onsets_known = bool(np.isfinite(rows["onset_s"]).all())
    time = rows["onset_s"] if onsets_known else rows["order"].astype(float)
    for name, values in (("xs", rows["x_px"]), ("ys", rows["y_px"]), ("ts", time)):
        file[f"train_{name}"] = _padded(shape, viewing, place, values)
    file["train_ns"] = np.searchsorted(kept, rows["stimulus"][first]).astype(np.int64)
    file["train_subjects"] = rows["observer"][first].astype(np.int64)
    file.attrs["__attributes__"] = np.bytes_(b"[]")
    file.create_group("scanpath_attributes").attrs["__attributes__"] = np.bytes_(b"[]")
    group = file.create_group("scanpath_fixation_attributes")
    known = {"durations": rows["duration_s"]} if np.isfinite(rows["duration_s"]).any() else {}
    for name, values in known.items():
        group[name] = _padded(shape, viewing, place, values)
    group.attrs["__attributes__"] = np.bytes_(json.dumps(list(known)).encode())
    mapping = {"durations": "duration"} if known else {}
    file.attrs["scanpath_attribute_mapping"] = np.bytes_(json.dumps(mapping).encode())
    file["foveola"].attrs["time"] = "onset_s" if onsets_known else "order"


def _padded(
    shape: tuple[int, int],
    viewing: NDArray[np.intp],
    place: NDArray[np.intp],
    values: NDArray[np.float64],
) -> NDArray[np.float64]:
    table = np.full(shape, np.nan)
    table[viewing, place] = values
    return table


@contextmanager
def _new_file(path: Path, kind: str, version: str, source: Provenance) -> Iterator[h5py.File]:
    with (
        written_whole(path) as part,
        h5py.File(part, "w", libver=("v110", "v110")) as file,
    ):
        file.attrs["type"] = np.bytes_(kind.encode())
        file.attrs["version"] = np.bytes_(version.encode())
        file.create_group("foveola")["provenance"] = source.model_dump_json()
        yield file
