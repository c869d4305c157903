"""Reads a file whole, plain or packed by gzip, within a budget."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError

MAX_BYTES = 8 * 2**30
#: ASC packs to a tenth; what unpacks to so many times its size is no recording.
MAX_PACKING = 300
GZIP_MAGIC = b"\x1f\x8b"


def read_unpacked(path: Path) -> NDArray[np.uint8]:
    """Bytes of a file, unpacked where it is packed.

    Raises
    ------
    FileFormatError
        If it can't be opened, is damaged, or is or becomes too large.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
        if size > MAX_BYTES:
            raise FileFormatError(path, f"{size} bytes are too many.")
        return _unpacked(path, size) if packed else np.fromfile(path, np.uint8)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(
            path, f"this gzip file is damaged or cut ({error}).", remedy="Copy it again."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError(path, f"it can't be opened ({reason}).") from error


def _unpacked(path: Path, size: int) -> NDArray[np.uint8]:
    limit = min(MAX_BYTES, max(2**26, MAX_PACKING * size))
    content = bytearray()
    with gzip.open(path, "rb") as file:
        while piece := file.read(2**20):
            content += piece
            if len(content) > limit:
                raise FileFormatError(path, f"it unpacks to more than {limit} bytes.")
    return np.frombuffer(content, np.uint8)
