from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from made_files import a_recording

from foveola.data_schema import (
    Calibration,
    FileFormatError,
    FoveolaError,
    Recording,
    TargetError,
    faults_of,
    read_recording,
    write_recording,
    write_recording_streamed,
)


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings made one after the other are made at the same second."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rec.h5"
    write_recording(path, a_recording())
    return path


def assert_same(one: Recording, other: Recording) -> None:
    for part in fields(Recording):
        left, right = getattr(one, part.name), getattr(other, part.name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype
            assert left.tobytes() == right.tobytes(), part.name
        else:
            assert repr(left) == repr(right), part.name  # repr, because NaN is not NaN


def test_comes_back_as_it_was(file: Path) -> None:
    assert_same(read_recording(file), a_recording())


def test_units_and_format_are_in_the_file(file: Path) -> None:
    with h5py.File(file) as h5:
        assert h5.attrs["format"] == "foveola.recording"
        assert h5["samples/left_x_px"].attrs["unit"] == "px"
        assert h5["trials/onset_s"].attrs["unit"] == "s"
        assert h5["samples/time_s"].compression == "gzip"
        assert h5["samples/time_s"].fletcher32


def test_batches_give_the_same_file(tmp_path: Path) -> None:
    recording = a_recording()
    batches = np.array_split(recording.samples, 7)
    write_recording_streamed(
        tmp_path / "b.h5",
        recording,
        batches,
        recording.messages,
        events=recording.events,
        flips_s=recording.flips_s,
    )
    assert_same(read_recording(tmp_path / "b.h5"), recording)


def test_is_never_overwritten(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(FoveolaError, match="never overwritten"):
        write_recording(file, a_recording())
    assert file.read_bytes() == before


def test_samples_between_and_stimulus() -> None:
    recording = a_recording()
    assert len(recording.samples_between(0.5, 0.6)) == 100
    assert recording.samples_between(0.5, 0.6)["time_s"][0] == 0.5
    stimulus = recording.stimulus("b/ü.png")
    assert stimulus is not None
    assert stimulus.width_px == 20
    assert recording.stimulus("c") is None


def test_errors_of_a_calibration_ignore_lost_eyes() -> None:
    (calibration,) = a_recording().calibrations
    assert calibration.mean_error_deg() == calibration.max_error_deg() == 0.4
    empty = Calibration(time_s=0, kind="calibration", layout="HV5", accepted=False)
    assert np.isnan(empty.mean_error_deg())
    assert np.isnan(empty.max_error_deg())


def test_a_point_that_was_measured_again_is_kept_and_counts_no_more() -> None:
    first, again = (
        TargetError(target_x_px=1, target_y_px=2, eye="left", error_deg=error_deg, redone=redone)
        for error_deg, redone in ((2.5, True), (0.5, False))
    )
    validation = Calibration(
        time_s=0, kind="validation", layout="HV5", accepted=True, points=(first, again), attempt=2
    )
    assert validation.holding == (again,)
    assert validation.mean_error_deg() == validation.max_error_deg() == 0.5


def test_missing_part_is_named(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        del h5["trials/onset_s"]
    with pytest.raises(FileFormatError, match=r"rec\.h5: /trials/onset_s: this part is missing"):
        read_recording(file)


def test_wrong_value_is_named_with_its_row(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        h5["trials/index"][0] = -1
    with pytest.raises(FileFormatError, match=r"/trials, row 0, index: .*greater than or equal"):
        read_recording(file)


def test_wrong_record_is_named(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        h5["screen"].attrs["distance_cm"] = 0.0
    with pytest.raises(FileFormatError, match="/screen, distance_cm"):
        read_recording(file)


def test_field_of_a_later_minor_version_may_be_absent(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        del h5["trials/image_scale"], h5["observer"].attrs["session"]
    assert read_recording(file).trials[0].image_scale == 1.0


@pytest.mark.parametrize("place", ["samples/time_s", "events/kind", "messages/time_s"])
def test_columns_of_different_length_are_refused(file: Path, place: str) -> None:
    with h5py.File(file, "a") as h5:
        values = h5[place][:-1]
        del h5[place]
        h5[place] = values
    with pytest.raises(FileFormatError, match="columns differ in length"):
        read_recording(file)


def test_wrong_kinds_of_parts_are_refused(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        del h5["samples/time_s"], h5["blocks"], h5["messages/text"]
        h5["samples/time_s"] = ["text"]
        h5["blocks"] = 1
        h5["messages/text"] = np.zeros((2, 2))
    with pytest.raises(FileFormatError, match="/blocks: this should be a group"):
        read_recording(file)


def test_extra_columns_come_back_with_their_units(tmp_path: Path) -> None:
    recording = a_recording()
    velocity = np.arange(len(recording.samples), dtype=float)
    with_extra = replace(recording, extra={"left_velocity_x_deg_s": velocity, "input": velocity})
    write_recording(tmp_path / "extra.h5", with_extra)
    found = read_recording(tmp_path / "extra.h5").extra
    assert sorted(found) == ["input", "left_velocity_x_deg_s"]
    assert np.array_equal(found["input"], velocity)
    with h5py.File(tmp_path / "extra.h5", "a") as h5:
        assert h5["extra/left_velocity_x_deg_s"].attrs["unit"] == "deg/s"
        assert faults_of(tmp_path / "extra.h5") == []
        for name in ("input", "left_velocity_x_deg_s"):
            h5["extra"][name].resize((3,))
    (fault,) = faults_of(tmp_path / "extra.h5")
    assert "/extra: its columns are not as long as" in fault
