"""Import PASCAL-S: fixations on images of PASCAL VOC 2010."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, image_stimulus
from foveola.data_schema.hdf5_file import open_hdf5

from .published import Viewings, find_part

CITATION = (
    "Li, Y., Hou, X., Koch, C., Rehg, J. M., & Yuille, A. L. (2014). The secrets of salient object "
    "segmentation. CVPR. doi:10.1109/CVPR.2014.43"
)


def import_pascal_s(folder: str | Path) -> FixationSet:
    """Import PASCAL-S: the fixations of each observer, without times.

    Rows and columns count from 1 in the file, so 1 is taken off.

    Parameters
    ----------
    folder : path-like
        Holds ``datasets/fixations/pascalFix.mat`` (MATLAB 7.3) and
        ``datasets/imgs/pascal/1.jpg`` and so on. The images are needed: their sizes differ.

    Raises
    ------
    FileFormatError
        If a file is missing or damaged.
    """
    path = find_part(Path(folder), "datasets/fixations/pascalFix.mat", "fixations/pascalFix.mat")
    root = path.parent.parent
    stimuli, viewings = [], Viewings()
    for index, cell in enumerate(_cells(path)):
        image = root / "imgs" / "pascal" / f"{index + 1}.jpg"
        stimuli.append(image_stimulus(image, relative_to=root))
        if cell.ndim != 2 or cell.shape[0] < 3 or cell.dtype.kind not in "fiu":
            raise FileFormatError(
                path,
                f"its shape is {cell.shape}, not (3, n): rows, columns, observers.",
                place=f"fixCell{{{index + 1}}}",
                remedy="Fetch it anew.",
            )
        rows, columns, observers = cell[:3].astype(float)
        for observer in np.unique(observers):
            his = observers == observer
            viewings.add(index, f"{observer:g}", columns[his] - 1, rows[his] - 1)
    return viewings.as_set(
        SetInfo(name="PASCAL-S", citation=CITATION), stimuli, root, [path], {"dataset": "pascal-s"}
    )


def _cells(path: Path) -> list[NDArray[np.generic]]:
    """Contents of the cell array, transposed as MATLAB writes them; a cell is a reference."""
    with open_hdf5(path) as file:
        references = file.get("fixCell")
        if not isinstance(references, h5py.Dataset) or references.dtype != h5py.ref_dtype:
            raise FileFormatError(
                path, "the cell array is missing.", place="fixCell", remedy="Fetch it anew."
            )
        cells = [file[reference] for reference in references[()].ravel()]
        return [
            np.asarray(cell[()]) if isinstance(cell, h5py.Dataset) else np.empty(0)
            for cell in cells
        ]
