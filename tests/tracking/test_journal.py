"""The journal keeps what is whole, reports what is not, and takes nothing damaged for data."""

import errno
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveola.data_schema import GAZE_DTYPE, FileFormatError, FoveolaError, gaze_samples
from foveola.tracking.journal import (
    HEADER_BYTES,
    MAX_PAYLOAD_BYTES,
    BlockKind,
    decode_header,
    encode_block,
)
from foveola.tracking.journal_reader import JournalReader, JournalRecord
from foveola.tracking.journal_writer import JournalWriter, write_at


def rows(first, count):
    numbers = np.arange(first, first + count, dtype=float)
    return gaze_samples(numbers / 1000, left_x_px=numbers)


def read(path):
    """Samples, records and the report of a journal."""
    reader = JournalReader(path)
    samples, records = [np.empty(0, GAZE_DTYPE)], []
    for part in reader:
        (records if isinstance(part, JournalRecord) else samples).append(part)
    return np.concatenate(samples), [one.content for one in records], reader.report


def numbers(samples):
    return samples["left_x_px"].astype(int).tolist()


def journal_bytes(tmp_path, count=200, name="whole.journal"):
    path = tmp_path / name
    with JournalWriter(path, 1000) as writer:
        writer.append_record({"kind": "header", "text": "Grüße"})
        for first in range(0, count, 10):
            writer.append_samples(rows(first, 10))
            if first == 50:
                writer.append_record({"kind": "message", "text": "half", "time_s": float("nan")})
    return path.read_bytes()


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a.journal"
    path.write_bytes(journal_bytes(tmp_path))
    samples, records, report = read(path)
    assert numbers(samples) == list(range(200))
    assert records[0] == {"kind": "header", "text": "Grüße"}
    assert np.isnan(records[1]["time_s"])
    assert (report.samples, report.records) == (200, 2)
    assert report.intact
    assert report.lines() == []


def test_blocks_hold_at_most_20_ms(tmp_path):
    path = tmp_path / "a.journal"
    with JournalWriter(path, 250) as writer:
        writer.append_samples(rows(0, 17))
    sizes = [len(part) for part in JournalReader(path) if isinstance(part, np.ndarray)]
    assert sizes == [5, 5, 5, 2]


def test_a_journal_never_takes_the_place_of_another(tmp_path):
    path = tmp_path / "a.journal"
    path.write_text("older")
    with pytest.raises(FoveolaError, match=r"a\.journal exists .* Choose another name"):
        JournalWriter(path, 1000)
    assert path.read_text() == "older"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FoveolaError, match=r"none/a\.journal can't be made .* Choose a folder"):
        JournalWriter(tmp_path / "none" / "a.journal", 1000)


def test_misuse_is_refused(tmp_path):
    writer = JournalWriter(tmp_path / "a.journal", 1000)
    with pytest.raises(ValueError, match="kind"):
        writer.append_record({"text": "what am I?"})
    with pytest.raises(ValueError, match="GAZE_DTYPE"):
        writer.append_samples(np.zeros(3))
    writer.finish()
    writer.finish()
    with pytest.raises(ValueError, match="closed"):
        writer.append_samples(rows(0, 1))
    with pytest.raises(ValueError, match="too large"):
        encode_block(BlockKind.RECORD, 0, 0, bytes(MAX_PAYLOAD_BYTES + 1))


def test_an_interrupted_journal_keeps_everything_but_says_so(tmp_path):
    path = tmp_path / "a.journal"
    with pytest.raises(ZeroDivisionError), JournalWriter(path, 1000) as writer:
        writer.append_samples(rows(0, 40))
        raise ZeroDivisionError
    samples, _, report = read(path)
    assert numbers(samples) == list(range(40))
    assert not report.complete
    assert report.damages == []
    assert "the end record is missing" in report.lines()[0]
    assert str(path) in report.lines()[0]


