"""Small grey pictures of maps, for the eye and never for scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize

Floats = NDArray[np.float64]

LONGEST_SIDE_PX = 320
#: The brightest thousandth of a map is drawn white, so that one pixel does not darken the rest.
WHITE_PERCENTILE = 99.9


def picture_of(values: Floats) -> NDArray[np.uint8]:
    """Small grey picture of a map, for the eye and never for scores.

    Black is the map's minimum, white its 99.9th percentile, linear between; a constant map is
    black. The longest side is at most 320 pixels; a larger map is averaged down, a smaller one
    keeps its size.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Finite.

    Returns
    -------
    ndarray of uint8, shape (height, width) of the picture
    """
    scale = LONGEST_SIDE_PX / max(values.shape)
    if scale < 1:
        shape = tuple(max(1, round(side * scale)) for side in values.shape)
        values = resize(  # type: ignore[no-untyped-call]
            values, shape, order=1, anti_aliasing=True, preserve_range=True
        )
    least, white = float(values.min()), float(np.percentile(values, WHITE_PERCENTILE))
    if not white > least:
        white = max(float(values.max()), least)
    span = white - least
    grey = (values - least) / span if span > 0 else np.zeros_like(values)
    return np.asarray(np.round(255 * np.clip(grey, 0, 1)), np.uint8)
