"""Import SAVAM: stereoscopic videos, both eyes at 500 Hz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet, SetInfo, Stimulus

from .gaze_table import read_gaze_table
from .published import Viewings, files_in, natural_order
from .video_file import VIDEO_ENDINGS, video_stimulus

CITATION = (
    "Gitman, Y., Erofeev, M., Vatolin, D., Bolshakov, A., & Fedorov, A. (2014). Semiautomatic "
    "visual-attention modeling and its application to video compression. ICIP. "
    "doi:10.1109/ICIP.2014.7025220"
)
SIZE_PX = (1920, 1080)
FRAME_RATE_HZ = 25.0
NOTE = (
    "One row is one observer's mean gaze during one frame: gaze, not fixations, for the set states "
    "no viewing distance. Its order is the frame's number, from 0."
)


def import_savam(folder: str | Path, frame_rate_hz: float = FRAME_RATE_HZ) -> FixationSet:
    """Import SAVAM: each observer's mean gaze in each frame.

    A sample is the mean of both eyes; one with a zero anywhere is lost. Times count from the
    first sample of the file.

    Parameters
    ----------
    folder : path-like
        Holds, at any depth, ``<video>_<observer>.txt`` with the columns time (us), left x, left
        y, right x, right y in video pixels. A video file whose name begins with ``<video>`` gives
        size and frame times; without it the set's known size and rate are taken.
    frame_rate_hz : float, default 25
        Frames per second, for videos that are not there.

    Raises
    ------
    FileFormatError
        If there is no gaze, or a line of it is damaged.
    """
    folder = Path(folder)
    files = files_in(folder, "**/*_*", [".txt"])
    names = sorted({file.stem.partition("_")[0] for file in files}, key=natural_order)
    videos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in VIDEO_ENDINGS)
    stimuli = [_stimulus(name, videos, folder) for name in names]
    viewings = Viewings()
    for file in files:
        name, _, observer = file.stem.partition("_")
        index = names.index(name)
        gaze = _gaze_of_frames(file, stimuli[index], frame_rate_hz)
        viewings.add(
            index,
            observer,
            gaze[:, 2],
            gaze[:, 3],
            onset_s=gaze[:, 1],
            duration_s=1 / frame_rate_hz,
            order=gaze[:, 0],
        )
    return viewings.as_set(
        SetInfo(name="SAVAM", citation=CITATION),
        stimuli,
        folder,
        files,
        {"dataset": "savam", "frame_rate_hz": frame_rate_hz, "note": NOTE},
    )


def _stimulus(name: str, videos: list[Path], folder: Path) -> Stimulus:
    for path in videos:
        if path.stem == name or path.stem.startswith(f"{name}_"):
            return video_stimulus(path, stimulus_id=name, relative_to=folder)
    width_px, height_px = SIZE_PX
    return Stimulus(id=name, width_px=width_px, height_px=height_px, kind="video")


def _gaze_of_frames(file: Path, stimulus: Stimulus, frame_rate_hz: float) -> NDArray[np.float64]:
    """Frame, its time, and mean x and y, shape (n, 4); frames without gaze are left out."""
    samples, _ = read_gaze_table(file, 5)
    if len(samples) == 0:
        return np.empty((0, 4))
    time_s = (samples[:, 0] - samples[0, 0]) / 1e6
    known = np.asarray(stimulus.frame_times_s)
    frames = (
        np.searchsorted(known, time_s, side="right") - 1
        if len(known)
        else np.floor(time_s * frame_rate_hz).astype(np.intp)
    )
    there = (samples[:, 1:] != 0).all(axis=1) & np.isfinite(samples).all(axis=1)
    x_px, y_px = samples[there, 1::2].mean(axis=1), samples[there, 2::2].mean(axis=1)
    seen, inverse = np.unique(frames[there], return_inverse=True)
    counts = np.bincount(inverse, minlength=len(seen))
    onset_s = known[seen] if len(known) else seen / frame_rate_hz
    return np.column_stack(
        [
            seen,
            onset_s,
            np.bincount(inverse, x_px, len(seen)) / counts,
            np.bincount(inverse, y_px, len(seen)) / counts,
        ]
    )
