"""What a session needs of a screen; a real window and a virtual one implement it."""

from __future__ import annotations

from typing import Protocol

from PIL import Image

from .picture import Colour, Picture


class Display(Protocol):
    """A screen that shows pictures on a grey background, and the keyboard before it.

    Key names are ``"escape"``, ``"return"``, ``"space"``, letters and digits, and ``"close"`` for
    the button that closes the window. Times are seconds on the recorder's clock.
    """

    #: Colour of the screen where no picture lies.
    background: Colour
    #: Whether its time is virtual: a flip then moves the clock, and nothing waits.
    virtual: bool
    #: Refresh rate as it was measured, or as it is simulated.
    refresh_hz: float

    def prepare(self, picture: Picture) -> None:
        """Get a picture ready, so that showing it delays no flip."""
        ...

    def show(self, *pictures: Picture) -> None:
        """Draw pictures, later ones above, for the next flip; none: an empty screen."""
        ...

    def flip(self) -> float:
        """Bring what was drawn to the screen at its next refresh; return the time of that."""
        ...

    def pressed(self) -> list[str]:
        """Keys pressed since the last call, in order."""
        ...

    def screenshot(self) -> Image.Image:
        """What the last flip brought to the screen."""
        ...

    def close(self) -> None:
        """Close it; harmless when called twice."""
        ...
