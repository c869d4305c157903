"""Joins EyeLink's calibration, which its library leads, to the screen that we show.

The library calls back for every target, key and line of the camera's picture, from C: an
exception in a callback ends the whole program by a fault of memory. So none leaves here: the
first one is kept, the calibration is ended, and the caller raises it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .tracker import CalibrationFace

MENU = "C: calibrate · V: validate · Enter: camera · Esc: done"
SETUP_MENU = 3
#: Keys by the names of displays, with the codes of the library.
KEYS = {
    "return": 0x0D, "escape": 0x1B, "space": 0x20, "backspace": 0x08, "tab": 0x09,
    "up": 0x4800, "down": 0x5000, "left": 0x4B00, "right": 0x4D00,
    "pageup": 0x4900, "pagedown": 0x5100, "plus": 0x2B, "minus": 0x2D, "equal": 0x3D,
    **{f"f{number}": 0x3A00 + 0x100 * number for number in range(1, 11)},
}  # fmt: skip
#: Colours of the lines that the host draws over its camera's picture, by its numbers for them.
LINE_COLOURS = {
    1: (255, 255, 255), 2: (255, 255, 255), 3: (0, 255, 0), 4: (255, 0, 0), 5: (255, 0, 0),
    6: (0, 255, 0), 7: (255, 0, 0),
}  # fmt: skip

_Callback = TypeVar("_Callback", bound=Callable[..., Any])


def _kept(callback: _Callback) -> _Callback:
    """Let no exception reach the library."""

    @functools.wraps(callback)
    def safe(self: FaceDisplay, *arguments: Any) -> Any:
        if self.error is None:
            try:
                return callback(self, *arguments)
            except BaseException as error:  # even an interrupt would be a fault
                self.error = error
                self.link.exitCalibration()
        return None

    return safe  # type: ignore[return-value]


class FaceDisplay:
    """A calibration display of EyeLink's library, before a face of ours.

    :func:`calibration_display` makes the library's own kind of it.

    Attributes
    ----------
    error : BaseException or None
        What went wrong in a callback, to be raised after the calibration.
    alerts : list of str
        What the library wanted to tell in a window of its own.
    """

    def __init__(self, face: CalibrationFace, link: Any, key_input: Callable[[int], Any]) -> None:
        super().__init__()
        self.face = face
        self.link = link
        self.error: BaseException | None = None
        self.alerts: list[str] = []
        self._key_input = key_input
        self._palette = np.zeros((256, 3), np.uint8)
        self._lines: dict[int, NDArray[np.uint8]] = {}
        self._overlay: list[tuple[str, tuple[float, ...], int]] = []
        self._title = self._caption = ""
        self._camera = False

    @_kept
    def setup_cal_display(self) -> None:
        """Begin with an empty screen."""
        self.face.hide_target()

    @_kept
    def exit_cal_display(self) -> None:
        """Leave an empty screen."""
        self.face.hide_target()
        self._tell("")

    @_kept
    def clear_cal_display(self) -> None:
        """Empty the screen."""
        self.face.hide_target()

    @_kept
    def record_abort_hide(self) -> None:
        """Hide what the observer must not see."""
        self.face.hide_target()

    @_kept
    def erase_cal_target(self) -> None:
        """Show no target."""
        self.face.hide_target()

    @_kept
    def draw_cal_target(self, x: float, y: float) -> None:
        """Show a target where the host says."""
        self._tell("")
        self.face.show_target((float(x), float(y)))

    def play_beep(self, beepid: int) -> None:
        """Stay silent: a target that shrinks draws the eye without a sound."""

    @_kept
    def alert_printf(self, msg: str) -> None:
        """Keep what the library has to say."""
        self.alerts.append(str(msg).strip())

    def get_input_key(self) -> list[Any]:
        """Let the screen go on by a frame; hand over each key once."""
        return self._keys() or []

    @_kept
    def _keys(self) -> list[Any]:
        if not self._camera and self._in_menu():
            told = str(self.link.getCalibrationMessage() or "").split("\n")[0]
            self._tell(f"{told.removeprefix('!CAL ')}\n\n{MENU}".strip())
        self.face.flip()
        codes = [key_code(name) for name in self.face.pressed()]
        return [self._key_input(code) for code in codes if code]

    def _in_menu(self) -> bool:
        try:
            return bool(self.link.getTrackerMode() == SETUP_MENU)
        except RuntimeError:  # the link is gone: the library ends the set-up by itself
            return False

    def get_mouse_state(self) -> tuple[tuple[int, int], int]:
        """No mouse: the search window is moved by the arrow keys or on the Host PC."""
        return (0, 0), 0

    def setup_image_display(self, width: int, height: int) -> int:  # noqa: ARG002
        """Get ready for the camera's picture."""
        self._camera, self._caption, self._lines = True, "", {}
        return 1

    @_kept
    def exit_image_display(self) -> None:
        """Show the camera's picture no more."""
        self._camera = False
        self.face.show_camera(None, "")

    @_kept
    def image_title(self, title: str) -> None:
        """Take the picture's caption: the camera's threshold and the like."""
        self._title = str(title)

    @_kept
    def set_image_palette(
        self, red: Sequence[int], green: Sequence[int], blue: Sequence[int]
    ) -> None:
        """Take the colours of the picture's numbers."""
        colours = np.array([list(red), list(green), list(blue)], np.uint8).T[:256]
        self._palette = np.zeros((256, 3), np.uint8)
        self._palette[: len(colours)] = colours
        self._lines = {}

    @_kept
    def draw_image_line(self, width: int, line: int, totlines: int, buff: Sequence[int]) -> None:
        """Take one line; with the last one the picture is shown."""
        self._lines[line] = np.array(list(buff[:width]), np.uint8)
        if line < totlines:
            return
        lines = [self._lines.get(i, np.zeros(width, np.uint8)) for i in range(1, totlines + 1)]
        self._lines, self._overlay = {}, []
        picture = self._palette[np.stack([one[:width] for one in lines])]
        self.draw_cross_hair()
        self.face.show_camera(self._overlaid(picture), self._title)

    def draw_cross_hair(self) -> None:
        """Ask for the lines over the picture; the library's own kind of display knows them."""

    @_kept
    def draw_line(self, x1: float, y1: float, x2: float, y2: float, colorindex: int) -> None:
        """Take a line over the picture."""
        self._overlay.append(("line", (x1, y1, x2, y2), colorindex))

    @_kept
    def draw_lozenge(
        self, x: float, y: float, width: float, height: float, colorindex: int
    ) -> None:
        """Take an outline over the picture."""
        self._overlay.append(("ellipse", (x, y, x + width, y + height), colorindex))

    def _overlaid(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if not self._overlay:
            return picture
        image = Image.fromarray(picture)
        pen = ImageDraw.Draw(image)
        for shape, place, number in self._overlay:
            colour = LINE_COLOURS.get(number, (255, 255, 255))
            if shape == "line":
                pen.line(place, fill=colour)
            else:
                pen.ellipse(place, outline=colour)
        return np.array(image, np.uint8)

    def _tell(self, caption: str) -> None:
        """Show words without a picture, where they changed."""
        if caption != self._caption:
            self._caption = caption
            self.face.show_camera(None, caption)


def calibration_display(pylink: ModuleType, face: CalibrationFace, link: Any) -> Any:
    """A display of the library's own kind, as it accepts no other."""
    base = pylink.EyeLinkCustomDisplay
    own = {"draw_cross_hair": base.draw_cross_hair}
    return type("FoveolaDisplay", (FaceDisplay, base), own)(face, link, pylink.KeyInput)


def key_code(name: str) -> int:
    """The library's code of a key; 0 where it has none."""
    if len(name) == 1 and " " <= name <= "~":
        return ord(name)
    return KEYS.get(name, 0)
