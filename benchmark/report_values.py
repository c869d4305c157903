"""The values under a report's maps, in a file of their own that a page reads when it is asked.

A page that is opened from the disk may not look into the pixels of its own pictures. So each
stimulus has a script with all its maps on one small grid, compressed: it is loaded when the reader
first asks for a value.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import ScaledPicture

#: Longest side of the grid of values.
GRID_PX = 160


@dataclass(frozen=True)
class Readable:
    """A map whose values the page can read.

    Attributes
    ----------
    key : str
        The name by which the page knows the map.
    scaled : ScaledPicture
        Its greys and what they stand for.
    factor : float
        What values are multiplied with to be in the unit.
    unit : str
        Behind the number, as " × uniform".
    signed : bool
        Whether zero has a side: such values are written with their sign.
    """

    key: str
    scaled: ScaledPicture
    factor: float
    unit: str
    signed: bool = False


def values_script(maps: Sequence[Readable], size: tuple[int, int]) -> str:
    """Script that hands the values of maps to the page.

    Parameters
    ----------
    maps : sequence of Readable
        In any order.
    size : (width, height)
        Of the stimulus, for the shape of the grid.
    """
    scale = GRID_PX / max(size)
    width, height = (max(1, round(side * scale)) for side in size)
    greys = b"".join(on_grid(one.scaled.grey, (width, height)).tobytes() for one in maps)
    facts = [_facts(one) for one in maps]
    packed = base64.b64encode(zlib.compress(greys, 6)).decode()
    content = {"width": width, "height": height, "maps": facts, "greys": packed}
    return f"foveolaValues({json.dumps(content, allow_nan=False)});\n"


def write_values(path: Path, maps: Sequence[Readable], size: tuple[int, int]) -> None:
    """Write that script."""
    path.write_text(values_script(maps, size), encoding="utf-8")


def on_grid(grey: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A grey picture averaged, or repeated, onto a grid of (width, height)."""
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))


def _facts(one: Readable) -> dict[str, object]:
    low, high = one.scaled.low * one.factor, one.scaled.high * one.factor
    known = math.isfinite(low) and math.isfinite(high)
    return {
        "key": one.key,
        "low": low if known else 0,
        "high": high if known else 100,
        "unit": one.unit if known else " % of its range",
        "signed": one.signed,
    }
