"""The session's side of the operator's view: a process of its own that may die, hang or be killed.

Nothing here waits for it. What it does not take at once is dropped, and what it must know in the
end is told again with the next message that it takes.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from .operator_messages import LineReader, encoded

VIEW = (sys.executable, "-m", "foveola.experiments.operator_view")
#: A view that has not said for so long that it lives has hung.
SILENT_S = 10.0
#: A view that ends again and again is not started for ever.
MAX_STARTS = 4
#: Waited for at the end of a session, where time is no matter.
FAREWELL_S = 1.0
RECEIVED_BYTES = 65536


class OperatorLink:
    """Starts the view, tells it parts of the session's state, and hears what the operator asks.

    Parameters
    ----------
    command : sequence of str
        The view's program; ``--screen`` and ``--socket`` are added.
    screen : int
        Number of the screen that it opens on, from 0.
    clock : callable
        Seconds that never go back.

    Attributes
    ----------
    dropped : int
        Messages that the view could not take.
    """

    def __init__(
        self,
        command: Sequence[str] = VIEW,
        *,
        screen: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dropped = 0
        self._command = (*command, "--screen", str(screen))
        self._clock = clock
        self._state: dict[str, Any] = {}
        self._news: dict[str, Any] = {}
        self._rest = b""
        self._notices: list[str] = []
        self._starts_left = MAX_STARTS
        self._view: subprocess.Popen[bytes] | None = None
        self._killed: list[subprocess.Popen[bytes]] = []
        self._socket: socket.socket | None = None
        self._errors: IO[bytes] | None = None
        self._start()

    @property
    def process_id(self) -> int:
        """The view's process; 0 where none runs."""
        return self._view.pid if self._view is not None else 0

    def keep(self, name: str, part: object) -> None:
        """Set a part that the view must know: it goes with the next message, and to a new view."""
        self._state[name] = self._news[name] = part

    def tell(self, passing: Mapping[str, object]) -> bool:
        """Send what has changed and what passes, as gaze; return whether the view takes it.

        It never waits: while the view is busy, what passes is dropped.
        """
        if self._socket is None:
            return False
        self._rest = self._rest[self._offered(self._rest) :]
        if not self._rest:
            message = encoded(self._news | dict(passing))
            if count := self._offered(message):
                self._rest = message[count:]  # what is begun is sent to its end, sooner or later
                self._news = {}
                return True
        self.dropped += self._socket is not None
        return False

    def heard(self) -> list[dict[str, Any]]:
        """What the view said since the last call; it never waits."""
        if self._socket is None:
            return []
        try:
            data = self._socket.recv(RECEIVED_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._lost()
            return []
        self._alive_s = self._clock()
        try:
            messages = self._reader.feed(data)
        except ValueError:
            self._lost()
            return []
        for message in messages:
            if "bye" in message:
                self._notices.append(str(message["bye"]))
                self._starts_left = 0  # it said why it can't be; another one could not either
        return messages

    def notices(self) -> list[str]:
        """What happened to the view since the last call, in words."""
        notices, self._notices = self._notices, []
        return notices

    def revive(self) -> None:
        """Start the view again where it ended or hangs; called where a moment may be lost."""
        if self._socket is not None and self._clock() - self._alive_s > SILENT_S:
            self._notices.append(f"The operator's view has not answered for {SILENT_S:g} s.")
            self._drop_view()
        self._bury()
        if self._socket is None and self._starts_left:
            self._news = dict(self._state)
            self._start()
            self._notices.append("The operator's view was started again.")

    def close(self) -> None:
        """Tell the rest and leave the view alone, which ends or shows how the session ended."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.settimeout(FAREWELL_S)  # the session is over: there is time
                self._socket.sendall(self._rest + encoded(self._news))
            self._socket.close()
            self._socket = None
        if self._view is not None and self._clock() - self._alive_s <= SILENT_S:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._view.wait(FAREWELL_S)
            # Where it lives on, that is as it should be; Python would warn of a forgotten child.
            self._view.returncode = self._view.returncode or 0
            self._view = None
        self._drop_view()
        self._bury()

    def _start(self) -> None:
        self._starts_left -= 1
        self._rest = b""
        self._reader = LineReader()
        self._alive_s = self._clock()
        ours, theirs = socket.socketpair()
        theirs.setblocking(True)  # a default time-out, which libraries set, would leave it without
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, read when the view has ended
        windows = sys.platform == "win32"
        with theirs:
            try:
                self._view = subprocess.Popen(
                    [*self._command, "--socket", "-" if windows else str(theirs.fileno())],
                    pass_fds=() if windows else (theirs.fileno(),),
                    stdin=subprocess.PIPE if windows else subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._errors,
                    start_new_session=True,  # Ctrl+C is the session's, not the view's
                )
            except OSError as error:
                self._notices.append(f"The operator's view can't be started ({error.strerror}).")
                self._starts_left = 0
                ours.close()
                self._drop_errors()
                return
            if self._view.stdin is not None:  # Windows hands no descriptors down
                with self._view.stdin as pipe:
                    pipe.write(theirs.share(self._view.pid))  # type: ignore[attr-defined,unused-ignore]
        ours.setblocking(False)
        self._socket = ours

    def _offered(self, data: bytes) -> int:
        """Send what goes at once; return how many bytes went."""
        if self._socket is None or not data:
            return 0
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._lost()
            return 0

    def _lost(self) -> None:
        """The view has ended by itself, or talks nonsense."""
        words = self._last_words()
        told = not self._starts_left and bool(self._notices)
        self._drop_view()
        if not told:
            self._notices.append(f"The operator's view has ended{words}.")

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1].rstrip('.')}" if lines else ""

    def _drop_view(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._view is not None:
            self._view.kill()
            self._killed.append(self._view)  # waited for where there is time
            self._view = None
        self._drop_errors()

    def _bury(self) -> None:
        for view in self._killed:
            with contextlib.suppress(subprocess.TimeoutExpired):
                view.wait(FAREWELL_S)
        self._killed = []

    def _drop_errors(self) -> None:
        if self._errors is not None:
            self._errors.close()
            self._errors = None
