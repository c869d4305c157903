"""The link to an EyeLink's Host PC: opening it, asking for its clock and its settings."""

from __future__ import annotations

import contextlib
import io
import platform
import subprocess
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from foveola.data_schema import FoveolaError, MissingExtraError

#: The host answers within a millisecond; after so long its answer is lost.
REPLY_S, SETTING_S = 0.02, 0.5
#: What ``isConnected`` says of a real link; -1 is the dummy mode, which looks like success.
CONNECTED = 1
#: Replies are whole milliseconds: on the average half of one has passed.
HALF_MS = 0.5
#: Arguments for one question that waits a second for its answer.
PING_ONCE = {
    "Linux": ("-c", "1", "-W", "1"),
    "Darwin": ("-c", "1", "-t", "1"),
    "Windows": ("-n", "1", "-w", "1000"),
}


def import_pylink() -> ModuleType:
    """Import SR Research's library, which greets on the standard output, in silence."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            import pylink
    except ImportError as error:
        raise MissingExtraError("pylink", "eyelink") from error
    module: ModuleType = pylink
    return module


def open_link(host: str) -> Any:
    """Connect to the Host PC; its library gives up after three seconds."""
    pylink = import_pylink()
    try:
        return pylink.EyeLink(host)
    except RuntimeError as error:
        raise FoveolaError(
            f"No EyeLink answers at {host} ({error}).",
            remedy="Start the EyeLink software on the Host PC, connect the cable, and give this "
            "computer's network card the address 100.1.1.2 and the mask 255.255.255.0. Another "
            "address of the host is set by host in [tracker.eyelink].",
        ) from error


def tracker_time_ms(link: Any, clock: Callable[[], float]) -> tuple[float, float, float]:
    """Ask the host for its time.

    Returns
    -------
    host_s, device_ms, round_trip_s : float
        The middle of the round trip on the recorder's clock, the host's answer, and how long it
        took. Where no answer came, the library's own estimate stands in, and the round trip is
        as long as was waited: so slow a pair does not weigh in a fit.
    """
    link.readTime()  # an answer that came too late would be taken for the next one
    until_s = time.monotonic() + REPLY_S
    sent_s = clock()
    link.requestTime()
    while (reply_ms := link.readTime()) == 0 and time.monotonic() < until_s:
        time.sleep(2e-5)
    back_s = clock()
    middle_s = (sent_s + back_s) / 2
    if reply_ms:
        return middle_s, float(reply_ms) + HALF_MS, back_s - sent_s
    return back_s, float(link.trackerTimeUsec()) / 1000, max(back_s - sent_s, REPLY_S)


def host_setting(link: Any, name: str) -> str:
    """What a variable of the host is set to; empty where it does not say."""
    until_s = time.monotonic() + SETTING_S
    link.readRequest(name)
    while not (reply := link.readReply()) and time.monotonic() < until_s:
        time.sleep(1e-3)
    return str(reply or "").strip()


class HostProbe:
    """Asks whether a host is there without waiting for the answer.

    SR Research's library blocks the whole program for three seconds where it is not: so it is
    told to connect only when the host has answered.
    """

    def __init__(self, host: str) -> None:
        self._command = ["ping", *PING_ONCE.get(platform.system(), ("-c", "1")), host]
        self._process: subprocess.Popen[bytes] | None = None

    def answered(self) -> bool:
        """Whether the host has answered since the last call; asks anew where nobody asks now."""
        if self._process is None:
            with contextlib.suppress(OSError):  # without ping, the host counts as gone
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            return False
        code = self._process.poll()
        if code is None:
            return False
        self._process = None
        return code == 0

    def close(self) -> None:
        """Ask no more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
