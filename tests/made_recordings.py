"""Recordings of made gaze, written to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from made_gaze import SCREEN, scanpath

from foveola import data_schema as ds

STIMULUS = ds.Stimulus(id="a.png", width_px=960, height_px=540, sha256="a" * 64)


def recording_of(seed=0, observer="01", session="", **changes) -> tuple[ds.Recording, tuple]:
    """One trial that shows a stimulus at twice its size from 50 ms before the third fixation."""
    made = scanpath(seed=seed)
    onset_s, offset_s = made.onsets_s[2] - 0.05, made.onsets_s[8] + 0.1
    trial = ds.Trial(index=0, stimulus="a.png", onset_s=onset_s, offset_s=offset_s, image_scale=2)
    settings = {
        "observer": ds.Observer(id=observer, session=session),
        "screen": SCREEN,
        "tracker": ds.TrackerInfo(make="Made", sampling_rate_hz=1000, eyes="left"),
        "provenance": ds.provenance(),
        "stimuli": (STIMULUS,),
        "trials": (trial,),
        "samples": made.samples,
    }
    return ds.Recording(**(settings | changes)), made


def recording_file(folder: Path, name: str, **settings) -> Path:
    path = folder / name
    ds.write_recording(path, recording_of(**settings)[0])
    return path


def true_places(made, first: int, last: int) -> np.ndarray:
    """True places of fixations in stimulus pixels."""
    return made.places_px[first : last + 1] / 2
