"""Pictures: everything that a display shows, drawn by Pillow in screen pixels.

A display only uploads them, so that a window and a test show the same pixels, and text looks the
same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from foveola.data_schema import FileFormatError, Screen, Stimulus

Colour = tuple[int, int, int]

#: Shapes are drawn so many times larger and then reduced, which smooths their edges.
SUPERSAMPLING = 4


class Picture:
    """An image at a place of the screen, drawn when it is first needed.

    Parameters
    ----------
    left_px, top_px : int
        Place of its top-left corner on the screen.
    draw : callable
        Returns the image, mode RGB.
    title : str, optional
        What it says to an operator: the title of a page.
    """

    def __init__(
        self, left_px: int, top_px: int, draw: Callable[[], Image.Image], *, title: str = ""
    ) -> None:
        self.left_px = left_px
        self.top_px = top_px
        self.title = title
        self._draw = draw
        self._original: Picture | None = None

    @property
    def original(self) -> Picture:
        """The picture that this one shows elsewhere; itself where it is no copy."""
        return self._original or self

    def moved(self, left_px: int, top_px: int) -> Picture:
        """The same image at another place; it is drawn, and a display uploads it, only once."""
        original = self.original
        copy = Picture(left_px, top_px, lambda: original.image)
        copy._original = original
        return copy

    @cached_property
    def image(self) -> Image.Image:
        """The image; a display without a window never asks for it."""
        return self._draw()


class MovingPicture(Picture):
    """A picture whose pixels change: a display uploads them again where the number has.

    Parameters
    ----------
    left_px, top_px, width_px, height_px : int
        Its place and size on the screen.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        What it shows now; black at first.
    number : int
        Number of what it shows; -1 at first.
    """

    def __init__(self, left_px: int, top_px: int, width_px: int, height_px: int) -> None:
        super().__init__(left_px, top_px, lambda: Image.fromarray(self.pixels))
        self.width_px, self.height_px = width_px, height_px
        self.pixels: NDArray[np.uint8] = np.zeros((height_px, width_px, 3), np.uint8)
        self.number = -1

    @property
    def image(self) -> Image.Image:
        """The image of now."""
        return self._draw()


class Placement(NamedTuple):
    """Where an image stands: its top-left corner, and screen px per image px."""

    left_px: float
    top_px: float
    scale: float


def fit(stimulus: Stimulus, screen: Screen, *, enlarge: bool = False) -> Placement:
    """Centre an image on the screen, as large as it fits with its aspect ratio kept.

    Parameters
    ----------
    stimulus : Stimulus
        The image.
    screen : Screen
        The screen.
    enlarge : bool, default False
        Whether an image smaller than the screen is enlarged too.
    """
    scale = min(screen.width_px / stimulus.width_px, screen.height_px / stimulus.height_px)
    if not enlarge:
        scale = min(scale, 1.0)
    return Placement(
        left_px=float((screen.width_px - round(stimulus.width_px * scale)) // 2),
        top_px=float((screen.height_px - round(stimulus.height_px * scale)) // 2),
        scale=scale,
    )


def photograph(path: Path, stimulus: Stimulus, placement: Placement) -> Picture:
    """Picture of a stimulus; FileFormatError where its file can't be read to the end."""

    def draw() -> Image.Image:
        try:
            with Image.open(path) as file:
                image = to_rgb(file)
        except OSError as error:
            raise FileFormatError(path, f"this image can't be read ({error}).") from error
        size = (
            round(stimulus.width_px * placement.scale),
            round(stimulus.height_px * placement.scale),
        )
        return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)

    return Picture(int(placement.left_px), int(placement.top_px), draw)


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert an image of any mode; 16-bit greys are scaled, transparency lies on white."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.convert("I").point(lambda value: value / 257).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def grey(level: float) -> Colour:
    """Colour of a grey level, 0 (black) to 1 (white)."""
    value = round(level * 255)
    return value, value, value


