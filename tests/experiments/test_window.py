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
from foveola.experiments import (
    display_missing,
    ensure_display,
    load_settings,
    reason_menu,
    run_session,
)
from foveola.experiments import psychopy_display as module
from foveola.experiments.display import Click
from foveola.experiments.pages import text_page
from foveola.experiments.picture import Colour, Picture, composed, cross, fit, grey, photograph
from foveola.experiments.psychopy_display import PsychoPyDisplay
from foveola.experiments.result_layout import on_map, result_layout
from foveola.experiments.session_files import session_files
from foveola.experiments.targets import TargetKind, make_target, on_pixels
from foveola.tracking import MonotonicClock, Recorder, finalise, validation_targets

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
    names = {
        "Escape": "escape",
        "KP_Enter": "return",
        "Return": "return",
        "space": "space",
        "y": "y",
        "3": "3",
        "Up": "up",
        "Down": "down",
        "Left": "left",
        "Right": "right",
        "Tab": "tab",
        "BackSpace": "backspace",
    }
    window.flip()
    for key in names:
        subprocess.run(["xdotool", "key", key], check=True)
    found: list[str] = []
    end = time.monotonic() + 5
    while len(found) < len(names) and time.monotonic() < end:
        window.flip()
        found += window.pressed()
    assert found == list(names.values())


@needs_xdotool
def test_clicks_and_text_arrive_as_they_were_made(window: PsychoPyDisplay) -> None:
    if not _on_our_xvfb():
        pytest.skip("a window lies where its desktop puts it")
    window.pointer(visible=True)
    window.flip()
    for x, y in ((10, 20), (639, 479), (320, 0)):
        _xdotool("mousemove", str(x), str(y), "click", "1")
    _xdotool("click", "3")
    _xdotool("type", "--delay", "50", "Wet eye's!")
    clicks: list[Click] = []
    text = ""
    end = time.monotonic() + 10
    while (len(clicks) < 3 or len(text) < 10) and time.monotonic() < end:
        window.flip()
        clicks += window.clicks()
        text += window.typed()
    assert clicks == [(10.5, 20.5), (639.5, 479.5), (320.5, 0.5)]
    assert text == "Wet eye's!"
    window.pressed()
    window.pointer(visible=False)


def _xdotool(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True)


