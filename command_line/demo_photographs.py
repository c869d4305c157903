"""Photographs for the demo that ship inside scikit-image and scikit-learn."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from foveola.data_schema import MissingExtraError, written_whole

#: Where each photograph lies in its package, and the name it gets.
PHOTOGRAPHS = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "cameraman": ("skimage", "data/camera.png"),
    "cat": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "coins": ("skimage", "data/coins.png"),
    "galaxies": ("skimage", "data/hubble_deep_field.jpg"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "temple": ("sklearn", "datasets/images/china.jpg"),
}
DISTRIBUTIONS = {"skimage": "scikit-image", "sklearn": "scikit-learn"}


def copy_photographs(folder: Path, *, largest_px: tuple[int, int] = (800, 600)) -> list[Path]:
    """Write the photographs as PNG, shrunk where they are larger.

    Parameters
    ----------
    folder : Path
        Where to; it is made.
    largest_px : (int, int)
        Largest width and height.

    Raises
    ------
    MissingExtraError
        If scikit-image or scikit-learn is not installed.
    """
    folder.mkdir(parents=True)
    return [
        _copy(_source(*place), folder / f"{name}.png", largest_px)
        for name, place in PHOTOGRAPHS.items()
    ]


def _source(package: str, inside: str) -> Path:
    # Found, not imported: the packages themselves take seconds to import.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingExtraError(DISTRIBUTIONS[package], "demo")
    return Path(spec.origin).parent / inside


def _copy(source: Path, target: Path, largest_px: tuple[int, int]) -> Path:
    with Image.open(source) as image:
        image.thumbnail(largest_px, Image.Resampling.LANCZOS)
        with written_whole(target) as part:
            image.convert("RGB").save(part, "PNG")
    return target
