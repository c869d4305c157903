"""A recorder in a process of its own, where nothing that a session draws or computes delays it.

The tracker lives there, too: it is handed over before it is connected, and is asked from here over
a pair of sockets. The process asks for real-time priority, and does without where that is not
permitted. If the session's process dies, the recorder's drains once more, flushes and ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from foveola.data_schema import Calibration, FoveolaError, RecordingHeader, Trial

from .journal_writer import JournalWriter
from .recorder import Recorder
from .tracker import Capabilities, Tracker

#: Hurries before it imports, or a busy computer would take half a minute for that.
SERVE = """
import os
try:
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
except (AttributeError, OSError):  # not on this system, or not permitted
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    except OSError:
        pass
from foveola.tracking.recorder_process import main
main()
"""
START_S, CLOSE_S = 60.0, 10.0


def tracker_elsewhere(tracker: Tracker) -> Tracker:
    """Move an unconnected tracker into a process of its own, where it can go there.

    Returns
    -------
    Tracker
        One that passes every call on; the tracker itself where it does not declare that it can
        be moved, or can't be packed, or the system has no sockets to hand over.
    """
    if not tracker.capabilities.own_process or os.name != "posix":
        return tracker
    try:
        packed = pickle.dumps(tracker)
        return cast("Tracker", TrackerElsewhere(tracker, packed))
    except (pickle.PicklingError, AttributeError, TypeError, _NotTaken):
        return tracker


def recorder_for(
    tracker: Tracker,
    journal_path: Path,
    header: RecordingHeader,
    clock: Callable[[], float],
    *,
    threaded: bool = True,
    open_journal: Callable[[Path, float], JournalWriter] = JournalWriter,
) -> Recorder:
    """Make the recorder of a tracker, in the process where that is.

    Parameters are those of :class:`Recorder`; in another process it always has its thread.
    """
    words = (journal_path, header, clock)
    if isinstance(tracker, TrackerElsewhere):
        return RecorderElsewhere(tracker, *words, open_journal=open_journal)
    return Recorder(tracker, *words, threaded=threaded, open_journal=open_journal)


class _NotTaken(Exception):  # noqa: N818, it never leaves this file
    """The other process could not unpack a tracker."""


class TrackerElsewhere:
    """A tracker in a process of its own: every method of the tracker, asked over there.

    Parameters
    ----------
    tracker : Tracker
        What it is, for what it declares.
    packed : bytes
        The same, pickled.
    """

    def __init__(self, tracker: Tracker, packed: bytes) -> None:
        self._kind, self._capabilities = type(tracker), tracker.capabilities
        here, there = socket.socketpair()
        for end in (here, there):
            end.setblocking(True)  # PsychoPy gives every new socket a time limit
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._connection = Connection(here.detach())
        self._lock = threading.Lock()
        self._connection.send_bytes(packed)
        try:
            taken = self._connection.poll(START_S) and self._connection.recv()
        except EOFError:
            taken = False
        if not taken:
            self._process.kill()
            self._process.wait()
            raise _NotTaken

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    def ask(self, whom: str, what: str, *words: Any, **options: Any) -> Any:
        """Call a method over there; return or raise what it did.

        Raises
        ------
        FoveolaError
            If the process is gone.
        """
        try:
            with self._lock:
                self._connection.send((whom, what, words, options))
                raised, answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise FoveolaError(
                "The process that records has ended.", remedy="What it recorded is in the journal."
            ) from error
        if raised:
            raise answer
        return answer

    def close(self) -> None:
        """Disconnect, and end the process; harmless when called twice."""
        if self._process.poll() is None:
            with contextlib.suppress(FoveolaError):
                self.ask("tracker", "close")
            self._connection.close()
            try:
                self._process.wait(CLOSE_S)
            except subprocess.TimeoutExpired:  # a library that does not come back
                self._process.kill()
                self._process.wait()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self._kind, name):
            raise AttributeError(name)
        return lambda *words, **options: self.ask("tracker", name, *words, **options)


class RecorderElsewhere(Recorder):
    """The recorder beside a tracker in a process of its own: all that it does is done there."""

    def __init__(
        self,
        tracker: TrackerElsewhere,
        journal_path: Path,
        header: RecordingHeader,
        clock: Callable[[], float],
        **options: Any,
    ) -> None:
        self._elsewhere, self._clock = tracker, clock
        self._listeners: list[Callable[[str, Mapping[str, Any]], None]] = []
        tracker.ask("", "record", journal_path, header, clock, **options)

    @property
    def capabilities(self) -> Capabilities:
        """What the tracker can do."""
        return self._elsewhere.capabilities

    def listen(self, listener: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Call ``listener(kind, content)`` for messages, trials and calibrations given here."""
        self._listeners.append(listener)

    def add_trial(self, trial: Trial) -> None:
        """Note a trial; the last one of an index holds."""
        self._elsewhere.ask("recorder", "add_trial", trial)
        self._hear("trial", {"trial": trial.model_dump(mode="json")})

    def begin_trial(self, trial: Trial) -> None:
        """Note that a trial has begun: should the session end now, it is kept as interrupted."""
        self._elsewhere.ask("recorder", "begin_trial", trial)
        begun = trial.model_copy(update={"status": "interrupted", "offset_s": float("nan")})
        self._hear("trial", {"trial": begun.model_dump(mode="json")})

    def add_calibration(self, calibration: Calibration) -> None:
        """Note a calibration, validation or drift check; the last one of a kind and time holds."""
        self._elsewhere.ask("recorder", "add_calibration", calibration)
        self._hear("calibration", {"calibration": calibration.model_dump(mode="json")})

    def _write_message(self, text: str, time_s: float) -> None:
        self._elsewhere.ask("recorder", "_write_message", text, time_s)
        self._hear("message", {"time_s": time_s, "text": text})

    def _hear(self, kind: str, content: Mapping[str, Any]) -> None:
        for listener in self._listeners:
            listener(kind, content)


