"""The recorder loses nothing but its last moments; a killed session opens."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from foveola.data_schema import (
    Calibration,
    FileFormatError,
    FoveolaError,
    Observer,
    RecordingHeader,
    Screen,
    Stimulus,
    TargetError,
    TrackerInfo,
    Trial,
    gaze_samples,
    provenance,
    read_recording,
)
from foveola.tracking import Recorder, finalise
from foveola.tracking.clock import VirtualClock
from foveola.tracking.journal_writer import JournalWriter, write_at
from foveola.tracking.tracker import Capabilities, ClockPair, Scene

RATE_HZ = 1000.0
DEVICE_OFFSET_S, DRIFT_PPM = 100.0, 50.0


def device_time(host_s):
    return (np.asarray(host_s) - DEVICE_OFFSET_S) / (1 + DRIFT_PPM * 1e-6)


class FixedRateTracker:
    """Samples at a fixed rate of the clock; x is the sample's number, every tenth is lost."""

    capabilities = Capabilities((RATE_HZ,), ("both",), simulated=True)

    def __init__(self, clock):
        self.clock = clock
        self.calls = []
        self.next = 0
        self.fail_at = np.inf
        self.told = ()

    def connect(self, screen):
        return TrackerInfo(make="Test", sampling_rate_hz=RATE_HZ, eyes="both")

    def start(self):
        self.calls.append("start")
        self.started_s = self.clock()

    def read(self):
        if self.next >= self.fail_at:
            raise FoveolaError("The tracker is gone.", remedy="Plug it in.")
        end = int((self.clock() - self.started_s) * RATE_HZ + 1e-6) + 1
        numbers = np.arange(self.next, end)
        self.next = end
        times_s = self.started_s + numbers / RATE_HZ
        x_px = np.where(numbers % 10 == 9, np.nan, numbers)
        return gaze_samples(
            times_s, device_time_s=device_time(times_s), left_x_px=x_px, right_x_px=x_px
        )

    def message(self, text):
        self.calls.append(text)

    def show(self, scene):
        self.calls.append(scene)

    def clock_pair(self):
        now_s = self.clock()
        return ClockPair(now_s, float(device_time(now_s)), 0.0001)

    def problems(self):
        told, self.told = self.told, ()
        return told

    def begin_calibration(self):
        self.calls.append("begin")

    def collect(self, target_px):
        self.calls.append(target_px)

    def collecting(self):
        return False

    def apply_calibration(self):
        return (TargetError(target_x_px=1, target_y_px=2, eye="left"),)

    def stop(self):
        self.calls.append("stop")

    def close(self):
        self.calls.append("close")


def header(**changes):
    values = {
        "observer": Observer(id="01"),
        "screen": Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60),
        "tracker": TrackerInfo(make="Test", sampling_rate_hz=RATE_HZ, eyes="both"),
        "provenance": provenance({"experiment": "x"}, seed=3),
        "started_utc": "2025-01-01T00:00:00+00:00",
    }
    return RecordingHeader(**(values | changes))


STIMULUS = Stimulus(id="a.png", width_px=80, height_px=60)


def trial(index, onset_s, offset_s):
    return Trial(index=index, stimulus="a.png", onset_s=onset_s, offset_s=offset_s)


def virtual_recorder(tmp_path, **changes):
    clock = VirtualClock(50.0)
    tracker = FixedRateTracker(clock)
    path = tmp_path / "01.journal"
    return Recorder(tracker, path, header(**changes), clock, threaded=False), tracker, clock, path


def pump_for(recorder, clock, duration_s, step_s=1 / 60):
    for _ in range(round(duration_s / step_s)):
        clock.advance(step_s)
        recorder.add_flips([clock()])
        recorder.pump()


