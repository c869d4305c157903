"""Turn any map into a density."""

from __future__ import annotations

import numpy as np

from .inputs import Floats, refuse_extreme, total_of

#: The least density a pixel keeps, in units of the uniform density: half a grey level of a
#: typical 8-bit map, whose mean lies near 50.
FLOOR = 0.01


def shift_and_scale(values: Floats, total: float) -> tuple[float, float]:
    """What to subtract from a map of that total, and then to multiply by, to make a density of it.

    The minimum is subtracted only where it is negative. The scale is 0 for a map whose sum is
    then 0: it says nothing.
    """
    shift = min(float(values.min()), 0.0)
    # Not the sum less the shift: of a nearly constant map that would be rounding errors.
    if shift != 0:
        with np.errstate(over="ignore", invalid="ignore"):
            total = float((values - shift).sum())
    refuse_extreme(total)
    return shift, 1 / total if total > 0 else 0.0


def density_of_map(values: Floats) -> Floats:
    """Density of a saliency map: its minimum subtracted if negative, divided by its sum.

    A map whose sum is then 0 says nothing, and becomes the uniform density.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Any finite numbers.

    Returns
    -------
    ndarray, shape (height, width)
        Sums to 1.
    """
    shift, scale = shift_and_scale(values, total_of(values))
    if scale == 0:
        return np.full(values.shape, 1 / values.size)
    return (values - shift) * scale


def log_density_of_map(values: Floats) -> Floats:
    """Natural logarithm of the density that a saliency map is taken to mean.

    The density is :func:`density_of_map` where that is at least 1 % of the uniform density;
    pixels below are lifted to 1 %, and the whole divided by its sum. So a map that is 0 where
    somebody looked loses 6.6 bits there and not infinitely many, the rule does not depend on the
    map's scale, and a map that is nowhere so small is left as it is.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Any finite numbers.

    Returns
    -------
    ndarray, shape (height, width)
    """
    density, total = lifted_density(values)
    density /= total
    return np.asarray(np.log(density, out=density))


def lifted_density(values: Floats) -> tuple[Floats, float]:
    """Density of a map, lifted to the floor where it is lower, and its sum (1 where it is not)."""
    density = density_of_map(values)
    floor = FLOOR / values.size
    if density.min() >= floor:
        return density, 1.0
    np.maximum(density, floor, out=density)
    return density, float(density.sum())
