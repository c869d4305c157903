"""Import EyeTrackUAV2: drone videos in free viewing, binocular gaze at 1000 Hz."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foveola.data_schema import (
    FileFormatError,
    FixationSet,
    GazeSamples,
    Screen,
    SetInfo,
    Stimulus,
    fixations_of,
    gaze_samples,
)

from .detectors import detector_of, parameters_of
from .gaze_table import read_gaze_table
from .published import PUBLISHED, Viewings, files_in, find_part, natural_order
from .video_file import VIDEO_ENDINGS, video_stimulus

CITATION = (
    "Perrin, A.-F., Krassanakis, V., Zhang, L., Ricordel, V., Perreira Da Silva, M., & Le Meur, O. "
    "(2020). EyeTrackUAV2: A large-scale binocular eye-tracking dataset for UAV videos. Drones, "
    "4(1), 2. doi:10.3390/drones4010002"
)
SCREEN = Screen(width_px=1920, height_px=1080, width_cm=52.704, height_cm=29.446, distance_cm=100)
RATE_HZ = 1000
#: Columns of the binocular x and y, counted from 0.
X, Y = 7, 8
NOTE = (
    "The layout does not say which records are free viewing: names that contain FV are taken, and "
    "where none does every other file, from the first. Videos are taken to have been shown at "
    "their own size in the middle of the screen."
)


def import_eyetrackuav2(folder: str | Path, detector: str = "ivt") -> FixationSet:
    """Import EyeTrackUAV2: fixations detected in the raw binocular gaze of free viewing.

    Columns 8 and 9 of the raw files are taken (binocular x and y on the screen), one row a
    millisecond; times count from the first row. What the layout leaves open is in the note of the
    set's provenance.

    Parameters
    ----------
    folder : path-like
        Holds ``RAW_DATA/RAW_DATA_EyeTracker_CoordSystem/<video>/*.csv`` and, at any depth, the
        videos by the same names: their sizes differ, so they are needed.
    detector : str, default "ivt"
        Name of the detector.

    Raises
    ------
    FileFormatError
        If gaze or a video is missing or damaged.
    """
    folder = Path(folder)
    raw = find_part(
        folder, "RAW_DATA/RAW_DATA_EyeTracker_CoordSystem", "RAW_DATA_EyeTracker_CoordSystem"
    )
    records = sorted((path for path in raw.iterdir() if path.is_dir()), key=natural_order)
    videos = {
        path.stem: path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in VIDEO_ENDINGS
    }
    detect = detector_of(detector)
    viewings, stimuli, inputs = Viewings(), list[Stimulus](), list[Path]()
    for index, record in enumerate(records):
        if record.name not in videos:
            raise FileFormatError(
                raw / record.name, "its video is not in the folder.", remedy=PUBLISHED
            )
        stimulus = video_stimulus(videos[record.name], stimulus_id=record.name, relative_to=folder)
        stimuli.append(stimulus)
        for file in _free_viewing(files_in(record, "*", [".csv"])):
            found = fixations_of(detect(_samples(file), SCREEN))
            viewings.add(
                index,
                _observer(file, record.name),
                found["x_px"] - (SCREEN.width_px - stimulus.width_px) / 2,
                found["y_px"] - (SCREEN.height_px - stimulus.height_px) / 2,
                onset_s=found["onset_s"],
                duration_s=found["duration_s"],
            )
            inputs.append(file)
    if not inputs:
        raise FileFormatError(raw, "it holds no video's folder.", remedy=PUBLISHED)
    return viewings.as_set(
        SetInfo(name="EyeTrackUAV2", citation=CITATION, px_per_deg=SCREEN.px_per_deg()),
        stimuli,
        folder,
        inputs,
        {
            "dataset": "eyetrackuav2",
            "detector": detector,
            "detector_parameters": parameters_of(detect),
            "note": NOTE,
        },
    )


def _free_viewing(files: list[Path]) -> list[Path]:
    named = [file for file in files if "FV" in file.stem.upper().split("_")]
    return named or files[::2]


def _observer(file: Path, video: str) -> str:
    """What a file's name says besides the video and the task."""
    parts = [part for part in file.stem.replace(video, "").split("_") if part]
    return "_".join(part for part in parts if part.upper() != "FV") or file.stem


def _samples(file: Path) -> GazeSamples:
    values, _ = read_gaze_table(file, Y + 1, separator=",")
    x_px, y_px = values[:, X].copy(), values[:, Y].copy()
    # EyeLink writes lost gaze as a missing value, zero, or far off the screen.
    lost = ~((x_px > -SCREEN.width_px) & (x_px < 2 * SCREEN.width_px)) | ((x_px == 0) & (y_px == 0))
    x_px[lost] = y_px[lost] = np.nan
    return gaze_samples(np.arange(len(values)) / RATE_HZ, left_x_px=x_px, left_y_px=y_px)