def test_a_session_becomes_a_recording(tmp_path):
    recorder, tracker, clock, path = virtual_recorder(tmp_path, stimuli=(STIMULUS,))
    recorder.start()
    recorder.begin_calibration()
    recorder.collect((1.0, 2.0))
    points = recorder.apply_calibration()
    calibration = Calibration(
        time_s=clock(), kind="calibration", layout="HV9", accepted=False, points=points
    )
    recorder.add_calibration(calibration)
    recorder.add_calibration(calibration.model_copy(update={"accepted": True}))
    recorder.show(Scene(clock(), stimulus=STIMULUS))
    pump_for(recorder, clock, 1.0)
    recorder.begin_trial(trial(0, 51.0, 0.0))
    recorder.message("later", 52.5)
    recorder.message("now")
    pump_for(recorder, clock, 2.0)
    recorder.add_trial(trial(0, 51.0, 53.0))
    recorder.begin_trial(trial(1, 53.0, 0.0))
    recorder.finish()
    recorder.finish()
    summary = finalise(path, tmp_path / "01.h5")

    recording = read_recording(tmp_path / "01.h5")
    assert len(recording.samples) == summary.samples == 3001
    seen = recording.samples["left_x_px"]
    assert np.array_equal(seen[::10], np.arange(0, 3001, 10))
    assert summary.loss == pytest.approx(0.1, abs=0.001)
    assert summary.gaps == 0
    assert [(one.time_s, one.text) for one in recording.messages] == [
        (pytest.approx(51.0), "now"),
        (52.5, "later"),
    ]
    assert recording.trials[0] == trial(0, 51.0, 53.0).model_copy(update={"longest_gap_s": 0.0})
    assert (recording.trials[1].status, recording.trials[1].offset_s) == (
        "interrupted",
        pytest.approx(53.0, abs=0.002),
    )
    assert summary.interrupted == 1
    (kept,) = recording.calibrations
    assert kept.accepted
    assert repr(kept.points) == repr(points)
    assert recording.stimuli == (STIMULUS,)
    assert len(recording.flips_s) == 180
    (block,) = recording.blocks
    assert (block.start_s, block.end_s, block.eyes) == (50.0, pytest.approx(53.0), "both")
    assert recording.observer == Observer(id="01")
    assert recording.clock.pairs >= 2
    host_s = recording.clock.offset_s + (1 + recording.clock.drift_ppm * 1e-6) * device_time(52.0)
    assert host_s == pytest.approx(52.0, abs=1e-6)
    assert recording.provenance.seed == 3
    assert recording.provenance.inputs[-1].name == "01.journal"
    assert recording.provenance.parameters["journal"]["complete"] is True
    assert summary.journal.intact
    assert path.exists()
    names = ("start", "begin", "now", "stop")
    assert [call for call in tracker.calls if call in names] == ["start", "begin", "now", "stop"]


def test_a_recording_is_never_overwritten(tmp_path):
    recorder, _, clock, path = virtual_recorder(tmp_path)
    recorder.start()
    recorder.finish()
    (tmp_path / "01.h5").write_text("older")
    with pytest.raises(FoveolaError, match="never overwritten"):
        finalise(path, tmp_path / "01.h5")
    with pytest.raises(FoveolaError, match="never overwritten"):
        Recorder(FixedRateTracker(clock), path, header(), clock, threaded=False).start()


def test_recent_and_status_tell_of_the_last_seconds(tmp_path):
    recorder, tracker, clock, _ = virtual_recorder(tmp_path)
    assert recorder.status().since_last_s == np.inf
    assert np.isnan(recorder.status().rate_hz)
    with pytest.raises(FoveolaError, match="Call start first"):
        recorder.message("too early")
    recorder.start()
    with pytest.raises(ValueError, match="before"):
        recorder.start()
    pump_for(recorder, clock, 25.0)
    recent = recorder.recent(0.5)
    assert len(recent) == pytest.approx(500, abs=1)
    assert recent["time_s"][-1] == pytest.approx(75.0, abs=0.001)
    assert len(recorder.recent(60)) == 10001
    status = recorder.status()
    assert status.samples == 25001
    assert status.rate_hz == pytest.approx(RATE_HZ)
    assert status.loss == pytest.approx(0.1, abs=0.002)
    assert (status.waiting, status.dropped, status.error) == (0, 0, "")
    clock.advance(3)
    assert recorder.status().since_last_s == pytest.approx(3.0, abs=0.002)
    assert np.isnan(recorder.status().loss)
    pump_for(recorder, clock, 30.0, step_s=15.0)
    assert len(recorder.recent(60)) == 10001
    assert recorder.status().samples == tracker.next
    recorder.finish()


