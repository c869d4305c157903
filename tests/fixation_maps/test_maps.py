import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage

from foveola.data_schema import (
    FoveolaError,
    SetInfo,
    open_fixation_maps,
    open_fixation_set,
    pixel_of,
    write_fixation_set,
)
from foveola.data_schema.validation import faults_of
from foveola.fixation_maps.adaptive_density import adaptive_density_map
from foveola.fixation_maps.bandwidth import cross_validated_sigma_px
from foveola.fixation_maps.density import density_map, fixation_counts
from foveola.fixation_maps.map_views import MapView
from foveola.fixation_maps.maps import Blur, write_maps
from foveola.fixation_maps.mit_kernel import mit_blurred_counts, mit_sigma_px


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


def test_the_mit_kernel_follows_the_size_of_the_image(tmp_path):
    fixations = made_set()
    write_maps(fixations, tmp_path / "maps.h5", blur=Blur("mit", cutoff_cycles=4))
    assert faults_of(tmp_path / "maps.h5") == []
    with open_fixation_maps(tmp_path / "maps.h5") as maps:
        assert maps.info.kernel == "mit"
        assert maps.info.mode == "constant"
        assert maps.info.sigma_px == pytest.approx(mit_sigma_px((30, 40), 4))
        assert maps.provenance.parameters["cutoff_cycles"] == 4
        expected = mit_blurred_counts(*pixel_of(fixations.of(0)), (30, 40), 4)
        np.testing.assert_allclose(maps.density(0), expected / expected.sum(), atol=1e-8)


def test_the_adaptive_kernel_takes_a_fitted_sigma(tmp_path):
    fixations = made_set()
    write_maps(fixations, tmp_path / "maps.h5", blur=Blur("adaptive", "fitted"))
    sigma_px = float(f"{cross_validated_sigma_px(fixations):.4g}")
    with open_fixation_maps(tmp_path / "maps.h5") as maps:
        assert (maps.info.kernel, maps.info.sigma_px) == ("adaptive", sigma_px)
        assert maps.provenance.parameters["sigma_fitted"] is True
        expected = adaptive_density_map(*pixel_of(fixations.of(0)), (30, 40), sigma_px)
        np.testing.assert_allclose(maps.density(0), expected, atol=1e-8)


def test_a_kernel_with_its_own_border_refuses_another(tmp_path):
    for kernel in ("mit", "adaptive"):
        with pytest.raises(FoveolaError, match=f"The {kernel} kernel has its own border rule"):
            write_maps(made_set(), tmp_path / "maps.h5", blur=Blur(kernel, mode="nearest"))


def test_a_view_is_stated_and_has_its_own_counts(tmp_path):
    fixations = made_set()
    write_maps(fixations, tmp_path / "maps.h5", "2px", view=MapView(left_out="01"))
    with open_fixation_maps(tmp_path / "maps.h5") as maps:
        assert maps.info.left_out == "01"
        assert [(row.fixations, row.observers) for row in maps.maps] == [(18, 3)] * 3
        table = fixations.of(2)
        expected = density_map(*pixel_of(table[table["observer"] != 1]), (30, 40), 2.0)
        np.testing.assert_allclose(maps.density(2), expected, atol=1e-8)


def test_a_stopped_run_is_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr("foveola.data_schema.fixation_map_parts.MAPS_A_PART", 1)
    fixations = made_set()
    write_fixation_set(tmp_path / "fix.h5", fixations)

    def stopped(indices):
        yield from list(indices)[:2]
        raise KeyboardInterrupt

    told = []
    job = {"inputs": [tmp_path / "fix.h5"], "resume": True, "on_resume": told.append}
    with pytest.raises(KeyboardInterrupt):
        write_maps(fixations, tmp_path / "maps.h5", "2px", **job, track=stopped)
    assert not (tmp_path / "maps.h5").exists()
    with open_fixation_set(tmp_path / "fix.h5") as streamed:
        write_maps(streamed, tmp_path / "maps.h5", "2px", **job)
    assert told == [2]
    before = (tmp_path / "maps.h5").read_bytes()
    write_maps(fixations, tmp_path / "maps.h5", "2px", **job, track=stopped)
    assert told == [2, 3]
    assert (tmp_path / "maps.h5").read_bytes() == before
    write_maps(fixations, tmp_path / "whole.h5", "2px")
    with (
        open_fixation_maps(tmp_path / "maps.h5") as maps,
        open_fixation_maps(tmp_path / "whole.h5") as whole,
    ):
        assert [str(row) for row in maps.maps] == [str(row) for row in whole.maps]
        for index in range(3):
            np.testing.assert_array_equal(maps.density(index), whole.density(index))


def test_without_inputs_nothing_is_resumed(tmp_path):
    with pytest.raises(ValueError, match="inputs"):
        write_maps(made_set(), tmp_path / "maps.h5", "2px", resume=True)


@pytest.mark.parametrize(
    ("blur", "label"),
    [
        (Blur(sigma="24px"), "sigma 24px"),
        (Blur("adaptive", "9px", fitted=True), "adaptive kernel, sigma 9px (fitted)"),
        (Blur("mit"), "mit kernel, 8 cycles an image"),
    ],
)
def test_a_blur_is_named_in_a_few_words(blur, label):
    assert blur.label == label


def test_a_file_of_another_job_gives_way(tmp_path):
    fixations = made_set()
    write_fixation_set(tmp_path / "fix.h5", fixations)
    (tmp_path / "maps.h5").write_bytes(b"no maps")
    for sigma_px in (2, 3):
        job = {"inputs": [tmp_path / "fix.h5"], "resume": True}
        write_maps(fixations, tmp_path / "maps.h5", f"{sigma_px}px", **job)
        with open_fixation_maps(tmp_path / "maps.h5") as maps:
            assert maps.info.sigma_px == sigma_px
