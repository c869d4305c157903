"""A recorder in a process of its own does what one in this process does, and outlives this one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from foveola.data_schema import (
    FoveolaError,
    Observer,
    RecordingHeader,
    Screen,
    Trial,
    provenance,
    read_recording,
)
from foveola.tracking import (
    MonotonicClock,
    Recorder,
    Scene,
    SimulatedSettings,
    SimulatedTracker,
    finalise,
    recorder_for,
    tracker_elsewhere,
)
from foveola.tracking.journal_reader import JournalReader
from foveola.tracking.recorder_process import TrackerElsewhere

SCREEN = Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60)


def begun(path):
    """A tracker and its recorder, in another process."""
    clock = MonotonicClock()
    tracker = tracker_elsewhere(
        SimulatedTracker(SimulatedSettings(sampling_rate_hz=500), clock, seed=4)
    )
    assert isinstance(tracker, TrackerElsewhere)
    info = tracker.connect(SCREEN)
    header = RecordingHeader(Observer(id="01"), SCREEN, info, provenance())
    return tracker, recorder_for(tracker, path, header, clock), clock


def test_a_session_in_another_process_becomes_a_recording(tmp_path):
    path = tmp_path / "a.journal"
    tracker, recorder, clock = begun(path)
    assert recorder.capabilities.simulated
    with pytest.raises(FoveolaError, match="Call start first"):
        recorder.message("too early")
    recorder.start()
    recorder.begin_calibration()
    recorder.show(Scene(clock(), target_px=(400.0, 300.0)))
    time.sleep(1.0)
    recorder.collect((400.0, 300.0))
    assert {point.eye for point in recorder.apply_calibration()} == {"left", "right"}
    asked_s = clock()
    recorder.message("now")
    recorder.add_flips(iter([1.0, 2.0]))
    recorder.begin_trial(Trial(index=0, stimulus="", onset_s=clock(), offset_s=0.0))
    assert len(recorder.recent(0.5)) > 100
    assert recorder.status().rate_hz == pytest.approx(500, rel=0.05)
    recorder.finish()
    truth = tracker.truth()
    tracker.close()
    tracker.close()
    summary = finalise(path, tmp_path / "a.h5")
    assert summary.journal.intact
    recording = read_recording(tmp_path / "a.h5")
    assert np.allclose(np.diff(recording.samples["device_time_s"]), 1 / 500, atol=1e-9)
    (message,) = recording.messages
    assert (message.text, message.time_s) == ("now", pytest.approx(asked_s, abs=0.05))
    assert recording.flips_s.tolist() == [1.0, 2.0]
    assert len(truth.events)
    with pytest.raises(FoveolaError, match="process that records has ended"):
        recorder.status()


def test_what_can_not_be_moved_stays_here(tmp_path):
    class Local(SimulatedTracker):
        pass

    tracker = Local(SimulatedSettings(), MonotonicClock())
    assert tracker_elsewhere(tracker) is tracker
    info = tracker.connect(SCREEN)
    header = RecordingHeader(Observer(id="01"), SCREEN, info, provenance())
    assert isinstance(recorder_for(tracker, tmp_path / "a", header, MonotonicClock()), Recorder)


def test_the_other_process_can_be_gone(tmp_path):
    tracker, recorder, _ = begun(tmp_path / "a.journal")
    recorder.start()
    tracker._process.kill()
    with pytest.raises(FoveolaError, match="process that records has ended"):
        recorder.status()
    tracker.close()


def child(path):
    tracker, recorder, _ = begun(Path(path))
    recorder.start()
    print(tracker._process.pid, flush=True)
    time.sleep(60)


def test_when_the_session_dies_the_recorder_drains_and_ends(tmp_path):
    path = tmp_path / "a.journal"
    with subprocess.Popen(
        [sys.executable, __file__, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        recorder_pid = int(process.stdout.readline())
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    while Path(f"/proc/{recorder_pid}").exists() and not ended(recorder_pid):
        time.sleep(0.01)
    reader = JournalReader(path)
    parts = [part for part in reader if isinstance(part, np.ndarray)]
    assert sum(map(len, parts)) > 200
    assert reader.report.damages == []
    assert not reader.report.complete


def ended(pid):
    """Whether a process is only waiting to be buried, by whoever adopted it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


if __name__ == "__main__":
    child(sys.argv[1])
