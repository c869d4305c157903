"""A kernel density whose width follows the data: narrow where many looked, wide where few did."""

from __future__ import annotations

import math

import numpy as np

from .density import Floats, Indices, density_map, refuse_outside

#: No fixation's sigma is more than so many times wider or narrower than their geometric mean.
MOST_WIDENED = 4.0


def adaptive_density_map(
    rows: Indices,
    columns: Indices,
    shape: tuple[int, int],
    sigma_px: float,
    *,
    sensitivity: float = 0.5,
    truncate: float = 4.0,
) -> Floats:
    """Density of fixations with a sigma for each fixation.

    A pilot density of the usual kind is made first. The sigma of each fixation is ``sigma_px``
    times ``(pilot / g) ** -sensitivity``, with the pilot there and its geometric mean ``g`` over
    the fixations; a half is the square-root law, which takes the leading bias away.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Pixels of the fixations.
    shape : (int, int)
        Height and width of the map.
    sigma_px : float
        Sigma of the pilot in pixels, and geometric mean of the fixations' sigmas.
    sensitivity : float, default 0.5
        From 0 (the same sigma for all) to 1.
    truncate : float, default 4
        A kernel ends after so many of its standard deviations.

    Returns
    -------
    ndarray, shape (height, width)
        Sums to 1, with reflection at the borders; all NaN where there is no fixation.

    Raises
    ------
    ValueError
        If a pixel is off the map, sigma is not a positive number, or the sensitivity is not
        from 0 to 1.

    Notes
    -----
    Abramson, I. S. (1982). On bandwidth variation in kernel estimates: a square root law. The
    Annals of Statistics, 10(4), 1217-1223; Silverman, B. W. (1986). Density estimation for
    statistics and data analysis, section 5.3.
    """
    if not 0 <= sensitivity <= 1:
        raise ValueError(f"sensitivity must be from 0 to 1, not {sensitivity}")
    if len(rows) == 0:
        return np.full(shape, np.nan)
    refuse_outside(rows, columns, shape)
    pilot = density_map(rows, columns, shape, sigma_px, truncate=truncate)[rows, columns]
    widening = (pilot / np.exp(np.mean(np.log(pilot)))) ** -sensitivity
    sigmas_px = sigma_px * np.clip(widening, 1 / MOST_WIDENED, MOST_WIDENED)
    vertical = varied_gaussian_rows(shape[0], rows, sigmas_px, truncate)
    blurred = vertical.T @ varied_gaussian_rows(shape[1], columns, sigmas_px, truncate)
    return np.asarray(blurred / blurred.sum())


def varied_gaussian_rows(
    size: int, places: Indices, sigmas_px: Floats, truncate: float = 4.0
) -> Floats:
    """One axis of a blur with a sigma for each place, with reflection at the borders.

    Parameters
    ----------
    size : int
        Length of the axis in pixels.
    places : ndarray of int, shape (n,)
        Pixels on the axis.
    sigmas_px : ndarray, shape (n,)
        Standard deviations of the Gaussians in pixels.
    truncate : float, default 4
        A kernel ends after so many of its standard deviations.

    Returns
    -------
    ndarray, shape (n, size)
        Each row sums to 1; those of
        :func:`~foveola.fixation_maps.density.gaussian_rows` where all sigmas are one.
    """
    radii = np.floor(truncate * sigmas_px + 0.5)[:, None]
    sigmas = np.asarray(sigmas_px, float)[:, None]
    places = np.asarray(places, np.intp)[:, None]
    axis = np.arange(size)
    rows = np.zeros((len(places), size))
    # The mirrored line repeats every two sizes; each turn shows the place and its mirror image.
    turns = math.ceil((radii.max(initial=0) + size) / (2 * size))
    for turn in range(-turns, turns + 1):
        for image in (places, -1 - places):
            distance = np.abs(axis - image + 2 * size * turn)
            near = distance <= radii
            rows[near] += np.exp(-0.5 * (distance / sigmas) ** 2)[near]
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))
