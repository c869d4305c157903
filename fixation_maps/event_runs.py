"""Runs of samples that are one event each, and the events they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, empty_events

from .event_properties import event_properties
from .gaze_signal import SLACK_S, Floats, GazeSignal, Indices

#: A lid that stays down longer is closed or the eye is lost: the event is undefined, not a blink.
LONGEST_BLINK_S = 0.5


@dataclass(frozen=True)
class Runs:
    """Unbroken runs of samples of one kind.

    Attributes
    ----------
    starts, ends : ndarray of int, shape (m,)
        First sample of each, and the sample after its last; in order, not overlapping.
    kind : EventKind
        What they are.
    """

    starts: Indices
    ends: Indices
    kind: EventKind

    @classmethod
    def of(cls, signal: GazeSignal, mask: NDArray[np.bool_], kind: EventKind) -> Runs:
        """Runs of True that no gap breaks."""
        return cls(*_unbroken(mask, signal.stretch), kind)

    def lasting(self, signal: GazeSignal, shortest_s: float) -> Runs:
        """Those that last at least so long."""
        kept = self.durations_s(signal) >= shortest_s - SLACK_S
        return Runs(self.starts[kept], self.ends[kept], self.kind)

    def durations_s(self, signal: GazeSignal) -> Floats:
        """Time from each run's first sample to one sampling interval after its last."""
        return signal.time_s[self.ends - 1] - signal.time_s[self.starts] + signal.interval_s

    def mask(self, n: int) -> NDArray[np.bool_]:
        """Which of n samples lie within a run."""
        within = np.zeros(n, bool)
        _fill(within, self.starts, self.ends)
        return within


@njit(cache=True)
def _fill(within: NDArray[np.bool_], starts: Indices, ends: Indices) -> None:
    for run in range(len(starts)):
        within[starts[run] : ends[run]] = True


@njit(cache=True)
def _unbroken(mask: NDArray[np.bool_], stretch: Indices) -> tuple[Indices, Indices]:
    """Bounds of the runs of True within one stretch each."""
    starts = np.empty(len(mask), np.intp)
    ends = np.empty(len(mask), np.intp)
    count, before = 0, -1
    for i in range(len(mask)):
        here = stretch[i] if mask[i] else -1
        if here >= 0:
            if here != before:
                starts[count] = i
                count += 1
            ends[count - 1] = i + 1
        before = here
    return starts[:count].copy(), ends[:count].copy()


def events_of_runs(
    signal: GazeSignal,
    runs: Sequence[Runs],
    *,
    speed_deg_s: Floats,
    used: NDArray[np.bool_] | None = None,
) -> Events:
    """Measure runs as events, and add the blinks.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze they were found in.
    runs : sequence of Runs
        Runs of several kinds, none over another.
    speed_deg_s : ndarray, shape (n,)
        Angular speed, for the peak velocities.
    used : ndarray of bool, shape (n,), optional
        Samples that places are taken from; all with gaze by default.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)
        In order of time. A loss as long as a blink, with its margins, is a blink; one longer than
        half a second is undefined.
    """
    starts = np.concatenate([one.starts for one in runs])
    ends = np.concatenate([one.ends for one in runs])
    kinds = np.repeat([one.kind for one in runs], [len(one.starts) for one in runs])
    order = np.argsort(starts, kind="stable")
    found = event_properties(
        signal, starts[order], ends[order], kinds[order], used=used, speed_deg_s=speed_deg_s
    )
    events = np.concatenate([found, blinks_of(signal)])
    return events[np.argsort(events["onset_s"], kind="stable")]


def blinks_of(signal: GazeSignal) -> Events:
    """Blinks and longer losses as events whose gaze is unknown.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)
        Each lasts from after the last sample that is trusted to the next one that is.
    """
    events = empty_events(len(signal.blinks_s))
    if not len(events):
        return events
    onsets_s, ends_s = signal.blinks_s.T
    onsets_s = onsets_s + signal.interval_s
    events["onset_s"], events["duration_s"] = onsets_s, ends_s - onsets_s
    events["eye"] = signal.eye
    is_blink = signal.losses_s <= LONGEST_BLINK_S
    events["kind"] = np.where(is_blink, EventKind.BLINK, EventKind.UNDEFINED)
    return events
