"""A stimulus: what was shown, identified by its content as well as its name."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import Literal

from PIL import Image
from pydantic import Field

from .errors import FileFormatError
from .record import FloatOrNan, Record

MAX_STIMULUS_PIXELS = 200_000_000


class Stimulus(Record):
    """An image or a video."""

    id: str = Field(min_length=1, description="unique within its file; may hold folders: a/b.jpg")
    path: str = Field(
        default="", description="relative to the folder of the file that names it; empty: unknown"
    )
    width_px: int = Field(gt=0)
    height_px: int = Field(gt=0)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    kind: Literal["image", "video"] = "image"
    frame_times_s: tuple[float, ...] = Field(default=(), description="of a video's frames")
    px_per_deg: FloatOrNan = Field(
        default=math.nan, description="of its own px, as shown; NaN: as its set states"
    )

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of a map of it: (height, width)."""
        return self.height_px, self.width_px


def image_stimulus(
    path: Path, *, stimulus_id: str = "", relative_to: Path | None = None, decode: bool = False
) -> Stimulus:
    """Describe an image file.

    Parameters
    ----------
    path : Path
        The image.
    stimulus_id : str, optional
        Its id; the file's name by default.
    relative_to : Path, optional
        The folder to which the stored path is relative; absolute by default.
    decode : bool, default False
        Whether to decode every pixel, so that an image which is broken further on is found.

    Raises
    ------
    FileFormatError
        If the file is missing, no image, or larger than 200 megapixels.
    """
    try:
        with Image.open(path) as image:
            width_px, height_px = image.size
            if decode and width_px * height_px <= MAX_STIMULUS_PIXELS:
                image.load()
    except FileNotFoundError as error:
        raise FileFormatError(path, "there is no such image.") from error
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise FileFormatError(path, f"this image can't be read ({error}).") from error
    if width_px * height_px > MAX_STIMULUS_PIXELS:
        raise FileFormatError(path, f"{width_px} x {height_px} pixels are too many for a stimulus.")
    return Stimulus(
        id=stimulus_id or path.name,
        path=relative_path(path, relative_to) if relative_to else path.resolve().as_posix(),
        width_px=width_px,
        height_px=height_px,
        sha256=sha256_of(path),
    )


def relative_path(path: Path, folder: Path) -> str:
    """Path from a folder to a file, with forward slashes, climbing where it must."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
