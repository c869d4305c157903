"""Fixations, and eye-movement events of every kind, as structured arrays."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

#: A fixation on the screen: onset on the recorder's clock, mean place, dispersion (the root mean
#: square angle of its samples from that place), and the :class:`~foveola.data_schema.Eye`.
FIXATION_DTYPE = np.dtype(
    [
        ("onset_s", "<f8"),
        ("duration_s", "<f8"),
        ("x_px", "<f8"),
        ("y_px", "<f8"),
        ("dispersion_deg", "<f8"),
        ("eye", "u1"),
    ]
)

#: A structured array of :data:`FIXATION_DTYPE`, shape (n,).
Fixations = NDArray[np.void]

#: An event of any kind, with what a tracker or a detector says of it; NaN where it says nothing.
EVENT_DTYPE = np.dtype(
    [
        ("kind", "u1"),
        ("eye", "u1"),
        ("onset_s", "<f8"),
        ("duration_s", "<f8"),
        ("x_px", "<f8"),
        ("y_px", "<f8"),
        ("start_x_px", "<f8"),
        ("start_y_px", "<f8"),
        ("end_x_px", "<f8"),
        ("end_y_px", "<f8"),
        ("amplitude_deg", "<f8"),
        ("peak_velocity_deg_s", "<f8"),
        ("dispersion_deg", "<f8"),
        ("pupil", "<f8"),
    ]
)

#: A structured array of :data:`EVENT_DTYPE`, shape (n,).
Events = NDArray[np.void]


class EventKind(IntEnum):
    """Kinds of events, numbered as the hand-labelled set of Andersson et al. (2017)."""

    FIXATION = 1
    SACCADE = 2
    PSO = 3
    PURSUIT = 4
    BLINK = 5
    UNDEFINED = 6


def empty_events(n: int) -> Events:
    """Return n events of undefined kind whose every figure is NaN."""
    events = np.zeros(n, EVENT_DTYPE)
    for name in EVENT_DTYPE.names or ():
        if EVENT_DTYPE[name].kind == "f":
            events[name] = np.nan
    events["kind"] = EventKind.UNDEFINED
    return events


def fixations_of(events: Events) -> Fixations:
    """Fixations among events."""
    chosen = events[events["kind"] == EventKind.FIXATION]
    fixations = np.empty(len(chosen), FIXATION_DTYPE)
    for name in FIXATION_DTYPE.names or ():
        fixations[name] = chosen[name]
    return fixations
