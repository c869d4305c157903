"""The saliency model of Itti, Koch and Niebur: colour, intensity and orientation that stand out."""

from __future__ import annotations

import math
from functools import lru_cache

import numba
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
    equation 2 of the paper would add them); the pyramids blur with the binomial
    1 5 10 10 5 1, whose
    samples lie between pixels, so that scales are in register.

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
    # Centres and surrounds begin at scale 2; what is finer is never looked at.
    energies = [_oriented_energies(one) for one in intensity[min(CENTRES) :]]
    orientation = np.zeros(shape, np.float32)
    for number in range(len(ORIENTATIONS_DEG)):
        finer = intensity[: min(CENTRES)]
        orientation += normalised(_conspicuity([*finer, *(one[number] for one in energies)]))
    colour = _conspicuity(red_green) + _conspicuity(blue_yellow)
    features = (_conspicuity(intensity), colour, orientation)
    saliency = np.stack([normalised(one) for one in features]).sum(axis=0) / np.float32(3)
    return np.asarray(_interpolated(saliency, *image.shape[:2]))


def opponent_channels(image: NDArray[np.uint8]) -> tuple[Floats, Floats, Floats]:
    """Intensity, red-green and blue-yellow of an image, each shape (height, width).

    Hue is taken out of intensity where that is above a tenth of its maximum, and is 0 elsewhere.
    Broadly tuned red, green, blue and yellow are cut at 0.
    """
    channels = np.empty((3, *image.shape[:2]), np.float32)
    _opponency(np.ascontiguousarray(image), int(image.sum(axis=2, dtype=np.int32).max()), channels)
    return channels[0], channels[1], channels[2]


@numba.njit(cache=True, nogil=True)
def _opponency(image, brightest, channels):  # type: ignore[no-untyped-def]
    height, width, _ = image.shape
    for i in range(height):
        for j in range(width):
            red, green, blue = float(image[i, j, 0]), float(image[i, j, 1]), float(image[i, j, 2])
            total = red + green + blue
            channels[0, i, j] = total / 765
            channels[1, i, j] = channels[2, i, j] = 0
            if total > brightest / 10:
                broad_red = max(red - (green + blue) / 2, 0.0)
                broad_green = max(green - (red + blue) / 2, 0.0)
                broad_blue = max(blue - (red + green) / 2, 0.0)
                broad_yellow = max((red + green) / 2 - abs(red - green) / 2 - blue, 0.0)
                channels[1, i, j] = 3 * (broad_red - broad_green) / total
                channels[2, i, j] = 3 * (broad_blue - broad_yellow) / total


def normalised(values: Floats) -> Floats:
    """The operator N: scale to 0 ... 1 and multiply by (1 - mean of the other maxima) squared.

    A local maximum is the largest of its 3 x 3 neighbourhood and above 0.
    """
    least, most = values.min(), values.max()
    if most <= least:
        return np.zeros_like(values)
    scaled = (values - least) / (most - least)
    peaks = (ndimage.maximum_filter(scaled, 3) == scaled) & (scaled > 0)
    heights = np.sort(scaled[peaks])[:-1]
    others = float(heights.mean()) if len(heights) else 0.0
    return np.asarray(scaled * np.float32((1 - others) ** 2))


def _conspicuity(pyramid: list[Floats]) -> Floats:
    """Sum at the map's scale of the promoted differences between centres and surrounds."""
    total = np.zeros(pyramid[MAP_LEVEL].shape, np.float32)
    for centre in CENTRES:
        for surround in SURROUNDS:
            fine = pyramid[centre]
            difference = np.abs(fine - _interpolated(pyramid[centre + surround], *fine.shape))
            total += _averaged(normalised(difference), 2 ** (MAP_LEVEL - centre))
    return total


def _pyramid(channel: Floats) -> list[Floats]:
    levels = [channel]
    while len(levels) < LEVELS:
        levels.append(_halved(_halved(levels[-1]).T).T)
    return [np.ascontiguousarray(level) for level in levels]


