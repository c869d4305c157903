"""Import the Toronto set of Bruce and Tsotsos."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, image_stimulus

from .mat_file import read_mat
from .published import POOLED, Viewings, files_in, find_part

CITATION = (
    "Bruce, N. D. B., & Tsotsos, J. K. (2009). Saliency, attention, and visual search: An "
    "information theoretic approach. Journal of Vision, 9(3), 5. doi:10.1167/9.3.5"
)
NOTE = (
    "The set's fixations in image pixels are binary maps: all observers as one, in no order, a "
    "pixel once however often it was fixated."
)


def import_toronto(folder: str | Path) -> FixationSet:
    """Import Toronto: the fixated pixels of each image.

    The files per observer are not in image pixels, and how they relate to them is not published;
    so the binary maps are read, whose observers are not told apart.

    Parameters
    ----------
    folder : path-like
        Holds ``fixdens/origfixdata.mat`` and ``fixdens/Original Image Set/1.jpg`` and so on,
        itself or in ``eyetrackingdata``.

    Raises
    ------
    FileFormatError
        If a file is missing or damaged, or a map is not of its image's size.
    """
    path = find_part(Path(folder), "fixdens/origfixdata.mat", "origfixdata.mat")
    root = path.parent
    images = files_in(find_part(root, "Original Image Set"), "*")
    maps = read_mat(path, "white")
    maps = (
        [maps] if isinstance(maps, np.ndarray) and maps.dtype != object and maps.ndim == 2 else maps
    )
    if len(maps) != len(images):
        raise FileFormatError(
            path,
            f"{len(maps)} maps for {len(images)} images.",
            place="white",
            remedy="Fetch the set anew.",
        )
    viewings, stimuli = Viewings(), []
    for index, (image, fixated) in enumerate(zip(images, maps, strict=True)):
        stimuli.append(image_stimulus(image, relative_to=root))
        fixated = np.asarray(fixated)
        if fixated.shape != stimuli[-1].shape or fixated.dtype.kind not in "biuf":
            raise FileFormatError(
                path,
                f"its shape is {fixated.shape}, its image has {stimuli[-1].shape}.",
                place=f"white{{{index + 1}}}",
                remedy="Fetch the set anew.",
            )
        rows, columns = np.nonzero(fixated)
        viewings.add(index, POOLED, columns + 0.5, rows + 0.5)
    return viewings.as_set(
        SetInfo(name="Toronto", citation=CITATION),
        stimuli,
        root,
        [path],
        {"dataset": "toronto", "note": NOTE},
    )
