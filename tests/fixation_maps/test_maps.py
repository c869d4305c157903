import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage

from foveola.data_schema import FoveolaError, SetInfo, open_fixation_maps, pixel_of
from foveola.data_schema.validation import faults_of
from foveola.fixation_maps.density import fixation_counts
from foveola.fixation_maps.maps import write_maps


def test_maps_are_the_blurred_counts_and_say_how_they_were_made(tmp_path):
    fixations = made_set()
    write_maps(fixations, tmp_path / "maps.h5", "0.5deg", inputs=[])
    assert faults_of(tmp_path / "maps.h5") == []
    with open_fixation_maps(tmp_path / "maps.h5") as maps:
        assert (maps.info.sigma_px, maps.info.sigma_deg, maps.info.px_per_deg) == (2.0, 0.5, 4.0)
        assert maps.provenance.parameters["sigma"] == "0.5deg"
        assert [(row.fixations, row.observers) for row in maps.maps] == [(24, 4)] * 3
        counts = fixation_counts(*pixel_of(fixations.of(1)), (20, 50))
        expected = ndimage.gaussian_filter(counts, 2.0) / 24
        np.testing.assert_allclose(maps.density(1), expected, rtol=1e-5, atol=1e-9)


def test_a_stimulus_without_fixations_has_a_map_without_values(tmp_path):
    fixations = made_set()
    bare = type(fixations)(
        fixations.info,
        fixations.stimuli,
        fixations.observers,
        fixations.table[:0],
        fixations.provenance,
    )
    write_maps(bare, tmp_path / "maps.h5", "2px")
    with open_fixation_maps(tmp_path / "maps.h5") as maps:
        assert np.isnan(maps.density(0)).all()
        assert maps.maps[0].observers == 0


def test_paths_follow_the_file(tmp_path):
    fixations = made_set()
    stimulus = fixations.stimuli[0].model_copy(update={"path": "pictures/0.png"})
    placed = type(fixations)(
        fixations.info,
        (stimulus, *fixations.stimuli[1:]),
        fixations.observers,
        fixations.table,
        fixations.provenance,
        tmp_path / "data",
    )
    (tmp_path / "out").mkdir()
    write_maps(placed, tmp_path / "out" / "maps.h5", "2px")
    with open_fixation_maps(tmp_path / "out" / "maps.h5") as maps:
        assert maps.stimuli[0].path == "../data/pictures/0.png"
        assert maps.stimuli[1].path == ""


def test_degrees_without_pixels_per_degree_leave_no_file(tmp_path):
    fixations = made_set()
    unknown = type(fixations)(
        SetInfo(name="made"),
        fixations.stimuli,
        fixations.observers,
        fixations.table,
        fixations.provenance,
    )
    with pytest.raises(FoveolaError, match="pixels per degree"):
        write_maps(unknown, tmp_path / "maps.h5", "1deg")
    assert list(tmp_path.iterdir()) == []


def test_a_sigma_in_degrees_is_that_of_each_stimulus(tmp_path):
    fixations = made_set()
    twice = fixations.stimuli[1].model_copy(update={"px_per_deg": 8.0})
    mixed = dataclasses.replace(
        fixations, stimuli=(fixations.stimuli[0], twice, fixations.stimuli[2])
    )
    write_maps(mixed, tmp_path / "maps.h5", "0.5deg")
    assert faults_of(tmp_path / "maps.h5") == []
    with open_fixation_maps(tmp_path / "maps.h5") as maps:
        assert [row.sigma_px for row in maps.maps] == [2, 4, 2]
        assert np.isnan(maps.info.sigma_px)
        assert np.isnan(maps.info.px_per_deg)
        assert maps.info.sigma_deg == 0.5
        counts = fixation_counts(*pixel_of(fixations.of(1)), (20, 50))
        expected = ndimage.gaussian_filter(counts, 4.0) / 24
        np.testing.assert_allclose(maps.density(1), expected, rtol=1e-5, atol=1e-9)
