"""Videos: described before the session, decoded frame by frame while they are shown.

ffmpeg decodes (its program comes with imageio-ffmpeg), in a process of its own; a thread takes the
frames from it some way ahead of the screen.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, MissingExtraError, Stimulus
from foveola.data_schema.stimulus import MAX_STIMULUS_PIXELS, relative_path, sha256_of

from .picture import MovingPicture, Placement

#: Bytes of frames that are decoded ahead of the screen: 20 frames of 1920 x 1080 px.
AHEAD_BYTES = 128 * 2**20
#: A decoder that gives nothing for so long has failed.
DECODER_S = 20.0
#: A frame is due so many refreshes before its time, so that jitter of flips costs none.
EARLY_REFRESHES = 0.25


class _Video(NamedTuple):
    """What ffmpeg says of a file."""

    width_px: int
    height_px: int
    frames_per_s: float
    frames: int


def video_stimulus(path: Path, *, stimulus_id: str = "", relative_to: Path) -> Stimulus:
    """Describe a video; every frame is decoded once, so that a broken one is found.

    Frames come at a constant rate; a video of a varying one is shown at its mean rate.

    Raises
    ------
    FileFormatError
        If the file is missing, no video, too large, or has but one frame.
    MissingExtraError
        If imageio-ffmpeg is not installed.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise FileFormatError(path, "there is no such video.") from error
    found = _probed(path, status.st_mtime_ns, status.st_size)
    times_s = np.arange(found.frames) / found.frames_per_s
    return Stimulus(
        id=stimulus_id or path.name,
        path=relative_path(path, relative_to),
        width_px=found.width_px,
        height_px=found.height_px,
        sha256=sha256_of(path),
        kind="video",
        frame_times_s=tuple(float(time_s) for time_s in times_s),
    )


def video_duration_s(stimulus: Stimulus) -> float:
    """How long a video lasts, its last frame included."""
    times_s = stimulus.frame_times_s
    return len(times_s) * times_s[-1] / (len(times_s) - 1)


class VideoPlayer:
    """A video on its way to the screen.

    Parameters
    ----------
    path : Path
        The video.
    stimulus : Stimulus
        As :func:`video_stimulus` describes it.
    placement : Placement
        Where it stands.
    refresh_hz : float
        Of the display.
    patient : bool
        Whether the display waits for each frame, as a virtual one can; else the frame before
        stays until the next is there.

    Attributes
    ----------
    picture : MovingPicture
        What is shown; its ``number`` is that of the frame.
    shown : int
        Frames that :meth:`at` gave.
    """

    def __init__(
        self,
        path: Path,
        stimulus: Stimulus,
        placement: Placement,
        refresh_hz: float,
        *,
        patient: bool,
    ) -> None:
        width_px = round(stimulus.width_px * placement.scale)
        height_px = round(stimulus.height_px * placement.scale)
        self.picture = MovingPicture(
            int(placement.left_px), int(placement.top_px), width_px, height_px
        )
        self.shown = 0
        self.frames = len(stimulus.frame_times_s)
        self._frames_per_s = self.frames / video_duration_s(stimulus)
        self._early_s = EARLY_REFRESHES / refresh_hz
        self._patient = patient
        self._path = path
        ahead = max(2, AHEAD_BYTES // (3 * width_px * height_px))
        self._ready: queue.Queue[NDArray[np.uint8] | Exception | None] = queue.Queue(ahead)
        self._next = 0
        self._ended = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._decode, name="video", daemon=True)
        self._thread.start()

    def prepare(self) -> None:
        """Wait for the first frame; the others are decoded meanwhile.

        Raises
        ------
        FileFormatError
            If none comes.
        """
        self._take(block=True)
        self.shown = 1

    def at(self, elapsed_s: float) -> tuple[MovingPicture]:
        """Picture with the frame that is due so long after the first."""
        due = min(int((elapsed_s + self._early_s) * self._frames_per_s), self.frames - 1)
        before = self.picture.number
        while self._next <= due and self._take(block=self._patient):
            pass
        self.shown += self.picture.number != before
        return (self.picture,)

    def close(self) -> None:
        """Stop decoding; harmless when called twice."""
        self._stop.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.01)  # the thread may wait for room
            except queue.Empty:
                continue
        self._thread.join()

    def _take(self, *, block: bool) -> bool:
        """Take the next frame; return whether there was one."""
        if self._ended:
            return False
        try:
            frame = self._ready.get(block, DECODER_S if block else None)
        except queue.Empty:
            if block:
                raise FileFormatError(self._path, "its frames can't be decoded in time.") from None
            return False
        if isinstance(frame, Exception):
            raise FileFormatError(self._path, f"it can't be decoded ({frame}).") from frame
        if frame is None:
            self._ended = True
            return False
        self.picture.pixels, self.picture.number = frame, self._next
        self._next += 1
        return True

    def _decode(self) -> None:
        picture = self.picture
        try:
            for frame in _frames(
                self._path, picture.width_px, picture.height_px, self._frames_per_s
            ):
                self._ready.put(frame)
                if self._stop.is_set():
                    return
            self._ready.put(None)
        except Exception as error:  # whatever it is, the session is told, and not this thread
            self._ready.put(error)


@lru_cache(maxsize=4096)
def _probed(path: Path, _changed_ns: int, _bytes: int) -> _Video:
    ffmpeg = _ffmpeg()
    try:
        reader = ffmpeg.read_frames(path)
        about: dict[str, Any] = next(reader)
        reader.close()
        frames, _ = ffmpeg.count_frames_and_secs(path)
        width_px, height_px = about["size"]
        video = _Video(width_px, height_px, float(about["fps"]), int(frames or 0))
    except (OSError, RuntimeError, StopIteration, KeyError, ValueError, IndexError) as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise FileFormatError(path, f"this video can't be read ({reason}).") from error
    if video.frames < 2 or video.frames_per_s <= 0:
        raise FileFormatError(path, "this video has fewer than two frames, or no rate.")
    if video.width_px * video.height_px > MAX_STIMULUS_PIXELS:
        raise FileFormatError(path, f"{width_px} x {height_px} pixels are too many for a video.")
    return video


def _frames(
    path: Path, width_px: int, height_px: int, frames_per_s: float
) -> Iterator[NDArray[np.uint8]]:
    """Frames of the size on the screen, shape (height, width, 3)."""
    reader = _ffmpeg().read_frames(
        path,
        output_params=[
            *("-vf", f"scale={width_px}:{height_px}:flags=lanczos"),
            *("-r", f"{frames_per_s:.9g}"),
        ],
    )
    next(reader)
    try:
        for data in reader:
            yield np.frombuffer(data, np.uint8).reshape(height_px, width_px, 3)
    finally:
        reader.close()


def _ffmpeg() -> ModuleType:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise MissingExtraError("imageio-ffmpeg", "lab") from error
    module: ModuleType = imageio_ffmpeg
    return module
