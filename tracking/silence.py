"""Notices that a tracker has fallen silent, and that it is back."""

from __future__ import annotations

from foveola.data_schema import GazeSamples

#: Silence of so long, or of so many sample intervals, is told.
SILENCE_S = 0.25
SILENCE_INTERVALS = 5


class SilenceWatch:
    """Watches what a tracker delivers.

    Parameters
    ----------
    rate_hz : float
        Nominal sampling rate.
    """

    def __init__(self, rate_hz: float) -> None:
        self._bearable_s = max(SILENCE_S, SILENCE_INTERVALS / rate_hz)
        self._silent = False
        self._since_s = 0.0

    def begin(self, now_s: float) -> None:
        """Begin to wait for samples: what was before does not count as silence."""
        self._silent = False
        self._since_s = now_s

    def look(self, samples: GazeSamples, now_s: float) -> str:
        """Look at what a reading brought; return what has to be told, mostly nothing."""
        if len(samples):
            gap_s = float(samples["time_s"][0]) - self._since_s
            was_silent, self._silent = self._silent, False
            self._since_s = float(samples["time_s"][-1])
            return f"samples again after {gap_s:.2f} s" if was_silent else ""
        if not self._silent and now_s - self._since_s > self._bearable_s:
            self._silent = True
            return f"no samples for {now_s - self._since_s:.2f} s"
        return ""
