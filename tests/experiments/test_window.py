"""Sessions in a real PsychoPy window, on the machine's screen or on Xvfb."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from foveola.data_schema import FoveolaError, Screen, image_stimulus, read_recording
from foveola.experiments import display_missing, ensure_display, load_settings, run_session
from foveola.experiments import psychopy_display as module
from foveola.experiments.pages import text_page
from foveola.experiments.picture import composed, cross, fit, grey, photograph
from foveola.experiments.psychopy_display import PsychoPyDisplay
from foveola.experiments.session import session_files
from foveola.tracking import MonotonicClock, Recorder, finalise

Write = Callable[..., Path]

pytest.importorskip("psychopy")
pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(
        display_missing() and shutil.which("Xvfb") is None, reason="no screen and no Xvfb"
    ),
]
needs_xdotool = pytest.mark.skipif(shutil.which("xdotool") is None, reason="no xdotool")

SCREEN = Screen(
    width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60, refresh_hz=60
)
GREY = grey(0.5)
#: Times so short that a calibration takes seven seconds, and any of it is good enough.
QUICK = {
    "shrink_s = 0.3\nsettle_s = 0.3": "shrink_s = 0.05\nsettle_s = 0.4\n"
    "max_mean_error_deg = 9\nmax_error_deg = 9"
}


@pytest.fixture(autouse=True, scope="module")
def real_screen() -> None:
    """Without a screen, one in memory; it lives as long as this process, as pyglet needs it."""
    ensure_display(640, 480)


@pytest.fixture
def window() -> Iterator[PsychoPyDisplay]:
    display = PsychoPyDisplay(SCREEN, MonotonicClock(), GREY, fullscreen=False)
    yield display
    display.close()
    display.close()


def test_the_window_shows_the_very_pixels(window: PsychoPyDisplay, images: Path) -> None:
    for name in ("a.png", "c.png", "d.png"):
        stimulus = image_stimulus(images / name)
        picture = photograph(images / name, stimulus, fit(stimulus, SCREEN))
        centre = cross((320.0, 240.0), 20, 2, GREY)
        window.show(picture, centre)
        window.flip()
        expected = composed(640, 480, GREY, [picture, centre])
        assert np.array_equal(np.asarray(window.screenshot()), np.asarray(expected))
    page = text_page(SCREEN, GREY, "Welcome", ["Look."], [("Space", "begin")])
    window.show(page)
    window.flip()
    assert np.array_equal(np.asarray(window.screenshot()), np.asarray(page.image))
    window.flip()
    assert window.screenshot().getcolors() == [(640 * 480, GREY)]


def test_flips_are_stamped_in_order_on_the_clock(window: PsychoPyDisplay) -> None:
    before_s = window._clock()
    times_s = [window.flip() for _ in range(30)]
    assert before_s < times_s[0]
    assert times_s[-1] <= window._clock()
    assert np.all(np.diff(times_s) > 0)
    # Paced at 60 Hz where Xvfb waits for no screen; a busy machine is only ever slower.
    assert times_s[-1] - times_s[0] > 28 / 61


@needs_xdotool
def test_keys_arrive_by_their_names(window: PsychoPyDisplay) -> None:
    window.flip()
    for key in ("Escape", "KP_Enter", "Return", "space", "y"):
        subprocess.run(["xdotool", "key", key], check=True)
    found: list[str] = []
    end = time.monotonic() + 5
    while len(found) < 5 and time.monotonic() < end:
        window.flip()
        found += window.pressed()
    assert found == ["escape", "return", "return", "space", "y"]


def test_the_button_that_closes_the_window_is_a_key(window: PsychoPyDisplay) -> None:
    window.flip()
    window._window.winHandle.dispatch_event("on_close")
    assert window.pressed() == ["close"]
    assert window.pressed() == []
    window.flip()  # it is still there


def test_a_window_knows_where_it_lies(window: PsychoPyDisplay) -> None:
    left, top, width, height = window.window_px
    assert (width, height) == (640, 480)
    screens = window.screens_px
    assert any(
        x <= left + width / 2 < x + wide and y <= top + height / 2 < y + tall
        for x, y, wide, tall in screens
    )


def test_a_size_that_the_screen_has_not_is_refused() -> None:
    if not _on_our_xvfb():
        pytest.skip("the size of a real screen is its own")
    smaller = SCREEN.model_copy(update={"width_px": 320, "height_px": 240})
    with pytest.raises(FoveolaError, match="320 x 240 px, the screen has 640 x 480") as caught:
        PsychoPyDisplay(smaller, MonotonicClock(), GREY, fullscreen=True)
    assert "screen.width_px" in caught.value.remedy
    larger = SCREEN.model_copy(update={"width_px": 1000})
    with pytest.raises(FoveolaError, match="does not fit on this screen of 640 x 480"):
        PsychoPyDisplay(larger, MonotonicClock(), GREY, fullscreen=False)


def _on_our_xvfb() -> bool:
    from foveola.experiments import xvfb

    return bool(xvfb._running)


def test_a_wrong_refresh_rate_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # A screen of 75 Hz: flips that wait for it.
    def flip_75(self: PsychoPyDisplay) -> float:
        self._flipped_s = (0.0 if np.isinf(self._flipped_s) else self._flipped_s) + 1 / 75
        return self._flipped_s

    monkeypatch.setattr(PsychoPyDisplay, "flip", flip_75)
    with pytest.raises(FoveolaError, match=r"at 75\.0 Hz; the settings say 60") as caught:
        PsychoPyDisplay(SCREEN, MonotonicClock(), GREY, fullscreen=False)
    assert "screen.refresh_hz = 75" in caught.value.remedy
    close = SCREEN.model_copy(update={"refresh_hz": 74.0})
    display = PsychoPyDisplay(close, MonotonicClock(), GREY, fullscreen=False)
    assert display.refresh_hz == pytest.approx(75)
    display.close()


def test_a_window_that_does_not_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    visual, _ = module._psychopy()

    def fail(**_options: object) -> None:
        raise RuntimeError("no OpenGL")

    monkeypatch.setattr(visual, "Window", fail)
    with pytest.raises(FoveolaError, match=r"No window could be opened \(no OpenGL\)"):
        PsychoPyDisplay(SCREEN, MonotonicClock(), GREY, fullscreen=False)


class Operator:
    """Presses keys when the session has come so far, however slow the machine is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> None:
        self._answers = answers
        self._heard = threading.Event()
        message = Recorder.message

        def heard(recorder: Recorder, text: str, time_s: float | None = None) -> None:
            message(recorder, text, time_s)
            self._heard.set()
            if self._answers.get(text):
                self._heard.clear()
                key = self._answers[text].pop(0)
                threading.Thread(target=self._press, args=[key], daemon=True).start()

        monkeypatch.setattr(Recorder, "message", heard)

    def _press(self, key: str) -> None:
        """Press until something happens: a key before its page is on the screen does not count."""
        for _ in range(60):
            time.sleep(0.3)
            subprocess.run(["xdotool", "key", key], check=True)
            if self._heard.wait(1.0):
                return


