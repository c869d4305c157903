"""A folder of maps that a model made elsewhere, named as the stimuli."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError, Stimulus

from .map_file import READERS, read_map
from .models import Kind, StimulusView

MAX_FILES = 1_000_000
NAMED_AT_MOST = 5


class MapFolder:
    """Saliency maps of a folder, one file a stimulus, read when they are asked for.

    The map of the stimulus ``a/b.jpg`` is ``a/b.png`` or ``a/b.jpg.png``, or with another ending
    of :data:`~foveola.benchmark.map_file.READERS`. Everything in the folder is taken as hostile.

    Parameters
    ----------
    folder : Path
        The folder; its name is the model's.
    stimuli : sequence of Stimulus
        Each needs a map.
    resize : bool, default False
        Whether a map of another size is interpolated to the stimulus' size or refused.

    Raises
    ------
    FoveolaError
        If maps are missing or there are two for a stimulus; the message names them.
    """

    kind: Kind = "saliency_map"

    def __init__(self, folder: Path, stimuli: Sequence[Stimulus], *, resize: bool = False) -> None:
        self.name = _model_name(folder)
        self.source = folder.resolve().name
        self._resize = resize
        self._paths = _paths_of(folder, stimuli)

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Read the map of the view's stimulus; FileFormatError names what is wrong with it."""
        return read_map(self._paths[view.stimulus.id], view.stimulus.shape, resize=self._resize)


def _model_name(folder: Path) -> str:
    name = unicodedata.normalize("NFC", folder.resolve().name)
    if not name or not name.isprintable():
        raise FoveolaError(
            f"The name of the folder {str(folder)!r} can't be a model's.",
            remedy="Rename it with letters, digits and dashes.",
        )
    return name


def _paths_of(folder: Path, stimuli: Sequence[Stimulus]) -> dict[str, Path]:
    """File of each stimulus by its id."""
    files: dict[str, Path] = {}
    for path in _map_files(folder):
        key = _key(path.relative_to(folder).with_suffix("").as_posix())
        if key in files:
            raise FileFormatError(
                path,
                f"{files[key].name!r} is a map of the same stimulus.",
                remedy="Keep one of the two.",
            )
        files[key] = path
    found: dict[str, Path] = {}
    claims: dict[Path, str] = {}
    for stimulus in stimuli:
        keys = _key(stimulus.id), _key(str(PurePosixPath(stimulus.id).with_suffix("")))
        paths = [files[key] for key in dict.fromkeys(keys) if key in files]
        if len(paths) > 1:
            raise FileFormatError(
                paths[0],
                f"{paths[1].name!r} is a map of the same stimulus.",
                remedy="Keep one of the two.",
            )
        for path in paths:
            if path in claims:
                raise FileFormatError(
                    path,
                    f"it is named as both {claims[path]!r} and {stimulus.id!r}.",
                    remedy=f"Keep the stimulus' ending: {stimulus.id}{path.suffix}.",
                )
            claims[path], found[stimulus.id] = stimulus.id, path
    missing = [stimulus.id for stimulus in stimuli if stimulus.id not in found]
    if missing:
        more = f" and {len(missing) - NAMED_AT_MOST} more" if len(missing) > NAMED_AT_MOST else ""
        raise FoveolaError(
            f"{folder}: {len(missing)} of {len(stimuli)} maps are missing: "
            f"{', '.join(missing[:NAMED_AT_MOST])}{more}.",
            remedy=f"Name maps as the stimuli, ending in {', '.join(READERS)}.",
        )
    return found


def _map_files(folder: Path) -> Iterator[Path]:
    """All files of the folder that may be maps; FileFormatError where one leads elsewhere."""
    root = folder.resolve()
    count = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                raise FoveolaError(f"{folder} holds more than {MAX_FILES:,} files.")
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in READERS:
                continue
            if not path.resolve().is_relative_to(root):
                raise FileFormatError(path, "links out of the folder are refused.")
            if not path.is_file():
                raise FileFormatError(path, "this is not a regular file.")
            yield path


def _key(name: str) -> str:
    """Spelling by which names are compared: no file system tells more apart safely."""
    return unicodedata.normalize("NFC", name).casefold()
