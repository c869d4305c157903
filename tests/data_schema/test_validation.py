from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from made_files import SCREEN, STIMULI, a_fixation_set, a_recording

from foveola import data_schema as ds


def write_truth(path: Path) -> None:
    densities = tuple(np.full(one.shape, 1 / (one.width_px * one.height_px)) for one in STIMULI)
    events = a_recording().events
    ds.write_truth(path, ds.SimulatedTruth(SCREEN, STIMULI, densities, events, ds.provenance()))


def write_maps(path: Path) -> None:
    with ds.new_fixation_maps(path, ds.MapInfo(sigma_px=3), ds.provenance()) as maps:
        maps.append(STIMULI[0], np.full((30, 40), 1 / 1200), fixations=5, observers=2)
        maps.append(STIMULI[1], np.full((10, 20), np.nan), fixations=0, observers=0)


def write_scores(path: Path) -> None:
    protocol = ds.Protocol(
        profile="tuebingen", dataset="made", sigma_px=24, metrics=("AUC",), stimuli=("a", "b")
    )
    models = [ds.ModelRow(name="m", kind="saliency_map")]
    with ds.new_score_pictures(path, protocol, models, ds.provenance()) as writer:
        for i in range(2):
            writer.append(0, i, np.zeros((2, 2), np.uint8))


WRITERS: dict[str, Callable[[Path], None]] = {
    "recording": lambda path: ds.write_recording(path, a_recording()),
    "fixations": lambda path: ds.write_fixation_set(path, a_fixation_set()),
    "maps": write_maps,
    "truth": write_truth,
    "scores": write_scores,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_sound_files_have_no_fault(tmp_path: Path, kind: str) -> None:
    WRITERS[kind](tmp_path / "x.h5")
    assert ds.faults_of(tmp_path / "x.h5") == []


def spoil(h5: h5py.File, place: str, value: object) -> None:
    if value is None:
        del h5[place]
    elif "@" in place:
        group, attribute = place.split("@")
        h5[group].attrs[attribute] = value
    elif isinstance(value, np.ndarray):
        del h5[place]
        h5[place] = value
    else:
        h5[place][0] = value


FAULTS = {
    "recording": [
        ("provenance", None, "/provenance: this part is missing"),
        ("screen@distance_cm", -1.0, "/screen, distance_cm"),
        ("tracker@eyes", "third", "/tracker, eyes"),
        ("samples/left_x_px@unit", "deg", "/samples/left_x_px: its unit is 'deg', not 'px'"),
        (
            "samples/time_s",
            5.0,
            "/samples/time_s: time runs backwards (1 rows, the first is row 1)",
        ),
        ("trials/offset_s", 0.0, "/trials, row 0: it ends before it starts"),
        ("trials/stimulus", "zzz", "/trials, row 0: its stimulus 'zzz' is not described"),
        ("stimuli/id", "b/ü.png", "'b/ü.png' appears 2 times"),
        ("blocks/start_s", 9.0, "/blocks, row 0: it ends before it starts"),
        ("events/kind", 99, "/events/kind: unknown kind"),
        ("events/duration_s", -1.0, "/events/duration_s: a duration is negative"),
        ("calibrations/kind", "guess", "/calibrations, row 0, kind"),
    ],
    "fixations": [
        ("info@off_stimulus", -2, "/info, off_stimulus"),
        ("fixations/stimulus", 7, "/fixations/stimulus: there is no such stimulus"),
        ("fixations/observer", -1, "/fixations/observer: there is no such observer"),
        ("fixations/x_px", 40.0, "/fixations/x_px: off the stimulus"),
        ("fixations/duration_s", -0.1, "/fixations/duration_s: a duration is negative"),
        ("observers/id", "02", "'02' appears 2 times"),
    ],
    "maps": [
        ("density/0", 1.0, "/density/0: this is no density"),
        ("density/1", 0.0, "/density/1: without fixations there is no density"),
        ("density/1", np.zeros((2, 2)), "/density/1: its shape is (2, 2)"),
        ("density/0", None, "/density/0: this part is missing"),
        ("info@sigma_px", 0.0, "/info, sigma_px"),
        ("stimuli/kind", "sound", "1 stimuli"),
    ],
    "truth": [("density/1", -1.0, "/density/1: this is no density")],
    "scores": [
        ("pictures/0/1", None, "/pictures/0: a picture is missing (1 rows, the first is row 1)"),
        ("pictures/0/0", np.zeros(3), "/pictures/0/0: this is no grey picture"),
        ("pictures/0", None, "/pictures/0: this part is missing"),
        ("protocol", None, "/protocol: this part is missing"),
    ],
}


@pytest.mark.parametrize(
    ("kind", "place", "value", "message"),
    [(kind, *fault) for kind, faults in FAULTS.items() for fault in faults],
)
def test_each_fault_is_named(
    tmp_path: Path, kind: str, place: str, value: object, message: str
) -> None:
    WRITERS[kind](tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5", "a") as h5:
        spoil(h5, place, value)
    faults = ds.faults_of(tmp_path / "x.h5")
    assert any(message in fault for fault in faults), faults
    assert all(fault.startswith(str(tmp_path / "x.h5")) for fault in faults)


def test_every_fault_is_named_not_just_the_first(tmp_path: Path) -> None:
    WRITERS["recording"](tmp_path / "x.h5")
    spoiled = [fault for fault in FAULTS["recording"] if fault[0] != "stimuli/id"]
    with h5py.File(tmp_path / "x.h5", "a") as h5:
        for place, value, _ in spoiled:
            spoil(h5, place, value)
    # A trial can only be wrong in one of its two ways here, because its row is read once.
    assert len(ds.faults_of(tmp_path / "x.h5")) >= len(spoiled)


def test_damaged_chunk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    WRITERS["recording"](path)
    with h5py.File(path) as h5:
        chunk = h5["samples/left_x_px"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 20] ^= 0xFF
    path.write_bytes(content)
    (fault,) = ds.faults_of(path)
    assert "samples" in fault
    assert "can't be read" in fault


def test_foreign_and_missing_files(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as h5:
        h5["a"] = 1
    assert "no file of Foveola" in ds.faults_of(tmp_path / "x.h5")[0]
    assert "no such file" in ds.faults_of(tmp_path / "y.h5")[0]


def test_scores_csv(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = [ds.Score("m", "a", "AUC", 0.5), ds.Score("m", "b", "AUC", 0.5)]
    ds.write_scores_csv(path, rows)
    assert ds.faults_of(path) == []
    ds.write_scores_csv(path, [*rows, rows[0]])
    assert "line 4: it scores the same as line 2" in ds.faults_of(path)[0]
    path.write_text("nonsense")
    assert "line 1" in ds.faults_of(path)[0]
