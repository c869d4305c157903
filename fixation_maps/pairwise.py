"""Blurred counts at the fixations themselves, pair by pair instead of pixel by pixel."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .density import Floats, Indices, impulse_response


def blurred_at_fixations(
    rows: Indices,
    columns: Indices,
    shape: tuple[int, int],
    sigma_px: tuple[float, float],
    groups: Indices | None = None,
    *,
    truncate: float = 4.0,
) -> Floats:
    """Blurred counts of the fixations of one stimulus, at each of these fixations.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Pixels of the fixations.
    shape : (int, int)
        Height and width of the stimulus.
    sigma_px : (float, float)
        Standard deviations of the Gaussian, vertical and horizontal.
    groups : ndarray of int, shape (n,), optional
        Where given, a fixation counts only those of other groups (observers).
    truncate : float, default 4
        The kernel ends after so many standard deviations.

    Returns
    -------
    ndarray, shape (n,)
        The values that :func:`~foveola.fixation_maps.density.blurred_counts` has there, without
        the fixation's own group.
    """
    return np.asarray(
        _pair_sums(
            np.asarray(rows, np.intp),
            np.asarray(columns, np.intp),
            np.zeros(len(rows), np.intp) if groups is None else np.asarray(groups, np.intp),
            impulse_response(shape[0], sigma_px[0], truncate),
            impulse_response(shape[1], sigma_px[1], truncate),
            groups is None,
        )
    )


@njit(cache=True)
def _pair_sums(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    groups: NDArray[np.intp],
    vertical: Floats,
    horizontal: Floats,
    all_count: bool,
) -> Floats:
    sums = np.zeros(len(rows))
    for i in range(len(rows)):
        for j in range(i + 1):
            if not all_count and groups[i] == groups[j]:
                continue
            # The kernel between two places of a mirrored line: direct, and by way of the mirror.
            value = (vertical[abs(rows[i] - rows[j])] + vertical[rows[i] + rows[j] + 1]) * (
                horizontal[abs(columns[i] - columns[j])] + horizontal[columns[i] + columns[j] + 1]
            )
            sums[i] += value
            if i != j:
                sums[j] += value
    return sums
