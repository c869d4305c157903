"""From samples in which gaze was still, or fast, to events: fixations, saccades and blinks."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events

from .event_runs import Runs, events_of_runs
from .gaze_signal import Floats, GazeSignal, Indices


def events_from_still(
    signal: GazeSignal,
    still: NDArray[np.bool_],
    fast: NDArray[np.bool_],
    *,
    speed_deg_s: Floats,
    merge_s: float,
    merge_deg: float,
    min_duration_s: float,
) -> Events:
    """Make fixations of the samples in which gaze was still, and saccades of the fast ones.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    still : ndarray of bool, shape (n,)
        Samples that belong to fixations; those without gaze count as not still.
    fast : ndarray of bool, shape (n,)
        Samples that belong to saccades.
    speed_deg_s : ndarray, shape (n,)
        Angular speed, for the peak velocities.
    merge_s, merge_deg : float
        Neighbours this near in time and in mean direction are one fixation: what parted them was
        noise, a short loss or a microsaccade.
    min_duration_s : float
        Shorter ones are left out, after the merging.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)
        In order of time, none over another. Places of fixations are means over the still samples
        alone. A saccade within a merged fixation is part of it; merge nothing to see them all.
        Blinks and longer losses are events too.
    """
    still = still & (signal.stretch >= 0)
    fixations = Runs(*merged_runs(signal, still, merge_s, merge_deg), EventKind.FIXATION)
    fixations = fixations.lasting(signal, min_duration_s)
    inside = fixations.mask(len(still))
    saccades = Runs.of(signal, fast & ~inside, EventKind.SACCADE)
    return events_of_runs(
        signal, [fixations, saccades], used=still | ~inside, speed_deg_s=speed_deg_s
    )


def events_of_labels(
    signal: GazeSignal,
    labels: NDArray[np.uint8],
    *,
    speed_deg_s: Floats,
    merge_s: float,
    merge_deg: float,
    min_duration_s: float,
) -> Events:
    """Make events of labelled samples.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    labels : ndarray of uint8, shape (n,)
        An EventKind for each sample; 0 is no event.
    speed_deg_s : ndarray, shape (n,)
        Angular speed, for the peak velocities.
    merge_s, merge_deg : float
        Fixations on the two sides of a loss this short, and this near, are one. No other event is
        ever merged away.
    min_duration_s : float
        Shorter fixations and pursuits are left out.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)
        In order of time, none over another, blinks and longer losses among them.
    """
    fixating = labels == EventKind.FIXATION
    others = (labels > 0) & ~fixating
    joined = merged_runs(signal, fixating, merge_s, merge_deg, parted=others)
    pursuits = Runs.of(signal, labels == EventKind.PURSUIT, EventKind.PURSUIT)
    slow = [Runs(*joined, EventKind.FIXATION), pursuits]
    fast = [Runs.of(signal, labels == kind, kind) for kind in (EventKind.SACCADE, EventKind.PSO)]
    runs = [one.lasting(signal, min_duration_s) for one in slow] + fast
    return events_of_runs(signal, runs, speed_deg_s=speed_deg_s)


def merged_runs(
    signal: GazeSignal,
    still: NDArray[np.bool_],
    merge_s: float,
    merge_deg: float,
    parted: NDArray[np.bool_] | None = None,
) -> tuple[Indices, Indices]:
    """Join runs of still samples that are near in time and in mean direction.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    still : ndarray of bool, shape (n,)
        Samples of fixations.
    merge_s, merge_deg : float
        The longest gap, and the largest angle between mean directions.
    parted : ndarray of bool, shape (n,), optional
        Samples that no fixation reaches across.

    Returns
    -------
    starts, ends : ndarray of int, shape (m,)
        First sample of each joined run, and the sample after its last.
    """
    runs = Runs.of(signal, still, EventKind.FIXATION)
    starts, ends = runs.starts, runs.ends
    if not len(starts):
        return starts, ends
    passed = np.zeros(len(starts), np.intp)
    if parted is not None:
        passed[:] = np.cumsum(parted)[starts]
    chord = 2 * np.sin(np.radians(min(merge_deg, 180) / 2))
    gap_s = merge_s + signal.interval_s
    groups = _groups(signal.time_s, signal.directions, starts, ends, passed, gap_s, chord)
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    last = np.append(first[1:], len(groups)) - 1
    return starts[first], ends[last]


@njit(cache=True)
def _groups(
    time_s: Floats,
    directions: Floats,
    starts: Indices,
    ends: Indices,
    passed: Indices,
    gap_s: float,
    chord: float,
) -> Indices:
    """Number of the fixation that each run belongs to; runs join one after the other."""
    groups = np.zeros(len(starts), np.intp)
    total, own = np.zeros(3), np.zeros(3)
    for part in range(len(starts)):
        for axis in range(3):
            own[axis] = 0.0
            for sample in range(starts[part], ends[part]):
                own[axis] += directions[sample, axis]
        if part > 0:
            one, other = total / np.sqrt((total**2).sum()), own / np.sqrt((own**2).sum())
            near = np.sqrt(((one - other) ** 2).sum()) <= chord
            soon = time_s[starts[part]] - time_s[ends[part - 1] - 1] <= gap_s
            same = near and soon and passed[part] == passed[part - 1]
            groups[part] = groups[part - 1] + (0 if same else 1)
            if not same:
                total[:] = 0
        total += own
    return groups