@pytest.mark.parametrize("kind", ["rings", "bulls-eye", "child"])
def test_targets_are_uploaded_once_for_all_places(
    window: PsychoPyDisplay, kind: TargetKind
) -> None:
    target = make_target(kind, 0, 20.0, 0.5, GREY)
    target.prepare(window)
    uploaded = set(window._stims)
    for place in ((320.0, 240.0), (50.0, 60.0)):
        for time_s in (0.0, 0.3, 0.6, 1.7):
            window.show(*target.at(place)(time_s))
            window.flip()
            expected = composed(640, 480, GREY, target.at(place)(time_s))
            assert np.array_equal(np.asarray(window.screenshot()), np.asarray(expected))
    assert set(window._stims) == uploaded


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
    """Presses keys when the session has come so far, however slow the machine is.

    ``answers`` gives keys, or words of xdotool, by how a message begins; ``reason`` is typed where
    a calibration is accepted above the limits.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]], reason: str = ""
    ) -> None:
        self._answers = answers
        self._heard = threading.Event()
        message = Recorder.message

        def heard(recorder: Recorder, text: str, time_s: float | None = None) -> None:
            message(recorder, text, time_s)
            self._heard.set()
            for begin, words in self._answers.items():
                if text.startswith(begin) and words:
                    self._answer(words.pop(0))
                    return

        monkeypatch.setattr(Recorder, "message", heard)
        menu, entry = reason_menu.reason_page, reason_menu.text_entry_page

        def at_menu(screen: Screen, background: Colour) -> Picture:
            self._answer(str(len(reason_menu.REASONS) + 1))
            return menu(screen, background)

        def at_entry(screen: Screen, background: Colour, text: str) -> Picture:
            letters = reason[len(text) :] if reason.startswith(text) else ["BackSpace"]
            self._answer(letters[0].replace(" ", "space") if letters else "Return")
            return entry(screen, background, text)

        monkeypatch.setattr(reason_menu, "reason_page", at_menu)
        monkeypatch.setattr(reason_menu, "text_entry_page", at_entry)

    def _answer(self, words: str) -> None:
        self._heard.set()
        self._heard.clear()
        threading.Thread(target=self._press, args=[words], daemon=True).start()

    def _press(self, words: str) -> None:
        """Press until something happens: a key before its page is on the screen does not count."""
        for _ in range(60):
            time.sleep(0.3)
            _xdotool(*(words.split() if " " in words else ("key", words)))
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


@needs_xdotool
def test_one_point_is_redone_and_the_rest_accepted_with_a_reason(
    write_toml: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = {old: new.replace("max_mean_error_deg = 9", "max_mean_error_deg = 1e-6")
              for old, new in QUICK.items()}  # fmt: skip
    settings = load_settings(write_toml(strict | {"seed = 7": "seed = 8"}))
    target = on_pixels(validation_targets("HV5", SCREEN)[2])
    x, y = on_map(result_layout(SCREEN), target)
    Operator(
        monkeypatch,
        {
            "DISPLAY_COORDS 0 0 639 479": ["space"],
            "VALIDATION attempt 1": [f"mousemove {x:.0f} {y:.0f} click 1", "Return"],
            "TRIALID 0": ["Escape"],
            "ESCAPE asked": ["y"],
        },
        reason="wet eye",
    )
    recording = read_recording(run_session(settings, "01", display="windowed"))
    found = [(one.kind, one.accepted, one.reason) for one in recording.calibrations]
    assert found == [
        ("calibration", False, "target 3 was redone"),
        ("validation", False, "target 3 was redone"),
        ("calibration", True, "wet eye"),
        ("validation", True, "wet eye"),
    ]
    redone = {(one.target_x_px, one.target_y_px) for one in recording.calibrations[3].points
              if one.redone}  # fmt: skip
    assert redone == {target}


KILLED = """
import sys
from foveola.experiments import load_settings, run_session, session_run
made = session_run.MonotonicClock
def clock():
    one = made()
    print(one.origin_ns, flush=True)
    return one
session_run.MonotonicClock = clock
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


@needs_xdotool
def test_the_pointer_is_seen_at_every_flip_where_it_is(window: PsychoPyDisplay) -> None:
    seen: list[tuple[float, float, float]] = []
    window.follow_pointer(lambda *place: seen.append(place))
    for x, y in ((50, 70), (639, 0), (0, 479), (320, 240)):
        subprocess.run(["xdotool", "mousemove", str(x), str(y)], check=True)
        wanted = pytest.approx((x + 0.5, y + 0.5), abs=1)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            flipped_s = window.flip()
            assert seen[-1][0] == flipped_s
            if seen[-1][1:] == wanted:
                break
        assert seen[-1][1:] == wanted
    assert len({place[0] for place in seen}) == len(seen)


@needs_xdotool
def test_a_session_with_the_mouse(write_toml: Write) -> None:
    settings = load_settings(write_toml(QUICK))
    subprocess.run(["xdotool", "mousemove", "100", "100"], check=True)
    path = run_session(settings, "01", tracker_name="mouse", display="windowed", unattended=True)
    recording = read_recording(path)
    assert recording.tracker.model == "mouse pointer"
    assert recording.tracker.simulated
    assert [trial.status for trial in recording.trials] == ["complete"] * 4
    # Every flip since the start is a sample, and no other.
    assert np.isin(recording.samples["time_s"], recording.flips_s).mean() > 0.99
    place = recording.samples["right_x_px"][-1], recording.samples["right_y_px"][-1]
    assert place == pytest.approx((100.5, 100.5), abs=1)
    assert np.isnan(recording.samples["left_x_px"]).all()
