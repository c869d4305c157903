"""Import SALICON: mouse movements over blurred images, in the place of gaze."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus

from .mat_file import read_mat_file
from .published import (
    IMAGE_ENDINGS,
    Viewings,
    file_name,
    files_in,
    find_part,
    image_or_size,
    number_table,
)

CITATION = (
    "Jiang, M., Huang, S., Duan, J., & Zhao, Q. (2015). SALICON: Saliency in context. CVPR. "
    "doi:10.1109/CVPR.2015.7298710"
)
NOTE = (
    "SALICON is mouse movement, not gaze. It does not tell its observers apart: number 1 of one "
    "image is not number 1 of another."
)


def import_salicon(folder: str | Path, edition: Literal[2015, 2017] = 2017) -> FixationSet:
    """Import the training and validation images of SALICON.

    Fixations are those that the publishers found in the mouse track (the field ``fixations``;
    the editions differ in how). Places count from 1 there, so 1 is taken off. They have no times.

    Parameters
    ----------
    folder : path-like
        Holds ``fixations/{train,val}/*.mat`` and, where the images are to be known,
        ``images/{train,val}/*.jpg``.
    edition : 2015 or 2017
        Which release it is; both have one layout, so it is the user who knows.

    Raises
    ------
    FileFormatError
        If fixations are missing or damaged.
    """
    fixations = find_part(Path(folder), "fixations")
    root = fixations.parent
    files = [
        path
        for split in ("train", "val")
        if (fixations / split).is_dir()
        for path in files_in(fixations / split, "*", [".mat"])
    ]
    if not files:
        raise FileFormatError(
            fixations, "it has no folder train or val.", remedy="Unpack fixations.zip here."
        )
    stimuli: list[Stimulus] = []
    viewings = Viewings()
    for index, path in enumerate(files):
        content = read_mat_file(path)
        stimuli.append(_stimulus(path, content, root))
        for rank, places in enumerate(_observers(path, content), start=1):
            viewings.add(index, f"{rank:02d}", places[:, 0] - 1, places[:, 1] - 1)
    return viewings.as_set(
        SetInfo(name=f"SALICON {edition}", citation=CITATION, source="mouse"),
        stimuli,
        root,
        files,
        {"dataset": f"salicon-{edition}", "note": NOTE},
    )


def _stimulus(path: Path, content: dict[str, Any], root: Path) -> Stimulus:
    name = file_name(path, "image", content.get("image", f"{path.stem}.jpg"))
    size = np.asarray(content.get("resolution", ())).ravel()
    if size.shape != (2,) or size.dtype.kind not in "iuf" or not (size > 0).all():
        raise FileFormatError(
            path, "this is no height and width.", place="resolution", remedy="Fetch it anew."
        )
    if Path(name).suffix.lower() not in IMAGE_ENDINGS:
        name = f"{name}.jpg"
    split = path.parent.name
    image = root / "images" / split / name
    return image_or_size(image, f"{split}/{name}", root, (int(size[1]), int(size[0])))


def _observers(path: Path, content: dict[str, Any]) -> list[NDArray[np.float64]]:
    gaze = content.get("gaze")
    observers = [gaze] if isinstance(gaze, dict) else gaze
    if not isinstance(observers, list | np.ndarray):
        raise FileFormatError(
            path, "the observers are missing.", place="gaze", remedy="Fetch it anew."
        )
    tables = []
    for number, observer in enumerate(observers, start=1):
        place = f"gaze({number})"
        if not isinstance(observer, dict) or "fixations" not in observer:
            raise FileFormatError(
                path, "the field 'fixations' is missing.", place=place, remedy="Fetch it anew."
            )
        tables.append(number_table(path, f"{place}.fixations", observer["fixations"], 2))
    return tables
