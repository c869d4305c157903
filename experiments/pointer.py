"""Where the pointer is on a window."""

from __future__ import annotations

from typing import Any

NAN = float("nan")


class Pointer:
    """Follows the pointer on a pyglet window, by the window's own events.

    Parameters
    ----------
    window : pyglet window
        Its events are dispatched by every flip of PsychoPy.
    height_px : int
        Height of the window.

    Attributes
    ----------
    place_px : (x, y)
        Where it was last seen, top-left origin; NaN where it has left or never come.
    """

    def __init__(self, window: Any, height_px: int) -> None:
        self.place_px = NAN, NAN
        self._height_px = height_px
        window.push_handlers(
            on_mouse_motion=self._moved,
            on_mouse_drag=self._moved,
            on_mouse_enter=self._moved,
            on_mouse_leave=self._left,
        )

    def _moved(self, x: float, y: float, *_: object) -> None:
        # pyglet counts whole pixels from the bottom left; a pixel's centre is half a pixel further.
        self.place_px = x + 0.5, self._height_px - y - 0.5

    def _left(self, *_: object) -> None:
        self.place_px = NAN, NAN
