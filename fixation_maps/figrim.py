"""Import FIGRIM: fixations while images are remembered and recognised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus

from .mat_file import read_mat
from .published import Viewings, file_name, find_part, image_or_size, number_table

CITATION = (
    "Bylinskii, Z., Isola, P., Bainbridge, C., Torralba, A., & Oliva, A. (2015). Intrinsic and "
    "extrinsic effects on image memorability. Vision Research, 116, 165-178. "
    "doi:10.1016/j.visres.2015.03.005"
)
SIZE_PX = (1000, 1000)
PARTS = (
    ("allImages_release.mat", "targetData/allImages_release.mat"),
    ("allImages_fillers.mat", "fillerData/allImages_fillers.mat"),
)


def import_figrim(folder: str | Path) -> FixationSet:
    """Import FIGRIM: the fixations of each observer's first viewing of an image.

    Observers are told apart by their initials, which name one person over several sessions.
    Fixations have neither times nor durations. Places are taken as published.

    Parameters
    ----------
    folder : path-like
        Holds ``allImages_release.mat`` (targets) or ``allImages_fillers.mat``, or both, at the top
        or in ``targetData`` and ``fillerData``; and where images are to be known ``Targets`` and
        ``Fillers``. Those that are missing have the set's known size.

    Raises
    ------
    FileFormatError
        If both files are missing, or one is damaged.
    """
    folder = Path(folder)
    files = [path for names in PARTS if (path := _part_or_none(folder, *names))]
    if not files:
        find_part(folder, PARTS[0][0])  # says what is missing
    viewings, stimuli = Viewings(), list[Stimulus]()
    for path in files:
        images = read_mat(path, "allImages")
        for number, image in enumerate(
            images if isinstance(images, list | np.ndarray) else [images], start=1
        ):
            place = f"allImages({number})"
            if not isinstance(image, dict):
                raise _wrong(path, place, "this is no image's entry.")
            name = file_name(path, f"{place}.impath", image.get("impath"), folders=True)
            stimuli.append(image_or_size(folder / name, name, folder, SIZE_PX))
            _add_observers(viewings, len(stimuli) - 1, path, place, image.get("userdata"))
    return viewings.as_set(
        SetInfo(name="FIGRIM", citation=CITATION), stimuli, folder, files, {"dataset": "figrim"}
    )


def _add_observers(
    viewings: Viewings, stimulus: int, path: Path, place: str, observers: Any
) -> None:
    entries = [observers] if isinstance(observers, dict) else observers
    if not isinstance(entries, list | np.ndarray):
        raise _wrong(path, f"{place}.userdata", "this is no list of observers.")
    for number, entry in enumerate(entries, start=1):
        at = f"{place}.userdata({number})"
        if not isinstance(entry, dict) or "fixations" not in entry:
            raise _wrong(path, at, "the field 'fixations' is missing.")
        fixations = entry["fixations"]
        if not isinstance(fixations, dict):
            continue  # this observer did not see the image
        initials = entry.get("sinit")
        observer = initials if isinstance(initials, str) and initials else f"number {number}"
        seen = number_table(path, f"{at}.fixations.enc", fixations.get("enc", ()), 2)
        viewings.add(stimulus, observer, seen[:, 0], seen[:, 1])


def _part_or_none(folder: Path, *names: str) -> Path | None:
    try:
        return find_part(folder, *names)
    except FileFormatError:
        return None


def _wrong(path: Path, place: str, reason: str) -> FileFormatError:
    return FileFormatError(path, reason, place=place, remedy="Fetch it anew.")
