"""BIDS: what is exported comes back, the validator is content, the bytes are always the same."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import made_imports
import numpy as np
import pytest
from made_recordings import recording_of

from foveola.data_schema import (
    Block,
    Calibration,
    EventKind,
    FileFormatError,
    FoveolaError,
    Message,
    Observer,
    TargetError,
    empty_events,
    write_recording,
)
from foveola.tracking import export_bids, import_recording
from foveola.tracking.bids_export import escaped, unescaped


def full_recording(seed, observer, session=""):
    """A binocular recording with all that BIDS has a place for."""
    recording, _ = recording_of(seed=seed, observer=observer, session=session)
    samples = recording.samples[:400].copy()
    for axis in "xy":
        samples[f"right_{axis}_px"] = samples[f"left_{axis}_px"] + 1 / 3
    samples["left_pupil"] = np.arange(len(samples)) / 7
    samples["device_time_s"] = samples["time_s"] + 12.5
    samples = np.delete(samples, slice(100, 140))
    events = empty_events(3)
    events["kind"] = EventKind.FIXATION, EventKind.SACCADE, EventKind.BLINK
    events["eye"] = 1, 2, 3
    events["onset_s"], events["duration_s"] = [0.01, 0.1, 0.2], 0.05
    events["x_px"][0], events["amplitude_deg"][1] = 100.25, 3.5
    points = (
        TargetError(target_x_px=1, target_y_px=2, eye="left", error_deg=0.25),
        TargetError(target_x_px=1, target_y_px=2, eye="right", error_deg=0.75),
    )
    calibrations = [
        Calibration(time_s=0, kind=kind, layout="HV9", accepted=True, points=points)
        for kind in ("calibration", "validation")
    ]
    blocks = [
        Block(
            start_s=float(samples["time_s"][0]),
            end_s=float(samples["time_s"][-1]),
            sampling_rate_hz=1000,
            eyes="both",
        )
    ]
    return replace(
        recording,
        samples=samples,
        events=events,
        calibrations=tuple(calibrations),
        blocks=tuple(blocks),
        tracker=recording.tracker.model_copy(update={"eyes": "both"}),
        messages=(
            Message(time_s=0.1, text="shown\twith a tab, a \\ and\na line"),
            Message(time_s=0.2, text=""),
        ),
        extra={
            "left_velocity_x_deg_s": np.arange(len(samples)) / 3,
            "right_velocity_x_deg_s": np.arange(len(samples)) / 9,
            "input": np.full(len(samples), np.nan),
        },
    )


@pytest.fixture
def files(tmp_path):
    paths = []
    for seed, observer in enumerate(["P-01", "p 2", "3"]):
        paths.append(tmp_path / f"{seed}.h5")
        write_recording(paths[-1], full_recording(seed, observer))
    return paths


def test_what_is_exported_comes_back(files, tmp_path):
    assert export_bids(files, tmp_path / "set", task="free view") == 4 + 3 * 10
    for seed, label in enumerate(["P01", "p2", "3"]):
        place = tmp_path / "set" / f"sub-{label}" / "beh"
        stem = f"sub-{label}_task-freeview"
        result = import_recording(place / f"{stem}_recording-eye1_physio.tsv.gz")
        ours, theirs = full_recording(seed, label), result.recording
        assert theirs.samples.tobytes() == ours.samples.tobytes()
        assert theirs.events.tobytes() == ours.events.tobytes()
        assert theirs.messages == ours.messages
        assert theirs.trials == ours.trials
        assert theirs.blocks == ours.blocks
        assert repr(theirs.screen) == repr(ours.screen)
        assert theirs.observer.id == label
        assert [one.id for one in theirs.stimuli] == [one.id for one in ours.stimuli]
        for name, values in ours.extra.items():
            np.testing.assert_array_equal(theirs.extra[name], values)
        assert result.summary.lines["rejected"] == 0


def test_the_validator_finds_no_error(files, tmp_path):
    here = Path(sys.executable).with_name("bids-validator-deno")
    validator = str(here) if here.exists() else shutil.which("bids-validator-deno")
    if validator is None:
        pytest.skip("bids-validator-deno is not installed")
    export_bids(files, tmp_path / "set")
    done = subprocess.run(
        [validator, "--json", str(tmp_path / "set")],
        capture_output=True,
        text=True,
        check=False,
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [one for one in issues if one["severity"] == "error"] == []


def test_the_same_recordings_give_the_same_bytes(files, tmp_path):
    export_bids(files, tmp_path / "one")
    export_bids(list(reversed(files)), tmp_path / "two")
    one, two = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert not any(str(tmp_path).encode() in content for content in one.values())
    packed = next(content for path, content in one.items() if path.suffix == ".gz")
    assert packed[3:8] == bytes(5)  # no name, no time


def test_side_cars_say_what_bids_requires(files, tmp_path):
    export_bids(files, tmp_path / "set")
    place = tmp_path / "set" / "sub-P01" / "beh"
    card = json.loads((place / "sub-P01_task-freeview_recording-eye2_physio.json").read_text())
    assert (card["PhysioType"], card["RecordedEye"]) == ("eyetrack", "right")
    assert (card["CalibrationCount"], card["CalibrationType"]) == (1, "HV9")
    assert card["AverageCalibrationError"] == card["MaximalCalibrationError"] == 0.75
    assert card["Columns"][:4] == ["timestamp", "x_coordinate", "y_coordinate", "pupil_size"]
    assert "right_velocity_x_deg_s" in card["Columns"]
    events = json.loads((place / "sub-P01_task-freeview_events.json").read_text())
    assert events["StimulusPresentation"]["ScreenOrigin"] == ["top", "left"]
    marks = json.loads(
        (place / "sub-P01_task-freeview_recording-eye1_physioevents.json").read_text()
    )
    assert marks["OnsetSource"] == "timestamp"


def test_sessions_and_runs_have_names_of_their_own(tmp_path):
    paths = []
    for i, session in enumerate(["pre", "pre", "post"]):
        paths.append(tmp_path / f"{i}.h5")
        write_recording(paths[-1], full_recording(i, "1", session))
    export_bids(paths, tmp_path / "set")
    names = sorted(path.name for path in (tmp_path / "set").rglob("*_events.tsv"))
    assert names == [
        "sub-1_ses-post_task-freeview_events.tsv",
        "sub-1_ses-pre_task-freeview_run-01_events.tsv",
        "sub-1_ses-pre_task-freeview_run-02_events.tsv",
    ]
    found = next((tmp_path / "set").rglob("*ses-post*eye1_physio.tsv.gz"))
    assert import_recording(found).recording.observer.session == "post"


def test_what_cannot_be_exported_is_said(files, tmp_path):
    with pytest.raises(FoveolaError, match="no recording"):
        export_bids([], tmp_path / "set")
    (tmp_path / "there").mkdir()
    with pytest.raises(FoveolaError, match="never overwritten"):
        export_bids(files, tmp_path / "there")
    twin = tmp_path / "twin.h5"
    observer = Observer(id="P_01")
    write_recording(twin, replace(full_recording(0, "x"), observer=observer))
    with pytest.raises(FoveolaError, match=r"'P-01' and 'P_01' both become sub-P01"):
        export_bids([*files, twin], tmp_path / "set")
    assert not list(tmp_path.glob("set*"))


def test_eyes_with_times_of_their_own_are_joined(tmp_path):
    file = made_imports.bids(tmp_path)
    result = import_recording(file.path)
    assert any("different times" in note for note in import_notes(file, result))


def import_notes(file, result):
    """The made set lacks the damaged sample in both eyes; here one eye gets it back."""
    import gzip

    other = file.path.with_name(file.path.name.replace("eye1", "eye2"))
    content = gzip.decompress(other.read_bytes()) + b"9000.0\t1\t2\t3\t4\n"
    other.write_bytes(gzip.compress(content))
    joined = import_recording(file.path)
    assert joined.summary.samples == result.summary.samples + 1
    last = joined.recording.samples[-1]
    assert np.isnan(last["left_x_px"])
    assert last["right_x_px"] == 1
    return joined.summary.notes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Columns": None}, "no list of Columns"),
        ({"Columns": ["timestamp"]}, "columns are missing: x_coordinate"),
        ({"SampleCoordinateSystem": "eye-in-head"}, "not on a screen"),
        ({"x_coordinate": {"Units": "deg"}}, "in 'deg', not in pixels"),
        ({"Blocks": [1]}, "Blocks of its side-car"),
    ],
)
def test_side_cars_that_cannot_be_used_are_named(tmp_path, change, reason):
    file = made_imports.bids(tmp_path)
    card = file.path.with_name(file.path.name.replace(".tsv.gz", ".json"))
    card.write_text(json.dumps(json.loads(card.read_text()) | change))
    with pytest.raises(FileFormatError, match=reason):
        import_recording(file.path, file_format="bids")


def test_text_survives_the_cell():
    for text in ("", "plain", "a\tb\\t\r\n\\", "n/a "):
        assert unescaped(escaped(text)) == text
