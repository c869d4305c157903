import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveola.fixation_maps.density import fixation_counts
from foveola.fixation_maps.mit_kernel import mit_blurred_counts, mit_sigma_px, padded_side


def by_fft(counts, cutoff):
    """The Matlab code's steps, in its order."""
    side = 2 ** math.ceil(math.log2(max(counts.shape) + max(counts.shape) % 2))
    x, y = np.meshgrid(np.arange(side) - side / 2, np.arange(side) - side / 2)
    spread = cutoff / math.sqrt(math.log(2))
    gain = np.fft.fftshift(np.exp(-(x**2 + y**2) / spread**2))
    blurred = np.fft.ifft2(np.fft.fft2(counts, (side, side)) * gain).real
    return blurred[: counts.shape[0], : counts.shape[1]]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.floats(1, 12),
    st.integers(0, 2**32 - 1),
)
def test_it_is_the_blur_in_the_frequency_domain(height, width, cutoff, seed):
    random = np.random.default_rng(seed)
    rows, columns = random.integers(0, height, 9), random.integers(0, width, 9)
    expected = by_fft(fixation_counts(rows, columns, (height, width)), cutoff)
    found = mit_blurred_counts(rows, columns, (height, width), cutoff)
    # The original leaves rounding errors, and at small cutoffs real dips, below zero.
    np.testing.assert_allclose(found, np.maximum(expected, 0), atol=1e-12)


def test_its_width_is_that_of_the_benchmark_and_of_the_map():
    assert mit_sigma_px((768, 1024)) == pytest.approx(23.99, abs=0.005)
    spot = mit_blurred_counts(np.array([500]), np.array([400]), (1000, 1024))
    profile = spot[:, 400] / spot[:, 400].sum()
    spread = np.sqrt(profile @ (np.arange(1000) - 500) ** 2)
    assert spread == pytest.approx(mit_sigma_px((1000, 1024)), rel=1e-3)


@pytest.mark.parametrize(("longer", "side"), [(1, 2), (2, 2), (3, 4), (1024, 1024), (1025, 2048)])
def test_the_square_is_a_power_of_two(longer, side):
    assert padded_side((longer, 1)) == side


@pytest.mark.parametrize("cutoff", [0, -1, np.nan, np.inf])
def test_a_cutoff_is_a_positive_number(cutoff):
    with pytest.raises(ValueError, match="cutoff_cycles must be positive"):
        mit_blurred_counts(np.array([0]), np.array([0]), (2, 2), cutoff)


def test_a_pixel_off_the_map_is_refused():
    with pytest.raises(ValueError, match="row is off the map"):
        mit_blurred_counts(np.array([2]), np.array([0]), (2, 2))
