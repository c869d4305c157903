"""Import the OSIE data set: 700 images, 15 observers, free viewing for three seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

from .mat_file import read_mat

CITATION = (
    "Xu, J., Jiang, M., Wang, S., Kankanhalli, M. S., & Zhao, Q. (2014). Predicting human gaze "
    "beyond pixels. Journal of Vision, 14(1), 28. doi:10.1167/14.1.28"
)
PX_PER_DEG = 24.0
WIDTH_PX, HEIGHT_PX = 800, 600


def import_osie(folder: str | Path) -> FixationSet:
    """Import OSIE from its published folder.

    Every fixation is kept, the first of each trial included. The set states durations but no
    onsets, so onsets are NaN. Places are taken as published.

    Parameters
    ----------
    folder : path-like
        Holds ``eye/fixations.mat`` and ``stimuli/*.jpg``, itself or in its folder ``data``. A
        stimulus whose image is missing has an empty path and the set's known size.

    Returns
    -------
    FixationSet
        98,321 fixations where the set is complete.

    Raises
    ------
    FileFormatError
        If ``fixations.mat`` is missing, damaged, or not what OSIE publishes.
    """
    folder = Path(folder)
    if not (folder / "eye").is_dir() and (folder / "data" / "eye").is_dir():
        folder = folder / "data"
    path = folder / "eye" / "fixations.mat"
    images = _list(read_mat(path, "fixations"))
    stimuli: list[Stimulus] = []
    tables: list[NDArray[np.void]] = []
    observers = 0
    for index, image in enumerate(images):
        at = _Place(path, f"fixations({index + 1})")
        stimuli.append(_stimulus(at, image, folder))
        subjects = _list(at.entry(image, "subjects"))
        observers = max(observers, len(subjects))
        for observer, subject in enumerate(subjects):
            tables.append(_fixations(at.inside(f"subjects({observer + 1})"), subject))
            tables[-1]["stimulus"], tables[-1]["observer"] = index, observer
    return fixation_set(
        SetInfo(name="OSIE", citation=CITATION, px_per_deg=PX_PER_DEG),
        tuple(stimuli),
        tuple(f"{observer + 1:02d}" for observer in range(observers)),
        np.concatenate(tables) if tables else np.empty(0, STIMULUS_FIXATION_DTYPE),
        provenance({"dataset": "osie"}, inputs=[path]),
        folder.resolve(),
    )


@dataclass(frozen=True)
class _Place:
    """A place in the MAT file, which errors name."""

    path: Path
    name: str

    def inside(self, name: str) -> _Place:
        return _Place(self.path, f"{self.name}.{name}")

    def wrong(self, reason: str) -> FileFormatError:
        return FileFormatError(
            self.path, reason, place=self.name, remedy="Fetch OSIE's eye/fixations.mat anew."
        )

    def entry(self, struct: Any, name: str) -> Any:
        if not isinstance(struct, dict) or name not in struct:
            raise self.wrong(f"the field {name!r} is missing.")
        return struct[name]

    def column(self, struct: Any, name: str) -> NDArray[np.float64]:
        values = np.asarray(self.entry(struct, name))
        if values.dtype.kind not in "fiu" or values.ndim > 1:
            raise self.wrong(f"{name!r} is no list of numbers.")
        return np.atleast_1d(values).astype(float)


def _list(value: Any) -> list[Any]:
    """MAT files make one of a list of one."""
    return list(value) if isinstance(value, list | np.ndarray) else [value]


def _stimulus(at: _Place, image: Any, folder: Path) -> Stimulus:
    name = at.entry(image, "img")
    if not isinstance(name, str) or not name or Path(name).name != name or "\\" in name:
        raise at.wrong(f"'img' is no file name but {name!r:.60}.")
    file = folder / "stimuli" / name
    if not file.is_file():
        return Stimulus(id=name, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    return image_stimulus(file, relative_to=folder)


def _fixations(at: _Place, subject: Any) -> NDArray[np.void]:
    x_px, y_px, duration_ms = (
        at.column(subject, name) for name in ("fix_x", "fix_y", "fix_duration")
    )
    if not len(x_px) == len(y_px) == len(duration_ms):
        raise at.wrong(f"{len(x_px)} x, {len(y_px)} y and {len(duration_ms)} durations.")
    if not np.isfinite(x_px + y_px).all():
        raise at.wrong("a place is not a finite number.")
    table = np.zeros(len(x_px), STIMULUS_FIXATION_DTYPE)
    table["order"] = np.arange(len(x_px))
    table["onset_s"] = table["dispersion_deg"] = np.nan
    table["x_px"], table["y_px"], table["duration_s"] = x_px, y_px, duration_ms / 1000
    return table
