"""Import DHF1K: free viewing of a thousand videos, 700 of them with public gaze."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus

from .frame_maps import clip_folders, frame_files, set_of_frames
from .gaze_table import read_gaze_table
from .published import PUBLISHED, Viewings, files_in
from .video_file import video_stimulus

CITATION = (
    "Wang, W., Shen, J., Guo, F., Cheng, M.-M., & Borji, A. (2018). Revisiting video saliency: A "
    "large-scale benchmark and a new model. CVPR. arXiv:1801.07424"
)
FRAME_RATE_HZ = 30.0
SCREEN_PX = (1440, 900)
SIZE_PX = (640, 360)
TRIAL = re.compile(r"P(?P<observer>[0-9]+)_Trail(?P<video>[0-9]+)")


def import_dhf1k(folder: str | Path, frame_rate_hz: float = FRAME_RATE_HZ) -> FixationSet:
    """Import DHF1K: fixations of each observer, or the pixels looked at in each frame.

    Where the raw records are there (``gaze_record``), fixations are those that the tracker's
    software marked: stretches of samples whose event begins with F, at their mean place. They are
    moved from the 1440 x 900 screen, whose width the video filled, to video pixels, as the set's
    ``record_mapping.m`` does. Times count from the first sample of the record. Otherwise the
    binary maps of ``annotation`` are read, whose observers are not told apart.

    Parameters
    ----------
    folder : path-like
        Holds ``gaze_record/PNNN/PNNN_TrailNNNN.txt`` (itself or in ``exportdata_train``) and, for
        sizes and frame times, ``video/NNN.AVI``; or ``annotation/NNNN/fixation/NNNN.png``.
    frame_rate_hz : float, default 30
        Frames per second, for videos that are not there.

    Raises
    ------
    FileFormatError
        If gaze is missing or damaged.
    """
    folder = Path(folder)
    records = next(
        (path for path in (folder / "gaze_record", *folder.glob("*/gaze_record")) if path.is_dir()),
        None,
    )
    info = SetInfo(name="DHF1K", citation=CITATION)
    if records is None:
        root = folder / "annotation" if (folder / "annotation").is_dir() else folder
        clips = {name: frame_files(path) for name, path in clip_folders(root, ()).items()}
        return set_of_frames(info, clips, folder, frame_rate_hz, "dhf1k")
    files = files_in(records, "*/*", [".txt"])
    trials = [(file, _trial(file)) for file in files]
    videos = sorted({video for _, (_, video) in trials})
    stimuli = [_stimulus(folder, video) for video in videos]
    viewings = Viewings()
    for file, (observer, video) in trials:
        index = videos.index(video)
        fixations = _fixations(file, stimuli[index])
        viewings.add(
            index,
            observer,
            fixations[:, 2],
            fixations[:, 3],
            onset_s=fixations[:, 0],
            duration_s=fixations[:, 1],
        )
    return viewings.as_set(info, stimuli, folder, files, {"dataset": "dhf1k"})


def _trial(file: Path) -> tuple[str, int]:
    found = TRIAL.fullmatch(file.stem)
    if not found:
        raise FileFormatError(file, "its name is not PNNN_TrailNNNN.txt.", remedy=PUBLISHED)
    return found["observer"], int(found["video"])


def _stimulus(folder: Path, video: int) -> Stimulus:
    for name in (f"{video:03d}.AVI", f"{video:03d}.avi", f"{video:04d}.AVI"):
        if (folder / "video" / name).is_file():
            path = folder / "video" / name
            return video_stimulus(path, stimulus_id=f"{video:03d}.AVI", relative_to=folder)
    width_px, height_px = SIZE_PX
    return Stimulus(id=f"{video:03d}.AVI", width_px=width_px, height_px=height_px, kind="video")


def _fixations(file: Path, stimulus: Stimulus) -> NDArray[np.float64]:
    """Onset, duration, x and y of each fixation of a record, shape (n, 4)."""
    samples, events = read_gaze_table(file, 3, header_lines=1)
    if len(samples) == 0:
        return np.empty((0, 4))
    time_s = (samples[:, 0] - samples[0, 0]) / 1e6
    interval_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    scale = stimulus.width_px / SCREEN_PX[0]
    bar = (SCREEN_PX[1] - stimulus.height_px / scale) / 2
    found = []
    for fixating, rows in groupby(range(len(events)), key=lambda i: events[i][:1] == "F"):
        if fixating:
            span = np.fromiter(rows, np.intp)
            x, y = samples[span, 1].mean(), samples[span, 2].mean()
            duration_s = time_s[span[-1]] - time_s[span[0]] + interval_s
            found.append([time_s[span[0]], duration_s, scale * x, scale * (y - bar)])
    return np.array(found, float).reshape(-1, 4)
