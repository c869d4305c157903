"""Open and write the HDF5 files of Foveola: format and version checked, hostile content refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from .errors import FileFormatError
from .provenance import Provenance
from .whole_file import written_whole

MAX_DECLARED_BYTES = 64 * 2**30
#: A data set may declare at most this many times the bytes that the file really has.
MAX_EXPANSION = 2000


@contextmanager
def new_file(
    path: str | Path,
    file_format: str,
    version: str,
    provenance: Provenance,
    *,
    overwrite: bool = True,
) -> Iterator[h5py.File]:
    """Write a file of ours, whole or not at all.

    Parameters
    ----------
    path : path-like
        The file to be.
    file_format : str
        Format name, as ``"foveola.recording"``.
    version : str
        Version of that format, ``"major.minor"``; readers accept every minor of their major.
    provenance : Provenance
        What produces the file.
    overwrite : bool, default True
        Whether an older file gives way.
    """
    with (
        written_whole(path, overwrite=overwrite) as part,
        h5py.File(part, "w", libver=("v110", "v110")) as file,
    ):
        file.attrs["format"] = file_format
        file.attrs["format_version"] = version
        # A data set, because thousands of inputs do not fit into an attribute.
        file["provenance"] = provenance.model_dump_json()
        yield file


@contextmanager
def open_file(path: str | Path, file_format: str, version: str) -> Iterator[h5py.File]:
    """Open a file of ours for reading.

    Raises
    ------
    FileFormatError
        If the file is missing, is no HDF5 file, is of another format or major version, refers to
        other files, declares more data than it can hold, or is damaged.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        found = _text_attribute(file, "format")
        if found != file_format:
            raise FileFormatError(
                path,
                f"this is {f'a {found!r} file' if found else 'no file of Foveola'}, "
                f"not {file_format!r}.",
            )
        found_version = _text_attribute(file, "format_version")
        if found_version.partition(".")[0] != version.partition(".")[0]:
            raise FileFormatError(
                path,
                f"its format version {found_version!r} can't be read here (this is {version}).",
                remedy="Use the version of Foveola that wrote it.",
            )
        yield file


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open any HDF5 file that refers to nothing outside itself."""
    if not path.is_file():
        raise FileFormatError(path, "there is no such file.")
    if not h5py.is_hdf5(path):
        raise FileFormatError(path, "this is not an HDF5 file, or its beginning is damaged.")
    try:
        with h5py.File(path, "r") as file:
            refuse_outside(path, file)
            yield file
    except (OSError, KeyError, RuntimeError, UnicodeDecodeError) as error:
        if not _from_hdf5(error):
            raise
        raise FileFormatError(path, f"this file is damaged or incomplete ({error}).") from error


def format_of(path: str | Path) -> str:
    """Name the format of a file, as ``"foveola.recording"``; empty where it is none of ours.

    Raises
    ------
    FileFormatError
        If the file is missing or no HDF5 file.
    """
    with open_hdf5(Path(path)) as file:
        return _text_attribute(file, "format")


def _from_hdf5(error: Exception) -> bool:
    """Whether HDF5 raised it; an error of the reader's own, as a full disk, is not the file's."""
    if isinstance(error, OSError):
        return error.errno is None
    return isinstance(error, UnicodeDecodeError) or any(
        words in str(error) for words in ("nable to", "iteration failed")
    )


def read_provenance(path: str | Path, file: h5py.File) -> Provenance:
    """Read what produced an open file."""
    try:
        return Provenance.model_validate(json.loads(file["provenance"].asstr()[()]))
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(
            path, "this part is missing or damaged.", place="/provenance"
        ) from error


def refuse_outside(path: Path, file: h5py.File) -> None:
    """Raise where a file holds links, or data sets stored elsewhere or absurdly large."""
    limit = min(MAX_DECLARED_BYTES, max(2**24, MAX_EXPANSION * path.stat().st_size))
    waiting: list[tuple[str, Any]] = [("", file)]
    while waiting:
        prefix, group = waiting.pop()
        for name in group:
            place = f"{prefix}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise FileFormatError(path, "links are refused.", place=place)
            member = group[name]
            if isinstance(member, h5py.Group):
                if place.count("/") > 8:
                    raise FileFormatError(path, "groups are nested too deeply.", place=place)
                waiting.append((place, member))
            elif isinstance(member, h5py.Dataset):
                _refuse_dataset(path, place, member, limit)


def _refuse_dataset(path: Path, place: str, dataset: h5py.Dataset, limit: int) -> None:
    if dataset.is_virtual or dataset.external:
        raise FileFormatError(path, "data stored outside the file is refused.", place=place)
    if dataset.size and dataset.size * dataset.dtype.itemsize > limit:
        raise FileFormatError(
            path, f"it declares {dataset.shape} values, more than this file can hold.", place=place
        )


def _text_attribute(file: h5py.File, name: str) -> str:
    value = file.attrs.get(name, "")
    return value if isinstance(value, str) else ""
