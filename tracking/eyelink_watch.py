"""Notices that an EyeLink's link is gone, and that it is back, and whether samples come."""

from __future__ import annotations

import numpy as np

#: Samples come every half to four milliseconds, and packets every few; so long is no chance.
SILENCE_S = 0.3


class LinkWatch:
    """Turns what a tracker sees of its link into words, each told once."""

    def __init__(self) -> None:
        self.connected = True
        #: Whether samples are missed; the recorder tells that of every tracker.
        self.silent = False
        self._since_s = np.inf
        self._told: list[str] = []

    def begin(self, now_s: float) -> None:
        """Expect samples from now on."""
        self._since_s, self.silent = now_s, False

    def end(self) -> None:
        """Expect no samples any more."""
        self._since_s, self.silent = np.inf, False

    def saw(self, now_s: float, *, connected: bool, samples: int) -> None:
        """Take how a drain of the link went."""
        if connected != self.connected:
            self.connected = connected
            self._told.append("the link to the Host PC is " + ("back" if connected else "gone"))
        if samples:
            self._since_s, self.silent = now_s, False
        elif not self.silent and now_s - self._since_s > SILENCE_S:
            self.silent = True

    def take(self) -> list[str]:
        """What there is to tell since the last call."""
        told, self._told = self._told, []
        return told