def test_a_journal_cut_at_any_byte_opens(tmp_path):
    whole = journal_bytes(tmp_path, 60)
    path = tmp_path / "cut.journal"
    row_bytes = GAZE_DTYPE.itemsize
    first_block = HEADER_BYTES + decode_header(whole[:HEADER_BYTES]).payload_bytes
    for size in range(first_block, len(whole)):
        path.write_bytes(whole[:size])
        samples, _, report = read(path)
        assert numbers(samples) == list(range(len(samples)))
        assert len(samples) >= (size - first_block - 200) // (row_bytes * 10 + HEADER_BYTES) * 10
        assert not report.complete
    for size in range(first_block):
        path.write_bytes(whole[:size])
        with pytest.raises(FileFormatError, match="no whole block"):
            read(path)


def test_damage_names_byte_and_reason(tmp_path):
    whole = bytearray(journal_bytes(tmp_path))
    head = decode_header(bytes(whole[:HEADER_BYTES]))
    second = HEADER_BYTES + head.payload_bytes
    whole[second + HEADER_BYTES + 5] ^= 1
    path = tmp_path / "a.journal"
    path.write_bytes(whole)
    samples, _, report = read(path)
    assert numbers(samples) == list(range(10, 200))
    (damage,) = report.damages
    assert (damage.byte, damage.samples_lost) == (second, 10)
    assert damage.bytes_lost == HEADER_BYTES + 10 * GAZE_DTYPE.itemsize
    assert report.lines()[0].startswith(f"{path}: byte {second}: the checksum of block 1 does not")
    assert (report.samples_lost, report.blocks_lost) == (10, 1)
    assert report.complete


def test_missing_and_misplaced_blocks_are_reported(tmp_path):
    whole = journal_bytes(tmp_path, 30)
    path = tmp_path / "a.journal"
    size = HEADER_BYTES + 10 * GAZE_DTYPE.itemsize
    first = HEADER_BYTES + decode_header(whole[:HEADER_BYTES]).payload_bytes
    blocks = [whole[first + i * size : first + (i + 1) * size] for i in range(3)]
    rest = whole[first + 3 * size :]
    path.write_bytes(whole[:first] + blocks[0] + blocks[2] + rest)
    samples, _, report = read(path)
    assert numbers(samples) == [*range(10), *range(20, 30)]
    assert report.samples_lost == 10
    assert "1 blocks with 10 samples are missing" in report.damages[0].reason
    path.write_bytes(whole[:first] + blocks[1] + blocks[0] + blocks[2] + rest)
    samples, _, report = read(path)
    assert numbers(samples) == list(range(10, 30))
    assert "out of its place" in report.damages[1].reason


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (bytes(5000), "zeros"),
        (b"\xabFVJ", "ends within the header"),
        (b"x" * 3_000_000, "no whole header"),
        (encode_block(BlockKind.RECORD, 99, 0, b"[1]"), "block 99 can't be understood"),
        (encode_block(BlockKind.RECORD, 99, 0, b"{"), "block 99 can't be understood"),
        (encode_block(BlockKind.SAMPLES, 99, 0, b"123"), "block 99 can't be understood"),
        (encode_block(BlockKind.RECORD, 99, 0, b'{"kind": "x"}')[:-1], "ends within a block"),
    ],
)
def test_what_follows_the_end_is_reported(tmp_path, tail, reason):
    path = tmp_path / "a.journal"
    path.write_bytes(journal_bytes(tmp_path, 20) + tail)
    samples, _, report = read(path)
    assert len(samples) == 20
    (damage,) = report.damages
    assert reason in damage.reason
    assert damage.bytes_lost == len(tail)


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "a.journal"
    with pytest.raises(FileFormatError, match="can't be opened"):
        read(path)
    path.write_bytes(b"PNG" * 100)
    with pytest.raises(FileFormatError, match=r"a\.journal: there is no whole block"):
        read(path)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_corruption_yields_no_wrong_block_and_no_unreported_loss(tmp_path, data):
    path = tmp_path / "corrupt.journal"
    original = tmp_path / "whole.journal"
    whole = original.read_bytes() if original.exists() else journal_bytes(tmp_path)
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3), "faults")):
        place = data.draw(st.integers(0, len(damaged) - 1), "place")
        end = min(len(damaged), place + data.draw(st.integers(1, 2000), "length"))
        fault = data.draw(st.sampled_from(["flip", "zero", "cut", "double", "noise"]), "fault")
        if fault == "flip":
            damaged[place] ^= 1 << data.draw(st.integers(0, 7))
        elif fault == "zero":
            damaged[place:end] = bytes(end - place)
        elif fault == "cut":
            del damaged[place:end]
        elif fault == "double":
            damaged[place:place] = damaged[place:end]
        else:
            damaged[place:end] = data.draw(st.binary(max_size=50))
        if not damaged:
            break
    path.write_bytes(damaged)
    try:
        samples, records, report = read(path)
    except FileFormatError:
        return
    found = numbers(samples)
    assert found == sorted(set(found)), "samples out of order or twice"
    assert set(found) <= set(range(200))
    assert np.array_equal(samples["time_s"], samples["left_x_px"] / 1000)
    assert [one["kind"] for one in records] in ([], ["header"], ["message"], ["header", "message"])
    if damaged != whole:
        assert not report.intact
    if report.complete:
        assert report.samples + report.samples_lost == 200


