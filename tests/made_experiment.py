"""A small experiment that tests start from: four images of different sizes, short times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

SMALL = """\
name = "small"
stimuli = "images"
seed = 7
duration_s = 0.5
fixation_cross_s = 0.2
window = "windowed"

[screen]
width_px = 640
height_px = 480
width_cm = 32.0
height_cm = 24.0
distance_cm = 60.0

[calibration]
layout = "HV5"
shrink_s = 0.3
settle_s = 0.3
collect_s = 0.3

[tracker.simulated]
sampling_rate_hz = 500
"""

SIZES_PX = {"a.png": (320, 240), "b.png": (640, 480), "c.png": (200, 400), "d.png": (900, 300)}


def make_images(folder: Path) -> None:
    folder.mkdir()
    generator = np.random.default_rng(1)
    for name, size in SIZES_PX.items():
        coarse = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize(size).save(folder / name)


def write_experiment(folder: Path, replace: Mapping[str, str] | None = None, add: str = "") -> Path:
    """Write its settings, with words replaced and lines added."""
    text = SMALL
    for old, new in (replace or {}).items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "experiment.toml"
    path.write_text(text + add, encoding="utf-8")
    return path
