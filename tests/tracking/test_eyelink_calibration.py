"""The EyeLink leads its calibration on our screen, before a host in memory and pylink itself."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from made_eyelink_host import EyeLinkBench

from foveola.data_schema import FoveolaError
from foveola.tracking.eyelink_calibration_display import KEYS, calibration_display, key_code
from foveola.tracking.eyelink_link import import_pylink


@pytest.fixture
def bench():
    bench = EyeLinkBench()
    yield bench
    bench.tracker.close()


class Face:
    """A screen and keys in memory."""

    def __init__(self, *keys):
        self.keys = list(keys)
        self.targets, self.cameras, self.flips = [], [], 0
        self.fail_at = math.inf

    def show_target(self, target_px):
        self.targets.append(target_px)

    def hide_target(self):
        self.targets.append(None)

    def show_camera(self, image, caption):
        self.cameras.append((None if image is None else image.copy(), caption))

    def flip(self):
        self.flips += 1
        if self.flips >= self.fail_at:
            raise KeyboardInterrupt

    def pressed(self):
        key = self.keys.pop(0) if self.keys else ""
        return [key] if key else []


def test_the_host_leads_through_its_calibration_on_our_screen(bench):
    bench.start().run(0.5)
    face = Face("return", "", "c", *[""] * 15, "escape")
    points = bench.tracker.calibrate_on_device(face, "HV5")
    assert "calibration_type = HV5" in bench.host.commands
    shown = [one for one in face.targets if one]
    assert shown == [tuple(map(float, one)) for one in bench.host.targets]
    assert face.targets[-1] is None
    assert {(p.target_x_px, p.target_y_px) for p in points} == set(shown)
    assert {p.error_deg for p in points if p.eye == "right"} == {0.33}
    after, told = bench.run(0.5)
    assert any(one.startswith("calibrated by the host: !CAL VALIDATION HV5") for one in told)
    assert len(after) > 450


def test_the_cameras_picture_comes_whole_and_in_colour(bench):
    bench.start()
    face = Face("return", "", "c", *[""] * 15, "escape")
    bench.tracker.calibrate_on_device(face, "HV5")
    image, caption = next(one for one in face.cameras if one[0] is not None)
    assert caption == "Right pupil 110"
    assert image.shape == (4, 8, 3)
    assert image[:, 0].tolist() == [[40 * line] * 3 for line in range(1, 5)]
    assert any("C: calibrate" in caption for _, caption in face.cameras)
    assert face.cameras[-1] == (None, "")


@pytest.mark.parametrize("keys", [("escape",), ("c", "escape", "escape")], ids=["none", "aborted"])
def test_leaving_without_a_calibration_is_told(bench, keys):
    bench.start()
    with pytest.raises(FoveolaError, match="not calibrated") as caught:
        bench.tracker.calibrate_on_device(Face(*keys), "HV5")
    assert "Press C" in caught.value.remedy
    assert len(bench.run(0.2)[0]) > 150


def test_an_interrupt_in_the_middle_of_it_ends_it_and_goes_on_recording(bench):
    bench.start()
    face = Face("c")
    face.fail_at = 4
    with pytest.raises(KeyboardInterrupt):
        bench.tracker.calibrate_on_device(face, "HV5")
    assert len(bench.run(0.2)[0]) > 150


def test_pylink_itself_leads_through_our_display_and_bears_an_interrupt():
    """In the library's dummy mode: its own loop calls back, from C."""
    code = """
import sys
from foveola.tracking.eyelink_calibration_display import calibration_display
from foveola.tracking.eyelink_link import import_pylink
pylink = import_pylink()
class Face:
    def __init__(self, keys, fail_at):
        self.keys, self.fail_at, self.flips = list(keys), fail_at, 0
    def show_target(self, target_px): pass
    def hide_target(self): pass
    def show_camera(self, image, caption): pass
    def flip(self):
        self.flips += 1
        if self.flips == self.fail_at:
            raise KeyboardInterrupt
    def pressed(self):
        key = self.keys.pop(0) if self.keys else ""
        return [key] if key else []
link = pylink.EyeLink(None)
for keys, fail_at in (([""] * 5 + ["return", "x", "", "escape"], 0), ([], 5)):
    display = calibration_display(pylink, Face(keys, fail_at), link)
    pylink.openGraphicsEx(display)
    try:
        link.doTrackerSetup()
    except RuntimeError as error:
        print("left:", error)
    pylink.closeGraphics()
    print(type(display.error).__name__, display.face.flips)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == [
        "NoneType 9",
        "left: Escape key pressed",
        "KeyboardInterrupt 5",
    ]


def test_lines_over_the_cameras_picture(bench):
    pylink = import_pylink()
    face = Face()
    display = calibration_display(pylink, face, bench.host)
    assert isinstance(display, pylink.EyeLinkCustomDisplay)
    display.draw_cross_hair = lambda: display.draw_line(0, 1, 3, 1, pylink.PUPIL_BOX_COLOR)
    display.set_image_palette([0] * 256, [0] * 256, [0] * 256)
    for line in (1, 2, 3):
        display.draw_image_line(4, line, 3, bytes(4))
    image, _ = face.cameras[-1]
    assert image[1].tolist() == [[0, 255, 0]] * 4
    assert not image[[0, 2]].any()


def test_keys_have_the_librarys_codes():
    pylink = import_pylink()
    assert KEYS["up"] == pylink.CURS_UP
    assert KEYS["right"] == pylink.CURS_RIGHT
    assert KEYS["pagedown"] == pylink.PAGE_DOWN
    assert [KEYS[f"f{n}"] for n in (1, 10)] == [pylink.F1_KEY, pylink.F10_KEY]
    assert (key_code("return"), key_code("escape")) == (pylink.ENTER_KEY, pylink.ESC_KEY)
    assert (key_code("c"), key_code("lctrl")) == (ord("c"), 0)