class FullDisk:
    """Writes until it is full; a part of the block may still go in."""

    def __init__(self):
        self.full = False
        self.part = 0

    def __call__(self, descriptor, data, offset):
        if not self.full:
            return write_at(descriptor, data, offset)
        if self.part:
            return write_at(descriptor, data[: self.part], offset)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("part", [0, 7, 100])
def test_a_disk_full_for_a_time_loses_nothing(tmp_path, part):
    disk = FullDisk()
    disk.part = part
    path = tmp_path / "a.journal"
    writer = JournalWriter(path, 1000, write=disk)
    for first in range(0, 3000, 10):
        disk.full = 500 <= first < 2000
        writer.append_samples(rows(first, 10))
        if first == 1990:
            assert writer.waiting == 1500
            assert writer.error
            samples, _, report = read(path)
            assert numbers(samples) == list(range(500))
            assert report.damages == []
    assert writer.waiting == 0
    assert writer.error == ""
    writer.finish()
    samples, _, report = read(path)
    assert numbers(samples) == list(range(3000))
    assert report.intact


def test_a_disk_full_for_good_keeps_what_it_took_and_counts_the_rest(tmp_path):
    disk = FullDisk()
    path = tmp_path / "a.journal"
    writer = JournalWriter(path, 1000, write=disk, queue_bytes=20_000)
    for first in range(0, 3000, 10):
        disk.full = first >= 1000
        writer.append_samples(rows(first, 10))
    writer.append_record({"kind": "message", "text": "records have room of their own"})
    assert writer.dropped + writer.waiting == 2000
    assert 0 < writer.waiting < 320
    with pytest.raises(FoveolaError, match=r"samples still wait .* finish again"):
        writer.finish()
    assert numbers(read(path)[0]) == list(range(1000))
    disk.full = False
    waiting, dropped = writer.waiting, writer.dropped
    writer.finish()
    samples, records, report = read(path)
    assert numbers(samples) == list(range(1000 + waiting))
    assert records[0]["text"].startswith("records")
    assert report.complete
    assert (report.samples_lost, report.dropped) == (dropped, dropped)
    assert "the disk took nothing" in report.damages[0].reason


def test_a_disk_that_can_not_flush_says_so(tmp_path, monkeypatch):
    def broken(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("foveola.tracking.journal_writer.SYNC_PERIOD_S", 0.001)
    writer = JournalWriter(tmp_path / "a.journal", 1000, flush=broken)
    writer.append_samples(rows(0, 10))
    writer._stop.wait(0.2)
    assert writer.error == "Input/output error"
    writer.close()
