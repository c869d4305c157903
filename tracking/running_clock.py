"""A tracker's clock joined to the recorder's while both run."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .clock import fit_clock
from .tracker import ClockPair

Floats = NDArray[np.float64]
#: So many comparisons are fitted, the newest.
PAIRS = 360
#: Over a shorter span a slope would be made of the readings' noise; the newest alone count then.
SPAN_S, NEWEST_S = 20.0, 5.0
#: Clocks of computers differ by no more.
MOST_PPM = 500.0
#: What a new fit corrects is spread over so long; more than this much is a jump, taken at once.
SLEW_S, JUMP_S = 1.0, 0.005


class RunningClock:
    """Maps a tracker's time to the recorder's, continuous and growing from fit to fit.

    Each comparison of the clocks renews a line through the newest ones; the map then bends
    toward the line within a second, so that no two samples change places.
    """

    def __init__(self) -> None:
        self._pairs: deque[ClockPair] = deque(maxlen=PAIRS)
        #: Now on the map; then, from here on, along the line.
        self._from_device_s = self._from_host_s = 0.0
        self._offset_s, self._slope = 0.0, 1.0

    def add(self, pair: ClockPair) -> float:
        """Take a comparison; return by how much the map had to jump, 0 as a rule."""
        before_s = float(self.host_s(pair.device_s)) if self._pairs else np.nan
        line_s = self._fitted(pair)
        if abs(line_s - before_s) > JUMP_S:  # what came before belongs to another line
            self._pairs.clear()
            line_s = self._fitted(pair)
        jump_s = line_s - before_s
        jumped = not abs(jump_s) <= JUMP_S  # NaN: the first comparison
        self._from_device_s = pair.device_s
        self._from_host_s = line_s if jumped else before_s
        return float(np.nan_to_num(jump_s)) if jumped else 0.0

    def settle(self) -> None:
        """Take the line at once, where nothing is being mapped yet."""
        self._from_host_s = self._offset_s + self._slope * self._from_device_s

    def host_s(self, device_s: ArrayLike) -> Floats:
        """The recorder's time of moments on the tracker's clock."""
        device_s = np.asarray(device_s, float)
        since_s = device_s - self._from_device_s
        at_once_s = self._offset_s + self._slope * self._from_device_s
        share = np.clip(1 - since_s / SLEW_S, 0.0, 1.0)
        line_s = self._offset_s + self._slope * device_s
        return np.asarray(line_s + (self._from_host_s - at_once_s) * share)

    def _fitted(self, pair: ClockPair) -> float:
        """Renew the line; return the recorder's time that it gives the pair."""
        self._pairs.append(pair)
        self._fit()
        return self._offset_s + self._slope * pair.device_s

    def _fit(self) -> None:
        table = np.array(self._pairs, float)
        span_s = float(np.ptp(table[:, 1]))
        if span_s >= SPAN_S:
            fit = fit_clock(tuple(self._pairs))
            if abs(fit.drift_ppm) <= MOST_PPM:
                self._offset_s, self._slope = fit.offset_s, 1 + fit.drift_ppm * 1e-6
                return
        newest = table[table[:, 1] >= table[-1, 1] - NEWEST_S]
        quick = newest[newest[:, 2] <= np.median(newest[:, 2])]
        self._offset_s, self._slope = float(np.mean(quick[:, 0] - quick[:, 1])), 1.0
