"""Which models of a leaderboard do not differ significantly, as letters that they share.

Models that share a letter were not told apart by a paired permutation test over images, corrected
for all pairs of a metric by Holm's method: a compact letter display.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

from .permutation import equal_groups, pairwise_tests

Floats = NDArray[np.float64]
#: More models than this are not compared: letters would run out before they help.
MOST_MODELS = 40


def group_letters(
    values: Floats, best_first: Sequence[Sequence[int]], *, seed: int = 0
) -> list[list[str]]:
    """Letters of each model by each metric.

    Parameters
    ----------
    values : ndarray, shape (models, images, metrics)
        Scores; NaN where a metric is not defined.
    best_first : sequence of sequence of int
        For each metric the order of models, the best first: it gets the letter a.
    seed : int
        Of the permutations.

    Returns
    -------
    list of list of str
        By model and metric; empty where a model has no score, or nobody to be compared with.
    """
    models, _, metrics = values.shape
    found = [[""] * metrics for _ in range(models)]
    for metric in range(metrics):
        scores = values[:, :, metric]
        known = [i for i in best_first[metric] if not np.isnan(scores[i]).all()]
        if not 2 <= len(known) <= MOST_MODELS:
            continue
        adjusted = pairwise_tests(scores[known], seed=seed).adjusted
        for model, letters in zip(known, shared_letters(adjusted), strict=True):
            found[model][metric] = letters
    return found


def shared_letters(adjusted: Floats) -> list[str]:
    """Letters of models, the first of which is the best.

    Parameters
    ----------
    adjusted : ndarray, shape (models, models)
        P-values after correction; NaN where there is no test.

    Examples
    --------
    >>> far = np.array([[np.nan, 0.2, 0.01], [0.2, np.nan, 0.3], [0.01, 0.3, np.nan]])
    >>> shared_letters(far)
    ['a', 'ab', 'b']
    """
    groups = sorted(tuple(sorted(group)) for group in equal_groups(adjusted))
    return [
        "".join(_name(k) for k, group in enumerate(groups) if one in group)
        for one in range(len(adjusted))
    ]


def _name(number: int) -> str:
    """The letters of the alphabet, then the same with a prime."""
    turns, letter = divmod(number, len(ascii_letters))
    return ascii_letters[letter] + "′" * turns
