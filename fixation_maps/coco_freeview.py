"""Import COCO-FreeView: free viewing of the images of COCO-Search18."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus

from .published import Viewings, file_name, find_part, image_or_size, natural_order, read_json

CITATION = (
    "Chen, Y., Yang, Z., Chakraborty, S., Mondal, S., Ahn, S., Samaras, D., Hoai, M., & Zelinsky, "
    "G. (2022). Characterizing target-absent human attention. CVPR Workshops."
)
SIZE_PX = (1680, 1050)
FILE = "COCOFreeView_fixations_trainval.json"


def import_coco_freeview(folder: str | Path) -> FixationSet:
    """Import the public half (training and validation) of COCO-FreeView.

    Fixations have durations and no onsets. Images lie in folders by task; one name is one image.

    Parameters
    ----------
    folder : path-like
        Holds ``COCOFreeView_fixations_trainval.json`` and, where the images are to be known,
        the folders of COCO-Search18 (``images/<task>/*.jpg`` and
        ``coco_search18_images_TA/<task>/*.jpg``). Missing images have the set's known size.

    Raises
    ------
    FileFormatError
        If the JSON is missing or not what the set publishes.
    """
    folder = Path(folder)
    path = find_part(folder, FILE)
    trials = read_json(path)
    if not isinstance(trials, list):
        raise FileFormatError(path, "this is no list of trials.", remedy="Fetch it anew.")
    names = sorted({_name(path, i, trial) for i, trial in enumerate(trials)}, key=natural_order)
    images = {image.name: image for image in sorted(folder.rglob("*.jpg"))}
    stimuli: list[Stimulus] = [
        image_or_size(images.get(name, folder / name), name, folder, SIZE_PX) for name in names
    ]
    index_of = {name: index for index, name in enumerate(names)}
    viewings = Viewings()
    for number, trial in enumerate(trials):
        place = f"trial {number}"
        x_px, y_px, duration_ms = (_numbers(path, place, trial, key) for key in "XYT")
        if not len(x_px) == len(y_px) == len(duration_ms):
            raise FileFormatError(
                path,
                f"{len(x_px)} X, {len(y_px)} Y and {len(duration_ms)} T.",
                place=place,
                remedy="Fetch it anew.",
            )
        observer = f"{trial.get('subject', '')}"
        viewings.add(
            index_of[trial["name"]], observer, x_px, y_px, duration_s=np.divide(duration_ms, 1000)
        )
    return viewings.as_set(
        SetInfo(name="COCO-FreeView", citation=CITATION),
        stimuli,
        folder,
        [path],
        {"dataset": "coco-freeview"},
    )


def _name(path: Path, number: int, trial: Any) -> str:
    if not isinstance(trial, dict):
        raise FileFormatError(
            path, "this is no trial.", place=f"trial {number}", remedy="Fetch it anew."
        )
    return file_name(path, f"trial {number}, name", trial.get("name"))


def _numbers(path: Path, place: str, trial: dict[str, Any], key: str) -> list[float]:
    values = trial.get(key)
    if not isinstance(values, list) or not all(isinstance(one, int | float) for one in values):
        raise FileFormatError(
            path, "this is no list of numbers.", place=f"{place}, {key}", remedy="Fetch it anew."
        )
    return values
