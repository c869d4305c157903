"""Import CAT2000: 20 categories of images; its training half has fixations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus, image_stimulus

from .mat_file import read_mat
from .published import POOLED, Viewings, files_in, find_part, number_table

CITATION = (
    "Borji, A., & Itti, L. (2015). CAT2000: A large scale fixation dataset for boosting saliency "
    "research. CVPR workshop on the Future of Datasets. arXiv:1505.03581"
)
PX_PER_DEG = 38.0


def import_cat2000(folder: str | Path) -> FixationSet:
    """Import the training half of CAT2000.

    ``allFixData.mat`` holds a Matlab Map object, which needs the library mat-io (the extra
    ``datasets``). Where it is missing, the binary ``FIXATIONLOCS`` are read: places to whole
    pixels, without observers and order, a place once however often it was fixated; the note in
    the set's provenance says so. Fixations of the Map count from 1, so 1 is taken off; those that
    repeat the one before exactly are left out (thousands do; the publishers do not say why).

    Parameters
    ----------
    folder : path-like
        Holds ``trainSet/Stimuli/<Category>/NNN.jpg`` and ``trainSet/allFixData.mat`` or
        ``trainSet/FIXATIONLOCS/<Category>/NNN.mat``.

    Raises
    ------
    FileFormatError
        If images or fixations are missing or damaged.
    """
    images = find_part(Path(folder), "trainSet/Stimuli", "Stimuli")
    stimuli = _stimuli(images)
    index_of = {stimulus.id: index for index, stimulus in enumerate(stimuli)}
    info = SetInfo(name="CAT2000", citation=CITATION, px_per_deg=PX_PER_DEG)
    viewings = Viewings()
    path = images.parent / "allFixData.mat"
    trials = _map_object(path) if path.is_file() else None
    if trials is not None:
        for image, observer, places in trials:
            if image not in index_of:
                continue  # an image that the user left out
            viewings.add(index_of[image], observer, places[:, 0] - 1, places[:, 1] - 1)
        return viewings.as_set(info, stimuli, images.parent, [path], {"dataset": "cat2000"})
    locations = find_part(images.parent, "FIXATIONLOCS")
    inputs = []
    for index, stimulus in enumerate(stimuli):
        file = locations / Path(stimulus.id).with_suffix(".mat")
        rows, columns = np.nonzero(binary_map(file, "fixLocs", stimulus.shape))
        viewings.add(index, POOLED, columns + 0.5, rows + 0.5)
        inputs.append(file)
    note = (
        "The observers' fixations were not read (allFixData.mat is missing, or mat-io is not "
        "installed): these are the binary FIXATIONLOCS, all observers as one, in no order."
    )
    parameters = {"dataset": "cat2000", "note": note}
    return viewings.as_set(info, stimuli, images.parent, inputs, parameters)


def import_cat2000_test(folder: str | Path) -> FixationSet:
    """Import the stimuli of CAT2000's test half; its fixations are held out, so the set has none.

    Parameters
    ----------
    folder : path-like
        Holds ``testSet/Stimuli/<Category>/NNN.jpg``.

    Raises
    ------
    FileFormatError
        If the images are missing.
    """
    images = find_part(Path(folder), "testSet/Stimuli", "Stimuli")
    note = "CAT2000 holds the fixations of its test half out: these are stimuli only."
    return Viewings().as_set(
        SetInfo(name="CAT2000 test", citation=CITATION, px_per_deg=PX_PER_DEG),
        _stimuli(images),
        images.parent,
        [],
        {"dataset": "cat2000-test", "note": note},
    )


def binary_map(path: Path, variable: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """A map of fixated pixels, as a MATLAB file holds it.

    Raises
    ------
    FileFormatError
        If it is missing or has not the shape of its stimulus.
    """
    values = np.asarray(read_mat(path, variable))
    if values.dtype.kind not in "biuf" or values.shape != shape:
        raise FileFormatError(
            path,
            f"its shape is {values.shape}, its stimulus has {shape}.",
            place=variable,
            remedy="Fetch it and its image anew.",
        )
    return values > 0


def _stimuli(images: Path) -> list[Stimulus]:
    """Images by category; the folders ``Output`` hold maps, not stimuli."""
    return [
        image_stimulus(
            path, stimulus_id=path.relative_to(images).as_posix(), relative_to=images.parent
        )
        for path in files_in(images, "*/*")
    ]


def _map_object(path: Path) -> Iterator[tuple[str, str, NDArray[np.float64]]] | None:
    """Image, observer and places of each trial; None where mat-io is not installed."""
    try:
        import matio
    except ImportError:
        return None
    try:
        content = matio.load_from_mat(str(path), variable_names=["allData"])["allData"]
        trials = {key: np.asarray(cells, object).ravel() for key, cells in content.items()}
    # The reader raises whatever a damaged file makes it stumble over.
    except Exception as error:
        raise FileFormatError(
            path,
            f"its Map object can't be read ({type(error).__name__}: {str(error)[:80]}).",
            place="allData",
            remedy="Fetch it anew, or take it away: FIXATIONLOCS is read then.",
        ) from error
    return _trials(path, trials)


def _trials(
    path: Path, cells: dict[str, NDArray[np.object_]]
) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
    for image, trials in cells.items():
        for number, trial in enumerate(trials, start=1):
            place = f"allData({image!r}){{{number}}}"
            try:
                name = str(_scalar(trial["name"]))
                values = _scalar(trial["data"], depth=1)
            except (IndexError, KeyError, TypeError, ValueError) as error:
                raise FileFormatError(
                    path, "'name' or 'data' is missing.", place=place, remedy="Fetch it anew."
                ) from error
            places = number_table(path, f"{place}.data", values, 2)
            again = np.zeros(len(places), bool)
            again[1:] = (places[1:, :2] == places[:-1, :2]).all(axis=1)
            yield image, name.removesuffix(".eye").rpartition("-")[2], places[~again]


def _scalar(value: Any, depth: int = 2) -> Any:
    """What lies in arrays of one object each."""
    while isinstance(value, np.ndarray) and value.dtype == object and value.size == 1:
        value = value.ravel()[0]
    if depth == 2 and isinstance(value, np.ndarray) and value.size == 1:
        return value.ravel()[0]
    return value
