"""Weights of a mixture of densities, and a search over bandwidths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]

#: No component's weight falls below this, so that no pixel has a density of zero.
SMALLEST_WEIGHT = 1e-6


def mixture_weights(
    likelihoods: Floats, *, tolerance: float = 1e-6, max_iterations: int = 300
) -> Floats:
    """Weights under which a mixture of given densities is most likely, by EM.

    Parameters
    ----------
    likelihoods : ndarray, shape (n, k)
        Value of each of the k densities at each fixation.
    tolerance : float
        Iteration ends when no weight moves by more.
    max_iterations : int
        Iteration ends after so many steps in any case.

    Returns
    -------
    ndarray, shape (k,)
        Weights from 1e-6 up that sum to 1; equal where there is nothing to fit.

    Notes
    -----
    Dempster, A. P., Laird, N. M., & Rubin, D. B. (1977). Maximum likelihood from incomplete data
    via the EM algorithm. Journal of the Royal Statistical Society B, 39(1), 1-38.
    """
    components = likelihoods.shape[1]
    weights = np.full(components, 1 / components)
    if len(likelihoods) == 0:
        return weights
    columns = np.ascontiguousarray(likelihoods.T)
    for _ in range(max_iterations):
        new = weights * (columns @ (1 / (weights @ columns))) / len(likelihoods)
        new = np.maximum(new, SMALLEST_WEIGHT)
        new /= new.sum()
        moved = np.abs(new - weights).max()
        weights = new
        if moved < tolerance:
            break
    return np.asarray(weights)


def best_bandwidth(
    mean_log_likelihood: Callable[[float], float], smallest: float, largest: float
) -> float:
    """Bandwidth of the largest likelihood, searched on a logarithmic scale to about 1 %."""
    found = optimize.minimize_scalar(
        lambda log: -mean_log_likelihood(float(np.exp(log))),
        bounds=(np.log(smallest), np.log(largest)),
        method="bounded",
        options={"xatol": 0.01},
    )
    return float(np.exp(found.x))
