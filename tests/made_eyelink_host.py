"""A Host PC in memory behind the methods of pylink's link, that hands out pylink's own objects.

It behaves as the real one where that hurts: a file that is opened empties an older one of its
name without a word, names are not told apart by their case, a transfer to a name that is taken
goes to another name, a stop empties the queue, and the clock answers in whole milliseconds.
"""

# ruff: noqa: N802, the library names its methods so
from __future__ import annotations

import contextlib
import io
import math
import random
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import Screen
from foveola.tracking import EyeLinkSettings, EyeLinkTracker, VirtualClock
from foveola.tracking.eyelink_host_record import HostRecord

with contextlib.redirect_stdout(io.StringIO()):
    import pylink

SCREEN = Screen(width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60)
MAGIC = b"SR_RESEARCH_MADE_UP "
MISSING = float(pylink.MISSING_DATA)
SETUP_MENU, CALIBRATING = pylink.EL_SETUP_MENU_MODE, pylink.EL_CALIBRATE_MODE
NOTHING = [(0.0, 0.0)] * 16
FLAGS = {"left": 0x8000, "right": 0x4000, "both": 0xC000}


class MadeEyeLink:
    """Host and link in one.

    Parameters
    ----------
    clock : callable
        The display computer's clock.
    """

    def __init__(self, clock: Callable[[], float], *, version=(3, "EYELINK CL 5.15")) -> None:
        self.clock = clock
        self.version = version
        self.random = random.Random(1)
        self.offset_s, self.drift = 4711.2345, 20e-6
        self.delay_s = 0.003
        self.settings: dict[str, str] = {"sample_rate": "1000"}
        self.fixed: dict[str, str] = {}
        self.commands: list[str] = []
        self.refused: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.file_name = ""
        self.overwritten: list[str] = []
        self.transfers: deque[str] = deque()
        self.unplugged = self.closed = False
        self.state = 1
        self.eyes = "both"
        self.shut = False
        self.add_half_to_time = False
        self.queue: deque[Any] = deque()
        self.recording = False
        self._next = 0
        self._current: Any = None
        self._asked_ms = 0
        self._reply = ""
        self.mode = pylink.EL_IDLE_MODE
        self.calibration = (1000, "")
        self.camera_shown = False
        self.targets = [(320, 240), (320, 41), (320, 439), (38, 240), (602, 240)]

    # The link

    def __call__(self, host: str) -> MadeEyeLink:
        self.host = host
        return self

    def open(self, host: str) -> None:
        if self.unplugged:
            raise RuntimeError(f"Could not connect to tracker at {host}")
        self.state = 1

    def isConnected(self) -> int:
        return 0 if self.closed else self.state

    def close(self) -> int:
        self.closed = True
        return 0

    def getTrackerVersion(self) -> int:
        return self.version[0]

    def getTrackerVersionString(self) -> str:
        return self.version[1]

    def device_s(self, host_s: float) -> float:
        return self.offset_s + (1 + self.drift) * host_s

    def _reach(self) -> None:
        if self.unplugged or self.state != 1:
            raise RuntimeError("Link terminated")

    # Clock and settings

    def requestTime(self) -> int:
        self._travel()
        self._asked_ms = 0 if self.unplugged else int(self.device_s(self.clock()) * 1000)
        return 0

    def _travel(self) -> None:
        """A packet is under way, for some 0.2 ms; a real clock goes on by itself."""
        if isinstance(self.clock, VirtualClock):
            self.clock.advance(self.random.uniform(0.0001, 0.0003))

    def readTime(self) -> int:
        if self._asked_ms:
            self._travel()
        answer, self._asked_ms = self._asked_ms, 0
        return answer

    def trackerTimeUsec(self) -> float:
        return self.device_s(self.clock()) * 1e6

    def readRequest(self, name: str) -> int:
        self._reply = self.fixed.get(name, self.settings.get(name, ""))
        return 0

    def readReply(self) -> str:
        return self._reply

    def sendCommand(self, text: str) -> int:
        self._reach()
        self.commands.append(text)
        if any(text.startswith(word) for word in self.refused):
            return 1
        name, _, value = text.partition("=")
        self.settings[name.strip()] = value.strip()
        if text.startswith("add_file_preamble_text"):
            self._write(text.encode("ascii"))
        return 0

    def sendMessage(self, text: str) -> int:
        self._reach()
        assert text.isascii()
        assert "\n" not in text
        self._write(f"MSG {self.device_s(self.clock()):.3f} {text[:130]}".encode())
        return 0

    # The recording

    def setOfflineMode(self) -> None:
        self._reach()
        self.mode = pylink.EL_IDLE_MODE

    def startRecording(self, *wanted: int) -> int:
        self._reach()
        assert wanted == (1, 1, 1, 1)
        self.queue.clear()
        self.recording = True
        self.mode = pylink.EL_RECORD_MODE
        self._next = math.ceil(self.device_s(self.clock()) * self.rate_hz)
        return 0

    def stopRecording(self) -> None:
        self._reach()
        self._sample()
        self.queue.clear()
        self.recording = False
        self._write(f"END {self._next / self.rate_hz:.4f}".encode())

    @property
    def rate_hz(self) -> int:
        return int(self.fixed.get("sample_rate", self.settings["sample_rate"]))

    def getSampleRate(self) -> int:
        return self.rate_hz

    def getNextData(self) -> int:
        self._sample()
        self._current = self.queue.popleft() if self.queue else None
        return self._current.getType() if self._current is not None else 0

    def getFloatData(self) -> Any:
        return self._current

    def lose(self, samples: int) -> None:
        """Lose the next samples on the link, which says so."""
        self._sample()
        self._next += samples
        self.queue.append(pylink.tracker.newLostDataEvent(self.now_ms(), pylink.LOSTDATAEVENT))

    def now_ms(self) -> float:
        return self._next * 1000 / self.rate_hz

    def see_fixation(self) -> None:
        """Let the host find the end of a fixation."""
        event = (self.now_ms(), pylink.ENDFIX, 1, 0, self.now_ms() - 200, self.now_ms())
        figures = [(0.0,) * 4] * 6
        self.queue.append(pylink.tracker.newEndFixationEvent(event, figures, [(0.0,) * 4] * 9))

    def _sample(self) -> None:
        if not self.recording:
            return
        end = math.floor(self.device_s(self.clock() - self.delay_s) * self.rate_hz) + 1
        first, self._next = self._next, max(self._next, end)
        if not self.unplugged and self.state == 1:
            self.queue.extend(self.sample(number) for number in range(first, end))

    def sample(self, number: int) -> Any:
        time_ms = number * 1000 / self.rate_hz
        half = not float(time_ms).is_integer()
        if half and not self.add_half_to_time:
            time_ms -= 0.5
        flags = FLAGS[self.eyes] | (0x2 if half else 0)
        gaze = [MISSING] * 2 if self.shut else [300.0 + number % 7, 310.0]
        pupil = [0.0] * 2 if self.shut else [812.0, 820.0]
        return pylink.tracker.newSample(
            time_ms, flags, (0, 0), (0, 0), (0, 0), (0, 0), pupil, gaze, [200.0, 201.0],
            30.0, 30.0, 0, 0, 0, 0, (0,) * 8, *NOTHING,
        )  # fmt: skip

    # Files

    def openDataFile(self, name: str) -> int:
        self._reach()
        stem = name.upper().removesuffix(".EDF")
        if len(stem) > 8 or not all(one.isalnum() or one == "_" for one in stem):
            raise RuntimeError("The EDF file name cannot exceed eight characters.")
        self.file_name = f"{stem}.EDF"
        if self.file_name in self.files:
            self.overwritten.append(self.file_name)
        self.files[self.file_name] = MAGIC
        return 0

    def closeDataFile(self) -> int:
        self._reach()
        self.file_name = ""
        return 0

    def _write(self, line: bytes) -> None:
        if self.file_name:
            self.files[self.file_name] += line + b"\n"

    def receiveDataFile(self, name: str, destination: str) -> int:
        """Send a file; ``transfers`` says how the next ones go wrong."""
        self._reach()
        if name.upper() not in self.files:
            raise RuntimeError("File transfer error: can't open file")
        content, path = self.files[name.upper()], Path(destination)
        how = self.transfers.popleft() if self.transfers else ""
        if how == "link":
            raise RuntimeError("File transfer timed out")
        sent = content[: len(content) // 2] if how in ("short", "cut") else content
        sent = b"\0" * len(sent) if how == "zeros" else sent
        while path.exists():
            path = path.with_name(f"{path.stem}_1{path.suffix}")
        path.write_bytes(sent)
        return len(sent) if how == "cut" else len(content)

    # Calibration, through the display that pylink was given

    def getTrackerMode(self) -> int:
        return self.mode

    def exitCalibration(self) -> None:
        self.left = True
        self.mode = pylink.EL_IDLE_MODE

    def doTrackerSetup(self) -> None:
        assert not self.recording
        display = pylink.eyelink.customGraphics
        self.mode = SETUP_MENU
        display.setup_cal_display()
        self.left = False
        while self.mode == SETUP_MENU:
            for key in display.get_input_key() or []:
                if key.__key__ == ord("c"):
                    self._calibrate(display)
                elif key.__key__ == pylink.ENTER_KEY:
                    self._show_camera(display)
                elif key.__key__ == pylink.ESC_KEY:
                    self.mode = pylink.EL_IDLE_MODE
        display.exit_cal_display()
        if self.left:
            raise RuntimeError("Escape key pressed")

    def _calibrate(self, display: Any) -> None:
        self.mode = CALIBRATING
        display.clear_cal_display()
        lines = ["!CAL VALIDATION HV5 LR LEFT GOOD ERROR 0.25 avg. 0.52 max OFFSET 0.1 deg."]
        for number, (x, y) in enumerate(self.targets):
            display.draw_cal_target(x, y)
            for _ in range(3):
                if any(key.__key__ == pylink.ESC_KEY for key in display.get_input_key() or []):
                    self.calibration = (27, "aborted")
                    self.mode = SETUP_MENU
                    return
                if self.mode != CALIBRATING:
                    return
            display.erase_cal_target()
            for eye, off in (("LEFT", 0.21), ("RIGHT", 0.33)):
                lines.append(
                    f"VALIDATE LR POINT {number}  {eye}  at {x},{y}  "
                    f"OFFSET {off} deg.  {off * 10:.1f},-1.5 pix."
                )
        self.calibration = (0, "\n".join(lines))
        self.mode = SETUP_MENU

    def _show_camera(self, display: Any) -> None:
        display.__updateimgsize__(8, 4)
        display.draw_cross_hair = lambda: None  # without a camera the library knows of no lines
        assert display.setup_image_display(8, 4) == 1
        display.set_image_palette(range(256), range(256), range(256))
        display.image_title("Right pupil 110")
        for line in range(1, 5):
            display.draw_image_line(8, line, 4, np.full(8, 40 * line, np.uint8).tobytes())
        display.get_input_key()
        display.exit_image_display()
        self.camera_shown = True

    def getCalibrationResult(self) -> int:
        return self.calibration[0]

    def getCalibrationMessage(self) -> str:
        return self.calibration[1]


def made_end_s(path: Path) -> float:
    """Where a made-up EDF file ends."""
    ends = [line for line in path.read_bytes().split(b"\n") if line.startswith(b"END ")]
    if not ends:
        raise OSError("it has no end")
    return float(ends[-1].split()[1])


class MadeProbe:
    """Finds the host there as soon as the cable is plugged in."""

    def __init__(self, host: MadeEyeLink) -> None:
        self.host = host

    def answered(self) -> bool:
        return not self.host.unplugged

    def close(self) -> None:
        pass


def made_eyelink(clock: Callable[[], float], **settings: Any) -> tuple[EyeLinkTracker, MadeEyeLink]:
    """A tracker before a host in memory."""
    host = MadeEyeLink(clock)
    chosen = EyeLinkSettings(**settings)
    host.eyes = chosen.eyes
    record = HostRecord(end_s=made_end_s)
    tracker = EyeLinkTracker(chosen, clock, link=host, record=record, probe=MadeProbe(host))
    return tracker, host


class EyeLinkBench:
    """A tracker that records, its host and its clock."""

    def __init__(self, **settings):
        self.clock = VirtualClock(3.0)
        self.tracker, self.host = made_eyelink(self.clock, **settings)

    def start(self):
        self.tracker.connect(SCREEN)
        self.tracker.start()
        return self

    def run(self, seconds, step_s=0.01007):
        """Read as the recorder does; return the samples and what was told."""
        batches, told = [], []
        for step in range(round(seconds / step_s)):
            self.clock.advance(step_s)
            batches.append(self.tracker.read())
            told += self.tracker.problems()
            if step % 100 == 99:
                self.tracker.clock_pair()
        return np.concatenate(batches), told
