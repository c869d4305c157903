"""EMD beside the installed POT, on small maps."""

import numpy as np
import pytest
from scipy import ndimage

from foveola.benchmark import metrics


def transported(first, second):
    """Earth mover's distance by POT's exact solver, Euclidean between pixels."""
    ot = pytest.importorskip("ot")
    places = np.argwhere(np.ones(first.shape)).astype(float)
    masses = [(one / one.sum()).ravel() for one in (first, second)]
    return ot.emd2(*masses, ot.dist(places, places, metric="euclidean"), numItermax=1_000_000)


@pytest.mark.parametrize("shape", [(1, 30), (7, 5), (12, 16)])
@pytest.mark.parametrize("seed", range(3))
def test_small_maps(shape, seed):
    rng = np.random.default_rng(seed)
    first = ndimage.gaussian_filter(rng.random(shape), 1)
    second = ndimage.gaussian_filter((rng.random(shape) > 0.9).astype(float), 1) + 1e-3
    expected = transported(first, second)
    assert metrics.emd(first, second, downsize=1) == pytest.approx(expected, abs=1e-9)


def test_blocks_of_a_larger_map():
    rng = np.random.default_rng(4)
    first, second = rng.random((64, 96)), rng.random((64, 96)) ** 4
    blocks = [one.reshape(8, 8, 12, 8).sum(axis=(1, 3)) / one.sum() for one in (first, second)]
    assert metrics.emd(first, second, downsize=8) == pytest.approx(transported(*blocks), abs=1e-9)