def test_the_header_is_written_again_so_that_one_damage_costs_little(tmp_path):
    recorder, _, clock, path = virtual_recorder(tmp_path)
    recorder.start()
    pump_for(recorder, clock, 130.0, step_s=0.25)
    recorder.finish()
    damaged = bytearray(path.read_bytes())
    damaged[50] ^= 255
    path.write_bytes(damaged)
    summary = finalise(path, tmp_path / "01.h5")
    assert summary.samples == 130_001
    assert summary.journal.damages[0].byte == 0
    assert read_recording(tmp_path / "01.h5").provenance.parameters["journal"]["damages"] == 1


def test_a_thread_drains_and_joins(tmp_path):
    tracker = FixedRateTracker(time.monotonic)
    recorder = Recorder(tracker, tmp_path / "a.journal", header(), time.monotonic, period_s=0.001)
    recorder.start()
    while recorder.status().samples < 50:
        time.sleep(0.005)
    recorder.finish()
    summary = finalise(tmp_path / "a.journal", tmp_path / "a.h5")
    assert summary.samples == tracker.next
    assert summary.journal.intact


def test_an_error_in_the_thread_is_shown_and_raised_at_the_end(tmp_path):
    tracker = FixedRateTracker(time.monotonic)
    tracker.fail_at = 20
    recorder = Recorder(tracker, tmp_path / "a.journal", header(), time.monotonic, period_s=0.001)
    recorder.start()
    while not recorder.status().error:
        time.sleep(0.005)
    assert recorder.status().error == "The tracker is gone. Plug it in."
    recorder.message("the journal still takes messages")
    with pytest.raises(FoveolaError, match=r"The tracker is gone"):
        recorder.finish()
    assert "stop" in tracker.calls
    summary = finalise(tmp_path / "a.journal", tmp_path / "a.h5")
    assert summary.samples >= 20
    assert summary.journal.intact
    texts = [message.text for message in read_recording(tmp_path / "a.h5").messages]
    assert texts == [
        "TRACKER it failed: The tracker is gone. Plug it in.",
        "the journal still takes messages",
    ]


def test_a_tracker_that_fails_for_a_while_is_told_and_read_again(tmp_path):
    recorder, tracker, clock, path = virtual_recorder(tmp_path)
    recorder.start()
    pump_for(recorder, clock, 1.0)
    tracker.fail_at = 0
    pump_for(recorder, clock, 2.0)
    status = recorder.status()
    assert status.error == "The tracker is gone. Plug it in."
    assert status.problem == "it failed: The tracker is gone. Plug it in."
    tracker.fail_at = np.inf
    pump_for(recorder, clock, 1.0)
    assert (recorder.status().error, recorder.status().problem) == ("", "it can be read again")
    recorder.finish()
    summary = finalise(path, tmp_path / "01.h5")
    assert summary.samples == 4001
    recording = read_recording(tmp_path / "01.h5")
    assert len(recording.flips_s) == 240
    assert [(message.text, message.time_s) for message in recording.messages] == [
        ("TRACKER it failed: The tracker is gone. Plug it in.", pytest.approx(51, abs=0.02)),
        ("TRACKER it can be read again", pytest.approx(53, abs=0.3)),
    ]


@pytest.mark.parametrize("call", ["clock_pair", "problems", "message"])
def test_no_call_of_a_failing_tracker_ends_the_recording(tmp_path, call):
    recorder, tracker, clock, path = virtual_recorder(tmp_path)
    recorder.start()
    pump_for(recorder, clock, 1.5)

    def fail(*_):
        raise RuntimeError("link lost")

    setattr(tracker, call, fail)
    recorder.message("still here")
    pump_for(recorder, clock, 1.5)
    if call == "message":
        recorder.finish()
    else:
        with pytest.raises(RuntimeError, match="link lost"):
            recorder.finish()
    assert "stop" in tracker.calls
    assert finalise(path, tmp_path / "01.h5").samples > 2900
    texts = [message.text for message in read_recording(tmp_path / "01.h5").messages]
    told = "it takes no message" if call == "message" else "it failed"
    assert texts == ["still here", f"TRACKER {told}: link lost"]


