"""How large a difference between two models is, apart from whether it is one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def standardised_difference(differences: Floats) -> float:
    """Mean of paired differences in units of their standard deviation: Cohen's d_z.

    Parameters
    ----------
    differences : ndarray, shape (images,)
        NaN is left out.

    Returns
    -------
    float
        Positive where the first model scores higher; 0 where there is no difference at all, NaN
        where fewer than two are defined or one is infinite; infinite where all are the same.

    References
    ----------
    Cohen, J. (1988). *Statistical Power Analysis for the Behavioral Sciences* (2nd ed.), p. 48.
    """
    known = differences[~np.isnan(differences)]
    if len(known) < 2 or np.isinf(known).any():
        return math.nan
    mean, deviation = float(known.mean()), float(known.std(ddof=1))
    if deviation == 0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / deviation


def superiority(differences: Floats) -> float:
    """Share of the images on which the first model scores higher; ties count half.

    Parameters
    ----------
    differences : ndarray, shape (images,)
        NaN is left out.

    Returns
    -------
    float
        0 to 1; NaN where no difference is defined.

    References
    ----------
    Grissom, R. J., & Kim, J. J. (2012). *Effect Sizes for Research* (2nd ed.), ch. 5.
    """
    known = differences[~np.isnan(differences)]
    if not len(known):
        return math.nan
    return float(np.mean(known > 0) + np.mean(known == 0) / 2)
