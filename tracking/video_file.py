"""Video files, decoded by ffmpeg in a process of its own; imageio-ffmpeg brings the program."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, MissingExtraError

#: What ffmpeg says, without an error, of a file that was cut.
CUT = "File ended prematurely"


class VideoFile(NamedTuple):
    """A video: size, and the time at which each frame is due after the first."""

    width_px: int
    height_px: int
    frame_times_s: tuple[float, ...]


def probe_video(path: Path) -> VideoFile:
    """Decode every frame once; so a broken video is found, and each frame's own time is known.

    Raises
    ------
    FileFormatError
        If the file is missing, no video, broken, or has but one frame.
    MissingExtraError
        If imageio-ffmpeg is not installed.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise FileFormatError(path, "there is no such video.") from error
    return _probed(path, status.st_mtime_ns, status.st_size)


def video_frames(
    path: Path, width_px: int, height_px: int
) -> Generator[NDArray[np.uint8], None, None]:
    """Frames of a video, each once, in a size of one's own.

    Yields
    ------
    ndarray of uint8, shape (height_px, width_px, 3)

    Raises
    ------
    FileFormatError
        If it can't be decoded to its end.
    """
    scale = f"scale={width_px}:{height_px}:flags=lanczos"
    wanted = ["-vf", scale, "-f", "rawvideo", "-pix_fmt", "rgb24"]
    size = 3 * width_px * height_px
    with _decoded(path, wanted) as output:
        while len(data := output.read(size)) == size:
            yield np.frombuffer(data, np.uint8).reshape(height_px, width_px, 3)


@lru_cache(maxsize=4096)
def _probed(path: Path, _changed_ns: int, _bytes: int) -> VideoFile:
    with _decoded(path, ["-f", "framecrc"]) as output:
        text = output.read().decode()
    unit = re.search(r"^#tb 0: (\d+/\d+)", text, re.MULTILINE)
    size = re.search(r"^#dimensions 0: (\d+)x(\d+)", text, re.MULTILINE)
    stamps = [int(one) for one in re.findall(r"^0,\s*-?\d+,\s*(-?\d+),", text, re.MULTILINE)]
    if not unit or not size or len(stamps) < 2 or sorted(set(stamps)) != stamps:
        raise FileFormatError(path, "this video has fewer than two frames with times that rise.")
    times_s = tuple(float((one - stamps[0]) * Fraction(unit[1])) for one in stamps)
    return VideoFile(int(size[1]), int(size[2]), times_s)


@contextlib.contextmanager
def _decoded(path: Path, wanted: list[str]) -> Iterator[IO[bytes]]:
    """What ffmpeg writes of a video's frames, each with its own time."""
    command = [_ffmpeg(), "-nostdin", "-loglevel", "error", "-xerror", "-i", str(path)]
    command += ["-map", "0:v:0", "-fps_mode", "passthrough", *wanted, "-"]
    with tempfile.TemporaryFile() as faults:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=faults
        )
        assert process.stdout is not None  # noqa: S101, for the type checker
        try:
            with process.stdout as output:
                yield output
                ended = not output.read(1)
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        faults.seek(0)
        said = faults.read().decode(errors="replace").replace(str(path), path.name)
        if ended and (code or CUT in said):
            reason = (said.strip().splitlines() or [f"exit code {code}"])[-1]
            raise FileFormatError(path, f"this video can't be decoded ({reason}).")


def _ffmpeg() -> str:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise MissingExtraError("imageio-ffmpeg", "lab") from error
    return str(imageio_ffmpeg.get_ffmpeg_exe())
