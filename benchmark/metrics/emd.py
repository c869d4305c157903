"""EMD: the work that turns a map's density into the empirical one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, sparse

from foveola.data_schema import FoveolaError

from .densities import density_of_map
from .inputs import Floats, checked_map, same_shape

#: A larger problem would take minutes and gigabytes.
MAX_CELLS = 1200


def emd(saliency_map: ArrayLike, empirical_map: ArrayLike, *, downsize: int = 32) -> float:
    """Earth mover's distance between a map and the empirical map, in pixels of the small maps.

    Both maps are made densities and summed over blocks of ``downsize`` x ``downsize`` pixels. The
    distance is the least work, mass times Euclidean distance between blocks, that turns one into
    the other: exact, by linear programming.

    Parameters
    ----------
    saliency_map : array-like, shape (height, width)
        Any finite numbers.
    empirical_map : array-like, shape (height, width)
        Fixation counts blurred by a Gaussian.
    downsize : int, default 32
        Side of the blocks in pixels; those at the far edges may be smaller.

    Returns
    -------
    float
        0 (equal) upwards, in blocks; lower is better. NaN where the empirical map is 0
        everywhere, which is to say that there were no fixations.

    Raises
    ------
    FoveolaError
        If a map is not finite and two-dimensional, the sizes differ, or there would be more than
        1200 blocks.

    References
    ----------
    Rubner, Tomasi and Guibas (2000), The earth mover's distance as a metric for image retrieval,
    IJCV 40; Bylinskii et al. (2019), IEEE TPAMI 41.

    Examples
    --------
    >>> emd([[1, 0, 0]], [[0, 0, 5]], downsize=1)
    2.0
    """
    values, truth = checked_map(saliency_map), checked_map(empirical_map, "empirical map")
    same_shape(values, truth, "empirical map")
    if not truth.any():
        return math.nan
    small = _blocks(density_of_map(values), downsize)
    if small.size > MAX_CELLS:
        raise FoveolaError(
            f"{small.size} blocks of {downsize} px are too many for an exact distance.",
            remedy=f"Choose larger blocks; at most {MAX_CELLS} can be solved.",
        )
    surplus = small - _blocks(density_of_map(truth), downsize)
    # Mass that both have in a block stays there: no way of moving it is shorter.
    givers, takers = np.argwhere(surplus > 0), np.argwhere(surplus < 0)
    if len(givers) == 0 or len(takers) == 0:
        return 0.0
    distances = np.linalg.norm(givers[:, None] - takers[None], axis=2)
    return _least_work(surplus[surplus > 0], -surplus[surplus < 0], distances)


def _blocks(density: Floats, side: int) -> Floats:
    rows, columns = (np.arange(0, size, side) for size in density.shape)
    return np.asarray(np.add.reduceat(np.add.reduceat(density, rows, axis=0), columns, axis=1))


def _least_work(supply: Floats, demand: Floats, distances: Floats) -> float:
    """Cost of the cheapest transport between two sets of masses of equal sum."""
    demand = demand * (supply.sum() / demand.sum())  # equal to the last bit, or nothing fits
    givers, takers = distances.shape
    leaves = sparse.kron(sparse.eye_array(givers), np.ones((1, takers)), "csr")
    arrives = sparse.kron(np.ones((1, givers)), sparse.eye_array(takers), "csr")
    # One equation follows from the others; without it rounding cannot make them disagree.
    result = optimize.linprog(  # type: ignore[call-overload]
        distances.ravel(),
        A_eq=sparse.vstack([leaves, arrives[:-1]]),
        b_eq=np.concatenate([supply, demand[:-1]]),
        method="highs-ds",
    )
    return float(result.fun)
