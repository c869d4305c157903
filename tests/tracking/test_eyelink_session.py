"""An EyeLink under the threaded recorder in real time, from the record's name to its copy here."""

from __future__ import annotations

import time

import numpy as np
from made_experiment import make_images
from made_eyelink_host import made_eyelink

from foveola.data_schema import (
    Observer,
    RecordingHeader,
    Screen,
    Stimulus,
    Trial,
    provenance,
    read_recording,
)
from foveola.tracking import MonotonicClock, Recorder, Scene, finalise

SCREEN = Screen(width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60)
STIMULUS = Stimulus(id="a.png", path="images/a.png", width_px=320, height_px=240)


def test_a_session_at_2000_hz_with_a_cable_that_comes_off(tmp_path):
    make_images(tmp_path / "images")
    clock = MonotonicClock()
    tracker, host = made_eyelink(clock, sampling_rate_hz=2000)
    info = tracker.connect(SCREEN)
    header = RecordingHeader(
        Observer(id="01"), SCREEN, info, provenance({}, seed=1), stimuli=(STIMULUS,)
    )
    recorder = Recorder(tracker, tmp_path / "small_01.journal", header, clock)
    name = tracker.open_record("small_01")
    recorder.start()
    scene = Scene(clock(), stimulus=STIMULUS, path=str(tmp_path / "images" / "a.png"))
    recorder.show(scene)
    onset_s = clock()
    recorder.message("TRIALID 0", onset_s)
    recorder.message("!V IMGLOAD CENTER images/a.png 320 240 320 240", onset_s)
    recorder.begin_trial(Trial(index=0, stimulus="a.png", onset_s=onset_s, offset_s=np.nan))
    time.sleep(1.0)
    host.unplugged = True
    until_s = time.monotonic() + 30
    while "no samples" not in recorder.status().problem and time.monotonic() < until_s:
        time.sleep(0.05)
    told_meanwhile = recorder.status().problem
    time.sleep(0.3)
    host.unplugged = False
    time.sleep(1.2)
    recorder.message("TRIAL_RESULT 0")
    recorder.finish()
    tracker.fetch_record(tmp_path / "small_01.edf")
    tracker.close()

    finalise(tmp_path / "small_01.journal", tmp_path / "small_01.h5")
    recording = read_recording(tmp_path / "small_01.h5")
    samples = recording.samples
    texts = [message.text for message in recording.messages]
    assert "no samples" in told_meanwhile
    assert any("samples again after" in text for text in texts)
    steps_s = np.diff(samples["device_time_s"])
    gap = int(np.argmax(steps_s))
    assert steps_s[gap] > 0.3
    assert np.allclose(np.delete(steps_s, gap), 0.0005, atol=1e-6)  # nothing else is missing
    host_steps_s = np.diff(samples["time_s"])
    assert np.all(host_steps_s > 0)
    assert abs(host_steps_s[gap] - steps_s[gap]) < 0.01
    true_s = (samples["device_time_s"] - host.offset_s) / (1 + host.drift)
    assert np.abs(samples["time_s"] - true_s).max() < 0.01
    content = (tmp_path / "small_01.edf").read_bytes()
    assert content == host.files[name]
    assert b"TRIALID 0" in content
    assert b"!V IMGLOAD CENTER images/a.png 320 240 320 240" in content
    assert any(command.startswith("draw_filled_box") for command in host.commands)
