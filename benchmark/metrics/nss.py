"""NSS: the standardised map at fixations."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from .checked import CheckedMap, as_checked
from .inputs import pixel_indices


def nss(saliency_map: ArrayLike | CheckedMap, fixations: ArrayLike, *, ddof: int = 0) -> float:
    """Normalised scanpath saliency: mean over fixations of the map's z-scores.

    (map - mean) / standard deviation at each fixation, averaged; mean and deviation over all
    pixels.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels of the map; they are cut to whole pixels.
    ddof : int, default 0
        The deviation divides by pixels - ddof: 0 as pysaliency, 1 as the MIT Matlab code.

    Returns
    -------
    float
        Unbounded; 0 is chance, and is what a constant map scores exactly. NaN without fixations.

    Raises
    ------
    FoveolaError
        If the map is not finite and two-dimensional, or a fixation is off it.

    References
    ----------
    Peters, Iyer, Itti and Koch (2005), Vision Research 45.

    Examples
    --------
    >>> round(nss([[0, 0], [0, 4]], [(1, 1)]), 6)
    1.732051
    """
    checked = as_checked(saliency_map)
    values = checked.values
    pixels = pixel_indices(fixations, values.shape)
    if len(pixels) == 0:
        return math.nan
    if checked.squares == 0:
        return 0.0
    deviation = math.sqrt(checked.squares / (values.size - ddof))
    return float((values.ravel()[pixels].mean() - checked.mean) / deviation)
