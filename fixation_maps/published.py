"""What the importers of published data sets share: folders, images, and viewings put together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foveola.data_schema import (
    STIMULUS_FIXATION_DTYPE,
    FileFormatError,
    FixationSet,
    SetInfo,
    Stimulus,
    fixation_set,
    image_stimulus,
    provenance,
)

#: The observer of a set that publishes the fixations of all observers as one.
POOLED = "all"
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp")
PUBLISHED = "Give the folder as the data set publishes it."


def find_part(folder: Path, *parts: str) -> Path:
    """The first of some files or folders that is there, in a folder or one level below it.

    Parameters
    ----------
    folder : Path
        What the user gave: the data set's folder, or one that holds it.
    *parts : str
        Paths relative to it, of which any one will do.

    Raises
    ------
    FileFormatError
        If none is there; the first is named.
    """
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    for part in parts:
        for root in (folder, *inside):
            if (root / part).exists():
                return root / part
    raise FileFormatError(folder / parts[0], "there is no such file or folder.", remedy=PUBLISHED)


def natural_order(path: Path | str) -> list[tuple[int, str]]:
    """Key that sorts 2 before 10.

    Examples
    --------
    >>> sorted(["10.jpg", "9.jpg", "b/1.jpg"], key=natural_order)
    ['9.jpg', '10.jpg', 'b/1.jpg']
    """
    text = path.as_posix() if isinstance(path, Path) else path
    parts = re.split(r"([0-9]+)", text)
    return [(int(part), "") if part.isdecimal() else (10**18, part) for part in parts if part]


def files_in(folder: Path, pattern: str, endings: Sequence[str] = IMAGE_ENDINGS) -> list[Path]:
    """Files below a folder that match a pattern and end so, in natural order; none hidden.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    found = [
        path
        for path in folder.glob(pattern)
        if path.suffix.lower() in endings and not path.name.startswith(".") and path.is_file()
    ]
    if not found:
        raise FileFormatError(
            folder, f"there are no files {pattern} ({', '.join(endings)}) in it.", remedy=PUBLISHED
        )
    return sorted(found, key=lambda path: natural_order(path.relative_to(folder)))


def image_or_size(path: Path, stimulus_id: str, folder: Path, size_px: tuple[int, int]) -> Stimulus:
    """Describe an image; where it is missing, by the (width, height) that its set is known for."""
    if path.is_file():
        return image_stimulus(path, stimulus_id=stimulus_id, relative_to=folder)
    return Stimulus(id=stimulus_id, width_px=size_px[0], height_px=size_px[1])


def file_name(path: Path, place: str, name: Any, *, folders: bool = False) -> str:
    """A name that a file gives for another, refused where it leads elsewhere.

    Raises
    ------
    FileFormatError
        If it is no text, empty, absolute, or climbs out of its folder.
    """
    parts = Path(name).parts if isinstance(name, str) else ()
    if (
        not isinstance(name, str)
        or not parts
        or ".." in parts
        or Path(name).is_absolute()
        or "\\" in name
        or "\0" in name
        or (len(parts) > 1 and not folders)
    ):
        raise FileFormatError(
            path, f"this is no name of a file: {name!r:.60}.", place=place, remedy="Fetch it anew."
        )
    return name


def number_table(path: Path, place: str, values: Any, columns: int) -> NDArray[np.float64]:
    """Values of a file as numbers of shape (n, columns or more); empty where there are none.

    Raises
    ------
    FileFormatError
        If they are no numbers or too few in a row.
    """
    array = np.asarray(values)
    if array.size == 0:
        return np.empty((0, columns))
    if array.ndim == 1 and array.dtype.kind in "fiu":
        array = array[None, :]  # MATLAB files make a list of a table of one row
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] < columns:
        raise FileFormatError(
            path,
            f"this is no table of {columns} columns of numbers (shape {array.shape}).",
            place=place,
            remedy="Fetch it anew.",
        )
    return array.astype(float)


@dataclass
class Viewings:
    """Fixations of observers on stimuli, gathered one viewing after the other."""

    tables: list[NDArray[np.void]] = field(default_factory=list)
    observers: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        stimulus: int,
        observer: str,
        x_px: ArrayLike,
        y_px: ArrayLike,
        *,
        onset_s: ArrayLike = np.nan,
        duration_s: ArrayLike = np.nan,
        order: ArrayLike | None = None,
    ) -> None:
        """Add the fixations of one viewing, in their order; what is not known stays NaN."""
        x_px = np.asarray(x_px, float)
        table = np.zeros(len(x_px), STIMULUS_FIXATION_DTYPE)
        table["stimulus"] = stimulus
        table["observer"] = self.observers.setdefault(observer, len(self.observers))
        table["order"] = np.arange(len(x_px)) if order is None else order
        table["onset_s"], table["duration_s"], table["dispersion_deg"] = onset_s, duration_s, np.nan
        table["x_px"], table["y_px"] = x_px, y_px
        self.tables.append(table)

    def as_set(
        self,
        info: SetInfo,
        stimuli: Sequence[Stimulus],
        folder: Path,
        inputs: Iterable[Path],
        parameters: Mapping[str, Any],
    ) -> FixationSet:
        """Make a set of them: observers in natural order, fixations off their stimulus counted."""
        names = sorted(self.observers, key=natural_order)
        table = np.concatenate([np.empty(0, STIMULUS_FIXATION_DTYPE), *self.tables])
        ranks = np.array([names.index(name) for name in self.observers], np.int32)
        if len(table):
            table["observer"] = ranks[table["observer"]]
        return fixation_set(
            info,
            tuple(stimuli),
            tuple(names),
            table,
            provenance(parameters, inputs=inputs),
            folder.resolve(),
        )


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    FileFormatError
        If it is missing or is no JSON; the message names the line.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileFormatError(path, "there is no such file.", remedy=PUBLISHED) from error
    except json.JSONDecodeError as error:
        raise FileFormatError(
            path,
            f"this is no JSON ({error.msg}).",
            place=f"line {error.lineno}",
            remedy="Fetch it anew.",
        ) from error
    except (UnicodeDecodeError, RecursionError, OSError) as error:
        raise FileFormatError(
            path, f"this is no JSON ({type(error).__name__}).", remedy="Fetch it anew."
        ) from error
