"""Gaps in the samples, and the longest one within each trial."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import Trial

#: So many sample intervals without a sample are a gap: at least two samples are missing.
GAP_INTERVALS = 2.5


class SampleGaps:
    """Finds the gaps between samples that come in batches, in order of time.

    Parameters
    ----------
    rate_hz : float
        Nominal sampling rate.
    """

    def __init__(self, rate_hz: float) -> None:
        self._shortest_s = GAP_INTERVALS / rate_hz
        self._starts_s, self._ends_s = array("d"), array("d")
        self._first_s = self._last_s = np.nan

    @property
    def count(self) -> int:
        """How many gaps there are."""
        return len(self._starts_s)

    def take(self, times_s: NDArray[np.float64]) -> None:
        """Take the times of the next samples."""
        if not len(times_s):
            return
        if np.isnan(self._first_s):
            self._first_s = self._last_s = float(times_s[0])
        before_s = np.concatenate([[self._last_s], times_s[:-1]])
        long = times_s - before_s > self._shortest_s
        self._starts_s.extend(before_s[long])
        self._ends_s.extend(times_s[long])
        self._last_s = float(times_s[-1])

    def longest_s(self, since_s: float, until_s: float) -> float:
        """Longest time without samples within a span; 0 where no two samples are missing."""
        if np.isnan(self._first_s):
            return until_s - since_s
        # The time before the first sample and after the last one is without samples too.
        starts_s = np.array([-np.inf, *self._starts_s, self._last_s])
        ends_s = np.array([self._first_s, *self._ends_s, np.inf])
        within_s = np.minimum(ends_s, until_s) - np.maximum(starts_s, since_s)
        longest_s = float(within_s.max())
        return longest_s if longest_s > self._shortest_s else 0.0


def with_gaps(trials: Iterable[Trial], gaps: SampleGaps) -> tuple[Trial, ...]:
    """Mark each trial with the longest gap in it, where that is not known yet."""
    return tuple(
        trial.model_copy(update={"longest_gap_s": gaps.longest_s(trial.onset_s, trial.offset_s)})
        if np.isnan(trial.longest_gap_s) and np.isfinite([trial.onset_s, trial.offset_s]).all()
        else trial
        for trial in trials
    )