def ink(background: Colour) -> Colour:
    """The near-black or white that stands out more from a background."""
    luminance = (sum(background) / 3 / 255) ** 2.2
    # Contrast ratios of the Web Content Accessibility Guidelines, for black and for white.
    return (14, 16, 20) if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else (255,) * 3


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Colour between two: 0 the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


@cache
def font(size_px: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans of that size, from Matplotlib, so that no machine lacks it."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size_px)


def fitting(text: str, size_px: int, width_px: float) -> ImageFont.FreeTypeFont:
    """The font of that size, or a smaller one where a line of text would be too wide."""
    while size_px > 5 and font(size_px).getlength(text) > width_px:
        size_px -= 1
    return font(size_px)


def bulls_eye(
    centre_px: tuple[float, float], outer_px: float, inner_px: float, background: Colour
) -> Picture:
    """Target that holds fixation best: bull's eye with cross hair (Thaler et al. 2013, "ABC").

    Parameters
    ----------
    centre_px : (x, y)
        Its centre on the screen.
    outer_px, inner_px : float
        Diameters of the disc and of the dot; 0.6 and 0.2 deg in the paper.
    background : (red, green, blue)
        Colour of the screen, which is the cross hair's too.

    Notes
    -----
    Thaler, Schütz, Goodale and Gegenfurtner (2013), Vision Research 76, 31-42.
    """

    def draw(pen: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
        draw_bulls_eye(pen, (x, y), outer_px * unit, inner_px * unit, background)

    return _drawn_around(centre_px, outer_px, background, draw)


def draw_bulls_eye(
    pen: ImageDraw.ImageDraw,
    centre_px: tuple[float, float],
    outer_px: float,
    inner_px: float,
    background: Colour,
) -> None:
    """Draw a bull's eye onto what is there already, in the px of the pen."""
    (x, y), outer, inner = centre_px, outer_px / 2, inner_px / 2
    pen.ellipse(_box(x, y, outer, outer), fill=ink(background))
    pen.rectangle(_box(x, y, outer, inner), fill=background)
    pen.rectangle(_box(x, y, inner, outer), fill=background)
    pen.ellipse(_box(x, y, inner, inner), fill=ink(background))


def cross(
    centre_px: tuple[float, float], size_px: float, line_px: float, background: Colour
) -> Picture:
    """Fixation cross of that size and line width."""

    def draw(pen: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
        long, short = size_px * unit / 2, line_px * unit / 2
        pen.rectangle(_box(x, y, long, short), fill=ink(background))
        pen.rectangle(_box(x, y, short, long), fill=ink(background))

    return _drawn_around(centre_px, size_px, background, draw)


def _box(x: float, y: float, half_width: float, half_height: float) -> tuple[float, ...]:
    """Box around a centre; Pillow counts its last row and column in."""
    return x - half_width, y - half_height, x + half_width - 1, y + half_height - 1


def _drawn_around(
    centre_px: tuple[float, float],
    size_px: float,
    background: Colour,
    draw: Callable[[ImageDraw.ImageDraw, float, float, float], None],
) -> Picture:
    """Draw a shape, smooth, at a centre that may lie between pixels."""
    margin = int(size_px / 2) + 2
    left, top = int(centre_px[0]) - margin, int(centre_px[1]) - margin

    def render() -> Image.Image:
        side = 2 * margin + 1
        image = Image.new("RGB", (side * SUPERSAMPLING,) * 2, background)
        x, y = (centre_px[0] - left) * SUPERSAMPLING, (centre_px[1] - top) * SUPERSAMPLING
        draw(ImageDraw.Draw(image), x, y, SUPERSAMPLING)
        return image.reduce(SUPERSAMPLING)

    return Picture(left, top, render)


def composed(
    width_px: int, height_px: int, background: Colour, pictures: Sequence[Picture]
) -> Image.Image:
    """The whole screen with pictures on it; later ones lie above."""
    canvas = Image.new("RGB", (width_px, height_px), background)
    for picture in pictures:
        canvas.paste(picture.image, (picture.left_px, picture.top_px))
    return canvas
