"""Pictures of a density and of fixations over the photograph they belong to."""

from __future__ import annotations

import math

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: The share of the colour where the density is largest.
STRONGEST = 0.85
#: The brightest yellow of viridis: seen on dark and, by its dark ring, on light photographs.
DISC = (253, 231, 37)
#: Radius of the disc of a usual fixation, as a share of the longer side.
PLAIN_DISC = 1 / 130
#: Discs are drawn so many times larger and scaled down, for smooth edges.
FINER = 3
#: A fixation of this duration has the usual disc.
USUAL_S = 0.25


def heatmap_overlay(photo: Picture, density: Floats, *, colours: str = "viridis") -> Picture:
    """Lay a density over a photograph.

    The photograph turns half grey, and colour comes in with the density: where nobody looked
    the photograph is seen, where most looked the colour.

    Parameters
    ----------
    photo : ndarray of uint8, shape (height, width, 3)
        RGB.
    density : ndarray, shape (height, width)
        Of any scale, at least 0. Where every value is NaN (no fixations) no colour is laid on.
    colours : str, default "viridis"
        Name of a matplotlib colour map; viridis and cividis keep their order in grey print and
        for every kind of colour vision.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)

    Raises
    ------
    ValueError
        If photograph and density differ in size.
    """
    if photo.shape != (*density.shape, 3):
        raise ValueError(f"a photo of shape {photo.shape} for a density {density.shape}")
    level = np.nan_to_num(density, nan=0.0, posinf=0.0, neginf=0.0)
    peak = level.max(initial=0)
    level = np.clip(level / peak, 0, 1) if peak > 0 else level
    colour = colormaps[colours](level)[..., :3] * 255
    # The square root lets the flanks of a peak be seen as well as the peak.
    alpha = STRONGEST * np.sqrt(level)[..., None]
    grey = photo @ np.array([0.299, 0.587, 0.114])
    ground = 0.5 * photo + 0.5 * grey[..., None]
    return np.asarray(np.round((1 - alpha) * ground + alpha * colour), np.uint8)


def fixation_plot(
    photo: Picture, x_px: Floats, y_px: Floats, duration_s: Floats | None = None
) -> Picture:
    """Mark fixations on a photograph with ringed discs.

    Parameters
    ----------
    photo : ndarray of uint8, shape (height, width, 3)
        RGB.
    x_px, y_px : ndarray, shape (n,)
        Places in its pixels.
    duration_s : ndarray, shape (n,), optional
        Durations: the area of a disc grows with it, up to one second. All alike by default, and
        where one is NaN.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    height, width = photo.shape[:2]
    seconds = [USUAL_S] * len(x_px) if duration_s is None else duration_s
    radii = np.array([plain_disc_radius_px(float(one), (height, width)) for one in seconds])
    layer = Image.new("RGBA", (width * FINER, height * FINER), (*DISC, 0))
    draw = ImageDraw.Draw(layer)
    for i in np.argsort(-radii, kind="stable"):
        centre, radius = np.array([x_px[i], y_px[i]]) * FINER, radii[i] * FINER
        box = (*(centre - radius).tolist(), *(centre + radius).tolist())
        draw.ellipse(box, fill=(*DISC, 200), outline=(20, 20, 20, 255), width=FINER)
    layer = layer.resize((width, height), Image.Resampling.BOX)
    dimmed = Image.fromarray(np.round(photo * 0.75).astype(np.uint8)).convert("RGBA")
    return np.asarray(Image.alpha_composite(dimmed, layer).convert("RGB"))


def plain_disc_radius_px(duration_s: float, shape: tuple[int, int]) -> float:
    """Radius of a disc of :func:`fixation_plot`: its area grows with the duration, to 1 s."""
    seconds = USUAL_S if math.isnan(duration_s) else min(max(duration_s, 0.05), 1.0)
    return max(shape) * PLAIN_DISC * math.sqrt(seconds / USUAL_S)
