"""How far observers agree on a stimulus, and how far more of them would.

Two groups of n observers each make a map; the correlation of the two maps is their agreement. It
grows with n as ``n / (n + e/s)`` (Spearman 1910; Brown 1910), where ``s`` is the variance that
observers share and ``e`` what is an observer's own; the map of n observers correlates with that of
infinitely many by its square root. Everything follows from the covariances between observers'
maps, which need no map: they are sums over pairs of fixations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import pixel_of

from .density import Floats, Indices, impulse_response

#: Random splits of the observers of a stimulus.
SPLITS = 100


@dataclass(frozen=True)
class Covariances:
    """Covariances between the blurred counts of a stimulus' observers.

    Attributes
    ----------
    matrix : ndarray, shape (k, k)
        Sum over pixels of the product of two observers' blurred counts, each about its mean.
    """

    matrix: Floats

    @property
    def observers(self) -> int:
        """Number of observers with fixations on the stimulus."""
        return len(self.matrix)

    def own_shares(self, weights: Floats) -> Floats:
        """Variance that is an observer's own against the shared, ``e/s``, by analysis of variance.

        Parameters
        ----------
        weights : ndarray, shape (b, k)
            How often each observer is taken, for each of b bootstraps; pairs of one observer
            with themselves are never taken for two people.

        Returns
        -------
        ndarray, shape (b,)
            At least 0; infinite where observers share nothing, NaN with fewer than two of them.
        """
        alone = np.diag(self.matrix)
        total, squares = weights.sum(axis=1), (weights**2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            products = ((weights @ self.matrix) * weights).sum(axis=1) - weights**2 @ alone
            shared = products / (total**2 - squares)
            own = np.maximum(weights @ alone / total - shared, 0)
            return np.asarray(np.where(shared <= 0, np.inf, own / shared))

    def splits(
        self, size: int, random: np.random.Generator, count: int = SPLITS
    ) -> NDArray[np.float64]:
        """CC between the maps of two groups of so many observers, for random groups.

        Returns
        -------
        ndarray, shape (count,)
            NaN where a map is constant.

        Raises
        ------
        ValueError
            If there are not twice so many observers.
        """
        if not 1 <= size <= self.observers // 2:
            raise ValueError(f"two groups of {size} among {self.observers} observers")
        order = random.permuted(np.tile(np.arange(self.observers), (count, 1)), axis=1)
        groups = np.zeros((2, count, self.observers))
        np.put_along_axis(groups[0], order[:, :size], 1, axis=1)
        np.put_along_axis(groups[1], order[:, size : 2 * size], 1, axis=1)
        first, second = groups
        product = ((first @ self.matrix) * second).sum(axis=1)
        norms = [((one @ self.matrix) * one).sum(axis=1) for one in groups]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(product / np.sqrt(norms[0] * norms[1]))


def own_share_of(agreement: Floats | float, observers: Floats | float) -> Floats:
    """Own against shared variance, ``e/s``, by the agreement of two groups of n observers.

    This is the inverse of :func:`agreement_of`; infinite where they do not agree at all.
    """
    agreement = np.asarray(agreement, float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(agreement <= 0, np.inf, observers * (1 / agreement - 1)))


def agreement_of(own_share: Floats | float, observers: Floats | float) -> Floats:
    """CC between the maps of two groups of n observers, by their own share of variance.

    Examples
    --------
    >>> agreement_of(9.0, np.array([1, 9, 171])).round(2).tolist()
    [0.1, 0.5, 0.95]
    """
    return np.asarray(observers / (observers + np.asarray(own_share, float)))


def covariances(
    table: NDArray[np.void], shape: tuple[int, int], sigma_px: float, truncate: float = 4.0
) -> Covariances:
    """Covariances between observers' blurred counts on one stimulus.

    Parameters
    ----------
    table : ndarray of STIMULUS_FIXATION_DTYPE, shape (n,)
        All fixations on the stimulus.
    shape : (int, int)
        Height and width of the stimulus.
    sigma_px : float
        Standard deviation of the Gaussian in pixels.
    truncate : float, default 4
        The kernel ends after so many standard deviations.
    """
    rows, columns = pixel_of(table)
    _, group = np.unique(table["observer"], return_inverse=True)
    counts = np.bincount(group).astype(float)
    products = _products(
        rows,
        columns,
        group,
        _twice_blurred(shape[0], sigma_px, truncate),
        _twice_blurred(shape[1], sigma_px, truncate),
        len(counts),
    )
    # The blur keeps the sum of counts, so the mean of a map is known.
    return Covariances(products - np.outer(counts, counts) / (shape[0] * shape[1]))


def _twice_blurred(size: int, sigma_px: float, truncate: float) -> Floats:
    """Response to a unit blurred twice: the product of two blurs, summed over an axis."""
    gain = np.fft.rfft(impulse_response(size, sigma_px, truncate))
    return np.asarray(np.fft.irfft(gain**2, 2 * size))


@njit(cache=True)
def _products(
    rows: Indices,
    columns: Indices,
    group: Indices,
    vertical: Floats,
    horizontal: Floats,
    groups: int,
) -> Floats:
    sums = np.zeros((groups, groups))
    for i in range(len(rows)):
        for j in range(i + 1):
            # The kernel between two places of a mirrored line: direct, and by way of the mirror.
            value = (vertical[abs(rows[i] - rows[j])] + vertical[rows[i] + rows[j] + 1]) * (
                horizontal[abs(columns[i] - columns[j])] + horizontal[columns[i] + columns[j] + 1]
            )
            sums[group[i], group[j]] += value
            if i != j:
                sums[group[j], group[i]] += value
    return sums