def _forwarded(name: str) -> Callable[..., Any]:
    def ask(self: RecorderElsewhere, *words: Any, **options: Any) -> Any:
        return self._elsewhere.ask("recorder", name, *_listed(words), **options)

    return ask


# All but what is heard here; a message is dated here, when it is given, and written there.
for _name, _method in vars(Recorder).items():
    _known = _name.startswith("_") or _name == "message" or _name in vars(RecorderElsewhere)
    if callable(_method) and not _known:
        setattr(RecorderElsewhere, _name, _forwarded(_name))


def _listed(words: tuple[Any, ...]) -> list[Any]:
    """Generators do not travel."""
    return [list(one) if hasattr(one, "__next__") else one for one in words]


def serve(connection: Connection) -> None:
    """Be the other process: take the tracker, then answer until the session hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the session, and that ends this
    try:
        tracker: Tracker = pickle.loads(connection.recv_bytes())  # noqa: S301, from our own parent
    except Exception:  # whatever a foreign class does when it is unpacked
        connection.send(False)
        return
    connection.send(True)
    recorder: Recorder | None = None
    while True:
        try:
            whom, what, words, options = connection.recv()
        except (EOFError, OSError):
            break
        try:
            if what == "record" and not whom:
                recorder, answer = Recorder(tracker, *words, **options), None
            else:
                answer = getattr(recorder if whom == "recorder" else tracker, what)(
                    *words, **options
                )
            reply = False, answer
        except Exception as error:  # it is the caller's
            reply = True, error
        _send(connection, reply)
    if recorder is not None:
        recorder.abandon()


def _send(connection: Connection, reply: tuple[bool, Any]) -> None:
    try:
        connection.send(reply)
    except (TypeError, AttributeError, pickle.PicklingError):
        connection.send((True, FoveolaError(f"{reply[1]!r}")))
    except OSError:  # the session is gone, which the next turn sees
        pass


def main() -> None:
    """Serve on the socket whose descriptor is the first argument."""
    serve(Connection(int(sys.argv[1])))
