"""The pictures of a report: small files of each photograph, density and model's map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import (
    FixationSet,
    FoveolaError,
    ModelRow,
    ScaledPicture,
    ScorePictures,
    sha256_of,
)
from foveola.fixation_maps.centre_bias import scaled_pixels
from foveola.fixation_maps.density import density_map

from .report_values import Readable, write_values

LONGEST_SIDE_PX = 640
THUMB_SIDE_PX = 280
COLOURS = "viridis"
#: Of differences: white is zero.
DIVERGING = "PuOr_r"
ZERO_GREY = 128
#: Opacity of the peak over a photograph.
STRONGEST = 0.85
JPEG_QUALITY = 84


@dataclass(frozen=True)
class Picture:
    """A picture file of the report: its path from the page's folder, and its size in px."""

    path: str
    width: int
    height: int


@dataclass(frozen=True)
class StimulusPictures:
    """The pictures of one stimulus; None where there is none, with the reason in words."""

    photo: Picture | None = None
    thumb: Picture | None = None
    density: Picture | None = None
    maps: tuple[Picture | None, ...] = ()
    gains: tuple[Picture | None, ...] = ()
    photo_note: str = ""


def size_within(width: int, height: int, longest: int) -> tuple[int, int]:
    """Size of the same shape whose longest side is at most so long.

    Examples
    --------
    >>> size_within(1920, 1080, 640), size_within(320, 240, 640), size_within(9000, 3, 640)
    ((640, 360), (320, 240), (640, 1))
    """
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def stimulus_photo(fixations: FixationSet, index: int) -> Image.Image:
    """Read a stimulus, reduced to the size of the report.

    Raises
    ------
    FoveolaError
        With a sentence for the report, if the photograph is missing, unreadable or another one
        than was shown.
    """
    stimulus = fixations.stimuli[index]
    path = fixations.stimulus_path(index)
    if stimulus.kind == "video":
        raise FoveolaError("A video has no photograph.")
    if not stimulus.path or not path.is_file():
        raise FoveolaError("The photograph was not found.")
    try:
        if stimulus.sha256 and sha256_of(path) != stimulus.sha256:
            raise FoveolaError("The photograph is not the one that was shown.")
        with Image.open(path) as image:
            if image.size != (stimulus.width_px, stimulus.height_px):
                raise FoveolaError("The photograph has another size than the one that was shown.")
            size = size_within(image.width, image.height, LONGEST_SIDE_PX)
            image.draft("RGB", size)
            return _as_rgb(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise FoveolaError("The photograph can't be read.") from error


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        # PIL's own conversion clips such values at 255, which leaves a white image.
        values = np.asarray(image, float)
        span = float(np.ptp(values)) or 1.0
        return Image.fromarray(((values - values.min()) / span * 255).astype(np.uint8)).convert(
            "RGB"
        )
    if image.mode == "P" or image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), with_alpha).convert(
            "RGB"
        )
    return image.convert("RGB")


def density_picture(fixations: FixationSet, index: int, sigma_px: float) -> ScaledPicture:
    """Picture of a stimulus's density, from 0 to its peak, at the size of the report.

    Parameters
    ----------
    fixations : FixationSet
        The stimulus needs at least one fixation.
    index : int
        Its index.
    sigma_px : float
        Standard deviation of the Gaussian in stimulus pixels.

    Returns
    -------
    ScaledPicture
        Values are probabilities a pixel of the stimulus.
    """
    stimulus, rows = fixations.stimuli[index], fixations.of(index)
    width, height = size_within(stimulus.width_px, stimulus.height_px, LONGEST_SIDE_PX)
    scale = width / stimulus.width_px
    # Blurred at the size it is shown, which looks the same and costs a fraction.
    density = density_map(
        np.minimum((rows["y_px"] * scale).astype(np.intp), height - 1),
        np.minimum((rows["x_px"] * scale).astype(np.intp), width - 1),
        (height, width),
        sigma_px * scale,
    )
    peak = float(density.max())
    grey = np.round(density * (255 / peak)).astype(np.uint8)
    return ScaledPicture(
        grey, 0.0, peak * width * height / (stimulus.width_px * stimulus.height_px)
    )


