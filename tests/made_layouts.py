"""Small trees in the exact layouts of published data sets."""

from __future__ import annotations

import struct
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


def save_avi(path, width=40, height=30, frames=10, rate=25):
    """An AVI file that is all header."""
    main = struct.pack("<10I", 1000000 // rate, 0, 0, 0, frames, 0, 1, 0, width, height)
    stream = b"vidsMJPG" + struct.pack("<10I", 0, 0, 0, 1, rate, 0, frames, 0, 0, 0)
    headers = b"hdrl" + b"avih" + struct.pack("<I", 56) + main.ljust(56, b"\0")
    headers += b"LIST" + struct.pack("<I", 12 + len(stream)) + b"strlstrh"
    headers += struct.pack("<I", len(stream)) + stream
    content = b"AVI LIST" + struct.pack("<I", len(headers)) + headers
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    return path


def box(kind, *contents):
    content = b"".join(contents)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def save_mp4(path, width=40, height=30, counts=((3, 100), (1, 300)), scale=1000, kind=b"vide"):
    """An MP4 file of a sound and a video track without their data."""
    times = struct.pack(">II", 0, len(counts)) + b"".join(
        struct.pack(">II", *one) for one in counts
    )
    video = box(
        b"trak",
        box(b"tkhd", bytes(76), struct.pack(">II", width << 16, height << 16)),
        box(
            b"mdia",
            box(b"mdhd", bytes(12), struct.pack(">II", scale, 0), bytes(4)),
            box(b"hdlr", bytes(8), kind, bytes(12)),
            box(b"minf", box(b"stbl", box(b"stts", times))),
        ),
    )
    sound = box(
        b"trak",
        box(b"tkhd", bytes(84)),
        box(
            b"mdia",
            box(b"mdhd", bytes(12), struct.pack(">II", 44100, 0), bytes(4)),
            box(b"hdlr", bytes(8), b"soun", bytes(12)),
            box(b"minf", box(b"stbl", box(b"stts", struct.pack(">4I", 0, 1, 9, 9)))),
        ),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(box(b"ftyp", b"isom") + box(b"mdat", bytes(9)) + box(b"moov", sound, video))
    return path
