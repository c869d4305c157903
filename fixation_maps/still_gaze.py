"""From samples in which gaze was still to fixations: neighbours joined, short ones left out."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Fixations, fixations_of

from .event_properties import event_properties
from .gaze_signal import Floats, GazeSignal, Indices, runs_of


def fixations_from_still(
    signal: GazeSignal,
    still: NDArray[np.bool_],
    *,
    merge_s: float,
    merge_deg: float,
    min_duration_s: float,
) -> Fixations:
    """Make fixations of the samples in which gaze was still.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze.
    still : ndarray of bool, shape (n,)
        Samples that belong to fixations; those without gaze count as not still.
    merge_s, merge_deg : float
        Neighbours this near in time and in mean direction are one fixation: what parted them was
        noise, a short loss or a microsaccade.
    min_duration_s : float
        Shorter ones are left out, after the merging.

    Returns
    -------
    ndarray of FIXATION_DTYPE, shape (m,)
        Their places are means over the still samples alone.
    """
    still = still & (signal.stretch >= 0)
    starts, ends = runs_of(still)
    if len(starts):
        chord = 2 * np.sin(np.radians(min(merge_deg, 180) / 2))
        groups = _groups(
            signal.time_s, signal.directions, starts, ends, merge_s + signal.interval_s, chord
        )
        first = np.flatnonzero(np.diff(groups, prepend=-1))
        last = np.append(first[1:], len(groups)) - 1
        starts, ends = starts[first], ends[last]
    events = event_properties(signal, starts, ends, EventKind.FIXATION, used=still)
    fixations = fixations_of(events)
    # A microsecond of slack: durations are differences of rounded times.
    return fixations[fixations["duration_s"] >= min_duration_s - 1e-6]


@njit(cache=True)
def _groups(
    time_s: Floats, directions: Floats, starts: Indices, ends: Indices, gap_s: float, chord: float
) -> Indices:
    """Number of the fixation that each run belongs to; runs join one after the other."""
    groups = np.zeros(len(starts), np.intp)
    total = np.zeros(3)
    for part in range(len(starts)):
        own = np.zeros(3)
        for sample in range(starts[part], ends[part]):
            own += directions[sample]
        if part > 0:
            one, other = total / np.sqrt((total**2).sum()), own / np.sqrt((own**2).sum())
            near = np.sqrt(((one - other) ** 2).sum()) <= chord
            soon = time_s[starts[part]] - time_s[ends[part - 1] - 1] <= gap_s
            groups[part] = groups[part - 1] + (0 if near and soon else 1)
            if groups[part] != groups[part - 1]:
                total[:] = 0
        total += own
    return groups