def _halved(channel: Floats) -> Floats:
    """Blur columns with 1 5 10 10 5 1 and keep half the rows, each amid the two it stands for."""
    padded = np.pad(channel, ((2, 3), (0, 0)), mode="edge")
    kept = (len(channel) + 1) // 2
    taken = [padded[start : start + 2 * kept - 1 : 2] for start in range(6)]
    outer, middle, inner = taken[0] + taken[5], taken[1] + taken[4], taken[2] + taken[3]
    return np.asarray((outer + 5 * middle + 10 * inner) / 32)


def _averaged(values: Floats, block: int) -> Floats:
    """Mean of blocks of pixels; those at the far edges may be smaller."""
    if block == 1:
        return values
    rows, columns = (np.arange(0, size, block) for size in values.shape)
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    areas = np.outer(
        *(
            np.diff([*starts, size])
            for starts, size in zip((rows, columns), values.shape, strict=True)
        )
    )
    return np.asarray(sums / areas, np.float32)


@lru_cache(maxsize=1)
def gabor_filters() -> Floats:
    """Even and odd Gabor filters of period 7 px, shape (orientation, 2, 9, 9).

    Neither responds to a constant.
    """
    y, x = np.mgrid[-4:5, -4:5]
    envelope = np.exp(-(x**2 + y**2) / (2 * (7 / 3) ** 2))
    filters = []
    for angle_deg in ORIENTATIONS_DEG:
        angle = math.radians(angle_deg)
        phase = 2 * np.pi / 7 * (x * math.cos(angle) + y * math.sin(angle))
        even = envelope * np.cos(phase)
        even -= envelope * even.sum() / envelope.sum()
        filters.append((even, envelope * np.sin(phase)))
    return np.asarray(filters, np.float32)


def _oriented_energies(channel: Floats) -> Floats:
    """Magnitudes of the responses to the pairs of Gabor filters, shape (orientation, h, w)."""
    energies = np.empty((len(ORIENTATIONS_DEG), *channel.shape), np.float32)
    _filter_energies(np.pad(channel, 4, mode="edge"), gabor_filters(), energies)
    return energies


# Sums may be taken in any order, which lets the compiler use the whole width of the processor.
@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def _filter_energies(padded, filters, energies):  # type: ignore[no-untyped-def]
    orientations, height, width = energies.shape
    responses = np.empty((2, width), np.float32)
    for k in range(orientations):
        for i in range(height):
            responses[:] = 0
            for part in range(2):
                for row in range(9):
                    for column in range(9):
                        weight = filters[k, part, row, column]
                        for j in range(width):
                            responses[part, j] += weight * padded[i + row, j + column]
            for j in range(width):
                energies[k, i, j] = np.sqrt(responses[0, j] ** 2 + responses[1, j] ** 2)


@numba.njit(cache=True, nogil=True)
def _interpolated(values, height, width):  # type: ignore[no-untyped-def]
    """Bilinear interpolation between pixel centres; beyond the outermost, their values."""
    rows, columns = values.shape
    out = np.empty((height, width), np.float32)
    lefts, shares = np.empty(width, np.int64), np.empty(width, np.float32)
    for j in range(width):
        place = min(max((j + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
        lefts[j] = min(int(place), max(columns - 2, 0))
        shares[j] = place - lefts[j]
    blended = np.empty(columns, np.float32)
    for i in range(height):
        place = min(max((i + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        above = min(int(place), max(rows - 2, 0))
        below, share = min(above + 1, rows - 1), np.float32(place - above)
        for j in range(columns):
            blended[j] = values[above, j] + share * (values[below, j] - values[above, j])
        for j in range(width):
            left = lefts[j]
            right = min(left + 1, columns - 1)
            out[i, j] = blended[left] + shares[j] * (blended[right] - blended[left])
    return out
