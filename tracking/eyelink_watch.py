"""Notices that an EyeLink's samples or its link are gone, and that they are back."""

from __future__ import annotations

import numpy as np

#: Samples come every half to four milliseconds, and packets every few; so long is no chance.
SILENCE_S = 0.3


class LinkWatch:
    """Turns what a tracker sees of its link into words, each told once."""

    def __init__(self) -> None:
        self.connected = True
        #: Whether samples are missed, which was told.
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
            if self.silent:
                self._told.append(f"samples are back after {now_s - self._since_s:.1f} s")
            self._since_s, self.silent = now_s, False
        elif not self.silent and now_s - self._since_s > SILENCE_S:
            self.silent = True
            self._told.append(f"no samples for {now_s - self._since_s:.1f} s")

    def take(self) -> list[str]:
        """What there is to tell since the last call."""
        told, self._told = self._told, []
        return told
