import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage
from scipy.special import logsumexp

from foveola.data_schema import pixel_of
from foveola.fixation_maps.centre_bias import CentreBias, scaled_pixels
from foveola.fixation_maps.density import fixation_counts


def by_hand(fixations, bias, index):
    """The density of one image from scipy's filter over the other images' scaled fixations."""
    height, width = fixations.stimuli[index].shape
    others = fixations.table[fixations.table["stimulus"] != index]
    sizes = np.array([stimulus.shape for stimulus in fixations.stimuli])[others["stimulus"]]
    rows = (others["y_px"] * height / sizes[:, 0]).astype(int)
    columns = (others["x_px"] * width / sizes[:, 1]).astype(int)
    counts = fixation_counts(rows, columns, (height, width))
    sigma_px = bias.bandwidth * height, bias.bandwidth * width
    kernel = ndimage.gaussian_filter(counts, sigma_px) / len(others)
    return (1 - bias.uniform_weight) * kernel + bias.uniform_weight / (height * width)


def test_it_is_the_kernel_density_of_all_other_images():
    fixations = made_set()
    bias = CentreBias(fixations, bandwidth=0.06, uniform_weight=0.1)
    for index in range(3):
        expected = by_hand(fixations, bias, index)
        np.testing.assert_allclose(np.exp(bias.log_density(index)), expected, rtol=1e-9)


def test_every_density_sums_to_one():
    bias = CentreBias.fit(made_set())
    for index in range(3):
        assert logsumexp(bias.log_density(index)) == pytest.approx(0, abs=1e-9)


def test_likelihoods_are_the_density_at_the_fixations():
    fixations = made_set()
    bias = CentreBias.fit(fixations)
    for index in range(3):
        rows, columns = pixel_of(fixations.of(index))
        expected = bias.log_density(index)[rows, columns]
        np.testing.assert_allclose(bias.log_likelihoods(index), expected, rtol=1e-9)


def test_the_fit_beats_its_neighbours_and_uniform():
    fixations = made_set(sizes=((30, 40),) * 6)
    fitted = CentreBias.fit(fixations)

    def mean(bandwidth, weight):
        bias = CentreBias(fixations, bandwidth, weight)
        return np.mean(np.concatenate([bias.log_likelihoods(i) for i in range(6)]))

    best = mean(fitted.bandwidth, fitted.uniform_weight)
    assert best > -np.log(1200) + 0.3
    for factor in (0.8, 1.25):
        assert best > mean(fitted.bandwidth * factor, fitted.uniform_weight)


def test_one_image_alone_has_a_uniform_centre_bias():
    fixations = made_set(sizes=((3, 4),))
    bias = CentreBias.fit(fixations)
    np.testing.assert_allclose(bias.log_density(0), -np.log(12))
    np.testing.assert_allclose(bias.log_likelihoods(0), -np.log(12))


def test_an_image_without_fixations_has_the_bias_of_all_others():
    fixations = made_set()
    table = fixations.table[fixations.table["stimulus"] != 1]
    fewer = type(fixations)(
        fixations.info, fixations.stimuli, fixations.observers, table, fixations.provenance
    )
    bias = CentreBias.fit(fewer)
    assert bias.log_likelihoods(1).shape == (0,)
    assert logsumexp(bias.log_density(1)) == pytest.approx(0, abs=1e-9)


def test_the_kept_maps_are_bounded(monkeypatch):
    monkeypatch.setattr("foveola.fixation_maps.centre_bias.POOLED_MAPS", 2)
    fixations = made_set(sizes=tuple((10 + i, 20) for i in range(5)))
    bias = CentreBias(fixations, 0.05, 0.1)
    expected = [by_hand(fixations, bias, i) for i in range(5)]
    for index in (0, 1, 2, 3, 4, 0):
        np.testing.assert_allclose(np.exp(bias.log_density(index)), expected[index], rtol=1e-9)
    assert len(bias._pooled) <= 2


def test_a_place_at_the_edge_stays_on_the_image():
    fixations = made_set(sizes=((7, 7), (7, 7)), each=1)
    fixations.table["x_px"] = fixations.table["y_px"] = np.nextafter(7, 0)
    rows, columns = scaled_pixels(fixations, (333, 333))
    assert rows.max() == columns.max() == 332


def test_the_last_density_is_kept_and_no_other():
    bias = CentreBias.fit(made_set())
    first = bias.log_density(0)
    assert bias.log_density(0) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 0
    assert bias.log_density(1) is not first
    again = bias.log_density(0)
    assert again is not first
    np.testing.assert_array_equal(again, first)