def test_samples_that_had_to_be_dropped_end_the_session_in_words(tmp_path):
    full = {"now": False}

    def write(descriptor, data, offset):
        return 0 if full["now"] else write_at(descriptor, data, offset)

    clock = VirtualClock(50.0)
    path = tmp_path / "01.journal"
    recorder = Recorder(
        FixedRateTracker(clock), path, header(), clock, threaded=False,
        open_journal=partial(JournalWriter, write=write, queue_bytes=20_000),
    )  # fmt: skip
    recorder.start()
    pump_for(recorder, clock, 1.0)
    full["now"] = True
    recorder.begin_trial(trial(0, 51.0, 0.0))
    pump_for(recorder, clock, 1.0)
    dropped = recorder.status().dropped
    assert dropped > 0
    with pytest.raises(FoveolaError, match=rf"{dropped} samples were lost: .*disk is full.*Free"):
        recorder.begin_trial(trial(1, 52.0, 0.0))
    with pytest.raises(FoveolaError, match="still wait"):
        recorder.finish()
    full["now"] = False
    with pytest.raises(FoveolaError, match="samples were lost"):
        recorder.finish()
    summary = finalise(path, tmp_path / "01.h5")
    assert summary.journal.complete
    assert summary.journal.dropped == summary.journal.samples_lost == recorder.status().dropped
    assert summary.samples + summary.journal.dropped == recorder.status().samples


def test_a_gap_stays_a_gap_on_both_clocks(tmp_path):
    recorder, tracker, clock, path = virtual_recorder(tmp_path)
    recorder.start()
    pump_for(recorder, clock, 1.0)
    clock.advance(0.5)
    tracker.next += 500  # what the tracker itself never delivers
    pump_for(recorder, clock, 1.0)
    recorder.finish()
    assert finalise(path, tmp_path / "01.h5").gaps == 1
    samples = read_recording(tmp_path / "01.h5").samples
    assert len(samples) == tracker.next - 500
    for column, first_s in (("time_s", 50.0), ("device_time_s", float(device_time(50.0)))):
        steps_s = np.diff(samples[column])
        assert samples[column][0] == pytest.approx(first_s)
        assert np.sum(steps_s > 0.0015) == 1
        assert steps_s.max() == pytest.approx(0.501, abs=0.001)


def test_gaps_are_counted(tmp_path):
    path = tmp_path / "a.journal"
    recorder, _, _, path = virtual_recorder(tmp_path)
    recorder.start()
    recorder._open_journal().append_samples(gaze_samples([50.0, 50.001, 50.01, 50.011, 50.012]))
    recorder._open_journal().append_samples(gaze_samples([50.1]))
    recorder._open_journal().close()
    summary = finalise(path, tmp_path / "a.h5")
    assert summary.gaps == 2
    assert summary.loss == 1.0
    assert not summary.journal.complete


def test_a_journal_without_header_is_named(tmp_path):
    path = tmp_path / "a.journal"
    with JournalWriter(path, 1000) as writer:
        writer.append_samples(gaze_samples([1.0]))
    with pytest.raises(FileFormatError, match=r"a\.journal: no copy of the session's header"):
        finalise(path, tmp_path / "a.h5")
    assert not (tmp_path / "a.h5").exists()


def test_a_full_disk_makes_no_recording_and_says_so(tmp_path, monkeypatch):
    recorder, _, _, path = virtual_recorder(tmp_path)
    recorder.start()
    recorder.finish()
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
        with pytest.raises(FoveolaError, match=r"0 MB free, and 1 MB .* foveola recover "):
            finalise(path, tmp_path / "01.h5")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setitem(finalise.__globals__, "write_recording_streamed", full)
        with pytest.raises(FoveolaError, match=r"not written: No space left .* Free space"):
            finalise(path, tmp_path / "01.h5")
    assert not (tmp_path / "01.h5").exists()
    assert finalise(path, tmp_path / "01.h5").journal.intact


