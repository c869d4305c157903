"""Write a set and its maps as a folder in the layout of MIT1003."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import (
    FixationSet,
    FoveolaError,
    open_fixation_maps,
    pixel_of,
    written_whole,
)

from .map_exports import (
    Track,
    copy_image,
    output_paths,
    require_maps_of,
    write_export_provenance,
)
from .mat_writing import write_mat
from .mit1003_fixations import RATE_HZ

#: MATLAB cuts the names of variables there.
LONGEST_NAME = 63
#: Rows of raw gaze a viewing may have: an hour at 240 Hz.
MOST_SAMPLES = 3600 * RATE_HZ


def export_mit1003(
    fixations: FixationSet,
    folder: str | Path,
    maps: str | Path | None = None,
    *,
    inputs: Sequence[Path] = (),
    track: Track = iter,
) -> int:
    """Write ``ALLSTIMULI/``, ``DATA/<observer>/`` and ``ALLFIXATIONMAPS/``.

    ``DATA`` holds gaze at 240 Hz: each fixation is a stretch of samples at its place, with the
    state 0, and the time between two is a straight move with the state 1. Onsets are needed for
    this; where the set has none, fixations follow one another with 6 samples between, and last as
    long as stated (else 250 ms). ``ALLFIXATIONMAPS`` holds ``_fixPts`` (the fixated pixels) and,
    where maps are given, ``_fixMap``, as JPEG.

    Parameters
    ----------
    fixations : FixationSet
        The set; its ids may not hold folders.
    folder : path-like
        Where the folders go.
    maps : path-like, optional
        A file of maps of the same set.
    inputs : sequence of Path, optional
        Files the set came from, for the provenance, which goes to ``foveola_provenance.json``.
    track : callable, optional
        Shows progress.

    Returns
    -------
    int
        Number of stimuli.

    Raises
    ------
    FoveolaError
        If ids hold folders, observers' names can't be a folder's, or the maps are of another set.
    """
    folder = Path(folder)
    names = [path.name for path in output_paths(Path(), fixations.stimuli, "")]
    if any("/" in one.id for one in fixations.stimuli) or not all(
        re.fullmatch(r"[\w-]+", observer) for observer in fixations.observers
    ):
        raise FoveolaError(
            "MIT1003 has one folder of images and one for each observer, whose names are letters, "
            "digits and dashes.",
            remedy="Export as salicon or pysaliency.",
        )
    for index in track(range(len(fixations.stimuli))):
        _write_viewings(fixations, index, folder / "DATA", names[index])
        copy_image(fixations, index, folder / "ALLSTIMULI" / names[index])
        points = np.zeros(fixations.stimuli[index].shape, np.uint8)
        points[pixel_of(fixations.of(index))] = 255
        _save(folder / "ALLFIXATIONMAPS" / f"{names[index]}_fixPts.jpg", points)
    if maps is not None:
        _write_maps(fixations, Path(maps), folder / "ALLFIXATIONMAPS", names)
    parameters = {"set": fixations.info.name, "format": "mit1003"}
    write_export_provenance(folder, parameters, inputs)
    return len(names)


def _write_viewings(fixations: FixationSet, index: int, folder: Path, name: str) -> None:
    rows = fixations.of(index)
    variable = re.sub(r"\W", "_", name)
    variable = variable if variable[0].isalpha() else f"i{variable}"
    for observer in np.unique(rows["observer"]):
        gaze = _gaze(rows[rows["observer"] == observer])
        content = {"imgName": fixations.stimuli[index].id, "DATA": {"eyeData": gaze}}
        path = folder / fixations.observers[observer] / f"{name}.mat"
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part:
            variables = {variable[:LONGEST_NAME]: content}
            write_mat(part, variables, long_field_names=True)


def _write_maps(fixations: FixationSet, maps: Path, folder: Path, names: Sequence[str]) -> None:
    with open_fixation_maps(maps) as opened:
        require_maps_of(fixations, maps, opened)
        for index, name in enumerate(names):
            if opened.maps[index].fixations:
                density = opened.density(index)
                levels = np.round(density / density.max() * 255).astype(np.uint8)
                _save(folder / f"{name}_fixMap.jpg", levels)


def _gaze(rows: NDArray[np.void]) -> NDArray[np.float64]:
    """Samples of one viewing: x, y, and 0 where it fixates, 1 where it moves."""
    lasting = np.where(np.isfinite(rows["duration_s"]), rows["duration_s"], 0.25)
    counts = np.maximum(np.round(lasting * RATE_HZ).astype(int), 1)
    if np.isfinite(rows["onset_s"]).all():
        first = np.round(rows["onset_s"] * RATE_HZ).astype(int)
    else:
        first = np.concatenate([[0], np.cumsum(counts[:-1] + 6)])
    last = first + counts - 1
    # A fixation ends where the next begins, should they overlap.
    last[:-1] = np.maximum(np.minimum(last[:-1], first[1:] - 1), first[:-1])
    if last[-1] >= MOST_SAMPLES:
        raise FoveolaError(
            f"A viewing of {last[-1] / RATE_HZ:.0f} s is too long for a file of gaze.",
            remedy="Check the onsets of the set.",
        )
    samples = np.arange(last[-1] + 1)
    known = np.ravel(np.column_stack([first, last]))
    x_px = np.interp(samples, known, np.repeat(rows["x_px"], 2))
    y_px = np.interp(samples, known, np.repeat(rows["y_px"], 2))
    moving = np.ones(len(samples))
    for start, end in zip(first, last, strict=True):
        moving[start : end + 1] = 0
    return np.column_stack([x_px, y_px, moving])


def _save(path: Path, levels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part:
        Image.fromarray(levels).save(part, format="JPEG", quality=95)
