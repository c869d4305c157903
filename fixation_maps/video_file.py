"""Size and frame times of a video, read from the headers of AVI and MP4 files alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from foveola.data_schema import FileFormatError, Stimulus, relative_path, sha256_of

VIDEO_ENDINGS = (".avi", ".mp4", ".m4v", ".mov")
MAX_FRAMES = 10_000_000
#: Boxes of an MP4 file that hold the boxes we want.
CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


class VideoHeader(NamedTuple):
    """Size of the frames, and when each is shown, from the first on."""

    width_px: int
    height_px: int
    frame_times_s: tuple[float, ...]


def video_stimulus(path: Path, *, stimulus_id: str, relative_to: Path) -> Stimulus:
    """Describe a video file.

    Parameters
    ----------
    path : Path
        An AVI or MP4 (or MOV) file.
    stimulus_id : str
        Its id.
    relative_to : Path
        The folder to which the stored path is relative.

    Raises
    ------
    FileFormatError
        If it is missing, or its header can't be read.
    """
    header = video_header(path)
    return Stimulus(
        id=stimulus_id,
        path=relative_path(path, relative_to),
        width_px=header.width_px,
        height_px=header.height_px,
        sha256=sha256_of(path),
        kind="video",
        frame_times_s=header.frame_times_s,
    )


def video_header(path: Path) -> VideoHeader:
    """Read the header of a video.

    Raises
    ------
    FileFormatError
        If the file is missing, is neither AVI nor MP4, or its header is damaged.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            file.seek(0)
            if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
                found = _avi(file)
            elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
                found = _mp4(file)
            else:
                raise FileFormatError(
                    path, "this is neither an AVI nor an MP4 file.", remedy="Convert it."
                )
    except (OSError, struct.error, ValueError, OverflowError, KeyError, IndexError) as error:
        raise FileFormatError(
            path, f"its header can't be read ({error}).", remedy="Fetch or convert it anew."
        ) from error
    if found.width_px < 1 or found.height_px < 1 or not found.frame_times_s:
        raise FileFormatError(path, "it has no frames.", remedy="Fetch or convert it anew.")
    return found


def _avi(file: BinaryIO) -> VideoHeader:
    head = file.read(2**16)
    place = head.find(b"avih")
    if place < 0:
        raise ValueError("no avih")
    interval_us, count, width_px, height_px = struct.unpack_from("<I12xI", head, place + 8) + (
        struct.unpack_from("<II", head, place + 8 + 32)
    )
    stream = head.find(b"vids")
    if stream >= 8 and head[stream - 8 : stream - 4] == b"strh":
        scale, rate = struct.unpack_from("<II", head, stream + 20)
        if scale and rate:
            interval_us = 1e6 * scale / rate
    if not 0 < count <= MAX_FRAMES or not interval_us > 0:
        raise ValueError(f"{count} frames of {interval_us} us")
    return VideoHeader(width_px, height_px, _times(np.full(count, interval_us / 1e6)))


def _mp4(file: BinaryIO) -> VideoHeader:
    """Size, time scale and durations of the frames of the first video track."""
    track: dict[bytes, bytes] = {}
    for kind, content in _boxes(file, 0, file.seek(0, 2)):
        if kind == b"tkhd" and track.get(b"hdlr", b"")[8:12] != b"vide":
            track = {}  # the track before was no video
        track.setdefault(kind, content)
        if kind == b"stts" and track.get(b"hdlr", b"")[8:12] == b"vide":
            break
    else:
        raise ValueError("no video track")
    width, height = struct.unpack(">II", track[b"tkhd"][-8:])
    scale = struct.unpack_from(">I", track[b"mdhd"], 20 if track[b"mdhd"][0] == 1 else 12)[0]
    entries = np.frombuffer(track[b"stts"], ">u4", offset=8).reshape(-1, 2).astype(np.int64)
    if not scale or entries[:, 0].sum() > MAX_FRAMES:
        raise ValueError("no time scale, or too many frames")
    return VideoHeader(
        width >> 16, height >> 16, _times(np.repeat(entries[:, 1], entries[:, 0]) / scale)
    )


def _boxes(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Boxes of an MP4 file in their order, those inside containers too; the large data skipped."""
    while start + 8 <= end and depth < 8:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            size, header = struct.unpack(">Q", file.read(8))[0], 16
        size = size or end - start
        if size < header or start + size > end:
            raise ValueError(f"the box {kind!r} is damaged")
        if kind in CONTAINERS:
            yield from _boxes(file, start + header, start + size, depth + 1)
        elif kind in (b"tkhd", b"mdhd", b"hdlr", b"stts"):
            yield kind, file.read(size - header)
        start += size


def _times(durations_s: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, ...]:
    return tuple((np.cumsum(durations_s) - durations_s).round(9).tolist())
