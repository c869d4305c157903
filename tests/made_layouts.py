"""Small trees in the exact layouts of published data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy import io


def save_image(path: Path, width: int = 40, height: int = 30, grey: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width, 3), grey, np.uint8)).save(path)
    return path


def save_mat(path: Path, **variables: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.savemat(path, variables)
    return path


def cells(*values: object) -> np.ndarray:
    """A MATLAB cell array of shape (1, n)."""
    array = np.empty((1, len(values)), object)
    for i, value in enumerate(values):
        array[0, i] = value
    return array


def structs(*records: dict[str, object]) -> np.ndarray:
    """A MATLAB struct array of shape (1, n)."""
    array = np.empty((1, len(records)), [(name, object) for name in records[0]])
    for i, record in enumerate(records):
        for name, value in record.items():
            array[0, i][name] = value
    return array


def save_text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
