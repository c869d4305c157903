"""The one-pass median against numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from foveola.fixation_maps.median import SAMPLE, median_of_known

LARGE = 5 * SAMPLE


def expected(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else np.nan


@given(arrays.arrays(float, st.integers(0, 40), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
def test_few_values(values: np.ndarray):
    # Zero is added because numpy has no negative one.
    np.testing.assert_equal(median_of_known(values) + 0.0, expected(values))


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize(
    "make",
    [
        lambda random, n: random.normal(size=n),
        lambda random, n: random.exponential(size=n) ** 4,
        lambda random, n: np.sort(random.normal(size=n)),
        lambda random, n: np.round(random.normal(size=n)),
        lambda random, n: np.zeros(n),
        lambda random, n: np.where(random.random(n) < 0.6, np.nan, random.normal(size=n)),
        lambda random, n: np.full(n, np.nan),
        lambda random, n: np.where(np.arange(n) % 5 == 0, 1.0, random.random(n)),
    ],
    ids=["normal", "skewed", "ordered", "equal", "zero", "gaps", "lost", "periodic"],
)
def test_many_values(make, more: int):
    values = make(np.random.default_rng(more), LARGE + more)
    # Zero is added because numpy has no negative one.
    np.testing.assert_equal(median_of_known(values) + 0.0, expected(values))
