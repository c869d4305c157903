"""A tracker's clock joined to the recorder's while both run."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        """Fit the quicker half of the pairs: a slow one is late by an unknown part of its trip."""
        table = np.array(self._pairs, float)
        with_slope = float(np.ptp(table[:, 1])) >= SPAN_S
        if not with_slope:
            table = table[table[:, 1] >= table[-1, 1] - NEWEST_S]
        host_s, device_s, _ = table[table[:, 2] <= np.median(table[:, 2])].T
        # Around the means, as seconds since a boot cost the digits that microseconds need.
        centred_s, ahead_s = device_s - device_s.mean(), host_s - device_s
        spread = float(centred_s @ centred_s)
        slope = float(centred_s @ ahead_s) / spread if with_slope and spread > 0 else 0.0
        slope = float(np.clip(slope, -MOST_PPM * 1e-6, MOST_PPM * 1e-6))
        self._offset_s = float(ahead_s.mean() - slope * device_s.mean())
        self._slope = 1 + slope
