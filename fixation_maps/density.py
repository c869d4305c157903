"""Fixation counts, blurred counts and densities of one stimulus.

The pixel of a fixation is its place cut to whole numbers
(:func:`foveola.data_schema.pixel_of`). A blurred count map is what
:func:`scipy.ndimage.gaussian_filter` makes of the counts, but is computed as the product of two
thin matrices, one row a fixation, and that only where the kernels reach: it costs a thirtieth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Indices = NDArray[np.integer]
#: A kernel that reaches less than this share of the map is added where it reaches; a wider one is
#: left to the matrix product, which does its useless work quicker.
SPARSE = 3
Mode = Literal["reflect", "constant", "nearest", "mirror", "wrap"]


def fixation_counts(rows: Indices, columns: Indices, shape: tuple[int, int]) -> Floats:
    """Number of fixations in each pixel.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Pixels of the fixations.
    shape : (int, int)
        Height and width of the map.

    Returns
    -------
    ndarray, shape (height, width)

    Raises
    ------
    ValueError
        If a pixel is off the map.
    """
    height, width = shape
    refuse_outside(rows, columns, shape)
    pixels = np.asarray(rows, np.intp) * width + np.asarray(columns, np.intp)
    counts = np.bincount(pixels.ravel(), minlength=height * width)
    return counts.reshape(shape).astype(float)


def blurred_counts(
    rows: Indices,
    columns: Indices,
    shape: tuple[int, int],
    sigma_px: float,
    *,
    truncate: float = 4.0,
    mode: Mode = "reflect",
) -> Floats:
    """Fixation counts blurred by a Gaussian.

    Equals ``scipy.ndimage.gaussian_filter(counts, sigma_px, truncate=truncate, mode=mode)`` to a
    relative 1e-12.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Pixels of the fixations.
    shape : (int, int)
        Height and width of the map.
    sigma_px : float
        Standard deviation of the Gaussian in pixels.
    truncate : float, default 4
        The kernel ends after so many standard deviations.
    mode : str, default "reflect"
        What lies beyond the border, as scipy names it.

    Returns
    -------
    ndarray, shape (height, width)

    Raises
    ------
    ValueError
        If a pixel is off the map or sigma is not a positive number.
    """
    if not 0 < sigma_px < np.inf:
        raise ValueError(f"sigma_px must be positive, not {sigma_px}")
    height, width = shape
    # Beyond so many fixations the product costs more than the filter; it knows reflection alone.
    if mode != "reflect" or len(rows) > height + width:
        counts = fixation_counts(rows, columns, shape)
        return np.asarray(
            ndimage.gaussian_filter(counts, sigma_px, truncate=truncate, mode=mode), float
        )
    refuse_outside(rows, columns, shape)
    side = 2 * int(truncate * sigma_px + 0.5) + 1
    if SPARSE * min(side, height) * min(side, width) < height * width:
        return np.asarray(
            _stamped(
                np.asarray(rows, np.intp),
                np.asarray(columns, np.intp),
                impulse_response(height, sigma_px, truncate),
                impulse_response(width, sigma_px, truncate),
                side // 2,
            )
        )
    vertical = gaussian_rows(height, rows, sigma_px, truncate)
    return np.asarray(vertical.T @ gaussian_rows(width, columns, sigma_px, truncate))


@njit(cache=True)
def _stamped(
    rows: Indices, columns: Indices, vertical: Floats, horizontal: Floats, radius: int
) -> Floats:
    """Sum of the kernels of all fixations, each within its reach; line by line of the map.

    From left to right, and neighbours two at once, so that the map is read and written half as
    often.
    """
    height, width = len(vertical) // 2, len(horizontal) // 2
    order = np.argsort(columns)
    rows, columns = rows[order], columns[order]
    begins, ends = np.maximum(columns - radius, 0), np.minimum(columns + radius + 1, width)
    # Kernels have zeros at both ends, as far as neighbours may lie apart.
    apart = radius // 3
    lines = np.zeros((len(columns), 2 * radius + 1 + 2 * apart))
    for i in range(len(columns)):
        for x in range(begins[i], ends[i]):
            # Besides the direct way there is that by way of the mirror.
            lines[i, apart + x - begins[i]] = (
                horizontal[abs(x - columns[i])] + horizontal[x + columns[i] + 1]
            )
    blurred = np.zeros((height, width))
    for y in range(height):
        reaching = np.flatnonzero(np.abs(y - rows) <= radius)
        next_one = 0
        while next_one < len(reaching):
            one = other = reaching[next_one]
            weight, weight_of_other = _weight(vertical, y, rows[one]), 0.0
            next_one += 1
            if next_one < len(reaching) and begins[reaching[next_one]] - begins[one] <= apart:
                other = reaching[next_one]
                weight_of_other = _weight(vertical, y, rows[other])
                next_one += 1
            into = blurred[y, begins[one] : ends[other]]
            line = lines[one, apart : apart + len(into)]
            shift = apart - (begins[other] - begins[one])
            line_of_other = lines[other, shift : shift + len(into)]
            for x in range(len(into)):
                into[x] += weight * line[x] + weight_of_other * line_of_other[x]
    return blurred


@njit(cache=True, inline="always")
def _weight(vertical: Floats, y: int, row: int) -> float:
    return float(vertical[abs(y - row)] + vertical[y + row + 1])


def density_map(
    rows: Indices,
    columns: Indices,
    shape: tuple[int, int],
    sigma_px: float,
    *,
    truncate: float = 4.0,
    mode: Mode = "reflect",
) -> Floats:
    """Density of fixations: the blurred counts divided by their sum.

    Parameters and errors are those of :func:`blurred_counts`.

    Returns
    -------
    ndarray, shape (height, width)
        Sums to 1; all NaN where there is no fixation.
    """
    if len(rows) == 0:
        return np.full(shape, np.nan)
    blurred = blurred_counts(rows, columns, shape, sigma_px, truncate=truncate, mode=mode)
    return np.asarray(blurred / blurred.sum())


def gaussian_rows(size: int, places: Indices, sigma_px: float, truncate: float = 4.0) -> Floats:
    """One axis of the blur: what a unit at each place becomes, with reflection at the borders.

    Reflection makes a line of n pixels an even signal of period 2n, so the row of place j is a
    window of the periodic impulse response that starts at -j plus one that starts at j + 1.

    Parameters
    ----------
    size : int
        Length of the axis in pixels.
    places : ndarray of int, shape (n,)
        Pixels on the axis.
    sigma_px : float
        Standard deviation of the Gaussian in pixels.
    truncate : float, default 4
        The kernel ends after so many standard deviations.

    Returns
    -------
    ndarray, shape (n, size)
        Each row sums to 1; rows are columns of the Gaussian of the identity.
    """
    places = np.asarray(places, np.intp)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.tile(impulse_response(size, sigma_px, truncate), 2), size
    )
    return np.asarray(windows[2 * size - places] + windows[places + 1])


@lru_cache(maxsize=64)
def impulse_response(size: int, sigma_px: float, truncate: float) -> Floats:
    """Response of the blur to a unit, on a circle of twice the axis; shape (2 * size,).

    Between places i and j of the mirrored axis the kernel is ``response[|i - j|]`` (direct) plus
    ``response[i + j + 1]`` (by way of the mirror).
    """
    unit = np.zeros(2 * size)
    unit[0] = 1
    response = np.asarray(
        ndimage.gaussian_filter1d(unit, sigma_px, truncate=truncate, mode="wrap"), float
    )
    response.setflags(write=False)
    return response


def refuse_outside(rows: Indices, columns: Indices, shape: tuple[int, int]) -> None:
    """Raise ValueError where a pixel is off a map."""
    for what, places, size in (("row", rows, shape[0]), ("column", columns, shape[1])):
        if len(places) and not (np.min(places) >= 0 and np.max(places) < size):
            raise ValueError(f"a {what} is off the map: {np.min(places)} to {np.max(places)}")
