"""What a session needs of a screen; a real window and a virtual one implement it."""

from __future__ import annotations

from typing import Protocol

from PIL import Image

from .picture import Colour, Picture

#: Where the mouse was pressed, in screen px.
Click = tuple[float, float]


class Display(Protocol):
    """A screen that shows pictures on a grey background, and the keyboard and mouse before it.

    Key names are ``"escape"``, ``"return"``, ``"space"``, ``"backspace"``, ``"left"``,
    ``"right"``, ``"up"``, ``"down"``, letters and digits, and ``"close"`` for the button that
    closes the window. Times are seconds on the recorder's clock.
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

    def typed(self) -> str:
        """Text typed since the last call, with capitals and accents; for pages that take text."""
        ...

    def clicks(self) -> list[Click]:
        """Where the left mouse button was pressed since the last call, in order."""
        ...

    def pointer(self, *, visible: bool) -> None:
        """Show the mouse's pointer, or hide it, as it is at first: it would draw the gaze."""
        ...

    def screenshot(self) -> Image.Image:
        """What the last flip brought to the screen."""
        ...

    def close(self) -> None:
        """Close it; harmless when called twice."""
        ...
