"""A folder of maps that a model made elsewhere, named as the stimuli."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError

from .map_file import Expected, read_map
from .map_names import MAX_FILES, is_archive_name, is_litter, is_map_name, member_path


class FolderOfMaps:
    """Maps of a folder, one file each. Everything in it is taken as hostile.

    Parameters
    ----------
    path : Path
        The folder.

    Attributes
    ----------
    names : list of str
        Of the files that may be maps, relative, with forward slashes.
    faults : list of FoveolaError
        Files that lead elsewhere, or are none.
    """

    named_as_files = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: list[str] = []
        self.faults: list[FoveolaError] = []
        self._list()

    def read(self, name: str, expected: Expected) -> NDArray[np.floating]:
        """Read the map of that name."""
        return read_map(
            self.path / name, expected.shape, resize=expected.resize, kind=expected.kind
        )

    def _list(self) -> None:
        root = self.path.resolve()
        count = 0
        for place, folders, files in os.walk(self.path):
            folders.sort()
            for file in sorted(files):
                count += 1
                if count > MAX_FILES:
                    raise FoveolaError(
                        f"{self.path} holds more than {MAX_FILES:,} files.",
                        remedy="Give a folder that holds the maps alone.",
                    )
                path = Path(place, file)
                name = path.relative_to(self.path).as_posix()
                if not is_litter(name):
                    self._take(root, path, name)

    def _take(self, root: Path, path: Path, name: str) -> None:
        shown_path = member_path(self.path, name)
        if is_archive_name(name):
            self.faults.append(
                FileFormatError(
                    shown_path,
                    "an archive within a submission is not opened.",
                    remedy="Unpack it, or give it alone.",
                )
            )
        if not is_map_name(name):
            return
        # Not Path.resolve, which raises where links lead in circles.
        if not Path(os.path.realpath(path)).is_relative_to(root):
            self.faults.append(
                FileFormatError(
                    shown_path, "links out of the folder are refused.", remedy="Copy the file in."
                )
            )
        elif not path.is_file():
            self.faults.append(
                FileFormatError(
                    shown_path, "this is not a regular file.", remedy="Put the map in its place."
                )
            )
        else:
            self.names.append(name)
