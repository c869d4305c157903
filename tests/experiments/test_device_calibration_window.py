"""A device leads its calibration in a real PsychoPy window, by real keys."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_eyelink_host import made_eyelink

from foveola.data_schema import Observer, RecordingHeader, Screen, provenance
from foveola.experiments import display_missing, ensure_display
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.device_calibration import StageFace, calibrate_by_device
from foveola.experiments.picture import grey
from foveola.experiments.stage import Stage
from foveola.tracking import MonotonicClock, Recorder

pytest.importorskip("psychopy")
pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(
        display_missing() and shutil.which("Xvfb") is None, reason="no screen and no Xvfb"
    ),
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="no xdotool"),
]

SCREEN = Screen(
    width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60, refresh_hz=60
)


class SeenFace(StageFace):
    """It keeps what is on the screen when something new is shown."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = {}
        self.shows = ""

    def show_camera(self, image, caption):
        super().show_camera(image, caption)
        self.shows = "camera" if image is not None else "menu" if caption else ""

    def flip(self):
        super().flip()
        shown = "target" if self._target_px else self.shows
        if shown not in self.seen:
            self.seen[shown] = np.asarray(self._stage.display.screenshot().convert("L"))


def test_real_keys_lead_through_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from foveola.experiments import device_calibration as module
    from foveola.experiments.psychopy_display import PsychoPyDisplay

    ensure_display(640, 480)
    clock = MonotonicClock()
    tracker, host = made_eyelink(clock)
    header = RecordingHeader(
        Observer(id="01"), SCREEN, tracker.connect(SCREEN), provenance({}, seed=1)
    )
    recorder = Recorder(tracker, tmp_path / "01.journal", header, clock)
    display = PsychoPyDisplay(SCREEN, clock, grey(0.5), fullscreen=False)
    faces = []
    monkeypatch.setattr(
        module, "StageFace", lambda *arguments: faces.append(SeenFace(*arguments)) or faces[-1]
    )

    def press(key: str, until: Callable[[], object]) -> None:
        give_up_s = time.monotonic() + 60
        subprocess.run(["xdotool", "key", key], check=True)
        while not until() and time.monotonic() < give_up_s:
            time.sleep(0.05)

    def press_all() -> None:
        press("Shift_L", lambda: faces and faces[0].seen)  # the set-up shows its menu
        press("Return", lambda: host.camera_shown)
        press("c", lambda: host.calibration[0] == 0)
        press("Escape", lambda: True)

    recorder.start()
    try:
        stage = Stage(display, recorder, SCREEN, unattended=False)
        fingers = threading.Thread(target=press_all)
        fingers.start()
        calibration = calibrate_by_device(stage, CalibrationSettings(layout="HV5"))
        fingers.join()
    finally:
        recorder.finish()
        display.close()
        tracker.close()
    assert {(p.target_x_px, p.target_y_px) for p in calibration.points} == set(host.targets)
    (face,) = faces
    assert set(face.seen) >= {"menu", "camera", "target"}
    assert face.seen["target"].min() < 60
    assert face.seen["camera"].max() > 150
