"""Withdrawing removes one observer everywhere, leaves the others alone, and refuses when unsure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_experiment import make_images, write_experiment
from made_recordings import recording_file

from foveola.command_line.main import main
from foveola.command_line.withdrawal import withdraw
from foveola.command_line.withdrawal_plan import plan_withdrawal
from foveola.data_schema import (
    Observer,
    RecordingHeader,
    Screen,
    TrackerInfo,
    open_fixation_maps,
    provenance,
    read_fixation_set,
)
from foveola.data_schema.tombstones import read_tombstones, write_withdrawal
from foveola.experiments import load_settings, session_files
from foveola.experiments.observer_ids import give_ids
from foveola.tracking.journal import header_record
from foveola.tracking.journal_writer import JournalWriter

ONE, OTHERS = "K7Q-X2", ("K1A-B9", "K3C-D7")


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return int(stop.value.code or 0)


def journal(path: Path, observer: str) -> None:
    screen = Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60)
    tracker = TrackerInfo(make="Test", sampling_rate_hz=1000, eyes="both")
    with JournalWriter(path, 1000) as writer:
        header = RecordingHeader(Observer(id=observer), screen, tracker, provenance())
        writer.append_record(header_record(header))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for i, one in enumerate((*OTHERS, ONE)):
        recording_file(data, f"exp_{one}.h5", seed=i, observer=one)
        journal(data / f"exp_{one}.journal", one)
        (data / f"exp_{one}.edf").write_bytes(b"device")
    assert run("fixations", data, "-o", tmp_path / "set.h5") == 0
    assert run("maps", tmp_path / "set.h5", "-o", tmp_path / "maps.h5", "--sigma", "20px") == 0
    assert run("export", "png", tmp_path / "maps.h5", "-o", tmp_path / "png") == 0
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def never_with_one(folder: Path, tmp: Path) -> Path:
    tmp.mkdir()
    recordings = [folder / "data" / f"exp_{one}.h5" for one in OTHERS]
    assert run("fixations", *recordings, "-o", tmp / "set.h5") == 0
    assert run("maps", tmp / "set.h5", "-o", tmp / "maps.h5", "--sigma", "20px") == 0
    return tmp


def test_nothing_is_left_of_one_and_everything_of_the_others(folder, tmp_path_factory, capsys):
    never = never_with_one(folder, tmp_path_factory.mktemp("never") / "x")
    before = everything(folder)
    assert run("withdraw", ONE, folder, "--dry-run") == 0
    assert everything(folder) == before
    assert run("withdraw", ONE, folder, "--yes") == 0
    after = everything(folder)
    assert not [name for name, data in after.items() if ONE in name or ONE.encode() in data]
    for name in before:
        if name.startswith("data/") and ONE not in name:
            assert after[name] == before[name]
    assert not (folder / "png").exists()
    ours, theirs = (read_fixation_set(place / "set.h5") for place in (folder, never))
    assert ours.table.tobytes() == theirs.table.tobytes()
    assert ours.observers == theirs.observers
    with (
        open_fixation_maps(folder / "maps.h5") as one,
        open_fixation_maps(never / "maps.h5") as other,
    ):
        assert one.density(0).tobytes() == other.density(0).tobytes()
        assert np.isfinite(one.density(0)).all()
    capsys.readouterr()
    assert run("withdraw", ONE, folder, "--yes") == 0
    assert "nothing is left" in capsys.readouterr().out
    assert run("withdraw", "K9Z", folder, "--yes") == 1


def test_a_left_copy_does_not_come_back(folder, capsys):
    copy = (folder / "data" / f"exp_{ONE}.journal").read_bytes()
    recording = (folder / "data" / f"exp_{ONE}.h5").read_bytes()
    whole_set = (folder / "set.h5").read_bytes()
    assert run("withdraw", ONE, folder, "--yes") == 0
    left = folder / "data" / "left.journal"
    left.write_bytes(copy)
    assert run("recover", left) == 1
    assert "withdrew on" in capsys.readouterr().err
    (folder / "data" / "left.h5").write_bytes(recording)
    assert run("fixations", folder / "data", "-o", folder / "again.h5") == 1
    (folder / "left_set.h5").write_bytes(whole_set)
    assert run("maps", folder / "left_set.h5", "-o", folder / "again.h5") == 1
    assert not (folder / "again.h5").exists()
    assert run("withdraw", ONE, folder, "--yes") == 0
    assert not left.exists()


@pytest.mark.parametrize("steps", range(6))
def test_an_interrupted_withdrawal_is_gone_on_with(folder, steps):
    class Killed(Exception):  # noqa: N818
        pass

    left = iter(range(steps))

    def count(_):
        if next(left, None) is None:
            raise Killed

    places = [folder.resolve()]
    with pytest.raises(Killed):
        withdraw(ONE, places, plan_withdrawal(ONE, places), count)
    found = read_tombstones(folder).find(ONE)
    assert found is not None
    assert found.state == "begun"
    assert run("withdraw", ONE, folder, "--yes") == 0
    assert not [
        name for name, data in everything(folder).items() if ONE in name or ONE.encode() in data
    ]
    assert read_fixation_set(folder / "set.h5").observers == tuple(sorted(OTHERS))
    with open_fixation_maps(folder / "maps.h5") as maps:
        assert maps.maps[0].observers == 2
    found = read_tombstones(folder).find(ONE)
    assert found is not None
    assert (found.state, found.left_to_do) == ("done", ())


def test_a_file_that_can_not_be_read_stops_everything(folder, capsys):
    (folder / "data" / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 100)
    before = everything(folder)
    assert run("withdraw", ONE, folder, "--yes") == 1
    told = capsys.readouterr().err
    assert "broken.h5" in told
    assert "Nothing was done" in told
    assert everything(folder) == before


def test_data_within_an_export_stop_everything(folder, capsys):
    (folder / "png" / "set.h5").write_bytes((folder / "set.h5").read_bytes())
    before = everything(folder)
    assert run("withdraw", ONE, folder, "--yes") == 1
    assert "by hand" in capsys.readouterr().err
    assert everything(folder) == before


def test_a_folder_that_is_not_there_is_named(folder, capsys):
    assert run("withdraw", ONE, folder / "nothing", "--yes") == 1
    assert "is no folder" in capsys.readouterr().err


def test_without_yes_it_asks(folder, monkeypatch):
    monkeypatch.setattr("typer.confirm", lambda _: False)
    before = everything(folder)
    assert run("withdraw", ONE, folder) == 1
    assert everything(folder) == before


def test_a_bids_export_loses_the_participant(folder):
    recordings = sorted((folder / "data").glob("*.h5"))
    assert run("export", "bids", *recordings, "-o", folder / "bids") == 0
    assert run("withdraw", ONE, folder, "--yes") == 0
    rows = (folder / "bids" / "participants.tsv").read_text().splitlines()
    assert [row.split("\t")[1] for row in rows[1:]] == list(OTHERS)
    assert not list((folder / "bids").glob("sub-K7QX2*"))
    assert len(list((folder / "bids").glob("sub-*"))) == 2


def test_the_list_of_ids_forgets_the_observer_and_never_gives_the_id_again(tmp_path: Path) -> None:
    ids = give_ids(tmp_path, 3)
    data = tmp_path / "data"
    data.mkdir()
    recording_file(data, "exp.h5", observer=ids[2])
    assert run("withdraw", ids[2], tmp_path, "--yes") == 0
    assert (tmp_path / "observers.txt").read_text().split() == ids[:2]
    assert not any(ids[2].encode() in content for content in everything(tmp_path).values())
    assert ids[2] not in give_ids(tmp_path, 2)


def test_a_withdrawn_observer_is_not_recorded_again(tmp_path: Path) -> None:
    make_images(tmp_path / "images")
    path = write_experiment(tmp_path)
    files = session_files(load_settings(path), ONE)
    files.recording.parent.mkdir()
    write_withdrawal(files.recording.parent, ONE, state="done", counts={})
    assert run("run", path, "--observer", ONE, "--fast") == 1
    assert not files.journal.exists()
