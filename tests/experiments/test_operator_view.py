"""Sessions with an operator's view beside them, on a screen in memory of their own."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_views import view_states

from foveola.data_schema import Recording, read_recording
from foveola.experiments import load_settings, session_files

Write = Callable[..., Path]

pytest.importorskip("PyQt6")
pytest.importorskip("psychopy")
pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(
        shutil.which("Xvfb") is None or shutil.which("xdotool") is None, reason="no Xvfb, xdotool"
    ),
]

#: Times so short that a calibration takes seconds, and any of it is good enough.
QUICK = {
    "shrink_s = 0.3\nsettle_s = 0.3": "shrink_s = 0.05\nsettle_s = 0.4\n"
    "max_mean_error_deg = 9\nmax_error_deg = 9"
}
TITLE = "Foveola: operator"

#: A session that prints what happens in it, a JSON object a line.
SESSION = """
import json, os, sys
from foveola.experiments import ensure_display, load_settings, operator_link, run_session
from foveola.tracking import Recorder

def tell(**words):
    print(json.dumps(words), flush=True)

message, start = Recorder.message, operator_link.OperatorLink._start

def heard(recorder, text, time_s=None):
    message(recorder, text, time_s)
    tell(message=text)

def started(link):
    start(link)
    tell(view=link.process_id)

Recorder.message = heard
operator_link.OperatorLink._start = started
ensure_display(2600, 720)
tell(display=os.environ["DISPLAY"])
path = run_session(load_settings(sys.argv[1]), "01", display="windowed", operator_view=True,
                   unattended="--unattended" in sys.argv,
                   on_notice=lambda text: tell(notice=text))
tell(recording=str(path))
"""


class Session:
    """A session in a process of its own, and the hands of its operator."""

    def __init__(self, toml: Path, *options: str) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
        self.child = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(toml), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._said: queue.Queue[dict[str, object]] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.heard: list[dict[str, object]] = []
        self.display = str(self.until("display"))

    def _listen(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._said.put(json.loads(line))
        self._said.put({"over": True})

    def until(self, what: str, value: object = None, *, seconds: float = 60) -> object:
        """Wait for something that the session tells."""
        end = time.monotonic() + seconds
        while True:
            said = self._said.get(timeout=max(0.01, end - time.monotonic()))
            self.heard.append(said)
            if what in said and value in (None, said[what]):
                return said[what]
            if "over" in said:
                assert self.child.stderr is not None
                raise AssertionError(f"{self.heard} {self.child.stderr.read()}")

    def xdotool(self, *words: str) -> str:
        environment = os.environ | {"DISPLAY": self.display}
        command = ["xdotool", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def view(self) -> str:
        """The view's window, once it is there."""
        end = time.monotonic() + 30
        while not (found := self.xdotool("search", "--onlyvisible", "--name", TITLE).split()):
            assert time.monotonic() < end, "no window came"
            time.sleep(0.1)
        return found[-1]

    def click(self, button: int) -> None:
        """Click one of the four buttons of the view."""
        window = self.view()
        found = self.xdotool("getwindowgeometry", "--shell", window).splitlines()
        place = dict(line.split("=") for line in found)
        x = (button + 0.5) * int(place["WIDTH"]) / 4
        y = int(place["HEIGHT"]) - 25
        self.xdotool("mousemove", "--window", window, str(round(x)), str(y), "click", "1")

    def press(self, key: str) -> None:
        """Press a key in the view."""
        self.xdotool("windowfocus", "--sync", self.view(), "key", key)

    def again_until(self, act: Callable[[], None], what: str, value: str) -> None:
        """Do something until the session tells that it took it: the first time may be too early."""
        for _ in range(40):
            act()
            with contextlib.suppress(queue.Empty):
                self.until(what, value, seconds=1.5)
                return
        raise AssertionError(f"{value} never came: {self.heard}")

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self._listener.join()
        for pipe in (self.child.stdout, self.child.stderr):
            if pipe is not None:
                pipe.close()
        for said in self.heard:
            if said.get("view"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(str(said["view"])), signal.SIGKILL)


@pytest.fixture
def session(write_toml: Write) -> Iterator[Callable[..., Session]]:
    made: list[Session] = []

    def start(*options: str, **changes: str) -> Session:
        toml = write_toml(QUICK | {"duration_s = 0.5": changes.get("duration", "duration_s = 1.5")})
        made.append(Session(toml, *options))
        return made[-1]

    yield start
    for one in made:
        one.close()


def texts(recording: Recording) -> set[str]:
    return {message.text for message in recording.messages}


