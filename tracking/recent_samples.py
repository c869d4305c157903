"""The newest samples of a recording, for whoever looks at the gaze of the last seconds."""

from __future__ import annotations

import numpy as np

from foveola.data_schema import GAZE_DTYPE, GazeSamples


class RecentSamples:
    """The newest samples, in one piece.

    Parameters
    ----------
    capacity : int
        How many are kept at least.

    Attributes
    ----------
    count : int
        All samples that were ever appended.
    last_s : float
        Time of the newest; minus infinity before the first.
    """

    def __init__(self, capacity: int) -> None:
        self.count = 0
        self.last_s = -np.inf
        self._capacity = capacity
        self._rows = np.empty(2 * capacity, GAZE_DTYPE)
        self._first = self._end = 0

    def append(self, samples: GazeSamples) -> None:
        """Take newer samples."""
        if not len(samples):
            return
        self.count += len(samples)
        self.last_s = float(samples["time_s"][-1])
        samples = samples[-self._capacity :]
        if self._end + len(samples) > len(self._rows):
            kept = self._rows[max(self._first, self._end - self._capacity) : self._end].copy()
            self._rows[: len(kept)] = kept
            self._first, self._end = 0, len(kept)
        self._rows[self._end : self._end + len(samples)] = samples
        self._end += len(samples)
        self._first = max(self._first, self._end - self._capacity)

    def since(self, time_s: float) -> GazeSamples:
        """Copy the samples from a time on."""
        rows = self._rows[self._first : self._end]
        return rows[np.searchsorted(rows["time_s"], time_s) :].copy()

    def rate_hz(self) -> float:
        """Rate over all that are kept; NaN where there are less than two."""
        rows = self._rows[self._first : self._end]
        span_s = float(rows["time_s"][-1] - rows["time_s"][0]) if len(rows) > 1 else 0.0
        return (len(rows) - 1) / span_s if span_s > 0 else np.nan
