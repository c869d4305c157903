"""Where a virtual observer looks: the priority map of an image.

A mixture of what stands out and of the middle. A place stands out by how unusual its colours are:
by their Mahalanobis distance from all colours of the image (Rosenholtz 1999, Vision Research 39,
3157-3163). The middle is the Gaussian of Clarke and Tatler (2014), Vision Research 102, 41-51. None
of the models that the benchmark judges is used, so that none of them is judged against itself.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2lab

from foveola.data_schema import FileFormatError, FoveolaError

from .tracker import Scene
from .video_file import probe_video, video_frames

Floats = NDArray[np.float64]

#: Density, shape (height, width) of the stimulus, that sums to 1, of the scene's image.
PriorityMap = Callable[[Scene], Floats]

WORKING_SIZE_PX = 160
CENTRE_VARIANCE, CENTRE_RATIO = 0.22, 0.45
CENTRE_SHARE = 0.25
#: Standard deviation over mean of the density, which is the NSS that it gives itself. People agree
#: on photographs by 2 to 4.
CONCENTRATION = 3.0
SHARPEST = 32.0
JUST_NOTICEABLE = 2.3


def default_priority(scene: Scene) -> Floats:
    """Priority map of the image that a scene shows; of a video, that of its first frame.

    Parameters
    ----------
    scene : Scene
        A scene with a stimulus and the path of its image.

    Returns
    -------
    ndarray, shape (height, width) of the stimulus
        Density that sums to 1.

    Raises
    ------
    FoveolaError
        If the scene has no image, or it can't be read.
    """
    if scene.stimulus is None or not scene.path:
        raise FoveolaError(
            "The virtual observer has no image to look at.",
            remedy="Give the scene a stimulus and the path of its file.",
        )
    path = Path(scene.path)
    try:
        changed_ns = path.stat().st_mtime_ns
    except OSError as error:
        raise FileFormatError(path, "there is no such image.") from error
    small = _small_priority(path, changed_ns, scene.stimulus.kind)
    height_px, width_px = scene.stimulus.shape
    return _resized(small, width_px, height_px)


def image_priority(rgb: NDArray[np.uint8]) -> Floats:
    """Priority map of an image.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The image.

    Returns
    -------
    ndarray, shape (height, width)
        Density that sums to 1: three parts how unusual the colours are, to a power and weighted
        by the centre, and one part the centre alone. The power is the one that concentrates the
        density as the gaze of people is concentrated.
    """
    centre = centre_density(*rgb.shape[:2])
    unusual = unusual_colour(rgb)
    if unusual.max() <= 0:
        return centre
    unusual = unusual / unusual.max()
    low, high = 0.0, SHARPEST
    for _ in range(20):
        power = (low + high) / 2
        density = _mixture(unusual**power, centre)
        if density.std() < CONCENTRATION * density.mean():
            low = power
        else:
            high = power
    return density


def _mixture(salient: Floats, centre: Floats) -> Floats:
    weighted = salient * centre
    return np.asarray((1 - CENTRE_SHARE) * weighted / weighted.sum() + CENTRE_SHARE * centre)


def unusual_colour(rgb: NDArray[np.uint8]) -> Floats:
    """How unusual the colours around each pixel are.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The image.

    Returns
    -------
    ndarray, shape (height, width)
        Root mean square Mahalanobis distance, in CIELAB, from the mean colour of the image, in a
        Gaussian window of a thirtieth of the larger side. All 0 where the image has one colour.
    """
    lab = rgb2lab(rgb).astype(float)
    apart = lab - lab.mean(axis=(0, 1))
    colours = apart.reshape(-1, 3)
    # A just noticeable difference in every direction: grey images have no spread of hue.
    spread = colours.T @ colours / len(colours) + JUST_NOTICEABLE**2 * np.eye(3)
    square = np.einsum("ijk,kl,ijl->ij", apart, np.linalg.inv(spread), apart)
    # An even surface differs from its mean by rounding alone.
    square[square < 1e-9] = 0.0
    return np.asarray(np.sqrt(gaussian_filter(square, max(rgb.shape[:2]) / 30)))


def centre_density(height_px: int, width_px: int) -> Floats:
    """Gaussian around the centre, shape (height_px, width_px), that sums to 1.

    Its variance is 0.22 where half the width is 1, and 0.45 times that vertically (Clarke and
    Tatler 2014).
    """
    x = (np.arange(width_px) + 0.5 - width_px / 2) / (width_px / 2)
    y = (np.arange(height_px) + 0.5 - height_px / 2) / (width_px / 2)
    across = np.exp(-(x**2) / (2 * CENTRE_VARIANCE))
    down = np.exp(-(y**2) / (2 * CENTRE_VARIANCE * CENTRE_RATIO))
    density = np.outer(down, across)
    return np.asarray(density / density.sum())


@lru_cache(maxsize=256)
def _small_priority(path: Path, changed_ns: int, kind: str) -> Floats:  # noqa: ARG001
    return image_priority(_first_frame(path) if kind == "video" else _read_small(path))


def _first_frame(path: Path) -> NDArray[np.uint8]:
    video = probe_video(path)
    reduced = WORKING_SIZE_PX / max(video.width_px, video.height_px)
    width_px, height_px = (round(s * reduced) or 1 for s in (video.width_px, video.height_px))
    with contextlib.closing(video_frames(path, width_px, height_px)) as frames:
        return next(frames)


def _read_small(path: Path) -> NDArray[np.uint8]:
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            # The size was judged when the stimulus was described.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image.draft("RGB", (2 * WORKING_SIZE_PX, 2 * WORKING_SIZE_PX))
            small = image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise FileFormatError(path, f"this image can't be read ({error}).") from error
    small.thumbnail((WORKING_SIZE_PX, WORKING_SIZE_PX), Image.Resampling.BOX)
    return np.asarray(small)


def _resized(density: Floats, width_px: int, height_px: int) -> Floats:
    picture = Image.fromarray((density / density.max()).astype(np.float32))
    resized = picture.resize((width_px, height_px), Image.Resampling.BILINEAR)
    large = np.array(resized, float)
    large /= large.sum()
    return large
