"""What the tests of sessions share: a small experiment and its images."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from made_experiment import make_images, write_experiment


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Folder of the experiment's four images."""
    make_images(tmp_path / "images")
    return tmp_path / "images"


@pytest.fixture
def write_toml(tmp_path: Path, images: Path) -> Callable[..., Path]:
    """Write the small experiment, with words replaced and lines added."""
    return partial(write_experiment, tmp_path)
