"""What is measured of events that a detector found, by exact geometry, in one pass for all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, angle_between_deg, empty_events

from .gaze_signal import Floats, GazeSignal, Indices


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
    numbers = _event_numbers(starts, ends, len(signal.time_s))
    seen = (numbers >= 0) & np.isfinite(signal.x_px + signal.y_px)
    _measure_place(events, signal, numbers, seen if used is None else seen & used)
    _measure_ends(events, signal, numbers, seen)
    if speed_deg_s is not None:
        known = (numbers >= 0) & np.isfinite(speed_deg_s)
        np.fmax.at(events["peak_velocity_deg_s"], numbers[known], speed_deg_s[known])
    return events


def _event_numbers(starts: Indices, ends: Indices, n: int) -> Indices:
    """Index of the event that each sample belongs to; -1 outside."""
    numbers = np.full(n, -1, np.intp)
    lengths = ends - starts
    samples = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    numbers[samples] = np.repeat(np.arange(len(starts)), lengths)
    return numbers


def _measure_place(
    events: Events, signal: GazeSignal, numbers: Indices, used: NDArray[np.bool_]
) -> None:
    number, count = numbers[used], len(events)
    samples = np.bincount(number, minlength=count)
    samples = np.where(samples > 0, samples, np.nan)
    for name, values in (("x_px", signal.x_px), ("y_px", signal.y_px)):
        events[name] = np.bincount(number, values[used], count) / samples
    sums = np.stack(
        [np.bincount(number, signal.directions[used, axis], count) for axis in range(3)], axis=1
    )
    angles = angle_between_deg(sums[number], signal.directions[used])
    events["dispersion_deg"] = np.sqrt(np.bincount(number, angles**2, count) / samples)


def _measure_ends(
    events: Events, signal: GazeSignal, numbers: Indices, seen: NDArray[np.bool_]
) -> None:
    index = np.flatnonzero(seen)
    number, firsts = np.unique(numbers[index], return_index=True)
    if not len(number):
        return
    first = index[firsts]
    last = index[np.append(firsts[1:], len(index)) - 1]
    for end, sample in (("start", first), ("end", last)):
        events[f"{end}_x_px"][number] = signal.x_px[sample]
        events[f"{end}_y_px"][number] = signal.y_px[sample]
    events["amplitude_deg"][number] = angle_between_deg(
        signal.directions[first], signal.directions[last]
    )
