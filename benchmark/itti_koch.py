"""The saliency model of Itti, Koch and Niebur: colour, intensity and orientation that stand out."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .models import Kind, StimulusView

Floats = NDArray[np.float32]

CENTRES = (2, 3, 4)
SURROUNDS = (3, 4)
LEVELS = max(CENTRES) + max(SURROUNDS) + 1
#: The scale of the saliency map: one pixel for 16 x 16 of the image.
MAP_LEVEL = 4
ORIENTATIONS_DEG = (0, 45, 90, 135)


class IttiKoch:
    """Saliency by contrast between centres and surrounds."""

    name = "itti-koch"
    kind: Kind = "saliency_map"

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Saliency map of the view's image."""
        return itti_koch(view.image)


def itti_koch(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Saliency map of an image by Itti, Koch and Niebur (1998).

    Pyramids of intensity, red-green and blue-yellow opponency and four orientations; differences
    of centre scales 2, 3, 4 and surrounds 3 and 4 scales coarser; each map promoted by the
    operator N where few places stand out and suppressed where many do; sums per feature, N again,
    and their mean at scale 4, interpolated to the size of the image. Deviations: colours are
    differences of opponent pyramids, |RG(c) - RG(s)|, as in the authors' toolkit (the sign in
    equation 2 of the paper would add them); the Gaussian pyramid uses the binomial 1 4 6 4 1.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB.

    Returns
    -------
    ndarray of float32, shape (height, width)
        Not negative.

    References
    ----------
    Itti, Koch and Niebur (1998), A model of saliency-based visual attention for rapid scene
    analysis, IEEE TPAMI 20(11), 1254-1259.
    """
    intensity, red_green, blue_yellow = (_pyramid(one) for one in opponent_channels(image))
    shape = intensity[MAP_LEVEL].shape
    orientation = np.zeros(shape, np.float32)
    for angle_deg in ORIENTATIONS_DEG:
        edges = [
            _oriented_energy(one, angle_deg) if level >= min(CENTRES) else one
            for level, one in enumerate(intensity)
        ]
        orientation += normalised(_conspicuity(edges, shape))
    colour = _conspicuity(red_green, shape) + _conspicuity(blue_yellow, shape)
    features = (_conspicuity(intensity, shape), colour, orientation)
    saliency = np.stack([normalised(one) for one in features]).sum(axis=0) / np.float32(3)
    return np.maximum(_resized(saliency, image.shape[:2]), 0)


def opponent_channels(image: NDArray[np.uint8]) -> tuple[Floats, Floats, Floats]:
    """Intensity, red-green and blue-yellow of an image, each shape (height, width).

    Hue is taken out of intensity where that is at least a tenth of its maximum, and is 0
    elsewhere. Broadly tuned red, green, blue and yellow are cut at 0.
    """
    red, green, blue = np.moveaxis(image.astype(np.float32) / 255, -1, 0)
    intensity = (red + green + blue) / 3
    visible = intensity > intensity.max() / 10
    factor = np.where(visible, 1 / np.where(visible, intensity, 1), 0)
    red, green, blue = red * factor, green * factor, blue * factor
    broad_red = np.maximum(red - (green + blue) / 2, 0)
    broad_green = np.maximum(green - (red + blue) / 2, 0)
    broad_blue = np.maximum(blue - (red + green) / 2, 0)
    broad_yellow = np.maximum((red + green) / 2 - np.abs(red - green) / 2 - blue, 0)
    return intensity, broad_red - broad_green, broad_blue - broad_yellow


def normalised(values: Floats) -> Floats:
    """The operator N: scale to 0 ... 1 and multiply by (1 - mean of the other maxima) squared.

    A local maximum is the largest of its 3 x 3 neighbourhood and above a tenth of the global one.
    """
    least, most = values.min(), values.max()
    if most <= least:
        return np.zeros_like(values)
    scaled = (values - least) / (most - least)
    peaks = (ndimage.maximum_filter(scaled, 3) == scaled) & (scaled > 0.1)
    heights = np.sort(scaled[peaks])[:-1]
    others = float(heights.mean()) if len(heights) else 0.0
    return np.asarray(scaled * np.float32((1 - others) ** 2))


def _conspicuity(pyramid: list[Floats], shape: tuple[int, ...]) -> Floats:
    """Sum at the map's scale of the promoted differences between centres and surrounds."""
    total = np.zeros(shape, np.float32)
    for centre in CENTRES:
        for surround in SURROUNDS:
            fine = pyramid[centre]
            difference = np.abs(fine - _resized(pyramid[centre + surround], fine.shape))
            total += _resized(normalised(difference), shape)
    return total


def _pyramid(channel: Floats) -> list[Floats]:
    levels = [channel]
    while len(levels) < LEVELS:
        levels.append(_halved(_halved(levels[-1]).T).T)
    return levels


def _halved(channel: Floats) -> Floats:
    """Blur rows with 1 4 6 4 1 and keep every second of them."""
    padded = np.pad(channel, ((2, 2), (0, 0)), mode="symmetric" if len(channel) > 1 else "edge")
    kept = (len(channel) + 1) // 2
    taken = [padded[start : start + 2 * kept - 1 : 2] for start in range(5)]
    return np.asarray((taken[0] + taken[4] + 4 * (taken[1] + taken[3]) + 6 * taken[2]) / 16)


def _oriented_energy(channel: Floats, angle_deg: int) -> Floats:
    """Magnitude of the response to an even and an odd Gabor filter."""
    even, odd = _gabor(angle_deg)
    return np.asarray(
        np.hypot(
            ndimage.convolve(channel, even, mode="nearest"),
            ndimage.convolve(channel, odd, mode="nearest"),
        )
    )


@lru_cache(maxsize=8)
def _gabor(angle_deg: int) -> tuple[Floats, Floats]:
    """Even and odd Gabor filter of period 7 px, without response to a constant."""
    y, x = np.mgrid[-4:5, -4:5].astype(np.float32)
    angle = math.radians(angle_deg)
    phase = 2 * np.pi / 7 * (x * np.cos(angle) + y * np.sin(angle))
    envelope = np.exp(-(x**2 + y**2) / (2 * 7 / 3 * 7 / 3))
    even, odd = envelope * np.cos(phase), envelope * np.sin(phase)
    even -= envelope * even.sum() / envelope.sum()
    return np.asarray(even, np.float32), np.asarray(odd, np.float32)


def _resized(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Bilinear interpolation between pixel centres, as the product of two thin matrices."""
    rows, columns = _weights(values.shape[0], shape[0]), _weights(values.shape[1], shape[1])
    return np.asarray(rows @ values @ columns.T)


@lru_cache(maxsize=64)
def _weights(source: int, target: int) -> Floats:
    """Bilinear weights of one axis, shape (target, source); shrinking averages."""
    if target < source:
        edges = np.linspace(0, source, target + 1)
        cover = np.minimum(edges[1:, None], np.arange(1, source + 1)) - np.maximum(
            edges[:-1, None], np.arange(source)
        )
        weights = np.maximum(cover, 0)
    else:
        places = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
        weights = np.maximum(1 - np.abs(places[:, None] - np.arange(source)), 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
