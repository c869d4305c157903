"""The EDF file on a Host PC: its name, its way here, and what may go wrong on it."""

from __future__ import annotations

import importlib.util

import pytest
from made_eyelink_host import SCREEN, EyeLinkBench, made_end_s

from foveola.data_schema import FoveolaError
from foveola.tracking.eyelink_edf_end import edf_end_s
from foveola.tracking.eyelink_host_record import HostRecord, host_name, is_on_host


@pytest.fixture
def bench():
    bench = EyeLinkBench()
    yield bench
    bench.tracker.close()


def test_a_record_is_fetched_and_verified(bench, tmp_path):
    bench.tracker.connect(SCREEN)
    name = bench.tracker.open_record("a-session-of-a-long-name_0123456789")
    stem, _, suffix = name.partition(".")
    assert (len(stem), suffix, stem.isalnum()) == (8, "EDF", True)
    bench.tracker.start()
    bench.run(1.0)
    bench.tracker.stop()
    bench.host.transfers.extend(["link", "cut"])
    target = tmp_path / "observer.edf"
    bench.tracker.fetch_record(target)
    assert target.read_bytes() == bench.host.files[name]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("link", "timed out"),
        ("short", "of .* bytes arrived"),
        ("cut", "has no end|can't read"),
        ("zeros", "does not begin as an EDF"),
    ],
)
def test_a_record_that_does_not_arrive_stays_on_the_host(bench, tmp_path, how, reason):
    bench.tracker.connect(SCREEN)
    name = bench.tracker.open_record("01")
    bench.tracker.start()
    bench.run(0.5)
    bench.tracker.message("x" * 2000)
    bench.tracker.stop()
    bench.host.transfers.extend([how] * 3)
    with pytest.raises(FoveolaError, match=reason) as caught:
        bench.tracker.fetch_record(tmp_path / "observer.edf")
    assert f"The record {name} did not arrive whole" in str(caught.value)
    assert "still lies on the Host PC" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_record_never_takes_the_place_of_a_file(bench, tmp_path):
    bench.tracker.connect(SCREEN)
    bench.tracker.open_record("01")
    target = tmp_path / "observer.edf"
    target.write_bytes(b"older")
    with pytest.raises(FoveolaError, match="never overwritten"):
        bench.tracker.fetch_record(target)
    assert target.read_bytes() == b"older"


def test_a_record_that_ends_before_the_link_did_is_kept_and_told(bench, tmp_path):
    bench.tracker.connect(SCREEN)
    name = bench.tracker.open_record("01")
    bench.tracker.start()
    bench.run(3.0)
    bench.tracker.stop()
    end = bench.host.files[name].rfind(b"END ")
    bench.host.files[name] = bench.host.files[name][:end] + b"END 4712.0\n"
    with pytest.raises(FoveolaError, match="before the last sample"):
        bench.tracker.fetch_record(tmp_path / "observer.edf")
    assert (tmp_path / "observer.edf").exists()


def test_a_name_that_is_taken_on_the_host_is_passed_over(bench):
    bench.tracker.connect(SCREEN)
    taken = [f"{host_name('01', 'token', attempt)}.EDF" for attempt in range(3)]
    bench.host.files = dict.fromkeys(taken, b"another's data")
    record = HostRecord(lambda: "token", made_end_s)
    assert record.open(bench.host, "01") not in taken
    assert bench.host.overwritten == []
    assert is_on_host(bench.host, taken[0])


def test_a_host_without_a_free_name_or_disk_is_told(bench, monkeypatch):
    bench.tracker.connect(SCREEN)
    record = HostRecord(lambda: "token", made_end_s)
    monkeypatch.setattr(bench.host, "openDataFile", lambda _name: -5)
    with pytest.raises(FoveolaError, match="can't open the file"):
        record.open(bench.host, "01")
    taken = [f"{host_name('01', 'token', attempt)}.EDF" for attempt in range(100)]
    bench.host.files = dict.fromkeys(taken, b"x")
    with pytest.raises(FoveolaError, match="names are taken"):
        record.open(bench.host, "01")


@pytest.mark.skipif(
    importlib.util.find_spec("eyelinkio") is None, reason="the extra edf is not installed"
)
def test_the_end_of_a_real_edf_file_is_read_and_a_cut_one_refused(shared_data, tmp_path):
    path = shared_data("eyelink/left_eye.edf")
    whole = edf_end_s(path)
    from foveola.tracking import ImportOptions, import_recording

    options = ImportOptions(screen_cm=(40.0, 30.0), distance_cm=60.0)
    samples = import_recording(path, options).recording.samples
    assert whole == pytest.approx(samples["device_time_s"][-1], abs=1.0)
    cut = tmp_path / "cut é.edf"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(OSError, match="can't read it"):
        edf_end_s(cut)
