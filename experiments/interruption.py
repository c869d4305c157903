"""Ctrl+C, a request to terminate, a closed terminal: they end a session and cost no data."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

#: Signals that end a session, and what a user calls them; Windows has not all of them.
SIGNALS = {
    "SIGINT": "Ctrl+C",
    "SIGTERM": "a request to terminate",
    "SIGHUP": "the end of its terminal",
    "SIGBREAK": "Ctrl+Break",
}
#: So many signals while data are being saved leave the rest to ``foveola recover``.
INSISTENCE = 3


class Interruption:
    """Hears signals while a session runs, and while it is being saved.

    The first one asks the session to end at its next flip. A second one, where no flip comes any
    more, ends what hangs. Once saving has begun the session can only be saved: a signal is
    answered by a line, and only the third gives up, which leaves the journal as it is.

    Only the main thread hears signals; elsewhere this does nothing.

    Attributes
    ----------
    by : str
        What ended the session, in words; empty where no signal did.
    """

    def __init__(self) -> None:
        self.by = ""
        self._end_soon: Callable[[str], bool] | None = None
        self._saving = False
        self._heard = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            for name in SIGNALS:
                if number := getattr(signal, name, None):
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def tell(self, end_soon: Callable[[str], bool]) -> None:
        """Call that with words when a signal comes; until then a signal ends the session at once.

        Parameters
        ----------
        end_soon : callable
            Makes the session end at its next flip; False where no flip has come since it was
            called before.
        """
        self._end_soon = end_soon

    def save(self) -> None:
        """Note that what was recorded is being saved."""
        self._saving = True
        self._heard = 0

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._heard += 1
        words = SIGNALS[signal.Signals(number).name]
        if self._saving and self._heard < INSISTENCE:
            with contextlib.suppress(OSError):  # the terminal may be gone
                print(
                    "Still saving what was recorded. "
                    f"{INSISTENCE - self._heard} more: leave that to foveola recover.",
                    file=sys.stderr,
                )
            return
        self.by = self.by or words
        if self._end_soon is None or self._saving or not self._end_soon(words):
            raise KeyboardInterrupt
