import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from foveola.fixation_maps.density import fixation_counts
from foveola.fixation_maps.pairwise import blurred_at_fixations


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 30),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.floats(0.4, 30),
    st.floats(0.4, 30),
)
def test_pairs_give_what_the_blurred_map_has_at_the_fixations(seed, n, shape, vertical, across):
    random = np.random.default_rng(seed)
    rows, columns = random.integers(0, shape[0], n), random.integers(0, shape[1], n)
    groups = random.integers(0, 3, n)
    sigma_px = (vertical, across)
    whole = ndimage.gaussian_filter(fixation_counts(rows, columns, shape), sigma_px)
    pairs = blurred_at_fixations(rows, columns, shape, sigma_px)
    np.testing.assert_allclose(pairs, whole[rows, columns], rtol=1e-11)

    held_out = blurred_at_fixations(rows, columns, shape, sigma_px, groups)
    for group in np.unique(groups):
        mine = groups == group
        counts = fixation_counts(rows[~mine], columns[~mine], shape)
        expected = ndimage.gaussian_filter(counts, sigma_px)[rows[mine], columns[mine]]
        np.testing.assert_allclose(held_out[mine], expected, rtol=1e-11, atol=1e-300)


def test_no_fixations_give_no_values():
    none = np.empty(0, int)
    assert blurred_at_fixations(none, none, (3, 4), (1.0, 1.0)).shape == (0,)
