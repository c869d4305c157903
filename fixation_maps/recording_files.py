"""Find the recordings that a user means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foveola.data_schema import FileFormatError, FoveolaError
from foveola.data_schema.hdf5_file import open_hdf5
from foveola.data_schema.recording import FORMAT


def recording_files(paths: Iterable[Path]) -> list[Path]:
    """List the recordings among files and in folders.

    A file that is named counts whatever it is. Of a folder's HDF5 files those of another format
    are passed over; damaged ones count, so that reading them tells.

    Raises
    ------
    FoveolaError
        If a folder holds no recording.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = [file for file in sorted(path.glob("*.h5")) if _may_be_recording(file)]
        if not inside:
            raise FoveolaError(
                f"The folder {path} holds no recording.", remedy="Give a folder of .h5 recordings."
            )
        files.extend(inside)
    return files


def _may_be_recording(path: Path) -> bool:
    try:
        with open_hdf5(path) as file:
            return bool(file.attrs.get("format") == FORMAT)
    except FileFormatError:
        return True
