"""A display without a window, whose flips move a virtual clock: for runs faster than real time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PIL import Image

from foveola.data_schema import Screen

from .display import Click
from .picture import Colour, Picture, composed


class AdvanceableClock(Protocol):
    """A clock that is moved by hand."""

    def __call__(self) -> float:
        """Seconds since it was made."""
        ...

    def advance(self, seconds: float) -> None:
        """Move it on."""
        ...


class VirtualDisplay:
    """A screen in memory.

    Parameters
    ----------
    screen : Screen
        Its size and refresh rate (60 Hz where it is unknown).
    clock : AdvanceableClock
        The recorder's clock; each flip moves it by one refresh.
    background : (red, green, blue)
        Colour where no picture lies.
    presses : iterable of (time_s, key), optional
        Keys that will be pressed, and when.
    clicks : iterable of (time_s, (x_px, y_px)), optional
        Where the mouse will be clicked, and when; only where its pointer is visible then.
    """

    virtual = True

    def __init__(
        self,
        screen: Screen,
        clock: AdvanceableClock,
        background: Colour,
        presses: Iterable[tuple[float, str]] = (),
        clicks: Iterable[tuple[float, Click]] = (),
    ) -> None:
        self.background = background
        self.refresh_hz = screen.refresh_hz if screen.refresh_hz > 0 else 60.0
        self._size = screen.width_px, screen.height_px
        self._clock = clock
        self._presses = sorted(presses)
        self._clicks = sorted(clicks)
        self._keys: list[str] = []
        self._text = ""
        self._pointer_visible = False
        self._drawn: tuple[Picture, ...] = ()
        self._shown: tuple[Picture, ...] = ()

    def prepare(self, picture: Picture) -> None:
        """Nothing to get ready: pictures are drawn only for screenshots."""

    def show(self, *pictures: Picture) -> None:
        """Draw pictures for the next flip."""
        self._drawn = pictures

    def flip(self) -> float:
        """Move the clock by one refresh and return its time."""
        self._clock.advance(1 / self.refresh_hz)
        self._shown, self._drawn = self._drawn, ()
        return self._clock()

    def pressed(self) -> list[str]:
        """Keys whose time has come."""
        self._take_due()
        keys, self._keys = self._keys, []
        return keys

    def typed(self) -> str:
        """Text of the keys whose time has come."""
        self._take_due()
        text, self._text = self._text, ""
        return text

    def clicks(self) -> list[Click]:
        """Clicks whose time has come; those without a pointer hit nothing."""
        due = [place for time_s, place in self._clicks if time_s <= self._clock()]
        self._clicks = self._clicks[len(due) :]
        return due if self._pointer_visible else []

    def pointer(self, *, visible: bool) -> None:
        """Show or hide the pointer."""
        self._pointer_visible = visible

    def screenshot(self) -> Image.Image:
        """Draw what the last flip showed."""
        return composed(*self._size, self.background, self._shown)

    def close(self) -> None:
        """Nothing to close."""

    def _take_due(self) -> None:
        due = [key for time_s, key in self._presses if time_s <= self._clock()]
        self._presses = self._presses[len(due) :]
        self._keys += [key.lower() for key in due]
        self._text += "".join(" " if key == "space" else key for key in due if _is_text(key))


def _is_text(key: str) -> bool:
    return key == "space" or len(key) == 1
