"""What an EyeLink's Host PC shows its operator behind the gaze.

A bitmap can be sent to the host only while it does not record, and a screen's worth takes
seconds: our sessions record without a stop, so the picture is drawn by the host's own commands,
a few dozen filled boxes in the four greys of its palette. One command is handed out at each
drain of the samples; the image is reduced by a thread of its own. A flip waits for neither.
"""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .tracker import Scene

Box = tuple[int, int, int, int]
#: Grey levels of the host's palette of 16 colours, dark to bright, and the white of lines.
GREYS, WHITE = (0, 8, 7, 15), 15
#: Cells along the longer side of an image.
CELLS = 28
LONGEST_STATUS = 79


class HostBackdrop:
    """Turns scenes into commands that draw them, to be sent one by one.

    Parameters
    ----------
    kind : {"none", "box", "picture"}
        How much is drawn.
    """

    def __init__(self, kind: Literal["none", "box", "picture"]) -> None:
        self._kind = kind
        self._commands: deque[str] = deque()
        self._picture: Future[list[str]] | None = None
        self._reducer = ThreadPoolExecutor(1, "backdrop") if kind == "picture" else None

    def show(self, scene: Scene) -> None:
        """Draw this from now on; what is left of an earlier scene is dropped."""
        if self._kind == "none":
            return
        self._picture = None
        self._commands = deque(["clear_screen 0"])
        if scene.target_px is not None:
            x_px, y_px = scene.target_px
            self._commands.append(f"draw_cross {x_px:.0f} {y_px:.0f} {WHITE}")
        if scene.stimulus is not None:
            box = _box(scene)
            self._commands.append("draw_box {} {} {} {} {}".format(*box, WHITE))
            self._commands.append(f"record_status_message '{_status(scene.stimulus.id)}'")
            if self._reducer is not None:
                self._picture = self._reducer.submit(mosaic, Path(scene.path), box)

    def next_command(self) -> str:
        """The next command to be sent; empty where there is none yet."""
        if self._commands:
            return self._commands.popleft()
        if self._picture is not None and self._picture.done():
            self._commands.extend(self._picture.result())
            self._picture = None
        return ""

    def close(self) -> None:
        """End the thread."""
        if self._reducer is not None:
            self._reducer.shutdown(wait=True, cancel_futures=True)


def mosaic(path: Path, box: Box) -> list[str]:
    """Commands that draw an image coarsely into a box; none where it can't be read.

    The commonest grey fills the whole box; what else there is comes row by row, cells of the
    same grey in one.
    """
    left, top, right, bottom = box
    longer = max(right - left, bottom - top, 1)
    columns = max(1, round(CELLS * (right - left) / longer))
    rows = max(1, round(CELLS * (bottom - top) / longer))
    try:
        with Image.open(path) as image:
            image.draft("L", (columns * 8, rows * 8))  # a JPEG is decoded small
            small = image.convert("L").resize((columns, rows), Image.Resampling.BOX)
            grey = np.asarray(ImageOps.autocontrast(small, cutoff=2))  # four greys show little
    except (OSError, ValueError, Image.DecompressionBombError):
        return []  # the frame stays; what the observer sees is another's business
    levels = np.round(grey / 85.0).astype(int)  # the palette's greys are 85 of 255 apart
    x_px = np.linspace(left, right, columns + 1).round().astype(int)
    y_px = np.linspace(top, bottom, rows + 1).round().astype(int)
    ground = int(np.bincount(levels.ravel()).argmax())
    commands = [_filled(left, top, right, bottom, ground)]
    for row, line in enumerate(levels):
        for first, end, level in _runs(line):
            if level != ground:
                commands.append(_filled(x_px[first], y_px[row], x_px[end], y_px[row + 1], level))
    return commands


def _runs(line: NDArray[np.int_]) -> list[tuple[int, int, int]]:
    """Stretches of equal levels: first, end, level."""
    edges = [0, *(np.flatnonzero(np.diff(line)) + 1).tolist(), len(line)]
    return [(a, b, int(line[a])) for a, b in itertools.pairwise(edges)]


def _filled(left: int, top: int, right: int, bottom: int, level: int) -> str:
    return f"draw_filled_box {left} {top} {right} {bottom} {GREYS[level]}"


def _box(scene: Scene) -> Box:
    """Edges of the image on the screen."""
    assert scene.stimulus is not None  # noqa: S101, the caller has looked
    height, width = (side * scene.image_scale for side in scene.stimulus.shape)
    left, top = scene.image_left_px, scene.image_top_px
    return round(left), round(top), round(left + width), round(top + height)


def _status(text: str) -> str:
    """A line below the host's camera picture: short, ASCII, without its own quotes."""
    plain = text.encode("ascii", "replace").decode("ascii").replace("'", " ")
    return "".join(one if one.isprintable() else " " for one in plain)[-LONGEST_STATUS:]
