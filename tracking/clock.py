"""Clocks: the recorder's own, one for tests, and the line that joins a tracker's clock to it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import ClockFit, ClockJump

from .clock_jumps import WINDOW, fit_broken_line
from .tracker import ClockPair

#: The quicker half is chosen among so many neighbours.
PAIRS_COMPARED = 20


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


def fit_clock(pairs: Sequence[ClockPair] | NDArray[np.float64]) -> ClockFit:
    """Fit the line from the tracker's clock to the recorder's, and find where that clock jumped.

    Only the half of the pairs whose round trip was the quickest counts: a slow reading is late by
    an unknown part of its round trip, and always late on the same side when a computer is busy.
    The half is chosen anew every twenty pairs, so that every stretch of a session has its say.
    Of it, a pair that lies off the line by itself is an outlier and left out; where the pairs go
    on beside the line, the clock has jumped.

    Parameters
    ----------
    pairs : sequence of ClockPair, or ndarray, shape (n, 3)
        Comparisons of the clocks, in order.

    Returns
    -------
    ClockFit
        One pair, or pairs of one moment, give the offset alone; none gives equal clocks.

    Raises
    ------
    ValueError
        If a pair is not finite.
    """
    if not len(pairs):
        return ClockFit()
    table = np.array(pairs, float)
    if not np.all(np.isfinite(table)):
        raise ValueError("clock pairs must be finite")
    host_s, device_s = table[_quick(table[:, 2])].T[:2]
    first_s = host_s[0], host_s[0] - device_s[0]
    # Taken from the first pair on, as seconds since a boot cost the digits microseconds need.
    line, edges = fit_broken_line(host_s - first_s[0], host_s - device_s - first_s[1])
    # ahead = a + q host - jumps is the line of ClockFit, with q = drift / (1 + drift).
    drift = line.slope / (1 - line.slope)
    start_s = line.start_s + first_s[1] - line.slope * first_s[0]
    return ClockFit(
        offset_s=float(start_s * (1 + drift)),
        drift_ppm=drift * 1e6,
        residual_s=float(np.sqrt(np.mean(line.residuals_s[line.kept] ** 2))),
        pairs=int(line.kept.sum()),
        outliers=int((~line.kept).sum()),
        jumps=tuple(
            ClockJump(time_s=_first_after(table, host_s, edge, line.slope, step_s), size_s=-step_s)
            for edge, step_s in zip(edges, line.steps_s.tolist(), strict=True)
        ),
    )


def _quick(round_trip_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Pairs whose round trip is within the lower half of the twenty pairs around it."""
    limits_s = [
        np.full(len(part), np.median(part))
        for part in np.array_split(round_trip_s, max(1, len(round_trip_s) // PAIRS_COMPARED))
    ]
    return np.asarray(round_trip_s <= np.concatenate(limits_s))


def _first_after(
    table: NDArray[np.float64],
    quick_host_s: NDArray[np.float64],
    edge: int,
    slope: float,
    step_s: float,
) -> float:
    """Time of the first pair after a jump, quick or not: where most lie on their own side of it.

    The quick pairs alone are too few to tell, and next to a jump an outlier may pass for it.
    """
    around = slice(max(0, edge - WINDOW), edge + WINDOW)
    first_s, last_s = quick_host_s[around][[0, -1]]
    near = table[(table[:, 0] >= first_s) & (table[:, 0] <= last_s)]
    level_s = near[:, 0] - near[:, 1] - slope * near[:, 0]
    before_s = np.median(level_s[near[:, 0] < quick_host_s[edge]])
    # Costs are bounded, so that an outlier counts no more than a pair on the wrong side.
    off_s = np.minimum(np.abs(level_s - before_s), abs(step_s))
    off_after_s = np.minimum(np.abs(level_s - before_s - step_s), abs(step_s))
    costs_s = np.cumsum(off_s - off_after_s)
    return float(near[min(int(np.argmin(costs_s)) + 1, len(near) - 1), 0])
