"""What a submitter is told: all faults, not the first, and notes where nothing is broken."""

import shutil

import numpy as np
from made_submissions import NAMES, data_sets, folder_of, made_maps, pictured_set, write_map

from foveola.benchmark.submission_check import check_submission


def test_a_sound_submission_has_no_fault(tmp_path):
    done = []
    check = check_submission(
        pictured_set(tmp_path), folder_of(".npy")(tmp_path), on_progress=lambda *n: done.append(n)
    )
    assert (check.faults, check.notes) == ([], [])
    assert (check.model, check.kind, check.stimuli, check.sound) == ("maps", "saliency_map", 3, 3)
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_all_faults_are_told(tmp_path):
    fixations = pictured_set(tmp_path)
    maps = tmp_path / "maps"
    folder_of(".npy")(tmp_path)
    (maps / f"{NAMES[0]}.npy").unlink()
    write_map(maps / f"{NAMES[1]}.npy", np.ones((3, 4)))
    write_map(maps / f"{NAMES[2]}.npy", np.full((30, 40), np.nan))
    write_map(maps / "con.npy", np.ones((3, 4)))
    check = check_submission(fixations, str(maps))
    assert check.sound == 0
    told = "\n".join(map(str, check.faults))
    for part in (
        "con.npy: Windows takes its name for a device",
        "1 of 3 maps are missing: a.png",
        "4 x 3 pixels, its stimulus 48 x 24",
        "1200 of its values are NaN",
    ):
        assert part in told
    assert len(check.faults) == 4
    assert all(fault.remedy for fault in check.faults)


def test_faults_alike_are_told_once_with_all_their_places(tmp_path):
    fixations = pictured_set(tmp_path)
    for name, values in made_maps().items():
        write_map(tmp_path / "maps" / f"{name}.npy", values.astype(complex))
    check = check_submission(fixations, str(tmp_path / "maps"))
    ((reason, remedy, places),) = check.grouped()
    assert reason == "it holds complex128 values."
    assert remedy == "Save numbers: objects are never unpickled."
    assert [place.rpartition("maps/")[2] for place in places] == [f"{name}.npy" for name in NAMES]


def test_log_densities_must_sum_to_1(tmp_path):
    fixations = pictured_set(tmp_path)
    sound = check_submission(fixations, data_sets(log=True)(tmp_path), kind="log_density")
    assert (sound.faults, sound.kind, sound.sound) == ([], "log_density", 3)
    broken = check_submission(fixations, data_sets()(tmp_path), kind="log_density")
    assert broken.sound == 0
    assert len(broken.faults) == 3
    assert "say kind saliency_map" in broken.faults[0].remedy
    assert "predictions.hdf5/a.png" in str(broken.faults[0])


def test_what_may_be_a_mistake_is_noted(tmp_path):
    fixations = pictured_set(tmp_path)
    densities = folder_of(".npy", log=True)(tmp_path)
    write_map(tmp_path / "maps" / "unasked.npy", np.ones((3, 4)))
    check = check_submission(fixations, densities)
    assert check.faults == []
    assert "3 maps look like log densities" in check.notes[-1]
    assert "1 maps belong to no stimulus of the set, the first: 'unasked.npy'" in check.notes[0]
    shutil.rmtree(tmp_path / "maps")
    for name, values in made_maps().items():
        write_map(tmp_path / "maps" / f"{name}.npy", np.zeros_like(values))
    assert "3 maps are constant" in check_submission(fixations, densities).notes[0]
