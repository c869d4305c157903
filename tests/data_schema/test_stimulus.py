from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveola.data_schema import FileFormatError, Stimulus, image_stimulus, stimulus


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "images" / "a b.png"
    path.parent.mkdir()
    Image.fromarray(np.zeros((3, 5), np.uint8)).save(path)
    return path


def test_image_is_described(image: Path, tmp_path: Path) -> None:
    found = image_stimulus(image, relative_to=tmp_path / "results")
    assert found.id == "a b.png"
    assert found.path == "../images/a b.png"
    assert found.shape == (3, 5)
    assert found.sha256 == hashlib.sha256(image.read_bytes()).hexdigest()


def test_missing_broken_and_huge_images_are_named(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileFormatError, match=r"gone\.png: there is no such image"):
        image_stimulus(tmp_path / "gone.png")
    monkeypatch.setattr(stimulus, "MAX_STIMULUS_PIXELS", 14)
    with pytest.raises(FileFormatError, match="5 x 3 pixels are too many"):
        image_stimulus(image)
    image.write_bytes(b"no image")
    with pytest.raises(FileFormatError, match="can't be read"):
        image_stimulus(image)


def test_stimuli_alike_are_equal_where_their_pixels_per_degree_are_unknown() -> None:
    given = Stimulus(id="a", width_px=1, height_px=1, px_per_deg=float("nan"))
    assert given == Stimulus(id="a", width_px=1, height_px=1)
