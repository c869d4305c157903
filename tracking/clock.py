"""Clocks: the recorder's own, one for tests, and the line that joins a tracker's clock to it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from foveola.data_schema import ClockFit

from .tracker import ClockPair


class MonotonicClock:
    """Seconds since it was made, by the one clock of the machine that is never set back."""

    def __init__(self) -> None:
        self.origin_ns = time.monotonic_ns()

    def __call__(self) -> float:
        """Return the time in seconds."""
        return (time.monotonic_ns() - self.origin_ns) / 1e9


class VirtualClock:
    """A clock that stands still until it is told to go on, for what runs faster than real time.

    Examples
    --------
    >>> clock = VirtualClock()
    >>> clock.advance(0.5)
    >>> clock()
    0.5
    """

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Go on; ValueError where that would be backwards."""
        if not seconds >= 0:
            raise ValueError(f"a clock can't go on by {seconds} s")
        self._now_s += seconds


def fit_clock(pairs: Sequence[ClockPair]) -> ClockFit:
    """Fit the line from the tracker's clock to the recorder's.

    Only the half of the pairs whose round trip was the quickest counts: a slow reading is late by
    an unknown part of its round trip, and always late on the same side when a computer is busy.

    Parameters
    ----------
    pairs : sequence of ClockPair
        Comparisons of the clocks, in any order.

    Returns
    -------
    ClockFit
        ``host_time_s = offset_s + (1 + drift_ppm * 1e-6) * device_time_s``. One pair, or pairs
        of one moment, give the offset alone; none gives equal clocks.

    Raises
    ------
    ValueError
        If a pair is not finite.
    """
    if not pairs:
        return ClockFit()
    table = np.array(pairs, float)
    if not np.all(np.isfinite(table)):
        raise ValueError("clock pairs must be finite")
    host_s, device_s, round_trip_s = table.T
    quick = round_trip_s <= np.median(round_trip_s)
    host_s, device_s = host_s[quick], device_s[quick]
    # Fitted around the means, as seconds since a boot cost the digits that microseconds need.
    device_mean_s = device_s.mean()
    ahead_s = host_s - device_s
    centred_s = device_s - device_mean_s
    spread = float(centred_s @ centred_s)
    slope = float(centred_s @ (ahead_s - ahead_s.mean())) / spread if spread > 0 else 0.0
    offset_s = float(ahead_s.mean() - slope * device_mean_s)
    left_s = (ahead_s - ahead_s.mean()) - slope * centred_s
    return ClockFit(
        offset_s=offset_s,
        drift_ppm=slope * 1e6,
        residual_s=float(np.sqrt(np.mean(left_s**2))),
        pairs=len(host_s),
    )