@needs_xdotool
def test_a_session_in_real_time_ended_by_escape(
    write_toml: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(write_toml(QUICK | {"duration_s = 0.5": "duration_s = 1.5"}))
    Operator(
        monkeypatch,
        {
            "DISPLAY_COORDS 0 0 639 479": ["space"],
            "TRIALID 0": ["Escape"],
            "TRIALID 2": ["Escape"],
            "ESCAPE asked": ["n", "y"],
        },
    )
    path = run_session(settings, "01", display="windowed")
    recording = read_recording(path)
    statuses = [trial.status for trial in recording.trials]
    assert statuses == ["interrupted", "complete", "interrupted"]
    complete = recording.trials[1]
    assert complete.offset_s - complete.onset_s > 1  # exactly how long: on the virtual display
    assert np.isin([complete.onset_s, complete.offset_s], recording.flips_s).all()
    device_s = recording.samples["device_time_s"]
    assert np.allclose(np.diff(device_s), 1 / 500, atol=1e-9)
    assert [one.accepted for one in recording.calibrations] == [True, True]
    assert "ESCAPE declined" in {message.text for message in recording.messages}


KILLED = """
import sys
from foveola.experiments import load_settings, run_session, session
made = session.MonotonicClock
def clock():
    one = made()
    print(one.origin_ns, flush=True)
    return one
session.MonotonicClock = clock
run_session(load_settings(sys.argv[1]), "01", display="windowed", unattended=True,
            on_progress=lambda done, steps, text: print(done, flush=True))
"""


def test_killed_what_is_older_than_a_second_opens(write_toml: Write) -> None:
    path = write_toml(QUICK | {"duration_s = 0.5": "duration_s = 30"})
    command = [sys.executable, "-c", KILLED, str(path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    origin_ns = int(child.stdout.readline())
    while int(child.stdout.readline()) < 1:
        pass
    time.sleep(1.5)
    killed_s = (time.monotonic_ns() - origin_ns) / 1e9
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    files = session_files(load_settings(path), "01")
    finalise(files.journal, files.recording)
    recording = read_recording(files.recording)
    assert recording.samples["time_s"][-1] > killed_s - 1
    assert recording.flips_s[-1] > killed_s - 1
    assert [trial.status for trial in recording.trials] == ["interrupted"]
    assert np.allclose(np.diff(recording.samples["device_time_s"]), 1 / 500, atol=1e-9)
