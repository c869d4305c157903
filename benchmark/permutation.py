"""Whether two models differ: paired permutation tests over images, corrected for their number.

If two models were equally good, each image's difference in score could as well have had the
other sign. The test turns signs at random and counts how often the mean difference is at least
as large as the one found (Fisher 1935, *The Design of Experiments*, §21; Good 2005, *Permutation,
Parametric and Bootstrap Tests of Hypotheses*, §3.2). It asks nothing of the differences but that
they are symmetric where there is no difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PERMUTATIONS = 10_000
#: Level under which a difference is called significant.
ALPHA = 0.05
#: Turned signs are drawn in blocks of so many, so that memory stays flat.
BLOCK = 1000
#: Sums of the same differences in another order may differ by so much of their size.
ROUNDING = 1e-12


@dataclass(frozen=True)
class PairwiseTests:
    """Every model against every other by one metric.

    Attributes
    ----------
    differences : ndarray, shape (models, models)
        Mean of row minus column over the images where both are defined.
    p_values : ndarray, shape (models, models)
        Two-sided; NaN on the diagonal and where the test is not defined.
    adjusted : ndarray, shape (models, models)
        The same after Holm's correction for all pairs.
    """

    differences: Floats
    p_values: Floats
    adjusted: Floats


def permutation_p_values(
    differences: Floats, *, seed: int = 0, permutations: int = PERMUTATIONS
) -> Floats:
    """Two-sided p-values of mean differences, by turning signs.

    Where the images have no more sign patterns than ``permutations``, each is tried once and the
    p-value is exact. Otherwise it is (1 + b) / (1 + permutations), b of the drawn means being as
    large as the one found: never 0, and valid at any number of permutations (Phipson & Smyth
    2010). All columns see the same signs.

    Parameters
    ----------
    differences : ndarray, shape (images, columns)
        Paired differences; NaN is left out.
    seed : int, default 0
        Of the signs.
    permutations : int, default 10000
        How many sets of signs.

    Returns
    -------
    ndarray, shape (columns,)
        NaN where no difference is defined or one is infinite. 1 where all are 0.

    References
    ----------
    Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. *Statistical
    Applications in Genetics and Molecular Biology*, 9(1), 39.
    """
    defined = ~np.isnan(differences)
    testable = defined.any(axis=0) & ~np.isinf(differences).any(axis=0)
    values = np.where(defined & testable, differences, 0.0)
    limit = np.abs(values.sum(axis=0)) - ROUNDING * np.abs(values).sum(axis=0)
    images = len(values)
    exact = images < 63 and 2**images <= permutations
    total = 2**images if exact else permutations
    rng = np.random.default_rng(seed)
    as_large = np.zeros(values.shape[1], np.int64)
    for start in range(0, total, BLOCK):
        count = min(BLOCK, total - start)
        if exact:
            patterns = np.arange(start, start + count)[:, None]
            turned = patterns >> np.arange(images) & 1
        else:
            turned = rng.integers(0, 2, (count, images), np.uint8)
        sums = np.abs((1.0 - 2.0 * turned) @ values)
        as_large += np.count_nonzero(sums >= limit, axis=0)
    p_values = as_large / total if exact else (1 + as_large) / (1 + total)
    return np.where(testable, p_values, np.nan)


def holm(p_values: Floats) -> Floats:
    """Adjust p-values so that the chance of any false positive among them stays at the level.

    Parameters
    ----------
    p_values : ndarray, any shape
        NaN is no test and is not counted.

    Returns
    -------
    ndarray, the same shape
        Between the p-value and 1, in the same order.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian
    Journal of Statistics*, 6(2), 65-70.
    """
    flat = np.asarray(p_values, float).ravel()
    tested = np.flatnonzero(~np.isnan(flat))
    order = tested[np.argsort(flat[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted = np.full(flat.shape, np.nan)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * flat[order]))
    return adjusted.reshape(np.shape(p_values))


def pairwise_tests(
    values: Floats, *, seed: int = 0, permutations: int = PERMUTATIONS
) -> PairwiseTests:
    """Test every model against every other on the images where both are defined.

    Parameters
    ----------
    values : ndarray, shape (models, images)
        Scores by one metric; NaN where it is not defined.
    seed, permutations : int
        Of :func:`permutation_p_values`.

    Returns
    -------
    PairwiseTests
    """
    models = len(values)
    first, second = np.triu_indices(models, 1)
    # Two infinite scores of one sign are equal.
    same = values[first] == values[second]
    with np.errstate(invalid="ignore"):
        paired = np.where(same, 0.0, values[first] - values[second]).T
    counts = np.count_nonzero(~np.isnan(paired), axis=0)
    means = np.full(len(first), np.nan)
    np.divide(np.nansum(paired, axis=0), counts, out=means, where=counts > 0)
    p_values = permutation_p_values(paired, seed=seed, permutations=permutations)

    def matrix(upper: Floats, sign: int) -> Floats:
        whole = np.full((models, models), np.nan)
        whole[first, second], whole[second, first] = upper, sign * upper
        return whole

    return PairwiseTests(matrix(means, -1), matrix(p_values, 1), matrix(holm(p_values), 1))


def equal_groups(adjusted: Floats, *, alpha: float = ALPHA) -> list[tuple[int, ...]]:
    """Largest groups of models no two of which differ significantly.

    Models that share a letter in a compact letter display. A model may be in several groups: not
    to differ is not transitive. A pair that could not be tested does not differ.

    Parameters
    ----------
    adjusted : ndarray, shape (models, models)
        Of :class:`PairwiseTests`.
    alpha : float, default 0.05
        Level of significance.

    Returns
    -------
    list of tuple of int
        Indices of models, ordered by their first member, then the next.

    References
    ----------
    Piepho, H.-P. (2004). An algorithm for a letter-based representation of all-pairwise
    comparisons. *Journal of Computational and Graphical Statistics*, 13(2), 456-466.
    """
    models = len(adjusted)
    groups = [frozenset(range(models))] if models else []
    for first, second in zip(*np.nonzero(np.triu(adjusted < alpha, 1)), strict=True):
        split: set[frozenset[int]] = set()
        for group in groups:
            both = first in group and second in group
            split |= {group - {first}, group - {second}} if both else {group}
        groups = [one for one in split if not any(one < other for other in split)]
    return sorted(tuple(sorted(group)) for group in groups)