def coloured(grey: NDArray[np.uint8]) -> Image.Image:
    """Colour a grey picture, so that it can be laid over a photograph or shown by itself.

    Low values are transparent. On a ground of the colour map's first colour every pixel has
    exactly its colour; over a photograph the low values let it through.

    Parameters
    ----------
    grey : ndarray of uint8, shape (height, width)

    Returns
    -------
    Image
        With a palette of colours and transparencies; its indices are the grey values.
    """
    colours, alpha = _palette()
    image = Image.fromarray(grey)
    image.putpalette(colours.tobytes())
    image.info["transparency"] = alpha.tobytes()
    return image


@cache
def _palette() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colours, shape (256, 3), and opacities, shape (256,), of the grey values.

    The colours c are such that c over the ground g, a c + (1 - a) g, is the colour map's v. The
    opacity a grows with the root of the value, which shows the flanks of a peak, but in small
    steps where it begins, which would be seen as rings; it is at least what keeps c in range.
    """
    wanted = np.asarray(mpl.colormaps[COLOURS](np.arange(256)), float)[:, :3]
    ground = wanted[0]
    away = wanted - ground
    least = np.where(away > 0, away / (1 - ground), -away / ground).max(axis=1)
    level = np.linspace(0, 1, 256)
    alpha = np.maximum(least, STRONGEST * np.minimum(np.sqrt(level), 3 * level))
    alpha8 = np.ceil(alpha * 255).astype(np.uint8)
    share = np.maximum(alpha8, 1)[:, np.newaxis] / 255
    colours = np.clip(ground + away / share, 0, 1)
    return np.round(colours * 255).astype(np.uint8), alpha8


def diverging(grey: NDArray[np.uint8]) -> Image.Image:
    """Colour a grey picture of gains and losses: white at 128, which stands for zero."""
    image = Image.fromarray(grey)
    image.putpalette(_diverging_palette())
    return image


@cache
def _diverging_palette() -> bytes:
    places = np.clip(0.5 + (np.arange(256) - ZERO_GREY) / 254, 0, 1)
    colours = np.asarray(mpl.colormaps[DIVERGING](places), float)[:, :3]
    # The colour map's middle is no pure white, which would draw a line where gains begin.
    away = np.abs(np.arange(256) - ZERO_GREY)[:, np.newaxis]
    colours = 1 - (1 - colours) * np.minimum(1, away / 24)
    return np.round(colours * 255).astype(np.uint8).tobytes()


def write_scales(folder: Path) -> None:
    """Write the colour scales that the pages show."""
    greys = np.arange(256, dtype=np.uint8)[np.newaxis]
    _save(coloured(greys), folder / "scale.png")
    _save(diverging(greys), folder / "gain-scale.png")


def write_centre_bias(folder: Path, fixations: FixationSet) -> Picture | None:
    """Write the density of all fixations, scaled to one image of the set's mean shape.

    Returns
    -------
    Picture or None
        None where there are no fixations.
    """
    if not len(fixations.table):
        return None
    aspect = float(np.mean([one.width_px / one.height_px for one in fixations.stimuli]))
    width, height = size_within(round(1000 * aspect), 1000, LONGEST_SIDE_PX)
    rows, columns = scaled_pixels(fixations, (height, width))
    density = density_map(rows, columns, (height, width), 0.03 * max(width, height))
    folder.mkdir()
    grey = np.round(density * (255 / density.max())).astype(np.uint8)
    return _save(coloured(grey), folder / "all.png")


def write_pictures(
    folder: Path,
    fixations: FixationSet | None,
    index: int | None,
    sigma_px: float,
    pictures: ScorePictures | None,
    places: list[tuple[int, int]],
) -> StimulusPictures:
    """Write the pictures of one stimulus into a folder of its own.

    Parameters
    ----------
    folder : Path
        The folder, which is made.
    fixations, index
        The fixation set and the index of the stimulus in it; None where unknown.
    sigma_px : float
        Sigma of the density, in stimulus pixels.
    pictures : ScorePictures or None
        The open companion of the scores.
    places : list of (model, stimulus)
        The places of the models' pictures in it.

    Returns
    -------
    StimulusPictures
        Paths are relative to the report's folder.
    """
    folder.mkdir()
    photo = thumb = density = None
    readable: list[Readable] = []
    note = "The fixations, which name the photograph, were not found."
    if fixations is not None and index is not None:
        note = ""
        try:
            image = stimulus_photo(fixations, index)
        except FoveolaError as error:
            note = error.what
        else:
            photo = _save(image, folder / "photo.jpg")
            small = size_within(image.width, image.height, THUMB_SIDE_PX)
            thumb = _save(image.resize(small, Image.Resampling.BOX), folder / "thumb.jpg")
        if len(fixations.of(index)):
            scaled = density_picture(fixations, index, sigma_px)
            density = _save(coloured(scaled.grey), folder / "density.png")
            readable.append(Readable("density", scaled, *_of_density(fixations, index)))
    if pictures is None:
        return StimulusPictures(photo, thumb, density, photo_note=note)
    maps, gains = [], []
    on_scale = gains_on_one_scale([pictures.gain(*place) for place in places])
    for i, ((model, stimulus), gain) in enumerate(zip(places, on_scale, strict=True), 1):
        scaled = pictures.scaled(model, stimulus)
        maps.append(_save(coloured(scaled.grey), folder / f"model-{i:02d}.png"))
        unit = _of_model(pictures.models[model], fixations, index)
        readable.append(Readable(f"model-{i:02d}", scaled, *unit))
        gains.append(_save(diverging(gain.grey), folder / f"gain-{i:02d}.png") if gain else None)
        if gain:
            unit = _of_gain(fixations, index)
            readable.append(Readable(f"gain-{i:02d}", gain, *unit, signed=True))
    write_values(folder / "values.js", readable, _size(fixations, index, pictures, places))
    return StimulusPictures(photo, thumb, density, tuple(maps), tuple(gains), note)


def gains_on_one_scale(gains: Sequence[ScaledPicture | None]) -> list[ScaledPicture | None]:
    """Gains of several models as pictures whose colours mean the same."""
    largest = max((one.high for one in gains if one), default=0.0)
    if not largest > 0:
        return list(gains)
    low = -largest * ZERO_GREY / (255 - ZERO_GREY)
    return [
        ScaledPicture(
            np.round(
                ZERO_GREY + (one.grey.astype(float) - ZERO_GREY) * (one.high / largest)
            ).astype(np.uint8),
            low,
            largest,
        )
        if one
        else None
        for one in gains
    ]


def _pixels(fixations: FixationSet | None, index: int | None) -> int:
    """Pixels of a stimulus; 0 where it is not known."""
    if fixations is None or index is None:
        return 0
    return fixations.stimuli[index].width_px * fixations.stimuli[index].height_px


def _of_density(fixations: FixationSet | None, index: int | None) -> tuple[float, str]:
    """Factor and unit in which densities are read."""
    pixels = _pixels(fixations, index)
    return (pixels, " × uniform") if pixels else (1, " per px")


def _of_model(row: ModelRow, fixations: FixationSet | None, index: int | None) -> tuple[float, str]:
    return _of_density(fixations, index) if row.kind == "log_density" else (1, "")


def _of_gain(fixations: FixationSet | None, index: int | None) -> tuple[float, str]:
    pixels = _pixels(fixations, index)
    return (pixels / 100, " bit per 1 % of the image") if pixels else (1, " bit per px")


def _size(
    fixations: FixationSet | None,
    index: int | None,
    pictures: ScorePictures,
    places: Sequence[tuple[int, int]],
) -> tuple[int, int]:
    if fixations is not None and index is not None:
        return fixations.stimuli[index].width_px, fixations.stimuli[index].height_px
    height, width = pictures.picture(*places[0]).shape
    return width, height


def _save(image: Image.Image, path: Path) -> Picture:
    image.save(path, quality=JPEG_QUALITY)
    return Picture(f"{path.parent.parent.name}/{path.parent.name}/{path.name}", *image.size)