@pytest.mark.slow
def test_keys_and_buttons_of_the_view_reach_the_session(
    session: Callable[..., Session],
) -> None:
    one = session()
    one.until("view")
    # A key without a meaning in the view goes on to the stimulus: so the session begins.
    one.again_until(lambda: one.press("space"), "message", "CALIBRATION attempt 1 HV5")
    for act, asked in (
        (lambda: one.press("p"), "pause"),
        (lambda: one.click(1), "calibrate"),
        (lambda: one.press("d"), "drift_check"),
    ):
        one.again_until(act, "message", f"OPERATOR asked: {asked}")
    one.until("message", "OPERATOR pause")
    one.again_until(lambda: one.press("space"), "message", "OPERATOR calibrate")
    one.until("message", "OPERATOR drift_check")
    one.until("message", "TRIALID 0")
    one.click(3)  # Abort; then No, then once more, and Yes
    one.press("n")
    one.press("Escape")
    one.press("y")
    one.until("message", "END asked by the operator")
    recording = read_recording(Path(str(one.until("recording"))))
    assert [trial.status for trial in recording.trials][-1] == "interrupted"
    assert len(recording.trials) < 4
    assert recording.trials[-1].offset_s in recording.flips_s
    assert one.child.wait(30) == 0


@pytest.mark.slow
def test_a_view_that_is_killed_costs_the_session_nothing(
    session: Callable[..., Session],
) -> None:
    one = session("--unattended")
    first = int(str(one.until("view")))
    one.view()
    os.kill(first, signal.SIGKILL)
    one.until("notice", "The operator's view has ended.")
    one.until("message", "TRIALID 0")
    recording = read_recording(Path(str(one.until("recording"))))
    assert [trial.status for trial in recording.trials] == ["complete"] * 4
    assert "OPERATOR VIEW The operator's view has ended." in texts(recording)
    # It came back where a moment could be lost: between two trials.
    assert {said["view"] for said in one.heard if said.get("view")} - {first}
    assert one.child.wait(30) == 0


@pytest.mark.slow
def test_a_frozen_view_does_not_hold_the_session(session: Callable[..., Session]) -> None:
    one = session("--unattended")
    view = int(str(one.until("view")))
    one.view()
    os.kill(view, signal.SIGSTOP)
    recording = read_recording(Path(str(one.until("recording"))))
    assert [trial.status for trial in recording.trials] == ["complete"] * 4
    assert one.child.wait(30) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_session_and_all_of_it_is_kept(
    session: Callable[..., Session], write_toml: Write, number: int
) -> None:
    one = session("--unattended", duration="duration_s = 60")
    one.until("message", "TRIALID 0")
    one.child.send_signal(number)
    one.until("message", "END asked by " + ("Ctrl+C" if number == 2 else "a request to terminate"))
    for _ in range(2):  # while it is being saved
        one.child.send_signal(number)
    assert one.child.wait(30) == 1
    files = session_files(load_settings(write_toml(QUICK)), "01")
    recording = read_recording(files.recording)
    assert recording.trials[-1].status == "interrupted"
    assert recording.trials[-1].offset_s in recording.flips_s
    assert recording.samples["time_s"][-1] > recording.trials[-1].offset_s - 0.1


PAINT = """
import socket, sys, time
from pathlib import Path
from made_views import view_states
from PyQt6.QtWidgets import QApplication
from foveola.experiments.operator_window import OperatorWindow
application = QApplication([])
folder = Path(sys.argv[1])
ours, theirs = socket.socketpair()
ours.setblocking(False)
for width, height in ((1280, 800), (1920, 1080)):
    for name, state in view_states(folder).items():
        window = OperatorWindow(ours)
        window.state = state
        window.resize(width, height)
        window.show()
        window._refresh()
        application.processEvents()
        window.grab().save(str(folder / f"{name}_{width}.png"))
        window.state.connected = False
        window.close()
"""


def test_every_state_is_painted(tmp_path: Path) -> None:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    command = [sys.executable, "-W", "error", "-c", PAINT, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = set(view_states(tmp_path))
    for width in (1280, 1920):
        sizes = {name: (tmp_path / f"{name}_{width}.png").stat().st_size for name in names}
        assert len(set(sizes.values())) == len(names)  # each looks different


def test_colours_of_words_stand_out_enough() -> None:
    from foveola.experiments.operator_paint import (
        GROUND,
        LEVEL_COLOURS,
        MUTED,
        PANEL,
        TEXT,
    )

    def luminance(colour: object) -> float:
        parts = [getattr(colour, part)() for part in ("redF", "greenF", "blueF")]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    def contrast(one: object, other: object) -> float:
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    for colour in (TEXT, MUTED, *LEVEL_COLOURS.values()):
        assert contrast(colour, PANEL) >= 4.5
        assert contrast(colour, GROUND) >= 4.5
