"""What is measured of events that a detector found, by exact geometry, in one pass for all."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, empty_events

from .gaze_signal import Floats, GazeSignal, Indices

Mask = NDArray[np.bool_]
#: Squares of chords below this are taken by arcsin's series, exact to double precision.
SMALL_CHORD = 1e-4


def event_properties(
    signal: GazeSignal,
    starts: Indices,
    ends: Indices,
    kind: EventKind | NDArray[np.uint8],
    *,
    used: NDArray[np.bool_] | None = None,
    speed_deg_s: Floats | None = None,
) -> Events:
    """Measure events.

    Parameters
    ----------
    signal : GazeSignal
        The line of gaze they were found in.
    starts, ends : ndarray of int, shape (m,)
        First sample of each event, and the sample after its last; in order, not overlapping.
    kind : EventKind or ndarray of EventKind, shape (m,)
        What they are.
    used : ndarray of bool, shape (n,), optional
        Samples that place and dispersion are taken from; all with gaze by default.
    speed_deg_s : ndarray, shape (n,), optional
        Angular speed, for the peak velocity.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)
        An event lasts until one sampling interval after its last sample. The place is the mean
        of its samples; dispersion is the root mean square of the angles from there to them;
        amplitude is the angle between its first and last sample with gaze. What no sample tells
        is NaN. The time taken grows with the samples, not with samples times events.
    """
    events = empty_events(len(starts))
    if not len(starts):
        return events
    events["kind"], events["eye"] = kind, signal.eye
    events["onset_s"] = signal.time_s[starts]
    events["duration_s"] = signal.time_s[ends - 1] - signal.time_s[starts] + signal.interval_s
    chosen = np.ones(len(signal.time_s), bool) if used is None else used
    speed = np.full(len(signal.time_s), np.nan) if speed_deg_s is None else speed_deg_s
    measured = _measured(signal.x_px, signal.y_px, signal.directions, chosen, speed, starts, ends)
    for name, column in zip(MEASURED, measured.T, strict=True):
        events[name] = column
    return events


#: What one pass over an event's samples measures.
MEASURED = (
    "x_px",
    "y_px",
    "dispersion_deg",
    "start_x_px",
    "start_y_px",
    "end_x_px",
    "end_y_px",
    "amplitude_deg",
    "peak_velocity_deg_s",
)


@njit(cache=True)
def _measured(  # One loop, which reads each sample while it is hot; split up, it reads them anew.
    x_px: Floats,
    y_px: Floats,
    directions: Floats,
    used: Mask,
    speed_deg_s: Floats,
    starts: Indices,
    ends: Indices,
) -> Floats:
    table = np.full((len(starts), 9), np.nan)
    total = np.zeros(3)
    for event in range(len(starts)):
        first, last, count = -1, -1, 0
        x, y = 0.0, 0.0
        total[:] = 0
        for i in range(starts[event], ends[event]):
            if not np.isnan(speed_deg_s[i]) and not speed_deg_s[i] <= table[event, 8]:
                table[event, 8] = speed_deg_s[i]
            if np.isnan(x_px[i]) or np.isnan(y_px[i]):
                continue
            first = i if first < 0 else first
            last = i
            if used[i]:
                x, y, count = x + x_px[i], y + y_px[i], count + 1
                for axis in range(3):
                    total[axis] += directions[i, axis]
        if first >= 0:
            table[event, 3], table[event, 4] = x_px[first], y_px[first]
            table[event, 5], table[event, 6] = x_px[last], y_px[last]
            table[event, 7] = _angle_deg(directions[first], directions[last])
        if count > 0:
            table[event, 0], table[event, 1] = x / count, y / count
            length = np.sqrt(total[0] ** 2 + total[1] ** 2 + total[2] ** 2)
            total /= length
            square = 0.0
            for i in range(starts[event], ends[event]):
                if used[i] and not np.isnan(directions[i, 0]):
                    chord = (directions[i, 0] - total[0]) ** 2
                    chord += (directions[i, 1] - total[1]) ** 2
                    chord += (directions[i, 2] - total[2]) ** 2
                    square += _square_angle(chord)
            table[event, 2] = np.degrees(np.sqrt(square / count))
    return table


@njit(cache=True)
def _square_angle(chord: float) -> float:
    """Square of the angle in radians, by the square of the chord between unit vectors."""
    if chord < SMALL_CHORD:  # arcsin's series: the next term is below the last digit
        half = chord / 4
        return chord * (1 + half / 6 + 3 * half * half / 40) ** 2
    return float((2 * np.arcsin(min(1.0, np.sqrt(chord) / 2))) ** 2)


@njit(cache=True)
def _angle_deg(one: Floats, other: Floats) -> float:
    return float(np.degrees(np.sqrt(_square_angle(((one - other) ** 2).sum()))))
