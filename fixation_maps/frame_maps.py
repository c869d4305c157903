"""Videos whose gaze is published as one binary map a frame, all observers as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import FileFormatError, FixationSet, FoveolaError, SetInfo, Stimulus

from .mat_file import read_mat
from .published import POOLED, Viewings, files_in, natural_order

NOTE = (
    "One row is one pixel that was looked at during one frame, by any observer: gaze, not "
    "fixations. Its order is the frame's number, from 0."
)
MAX_FRAMES = 1_000_000
FRAME_NUMBER = re.compile(r"([0-9]+)$")
ENDINGS = (".png", ".jpg", ".bmp")


def clip_folders(folder: Path, splits: Sequence[str]) -> dict[str, Path]:
    """Clips by name: the folders with a part ``fixation``, below splits or anywhere near the top.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    roots = [folder / split for split in splits if (folder / split).is_dir()] or [folder]
    found = {
        clip.relative_to(folder).as_posix(): clip
        for root in roots
        for clip in sorted(root.iterdir() if root.is_dir() else [])
        if (clip / "fixation").is_dir()
    }
    if (folder / "fixation").is_dir():
        found = {folder.resolve().name: folder}
    if not found:
        raise FileFormatError(
            folder / "*" / "fixation",
            "there is no such folder.",
            remedy="Give the folder as the data set publishes it.",
        )
    return {name: found[name] for name in sorted(found, key=natural_order)}


def frame_files(clip: Path) -> list[Path]:
    """The binary map of each frame of a clip: pictures, or MATLAB files in ``maps``."""
    try:
        return files_in(clip / "fixation", "*", ENDINGS)
    except FileFormatError:
        return files_in(clip / "fixation" / "maps", "*", [".mat"])


def set_of_frames(
    info: SetInfo,
    clips: dict[str, list[Path]],
    folder: Path,
    frame_rate_hz: float,
    dataset: str,
) -> FixationSet:
    """Make a set of binary maps.

    Parameters
    ----------
    info : SetInfo
        Name and citation.
    clips : dict
        Files of the frames by the clip's name; the number that ends a file's name is the
        frame's, the lowest is the first.
    folder : Path
        The set's folder.
    frame_rate_hz : float
        Frames per second: frame i is shown from ``i / frame_rate_hz`` on.
    dataset : str
        Name of the importer.

    Raises
    ------
    FoveolaError
        If the frame rate is not a positive number.
    FileFormatError
        If a file is damaged, has no frame's number, or another size than the first of its clip.
    """
    if not 0 < frame_rate_hz < np.inf:
        raise FoveolaError(
            f"{info.name} does not state how many frames a second its videos have.",
            remedy="State it: --frame-rate 25.",
        )
    viewings, stimuli = Viewings(), list[Stimulus]()
    for index, (name, files) in enumerate(clips.items()):
        shape, frames, gaze = _gaze_of(files)
        stimuli.append(
            Stimulus(
                id=name,
                width_px=shape[1],
                height_px=shape[0],
                kind="video",
                frame_times_s=tuple((np.arange(frames) / frame_rate_hz).tolist()),
            )
        )
        onset_s = gaze[:, 2] / frame_rate_hz
        viewings.add(index, POOLED, gaze[:, 0], gaze[:, 1], onset_s=onset_s, order=gaze[:, 2])
    parameters = {"dataset": dataset, "frame_rate_hz": frame_rate_hz, "note": NOTE}
    inputs = [file for files in clips.values() for file in files]
    return viewings.as_set(info, stimuli, folder, inputs, parameters)


def _gaze_of(files: Sequence[Path]) -> tuple[tuple[int, int], int, NDArray[np.float64]]:
    """Shape of a clip, its number of frames, and x, y and frame of its gaze, shape (n, 3)."""
    numbers = [_frame_number(file) for file in files]
    frames = max(numbers) - min(numbers) + 1
    if frames > MAX_FRAMES:
        raise FileFormatError(
            files[numbers.index(max(numbers))],
            f"its number makes a clip of {frames} frames.",
            remedy="Name frames by their number.",
        )
    shape: tuple[int, ...] = ()
    gaze = []
    for file, number in zip(files, numbers, strict=True):
        fixated = _binary_map(file)
        shape = shape or fixated.shape
        if fixated.shape != shape:
            raise FileFormatError(
                file,
                f"its shape is {fixated.shape}, its clip's first frame has {shape}.",
                remedy="Fetch the clip anew.",
            )
        rows, columns = np.nonzero(fixated)
        frame = np.full(len(rows), number - min(numbers))
        gaze.append(np.column_stack([columns + 0.5, rows + 0.5, frame]))
    return (shape[0], shape[1]), frames, np.concatenate(gaze)


def _frame_number(file: Path) -> int:
    found = FRAME_NUMBER.search(file.stem)
    if not found:
        raise FileFormatError(
            file, "its name does not end in a frame's number.", remedy="Take it away."
        )
    return int(found[1])


def _binary_map(file: Path) -> NDArray[np.bool_]:
    if file.suffix == ".mat":
        values = np.asarray(read_mat(file, "I"))
    else:
        try:
            with Image.open(file) as image:
                values = np.asarray(image.convert("L"))
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise FileFormatError(
                file, f"this image can't be read ({error}).", remedy="Fetch it anew."
            ) from error
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "biuf":
        raise FileFormatError(
            file, f"this is no map (shape {values.shape}).", remedy="Fetch it anew."
        )
    # A map kept as JPEG has faint pixels around the fixated ones.
    return values > (127 if file.suffix in (".jpg", ".png", ".bmp") and values.max() > 127 else 0)
