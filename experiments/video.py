"""Videos: described before the session, and decoded ahead of the screen while they are shown."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError, Stimulus
from foveola.data_schema.stimulus import MAX_STIMULUS_PIXELS, relative_path, sha256_of
from foveola.tracking.video_file import probe_video, video_frames

from .picture import MovingPicture, Placement

#: Bytes of frames that are decoded ahead of the screen: 20 frames of 1920 x 1080 px.
AHEAD_BYTES = 128 * 2**20
#: A decoder that gives nothing for so long has failed.
DECODER_S = 20.0
#: A frame is due so many refreshes before its time, so that jitter of flips costs none.
EARLY_REFRESHES = 0.25


def video_stimulus(path: Path, *, stimulus_id: str = "", relative_to: Path) -> Stimulus:
    """Describe a video; every frame is decoded once, so that a broken one is found.

    Raises
    ------
    FileFormatError
        If the file is missing, no video, broken, too large, or has but one frame.
    """
    found = probe_video(path)
    if found.width_px * found.height_px > MAX_STIMULUS_PIXELS:
        raise FileFormatError(
            path, f"{found.width_px} x {found.height_px} pixels are too many for a video."
        )
    return Stimulus(
        id=stimulus_id or path.name,
        path=relative_path(path, relative_to),
        width_px=found.width_px,
        height_px=found.height_px,
        sha256=sha256_of(path),
        kind="video",
        frame_times_s=found.frame_times_s,
    )


def video_duration_s(stimulus: Stimulus) -> float:
    """How long a video lasts; its last frame as long as the others on average."""
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
    frames, shown : int
        Frames that the video has, and that :meth:`at` gave.
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
        self.frames = len(stimulus.frame_times_s)
        self.shown = 0
        self._times_s = np.array(stimulus.frame_times_s)
        self._early_s = EARLY_REFRESHES / refresh_hz
        self._patient = patient
        self._path = path
        ahead = max(2, AHEAD_BYTES // (3 * width_px * height_px))
        self._ready: queue.Queue[NDArray[np.uint8] | FoveolaError | None] = queue.Queue(ahead)
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
        due = int(np.searchsorted(self._times_s, elapsed_s + self._early_s, "right")) - 1
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
        if isinstance(frame, FoveolaError):
            raise frame
        if frame is None:
            self._ended = True
            return False
        self.picture.pixels, self.picture.number = frame, self._next
        self._next += 1
        return True

    def _decode(self) -> None:
        picture = self.picture
        try:
            for frame in video_frames(self._path, picture.width_px, picture.height_px):
                self._ready.put(frame)
                if self._stop.is_set():
                    return
            self._ready.put(None)
        except FoveolaError as error:  # the session is told, and not this thread
            self._ready.put(error)