def test_records_that_do_not_fit_are_reported_and_left_out(tmp_path):
    recorder, _, _, path = virtual_recorder(tmp_path)
    recorder.start()
    journal = recorder._open_journal()
    journal.append_record({"kind": "of the future"})
    journal.append_record({"kind": "message", "text": "no time"})
    journal.append_record({"kind": "trial", "trial": {"index": -1}})
    recorder.finish()
    summary = finalise(path, tmp_path / "a.h5")
    reasons = [damage.reason for damage in summary.journal.damages]
    assert "'of the future' are unknown" in reasons[0]
    assert "time_s" in reasons[1]
    assert "index" in reasons[2]
    assert (summary.messages, summary.trials) == (0, 0)


def test_a_journal_of_an_early_end_opens(tmp_path):
    path = tmp_path / "a.journal"
    recorder, _, _, path = virtual_recorder(tmp_path)
    recorder.start()
    recorder._open_journal().close()
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b'"clock_pair"')])
    summary = finalise(path, tmp_path / "a.h5")
    assert (summary.samples, summary.clock.pairs) == (0, 0)
    assert np.isnan(summary.loss)


def child_records(path):
    """Record in a process that will be killed."""
    recorder = Recorder(
        FixedRateTracker(time.monotonic), Path(path), header(), time.monotonic, period_s=0.005
    )
    recorder.start()
    print("started", flush=True)
    for i in itertools.count():
        recorder.begin_trial(trial(i, time.monotonic(), 0.0))
        recorder.message(f"trial {i}")
        time.sleep(0.02)
        recorder.add_trial(trial(i, 0.0, 1.0))
        print(recorder.status().samples, flush=True)


def child_finalises(journal, recording):
    print("started", flush=True)
    finalise(Path(journal), Path(recording))


def child(*arguments):
    process = subprocess.Popen(
        [sys.executable, __file__, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "started\n"
    return process


def kill(process):
    """Kill a child; return the whole lines that it had printed."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with process.stdout:
        return process.stdout.read().split("\n")[:-1]


def test_killed_at_any_moment_everything_but_the_last_moments_opens(tmp_path):
    delays_s = np.random.default_rng(7).uniform(0.02, 0.3, 10)
    for i, delay_s in enumerate(delays_s):
        path = tmp_path / f"{i}.journal"
        process = child("record", path)
        time.sleep(delay_s)
        told = kill(process)
        summary = finalise(path, tmp_path / f"{i}.h5")
        recording = read_recording(tmp_path / f"{i}.h5")
        seen = recording.samples["left_x_px"]
        expected = np.arange(len(seen), dtype=float)
        expected[9::10] = np.nan
        assert np.array_equal(seen, expected, equal_nan=True), "a wrong or missing row"
        assert summary.samples >= int(told[-1] if told else 0), "what was written is missing"
        assert summary.messages >= len(told)
        assert not summary.journal.complete
        assert all(one.status == "complete" for one in recording.trials[:-1])


def test_killed_while_finalising_the_recording_is_whole_or_absent(tmp_path):
    path = tmp_path / "a.journal"
    recorder, _, clock, path = virtual_recorder(tmp_path)
    recorder.start()
    pump_for(recorder, clock, 120.0, step_s=0.5)
    recorder.finish()
    outcomes = set()
    for i, delay_s in enumerate(np.linspace(0.0, 0.6, 5)):
        target = tmp_path / f"{i}.h5"
        process = child("finalise", path, target)
        time.sleep(delay_s)
        kill(process)
        outcomes.add(target.exists())
        if target.exists():
            assert len(read_recording(target).samples) == 120_001
    assert False in outcomes
    assert finalise(path, tmp_path / "last.h5").samples == 120_001


if __name__ == "__main__":
    {"record": child_records, "finalise": child_finalises}[sys.argv[1]](*sys.argv[2:])
