"""Write the densities of a file of maps as PNG, NPY, MAT and overlays, one file a stimulus."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import (
    FileFormatError,
    FixationMaps,
    FixationSet,
    FoveolaError,
    Stimulus,
    open_fixation_maps,
    provenance,
    written_whole,
)

from .mat_writing import write_mat
from .pictures import heatmap_overlay

#: Passes indices on while it shows how far they are, as :func:`rich.progress.track`.
Track = Callable[[Sequence[int]], Iterable[int]]
Writer = Callable[[Path, NDArray[np.float64]], None]


def export_png(
    maps: str | Path, folder: str | Path, *, bits: Literal[8, 16] = 8, track: Track = iter
) -> int:
    """Write each density as a grey PNG whose brightest pixel is the density's peak.

    Parameters
    ----------
    maps : path-like
        A file of maps.
    folder : path-like
        Where the pictures go; the map of ``a/b.jpg`` is ``a/b.png``.
    bits : 8 or 16
        Depth: 8 for looking, 16 for scoring (a peak's flanks keep their shape).
    track : callable, optional
        Shows progress.

    Returns
    -------
    int
        Number of files; a stimulus without fixations has no density and no file.

    Raises
    ------
    FoveolaError
        If a stimulus' name leads out of the folder, or two stimuli have one name.
    """
    top, dtype = (255, np.uint8) if bits == 8 else (65535, np.uint16)

    def write(path: Path, density: NDArray[np.float64]) -> None:
        levels = np.round(density / density.max() * top).astype(dtype)
        Image.fromarray(levels).save(path, format="PNG")

    return _export(maps, folder, ".png", write, track)


def export_npy(maps: str | Path, folder: str | Path, *, track: Track = iter) -> int:
    """Write each density as a float64 NPY; parameters and errors are those of `export_png`."""

    def write(path: Path, density: NDArray[np.float64]) -> None:
        with path.open("wb") as file:
            np.save(file, density, allow_pickle=False)

    return _export(maps, folder, ".npy", write, track)


def export_mat(maps: str | Path, folder: str | Path, *, track: Track = iter) -> int:
    """Write each density as the variable ``density`` of a MATLAB 5 file.

    Parameters and errors are those of `export_png`.
    """

    def write(path: Path, density: NDArray[np.float64]) -> None:
        write_mat(path, {"density": density}, do_compression=True)

    return _export(maps, folder, ".mat", write, track)


def export_overlays(maps: str | Path, folder: str | Path, *, track: Track = iter) -> int:
    """Write each density over its photograph, as a PNG in colour.

    Parameters and errors are those of `export_png`.

    Raises
    ------
    FileFormatError
        If a photograph is missing or is not the image whose map it is.
    """
    maps, folder = Path(maps), Path(folder)
    count = 0
    with open_fixation_maps(maps) as opened:
        paths = output_paths(folder, opened.stimuli, ".png")
        for index in track(_with_fixations(opened)):
            photo = photograph(maps.parent, opened.stimuli[index])
            picture = heatmap_overlay(photo, opened.density(index))
            paths[index].parent.mkdir(parents=True, exist_ok=True)
            with written_whole(paths[index]) as part:
                Image.fromarray(picture).save(part, format="PNG")
            count += 1
    write_export_provenance(folder, {"format": "overlay"}, [maps])
    return count


def output_paths(folder: Path, stimuli: Sequence[Stimulus], ending: str) -> list[Path]:
    """File of each stimulus in a folder: its id with another ending, sub-folders kept.

    Where two stimuli differ by their ending alone, each keeps it: ``a.jpg.png``, ``a.png.png``.

    Raises
    ------
    FoveolaError
        If an id leads out of the folder, or two are one name on a file system that does not
        tell capital letters apart.
    """
    for stimulus in stimuli:
        parts = PurePosixPath(stimulus.id).parts
        if ".." in parts or PurePosixPath(stimulus.id).is_absolute() or _is_windows(stimulus.id):
            raise FoveolaError(
                f"The name of the stimulus {stimulus.id!r} leads out of the folder.",
                remedy="Rename it.",
            )
    short = [str(PurePosixPath(stimulus.id).with_suffix("")) for stimulus in stimuli]
    spelled = [name.casefold() for name in short]
    twice = {name for name in spelled if spelled.count(name) > 1} if _doubled(spelled) else set()
    names = [
        stimulus.id if key in twice else name
        for stimulus, name, key in zip(stimuli, short, spelled, strict=True)
    ]
    if _doubled([name.casefold() for name in names]):
        raise FoveolaError(
            "Two stimuli have names that differ by capital letters alone.", remedy="Rename one."
        )
    return [folder / f"{name}{ending}" for name in names]


def copy_image(fixations: FixationSet, index: int, path: Path) -> None:
    """Copy a stimulus' image to a path, which gets the image's ending; nothing where it has none.

    Raises
    ------
    FileFormatError
        If the image is missing.
    """
    stimulus = fixations.stimuli[index]
    if not stimulus.path:
        return
    source = fixations.stimulus_path(index)
    target = path.with_name(path.name + source.suffix)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with written_whole(target) as part:
            shutil.copyfile(source, part)
    except OSError as error:
        raise FileFormatError(
            source,
            f"this image can't be copied ({error.strerror}).",
            remedy="Put it where the set has it.",
        ) from error


def require_maps_of(fixations: FixationSet, path: Path, maps: FixationMaps) -> None:
    """Raise FileFormatError where a file of maps is not of the set's stimuli, one by one."""
    if [one.id for one in maps.stimuli] != [one.id for one in fixations.stimuli]:
        raise FileFormatError(
            path,
            "its stimuli are not those of the fixation set.",
            place="/stimuli",
            remedy="Make it from that set with foveola maps.",
        )


def photograph(folder: Path, stimulus: Stimulus) -> NDArray[np.uint8]:
    """Pixels of a stimulus' image in RGB, shape (height, width, 3).

    Raises
    ------
    FileFormatError
        If the image is missing, unreadable or of another size than stated.
    """
    path = folder / stimulus.path
    if not stimulus.path or not path.is_file():
        raise FileFormatError(
            path if stimulus.path else Path(stimulus.id),
            "the image is not there.",
            remedy="Import the data set with its images, or leave the overlays out.",
        )
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise FileFormatError(path, f"this image can't be read ({error}).") from error
    if pixels.shape[:2] != stimulus.shape:
        raise FileFormatError(
            path,
            f"it has {pixels.shape[1]} x {pixels.shape[0]} pixels, "
            f"its map {stimulus.width_px} x {stimulus.height_px}.",
            remedy="Put back the image that the fixations were measured on.",
        )
    return pixels


def _export(maps: str | Path, folder: str | Path, ending: str, write: Writer, track: Track) -> int:
    count = 0
    with open_fixation_maps(maps) as opened:
        paths = output_paths(Path(folder), opened.stimuli, ending)
        for index in track(_with_fixations(opened)):
            paths[index].parent.mkdir(parents=True, exist_ok=True)
            with written_whole(paths[index]) as part:
                write(part, opened.density(index))
            count += 1
    write_export_provenance(Path(folder), {"format": ending.lstrip(".")}, [Path(maps)])
    return count


def write_export_provenance(
    folder: Path, parameters: Mapping[str, object], inputs: Iterable[Path]
) -> None:
    """Write what produced a folder of files that have no place for it."""
    source = provenance(parameters, inputs=inputs)
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(folder / "foveola_provenance.json") as part:
        part.write_text(source.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _with_fixations(maps: FixationMaps) -> list[int]:
    return [index for index, row in enumerate(maps.maps) if row.fixations]


def _doubled(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _is_windows(name: str) -> bool:
    """Whether Windows would take the name for a place of its own."""
    return "\\" in name or bool(PureWindowsPath(name).drive)
