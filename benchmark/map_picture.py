"""Small pictures of maps, and of where they gain information, made while a map is scored."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import ScaledPicture

from .ground_truth import GroundTruth
from .profiles import Prediction

Floats = NDArray[np.float64]

LONGEST_SIDE_PX = 320
#: The brightest thousandth of a map is drawn white, so that one pixel does not darken the rest.
WHITE_PERCENTILE = 99.9
#: Grey that stands for no gain and no loss; 127 steps lie above it, 128 below.
ZERO_GREY = 128


def scaled_picture(values: Floats) -> ScaledPicture:
    """Small picture of a map, and the values of its greys; for the eye and never for scores.

    Black is the map's minimum, white its 99.9th percentile, linear between; a constant map is
    black. The longest side is at most 320 pixels; a larger map is averaged down, a smaller one
    keeps its size.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Finite.
    """
    small = reduced(values)
    low, high = float(small.min()), float(np.percentile(small, WHITE_PERCENTILE))
    if not high > low:
        high = max(float(small.max()), low)
    span = high - low
    grey = (small - low) / span if span > 0 else np.zeros_like(small)
    return ScaledPicture(np.round(255 * np.clip(grey, 0, 1)).astype(np.uint8), low, high)


def gain_picture(prediction: Prediction, truth: GroundTruth) -> ScaledPicture | None:
    """Small picture of where a model gains information over the baseline, and where it loses.

    Each pixel holds the empirical density times the logarithm to base 2 of the model's density
    over the baseline's (Kümmerer, Wallis & Bethge 2015, doi 10.1073/pnas.1510393112), averaged
    down like the map. Values are bits per fixation that a pixel of the stimulus contributes; what
    is beyond the largest 99.9 % is cut off.

    Returns
    -------
    ScaledPicture or None
        None where there are no fixations.
    """
    total = float(truth.empirical_map.sum())
    if not total > 0:
        return None
    uniform = -math.log(truth.empirical_map.size)
    baseline = uniform if truth.baseline is None else truth.baseline
    gain = truth.empirical_map / total * (prediction.log_density - baseline) / math.log(2)
    # A density of 0 loses infinitely much where anybody looked, and nothing elsewhere.
    small = reduced(np.nan_to_num(gain, nan=0.0, neginf=-1.0))
    largest = float(np.percentile(np.abs(small), WHITE_PERCENTILE))
    steps = np.round(127 * np.clip(small / largest, -1, 1)) if largest > 0 else 0 * small
    # So that grey 128 is exactly 0 by the same formula that holds for every scaled picture.
    return ScaledPicture((ZERO_GREY + steps).astype(np.uint8), -largest * ZERO_GREY / 127, largest)


def reduced(values: Floats) -> Floats:
    """Average a map down until its longest side is 320 pixels; the mean over the map stays."""
    height, width = values.shape
    scale = LONGEST_SIDE_PX / max(height, width)
    if scale >= 1:
        return values
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # In 32 bits, with the values brought to about 1: densities of large images are tiny.
    most = float(np.abs(values).max()) or 1.0
    image = Image.fromarray((values / most).astype(np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BOX), float) * most
