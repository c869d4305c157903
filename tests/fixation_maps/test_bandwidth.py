import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage

from foveola.data_schema import FoveolaError, pixel_of
from foveola.fixation_maps.bandwidth import cross_validated_sigma_px
from foveola.fixation_maps.density import fixation_counts
from foveola.fixation_maps.mixture import mixture_weights


def mean_log_likelihood(fixations, sigma_px):
    """By scipy's filter, one observer held out after the other."""
    values = []
    for index, stimulus in enumerate(fixations.stimuli):
        table = fixations.of(index)
        for observer in range(len(fixations.observers)):
            mine = table["observer"] == observer
            counts = fixation_counts(*pixel_of(table[~mine]), stimulus.shape)
            density = ndimage.gaussian_filter(counts, sigma_px) / np.count_nonzero(~mine)
            kernel = density[pixel_of(table[mine])]
            values.append(np.column_stack([kernel, np.full(len(kernel), 1 / density.size)]))
    values = np.concatenate(values)
    return np.mean(np.log(values @ mixture_weights(values)))


def test_it_is_the_likeliest_for_held_out_observers():
    fixations = made_set(observers=5, each=8)
    best = cross_validated_sigma_px(fixations)
    found = mean_log_likelihood(fixations, best)
    for factor in (0.8, 0.95, 1.05, 1.25):
        assert found >= mean_log_likelihood(fixations, best * factor) - 1e-6


def test_a_larger_set_is_judged_by_stimuli_spread_evenly():
    fixations = made_set(sizes=((30, 40),) * 5)
    chosen = fixations.table[np.isin(fixations.table["stimulus"], [0, 4])]
    two = dataclasses.replace(fixations, table=chosen)
    assert cross_validated_sigma_px(fixations, most_stimuli=2) == pytest.approx(
        cross_validated_sigma_px(two)
    )


def test_one_observer_is_too_few():
    with pytest.raises(FoveolaError, match="two observers looked at.*State sigma"):
        cross_validated_sigma_px(made_set(observers=1))
