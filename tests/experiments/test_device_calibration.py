"""A device that leads its calibration, on our screen."""

from __future__ import annotations

import numpy as np
import pytest
from made_eyelink_host import made_eyelink

from foveola.data_schema import (
    FoveolaError,
    Observer,
    RecordingHeader,
    Screen,
    provenance,
    read_recording,
)
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.device_calibration import StageFace, calibrate_by_device
from foveola.experiments.picture import grey
from foveola.experiments.stage import Stage
from foveola.experiments.virtual_display import VirtualDisplay
from foveola.tracking import Recorder, VirtualClock, finalise

SCREEN = Screen(
    width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60, refresh_hz=60
)
SETTINGS = CalibrationSettings(layout="HV5", shrink_s=0.3)


@pytest.fixture
def made(tmp_path):
    """A stage before an EyeLink in memory, and its host; presses are (time_s, key)."""

    def make(presses=(), *, unattended=False):
        clock = VirtualClock()
        tracker, host = made_eyelink(clock)
        info = tracker.connect(SCREEN)
        header = RecordingHeader(Observer(id="01"), SCREEN, info, provenance({}, seed=1))
        recorder = Recorder(tracker, tmp_path / "01.journal", header, clock, threaded=False)
        recorder.start()
        display = VirtualDisplay(SCREEN, clock, grey(0.5), presses)
        trackers.append(tracker)
        return Stage(display, recorder, SCREEN, unattended=unattended), host

    trackers = []
    yield make
    for tracker in trackers:
        tracker.close()


def test_the_device_leads_and_the_recording_goes_on(made, tmp_path):
    stage, host = made([(0.5, "return"), (1.0, "c"), (3.0, "escape")])
    stage.hold(None, 0.3)
    calibration = calibrate_by_device(stage, SETTINGS)
    assert calibration.kind == "calibration"
    assert not calibration.accepted
    assert {(p.target_x_px, p.target_y_px) for p in calibration.points} == set(host.targets)
    stage.hold(None, 0.5)
    stage.flush_flips()
    stage.recorder.finish()
    finalise(tmp_path / "01.journal", tmp_path / "01.h5")
    recording = read_recording(tmp_path / "01.h5")
    texts = [message.text for message in recording.messages]
    assert "DEVICE CALIBRATION begins HV5" in texts
    assert any(text.startswith("TRACKER calibrated by the host: !CAL VALIDATION") for text in texts)
    times_s = recording.samples["time_s"]
    assert times_s[0] < 0.1
    assert times_s[-1] > calibration.time_s + 0.4
    assert np.diff(times_s).max() > 1.0  # nothing is recorded, and nothing filled in, meanwhile


def test_leaving_without_a_calibration_is_told_and_the_recording_goes_on(made):
    stage, _ = made([(0.2, "escape")])
    with pytest.raises(FoveolaError, match="not calibrated"):
        calibrate_by_device(stage, SETTINGS)
    stage.hold(None, 0.5)
    assert stage.recorder.status().since_last_s < 0.05


def test_nobody_there_is_told_at_once(made):
    stage, _ = made(unattended=True)
    with pytest.raises(FoveolaError, match="nobody is there") as caught:
        calibrate_by_device(stage, SETTINGS)
    assert "--unattended" in caught.value.remedy


def test_a_target_shrinks_where_the_device_says_and_goes(made):
    stage, _ = made()
    face = StageFace(stage, SETTINGS)
    face.show_target((100.0, 200.0))
    areas = []
    for _ in range(30):
        face.flip()
        dark = np.asarray(stage.display.screenshot().convert("L")) < 60
        areas.append(int(dark.sum()))
        rows, columns = np.nonzero(dark)
        assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx((100, 200), abs=0.6)
    assert areas[0] > 4 * areas[-1] > 0
    face.hide_target()
    face.flip()
    assert len(np.unique(np.asarray(stage.display.screenshot()))) == 1


def test_the_cameras_picture_stands_in_the_middle_with_its_caption(made):
    stage, _ = made()
    face = StageFace(stage, SETTINGS)
    camera = np.zeros((80, 96, 3), np.uint8)
    camera[20:60, 30:70] = 255
    face.show_camera(camera, "Right pupil 110")
    face.flip()
    shown = np.asarray(stage.display.screenshot().convert("L"))
    assert shown[:, 320].max() > 250
    black = shown < 5
    assert black.sum() > 0.5 * 240 * 288
    face.show_camera(None, "")
    face.flip()
    assert len(np.unique(np.asarray(stage.display.screenshot()))) == 1
