"""Maps that a model made elsewhere: a folder, an archive or an HDF5 file of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError, Stimulus

from .map_archive import TarOfMaps, ZipOfMaps
from .map_file import READERS, Expected
from .map_folder import FolderOfMaps
from .map_hdf5 import Hdf5OfMaps
from .map_names import Matches, match_names, member_path, shown
from .models import Kind, StimulusView

ZIPS = (".zip",)
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
HDF5S = (".h5", ".hdf5", ".hdf")


class MapSource(Protocol):
    """Where maps are: names, what is wrong with the place itself, and one map at a time."""

    path: Path
    names: list[str]
    faults: list[FoveolaError]

    @property
    def named_as_files(self) -> bool:
        """Whether names end in the format of a file."""
        ...

    def read(self, name: str, expected: Expected) -> NDArray[np.floating]:
        """Read the map of that name."""
        ...


class SubmittedMaps:
    """Maps made elsewhere as a model; each is read when it is asked for, and checked.

    Parameters
    ----------
    path : Path
        A folder, zip, tar or HDF5 file; its name without the ending is the model's.
    stimuli : sequence of Stimulus
        Each needs a map, named as :func:`~foveola.benchmark.map_names.match_names` says.
    kind : {"saliency_map", "log_density"}
        What the maps hold.
    resize : bool, default False
        Whether a map of another size is interpolated to the stimulus' size or refused.
    name : str, optional
        Name in tables.
    strict : bool, default True
        Whether faults are raised; otherwise they are left in ``faults``.

    Attributes
    ----------
    faults : list of FoveolaError
        All that is wrong with the place and its names; the maps themselves are not yet read.
    matches : Matches
        Which map belongs to which stimulus.

    Raises
    ------
    FoveolaError
        If the path is none of these, or maps are missing, doubled or lead elsewhere.
    """

    def __init__(
        self,
        path: Path,
        stimuli: Sequence[Stimulus],
        *,
        kind: Kind = "saliency_map",
        resize: bool = False,
        name: str = "",
        strict: bool = True,
    ) -> None:
        self.name = name or model_name(path)
        self.kind: Kind = kind
        self.source = path.resolve().name
        self._resize = resize
        self._maps = _opened(path, stimuli)
        self.matches: Matches = match_names(
            path, self._maps.names, stimuli, files=self._maps.named_as_files
        )
        self.faults = self._maps.faults + self.matches.faults
        if strict and self.faults:
            raise self.faults[0]

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Read the map of the view's stimulus; FileFormatError names what is wrong with it."""
        path = self.path_of(view.stimulus.id)
        expected = Expected(path, view.stimulus.shape, self._resize, self.kind)
        return self._maps.read(self.matches.found[view.stimulus.id], expected)

    def path_of(self, stimulus: str) -> Path:
        """File of the map of a stimulus; of a member, the archive's path and the member's."""
        name = self.matches.found.get(stimulus)
        if name is None:
            raise FoveolaError(
                f"{self.source} has no map of {stimulus!r}.",
                remedy="Load it for the set that it is asked about.",
            )
        return member_path(self._maps.path, name)


def is_place_of_maps(path: Path) -> bool:
    """Whether a path is one that maps are read from, by what it is and how it ends."""
    return path.is_dir() or (path.is_file() and _ends(path, *ZIPS, *TARS, *HDF5S))


def model_name(path: Path) -> str:
    """Name of the model that a file or folder holds.

    Raises
    ------
    FoveolaError
        If it holds characters that can't be printed.
    """
    name = unicodedata.normalize("NFC", path.resolve().name)
    ending = next((end for end in (*TARS, *ZIPS, *HDF5S) if name.lower().endswith(end)), "")
    name = name if path.is_dir() else name[: len(name) - len(ending)]
    if not name or not name.isprintable():
        raise FoveolaError(
            f"The name of {shown(str(path.resolve()))} can't be a model's.",
            remedy="Rename it with letters, digits and dashes.",
        )
    return name


def _opened(path: Path, stimuli: Sequence[Stimulus]) -> MapSource:
    if path.is_dir():
        return FolderOfMaps(path)
    if not path.is_file():
        raise FileFormatError(
            path, "there is no such file or folder.", remedy="Give the path of the maps."
        )
    if _ends(path, *ZIPS):
        return ZipOfMaps(path, stimuli)
    if _ends(path, *TARS):
        return TarOfMaps(path, stimuli)
    if _ends(path, *HDF5S):
        return Hdf5OfMaps(path)
    raise FileFormatError(
        path,
        "this is no place of maps.",
        remedy=f"Give a folder, {', '.join((*ZIPS, *TARS[:3], *HDF5S[:2]))} of maps "
        f"({', '.join(READERS)}).",
    )


def _ends(path: Path, *endings: str) -> bool:
    return path.name.lower().endswith(endings)
