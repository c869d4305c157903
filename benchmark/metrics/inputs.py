"""What every metric is given, checked: maps, log densities, and the pixels of fixations."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foveola.data_schema import FoveolaError

Floats = NDArray[np.float64]

#: Spreads and sums of maps outside these bounds would vanish or overflow on the way to a score.
SMALLEST, LARGEST = 1e-280, 1e300

PIXELS_REMEDY = "Fixations are (x, y) in pixels of the map, x first, from 0 up to its size."


def checked_map(values: ArrayLike, what: str = "saliency map") -> Floats:
    """Return a map as float64, shape (height, width).

    Raises
    ------
    FoveolaError
        If it is not a two-dimensional array of finite numbers.
    """
    array = two_dimensional(values, what)
    refuse_not_finite(array, total_of(array), what)
    return array


def total_of(values: Floats) -> float:
    """Sum of a map; not finite where a value is not, or where it leaves the range of float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(values.sum())


def refuse_not_finite(array: Floats, total: float, what: str) -> None:
    """Raise FoveolaError where a map that sums to a total holds values that are not finite."""
    # A sum is finite only where every value is, and takes a fraction of the time of asking each.
    if not math.isfinite(total) and not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        raise FoveolaError(
            f"The {what} holds {len(bad)} values that are NaN or infinite, "
            f"the first at row {bad[0][0]}, column {bad[0][1]}.",
            remedy="Every pixel needs a finite value.",
        )


def two_dimensional(values: ArrayLike, what: str) -> Floats:
    """Return an array of real numbers as float64; FoveolaError where it is no map."""
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        raise FoveolaError(
            f"The {what} holds {array.dtype} values.", remedy="Give an array of real numbers."
        )
    if array.ndim != 2 or array.size == 0:
        raise FoveolaError(
            f"The {what} has shape {array.shape}.", remedy="Give an array (height, width)."
        )
    return np.ascontiguousarray(array, np.float64)


def checked_log_density(values: ArrayLike, what: str = "log density") -> Floats:
    """Return a log density as float64, shape (height, width); minus infinity is a density of 0.

    Raises
    ------
    FoveolaError
        If it is not a two-dimensional array, or a value is NaN or plus infinity.
    """
    array = two_dimensional(values, what)
    # NaN and plus infinity both survive in a maximum; minus infinity does not.
    if not array.max() < np.inf:
        raise FoveolaError(
            f"The {what} holds values that are NaN or plus infinity.",
            remedy="Give natural logarithms of densities; minus infinity stands for zero.",
        )
    return array


def refuse_extreme(amount: float) -> None:
    """Raise FoveolaError where a sum over a map leaves the range in which float64 is exact."""
    if not (amount == 0 or SMALLEST < amount < LARGEST):
        raise FoveolaError(
            f"The values of a map are too small or too large to be summed (to {amount:g}).",
            remedy="Multiply the map by a constant that brings its values near 1.",
        )


def same_shape(first: Floats, second: Floats, what: str) -> None:
    """Raise FoveolaError where two maps differ in size."""
    if first.shape != second.shape:
        raise FoveolaError(
            f"The saliency map has (height, width) {first.shape}, the {what} {second.shape}.",
            remedy="Both must have the size of the stimulus.",
        )


def pixel_indices(
    fixations: ArrayLike, shape: tuple[int, ...], what: str = "fixation"
) -> NDArray[np.intp]:
    """Flat indices of the pixels of fixations: places cut to whole numbers.

    Parameters
    ----------
    fixations : array-like, shape (n, 2)
        Places (x, y) in pixels.
    shape : tuple of int
        (height, width) of the map.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    FoveolaError
        If a place is not a number or is off the map: nothing wraps around.
    """
    points = np.asarray(fixations)
    if points.size == 0:
        return np.empty(0, np.intp)
    if points.ndim != 2 or points.shape[1] != 2:
        raise FoveolaError(f"The {what}s have shape {points.shape}.", remedy="Give (n, 2): (x, y).")
    height, width = shape
    x_px, y_px = points[:, 0], points[:, 1]
    # Written so that NaN is outside too.
    inside = (x_px >= 0) & (x_px < width) & (y_px >= 0) & (y_px < height)
    if not inside.all():
        first = int(np.flatnonzero(~inside)[0])
        raise FoveolaError(
            f"The {what} {first} at ({x_px[first]}, {y_px[first]}) is off the map of "
            f"{width} x {height} pixels.",
            remedy=PIXELS_REMEDY,
        )
    return y_px.astype(np.intp) * width + x_px.astype(np.intp)
