"""``foveola recover`` tells what it found and what was lost."""

import re

import pytest

from foveola.command_line.main import main
from foveola.data_schema import (
    Observer,
    RecordingHeader,
    Screen,
    TrackerInfo,
    gaze_samples,
    provenance,
    read_recording,
)
from foveola.tracking.journal import header_record
from foveola.tracking.journal_reader import JournalReader, JournalRecord
from foveola.tracking.journal_writer import JournalWriter


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "01.journal"
    header = RecordingHeader(
        observer=Observer(id="01"),
        screen=Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60),
        tracker=TrackerInfo(make="Test", sampling_rate_hz=1000, eyes="both"),
        provenance=provenance(),
    )
    with JournalWriter(path, 1000) as writer:
        writer.append_record(header_record(header))
        for first in range(0, 1000, 10):
            writer.append_samples(gaze_samples([(first + i) / 1000 for i in range(10)]))
    return path


def run(*words):
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return end.value.code


def test_a_whole_journal_loses_nothing(journal, capsys):
    assert run("recover", journal) == 0
    assert "1,000 samples, 0 messages, 0 trials" in capsys.readouterr().out
    assert len(read_recording(journal.with_suffix(".h5")).samples) == 1000


def test_a_damaged_journal_says_what_was_lost(journal, tmp_path, capsys):
    whole = bytearray(journal.read_bytes())
    whole[-2000] ^= 1
    journal.write_bytes(whole[:-50])
    assert run("recover", journal, "-o", tmp_path / "b.h5") == 0
    told = capsys.readouterr().out
    assert f"{journal}: byte " in told
    assert "Known to be lost: 10 samples in 1 blocks; 7" in told
    assert "the end record is missing" in told
    assert len(read_recording(tmp_path / "b.h5").samples) == 990


def test_what_is_no_journal_is_one_message(tmp_path, capsys):
    (tmp_path / "a.journal").write_text("hello")
    assert run("recover", tmp_path / "a.journal") == 1
    assert "there is no whole block of a journal in it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: whole[:-50] + bytes(50), "no whole header of a block"),
        (lambda whole: whole[:-700] + bytes(4096), "checksum of block .* does not agree"),
        (lambda whole: whole + bytes(4096), "zeros stand here instead of a block"),
        (lambda whole: whole[:-300], "the file ends within a block"),
        (lambda whole: whole[:5000] + b"x" * 40 + whole[5040:], "does not agree"),
    ],
)
def test_what_a_power_cut_or_a_cut_leaves_is_told(journal, capsys, damage, words):
    journal.write_bytes(damage(journal.read_bytes()))
    assert run("recover", journal) == 0
    told = capsys.readouterr().out
    assert re.search(rf"{journal}: byte \d+: .*({words})", told)
    assert "Nothing was lost" not in told or "zeros stand here" in told


def test_foreign_files_are_told_apart(journal, tmp_path, capsys):
    assert run("recover", journal) == 0
    capsys.readouterr()
    assert run("recover", journal.with_suffix(".h5")) == 1
    assert "is an HDF5 file, not a journal. Nothing is to be recovered." in capsys.readouterr().err
    (tmp_path / "a.png").write_bytes(b"\x89PNG" + bytes(100))
    assert run("recover", tmp_path / "a.png") == 1
    assert "no whole block of a journal" in capsys.readouterr().err
    assert run("recover", tmp_path / "none.journal") == 1
    assert "none.journal" in capsys.readouterr().err


def test_a_jump_of_the_clock_is_told(journal, tmp_path, capsys):
    path = tmp_path / "b.journal"
    record = next(
        part.content for part in JournalReader(journal) if isinstance(part, JournalRecord)
    )
    with JournalWriter(path, 1000) as writer:
        writer.append_record(record)
        for second in range(100):
            pair = {"host_s": second, "device_s": second + (second > 50), "round_trip_s": 1e-4}
            writer.append_record({"kind": "clock_pair", **pair})
    assert run("recover", path) == 0
    assert "the tracker's clock jumped ahead by 1000.00 ms" in capsys.readouterr().out
