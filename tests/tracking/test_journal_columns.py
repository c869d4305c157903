"""Further columns of samples live and die with their samples."""

import zlib

import numpy as np
import pytest

from foveola.data_schema import (
    Observer,
    RecordingHeader,
    Screen,
    TrackerInfo,
    gaze_samples,
    provenance,
    read_recording,
)
from foveola.tracking import JournalColumns, JournalReader, finalise
from foveola.tracking.journal import header_record
from foveola.tracking.journal_columns import decode_columns, encode_columns
from foveola.tracking.journal_writer import JournalWriter

DTYPE = [("openness_mm", "<f4"), ("valid", "?"), ("counter", "<i8")]
HEADER = RecordingHeader(
    Observer(id="01"),
    Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60),
    TrackerInfo(make="Test", sampling_rate_hz=1000, eyes="both"),
    provenance({}, seed=1),
)


def rows(first, n):
    made = np.zeros(n, DTYPE)
    made["counter"] = np.arange(first, first + n)
    made["openness_mm"], made["valid"] = 10.5, made["counter"] % 2 == 0
    return made


def written(path, *, without=()):
    """A journal of 300 samples in three batches, some without further columns."""
    with JournalWriter(path, 1000) as writer:
        writer.append_record(header_record(HEADER))
        for i in range(3):
            samples = gaze_samples(np.arange(100 * i, 100 * i + 100) / 1000, left_x_px=1.0)
            writer.append_samples(samples, None if i in without else rows(100 * i, 100))
            writer.append_record({"kind": "message", "time_s": i / 10, "text": f"{i}"})
    return path


@pytest.mark.parametrize("dtype", [DTYPE, [("a", "<u1")], [("a", ">f8"), ("b", "<i2")]])
def test_rows_come_back_as_they_went(dtype):
    made = np.zeros(7, dtype)
    made[made.dtype.names[0]] = np.arange(7)
    back = decode_columns(encode_columns(made))
    assert back.dtype.names == made.dtype.names
    for name in made.dtype.names:
        assert np.array_equal(back[name], made[name])


@pytest.mark.parametrize(
    "dtype", [[], [("a", "O")], [("a", "U3")], [("a", "<f4", 2)], [("a", "c16")]]
)
def test_only_numbers_are_written(dtype):
    with pytest.raises(ValueError, match="must be numbers"):
        encode_columns(np.zeros(2, dtype))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xff\xff\xff",
        b"\x02\x00\x00\x00[]",
        *(
            len(head).to_bytes(4, "little") + head + b"12345678"
            for head in map(
                zlib.compress, (b"[]", b'[["a","O"]]', b'[["a","<f8"],["a","<f8"]]', b"[" * 9999)
            )
        ),
    ],
)
def test_what_is_no_payload_is_not_read(payload):
    assert decode_columns(payload) is None


def test_columns_stand_beside_their_samples_in_the_recording(tmp_path):
    summary = finalise(written(tmp_path / "a.journal"), tmp_path / "a.h5")
    recording = read_recording(tmp_path / "a.h5")
    assert summary.journal.intact
    assert list(recording.extra) == ["counter", "openness_mm", "valid"]
    assert np.array_equal(recording.extra["counter"], np.arange(300))
    assert np.array_equal(recording.extra["valid"], np.arange(300) % 2 == 0)
    assert summary.messages == 3


def test_samples_without_further_columns_have_none_of_them(tmp_path):
    finalise(written(tmp_path / "a.journal", without=(1,)), tmp_path / "a.h5")
    counter = read_recording(tmp_path / "a.h5").extra["counter"]
    assert np.isnan(counter[100:200]).all()
    assert np.array_equal(counter[200:], np.arange(200, 300))


def test_damaged_samples_take_their_columns_with_them(tmp_path):
    path = written(tmp_path / "a.journal")
    data = bytearray(path.read_bytes())
    begins = data.index(gaze_samples([0.019], left_x_px=1.0).tobytes())
    data[begins] ^= 255  # the last of the first block's samples
    path.write_bytes(data)
    summary = finalise(path, tmp_path / "a.h5")
    recording = read_recording(tmp_path / "a.h5")
    assert len(recording.samples) == 280
    assert np.array_equal(recording.extra["counter"], np.arange(20, 300))
    assert any(
        "samples before the further columns" in one.reason for one in summary.journal.damages
    )


def test_cut_at_every_byte_columns_are_those_of_their_samples(tmp_path):
    whole = written(tmp_path / "a.journal").read_bytes()
    for size in range(len(whole) - 3000, len(whole), 97):
        (tmp_path / "cut.journal").write_bytes(whole[:size])
        samples = np.empty(0)
        for part in JournalReader(tmp_path / "cut.journal"):
            if isinstance(part, JournalColumns):
                assert np.array_equal(part.rows["counter"], np.round(samples["time_s"] * 1000))
            elif isinstance(part, np.ndarray):
                samples = part


def test_columns_for_other_samples_are_refused(tmp_path):
    with (
        JournalWriter(tmp_path / "a.journal", 1000) as writer,
        pytest.raises(ValueError, match="3 rows of further columns for 2 samples"),
    ):
        writer.append_samples(gaze_samples([0.0, 0.1]), rows(0, 3))
