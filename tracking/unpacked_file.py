"""Reads files plain or packed by gzip within a budget, whole or in windows of whole lines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError

MAX_BYTES = 8 * 2**30
#: ASC packs to a tenth; what unpacks to so many times its size is no recording.
MAX_PACKING = 300
GZIP_MAGIC = b"\x1f\x8b"


#: Small enough to stay near the processor while it is read.
WINDOW_BYTES = 2**20
#: Where the last line end of a window is looked for first.
TAIL_BYTES = 2**12
NEWLINE = 10


@dataclass(frozen=True)
class ByteSource:
    """Bytes of a file: in memory where it was packed, else read when they are asked for."""

    path: Path
    size: int
    file: BinaryIO | None
    content: NDArray[np.uint8] | None = None

    def read(self, start: int, end: int) -> NDArray[np.uint8]:
        """Bytes from start to end."""
        if self.content is not None:
            return self.content[start:end]
        assert self.file is not None  # noqa: S101  one of both is there
        self.file.seek(start)
        data = np.frombuffer(self.file.read(end - start), np.uint8)
        if len(data) < end - start:
            raise FileFormatError(self.path, "it became shorter while it was read.")
        return data

    def head(self, count: int) -> bytes:
        """The first bytes."""
        return self.read(0, min(count, self.size)).tobytes()

    def windows(self, start: int, end: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Pieces of whole lines and where each begins; the last may lack its line end."""
        width = WINDOW_BYTES
        while start < end:
            data = self.read(start, min(start + width, end))
            if start + len(data) < end:
                line_ends = np.flatnonzero(data[-TAIL_BYTES:] == NEWLINE)
                if len(line_ends) == 0:
                    line_ends = np.flatnonzero(data == NEWLINE) - max(0, len(data) - TAIL_BYTES)
                if len(line_ends) == 0:  # one line that is wider than the window
                    width *= 2
                    continue
                data = data[: max(0, len(data) - TAIL_BYTES) + int(line_ends[-1]) + 1]
            yield start, data
            start += len(data)


@contextmanager
def open_bytes(path: Path) -> Iterator[ByteSource]:
    """Open a file, plain or packed, whose bytes are read piece by piece.

    Raises
    ------
    FileFormatError
        If it can't be opened, is damaged, or is or becomes too large.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
            size = path.stat().st_size
            if not packed and size <= MAX_BYTES:
                yield ByteSource(path, size, file)
                return
    except OSError as error:
        raise _not_opened(path, error) from error
    content = read_unpacked(path)
    yield ByteSource(path, len(content), None, content)


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
        raise _not_opened(path, error) from error


def _not_opened(path: Path, error: OSError) -> FileFormatError:
    return FileFormatError(path, f"it can't be opened ({error.strerror or error}).")


def _unpacked(path: Path, size: int) -> NDArray[np.uint8]:
    limit = min(MAX_BYTES, max(2**26, MAX_PACKING * size))
    content = bytearray()
    with gzip.open(path, "rb") as file:
        while piece := file.read(2**20):
            content += piece
            if len(content) > limit:
                raise FileFormatError(path, f"it unpacks to more than {limit} bytes.")
    return np.frombuffer(content, np.uint8)
