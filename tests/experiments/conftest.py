"""What the tests of sessions share: a small experiment and its images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
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


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Four images of different sizes."""
    folder = tmp_path / "images"
    folder.mkdir()
    generator = np.random.default_rng(1)
    for name, (width, height) in {
        "a.png": (320, 240),
        "b.png": (640, 480),
        "c.png": (200, 400),
        "d.png": (900, 300),
    }.items():
        coarse = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((width, height)).save(folder / name)
    return folder


@pytest.fixture
def write_toml(tmp_path: Path, images: Path) -> Callable[..., Path]:
    """Write the small experiment, with lines replaced or added."""

    def write(replace: dict[str, str] | None = None, add: str = "") -> Path:
        text = SMALL
        for old, new in (replace or {}).items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "experiment.toml"
        path.write_text(text + add, encoding="utf-8")
        return path

    return write
