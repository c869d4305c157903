"""A display without a window, whose flips move a virtual clock: for runs faster than real time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PIL import Image

from foveola.data_schema import Screen

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
    """

    virtual = True

    def __init__(
        self,
        screen: Screen,
        clock: AdvanceableClock,
        background: Colour,
        presses: Iterable[tuple[float, str]] = (),
    ) -> None:
        self.background = background
        self.refresh_hz = screen.refresh_hz if screen.refresh_hz > 0 else 60.0
        self._size = screen.width_px, screen.height_px
        self._clock = clock
        self._presses = sorted(presses)
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
        due = [key for time_s, key in self._presses if time_s <= self._clock()]
        self._presses = self._presses[len(due) :]
        return due

    def screenshot(self) -> Image.Image:
        """Draw what the last flip showed."""
        return composed(*self._size, self.background, self._shown)

    def close(self) -> None:
        """Nothing to close."""
