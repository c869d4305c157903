"""Import MIT1003 from raw gaze, without Matlab; and the stimuli of MIT300."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, image_stimulus

from .mat_file import read_mat_file
from .mit1003_fixations import RATE_HZ, mit1003_fixations
from .published import PUBLISHED, Viewings, files_in, find_part, number_table

CITATION = (
    "Judd, T., Ehinger, K., Durand, F., & Torralba, A. (2009). Learning to predict where humans "
    "look. ICCV. doi:10.1109/ICCV.2009.5459462"
)
MIT300_CITATION = (
    "Judd, T., Durand, F., & Torralba, A. (2012). A benchmark of computational models of saliency "
    "to predict human fixations. MIT Technical Report."
)
PX_PER_DEG = 35.0


def import_mit1003(folder: str | Path) -> FixationSet:
    """Import MIT1003: fixations found in the raw 240 Hz gaze as its own code finds them.

    Onsets count from the first sample. The first fixation of each trial, which the field leaves
    out, is here (its order is 0). Places are taken as published; those off the image, blinks
    among them, are dropped and counted.

    Parameters
    ----------
    folder : path-like
        Holds ``ALLSTIMULI/*.jpeg`` and ``DATA/<observer>/<image>.mat``, itself or one level below.

    Raises
    ------
    FileFormatError
        If images or gaze are missing, or a file of gaze is damaged.
    """
    folder = Path(folder)
    images, gaze = find_part(folder, "ALLSTIMULI"), find_part(folder, "DATA")
    files = files_in(images, "*")
    observers = sorted(path for path in gaze.iterdir() if path.is_dir())
    if not observers:
        raise FileFormatError(gaze, "it holds no observer's folder.", remedy=PUBLISHED)
    viewings, inputs = Viewings(), []
    for index, image in enumerate(files):
        for observer in observers:
            path = observer / f"{image.stem}.mat"
            if not path.is_file():
                continue
            samples = _samples(path)
            found = mit1003_fixations(samples[:, 0], samples[:, 1])
            viewings.add(
                index,
                observer.name,
                found.x_px,
                found.y_px,
                onset_s=found.first / RATE_HZ,
                duration_s=(found.last - found.first + 1) / RATE_HZ,
            )
            inputs.append(path)
    if not inputs:
        raise FileFormatError(gaze, "no file is named as an image.", remedy=PUBLISHED)
    return viewings.as_set(
        SetInfo(name="MIT1003", citation=CITATION, px_per_deg=PX_PER_DEG),
        [image_stimulus(image, relative_to=images.parent) for image in files],
        images.parent,
        inputs,
        {"dataset": "mit1003"},
    )


def import_mit300(folder: str | Path) -> FixationSet:
    """Import the stimuli of MIT300; its fixations are held out, so the set has none.

    Parameters
    ----------
    folder : path-like
        Holds ``BenchmarkIMAGES/i1.jpg`` to ``i300.jpg``, itself or one level below.

    Raises
    ------
    FileFormatError
        If the images are missing.
    """
    images = find_part(Path(folder), "BenchmarkIMAGES")
    files = files_in(images, "*")
    return Viewings().as_set(
        SetInfo(name="MIT300", citation=MIT300_CITATION, px_per_deg=PX_PER_DEG),
        [image_stimulus(image, relative_to=images.parent) for image in files],
        images.parent,
        [],
        {"dataset": "mit300", "note": "MIT300 holds its fixations out: these are stimuli only."},
    )


def _samples(path: Path) -> NDArray[np.float64]:
    """Raw gaze of one trial; its one variable is named as the image, cut to 63 characters."""
    structs = [value for value in read_mat_file(path).values() if isinstance(value, dict)]
    if len(structs) != 1:
        raise FileFormatError(
            path, f"it holds {len(structs)} structs, not one.", remedy="Fetch it anew."
        )
    data: Any = structs[0].get("DATA")
    if isinstance(data, list | np.ndarray) and len(data):
        data = data[0]
    if not isinstance(data, dict) or "eyeData" not in data:
        raise FileFormatError(
            path, "the field 'eyeData' is missing.", place="DATA(1)", remedy="Fetch it anew."
        )
    return number_table(path, "DATA(1).eyeData", data["eyeData"], 2)
