"""Fixations, saccades, oscillations after them and pursuit, in gaze of stills and of films."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage
from scipy import signal as scipy_signal

from foveola.data_schema import EventKind, Events, GazeSamples, Screen

from .event_runs import blinks_of
from .gaze_signal import BLINK_S, Floats, GazeSignal, Indices, gaze_signal, runs_of
from .smooth_motion import odd_samples, step_speed, stretches_of
from .still_gaze import events_of_labels

FIXATION, SACCADE, PSO = int(EventKind.FIXATION), int(EventKind.SACCADE), int(EventKind.PSO)
PURSUIT = int(EventKind.PURSUIT)
#: Without noise every motion would be a saccade.
MIN_PEAK_DEG_S = 10.0
#: Standard deviation of normal noise in median absolute deviations.
NORMAL = 1.4826
Labels = NDArray[np.uint8]


def remodnav(
    samples: GazeSamples,
    screen: Screen,
    *,
    noise_factor: float = 5.0,
    start_threshold_deg_s: float = 300.0,
    smooth_s: float = 0.019,
    median_s: float = 0.05,
    context_s: float = 1.0,
    saccades_per_s: float = 2.0,
    min_between_saccades_s: float = 0.04,
    min_saccade_s: float = 0.01,
    max_pso_s: float = 0.04,
    pursuit_deg_s: float = 2.0,
    lowpass_hz: float = 4.0,
    merge_s: float = 0.075,
    merge_deg: float = 0.5,
    min_duration_s: float = 0.04,
    blink_s: float = BLINK_S,
    blink_margin_s: float = 0.01,
) -> Events:
    """Detect events of every kind by thresholds that adapt to the noise around each of them.

    First the fastest peaks of the recording are taken as saccades, then between them smaller ones
    with thresholds of their own neighbourhood. An oscillation is motion within 40 ms after a
    saccade. What is left is smoothed heavily, and is pursuit where it still moves.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    noise_factor : float
        The threshold of onset is the median speed plus so many standard deviations, estimated by
        the median absolute deviation; that of a peak has twice as many.
    start_threshold_deg_s : float
        Where the iteration of the threshold starts.
    smooth_s : float
        Window over which speed is smoothed.
    median_s : float
        Window of the median by which the fastest peaks are sought: spikes do not count.
    context_s : float
        Neighbourhood of a peak, in which the threshold of onset and end is set.
    saccades_per_s : float
        At most so many of the fastest peaks part the recording.
    min_between_saccades_s, min_saccade_s, max_pso_s : float
        Shortest time between saccades, shortest saccade, longest oscillation.
    pursuit_deg_s, lowpass_hz : float
        Smoothed by a Butterworth filter of this corner, what is faster is pursuit.
    merge_s, merge_deg : float
        Fixations on the two sides of a loss this short, and this near, are one.
    min_duration_s : float
        Shorter fixations and pursuits are left out.
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)

    Notes
    -----
    After the description in Dar, A. H., Wagner, A. S., & Hanke, M. (2021). REMoDNaV: robust
    eye-movement classification for dynamic stimulation. Behavior Research Methods, 53, 399-414.
    doi:10.3758/s13428-020-01428-x. Medians and filters stop at a loss; nothing is filled in.
    """
    signal = gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s)
    speed = step_speed(signal, smooth_s)
    if not np.isfinite(speed).any():
        return blinks_of(signal)
    labels = np.where(np.isfinite(speed), FIXATION, 0).astype(np.uint8)
    lengths_s = (context_s, min_between_saccades_s, min_saccade_s, max_pso_s)
    rows = np.array([max(1, round(one / signal.interval_s)) for one in lengths_s])
    most = max(1, round(saccades_per_s * np.isfinite(speed).sum() * signal.interval_s))
    calm = _median_speed(signal, speed, median_s)
    peaks = _fastest_peaks(calm, most, noise_factor, start_threshold_deg_s)
    _take_saccades(labels, speed, peaks, rows, noise_factor, start_threshold_deg_s)
    _take_smaller(labels, speed, rows, noise_factor, start_threshold_deg_s)
    _take_pursuit(labels, signal, pursuit_deg_s, lowpass_hz)
    return events_of_labels(
        signal,
        labels,
        speed_deg_s=speed,
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )


def _median_speed(signal: GazeSignal, speed_deg_s: Floats, window_s: float) -> Floats:
    """Running median of speed within each stretch."""
    calm = speed_deg_s.copy()
    width = odd_samples(window_s, signal.interval_s)
    for part in stretches_of(signal):
        if np.isfinite(speed_deg_s[part.start]):
            calm[part] = ndimage.median_filter(speed_deg_s[part], width, mode="nearest")
    return calm


def _fastest_peaks(calm_deg_s: Floats, most: int, factor: float, start_deg_s: float) -> Indices:
    """Places of the fastest peaks above the threshold of the whole recording, fastest first."""
    known = calm_deg_s[np.isfinite(calm_deg_s)]
    # Of hundreds of thousands of speeds, every so many tell the median as well.
    some = np.ascontiguousarray(known[:: 1 + len(known) // 65536])
    threshold, _ = _thresholds(some, factor, start_deg_s)
    starts, ends = runs_of(calm_deg_s > threshold)
    if not len(starts):
        return starts
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(calm_deg_s))])
    order = np.argsort(-(total[ends] - total[starts]), kind="stable")[:most]
    return np.array(
        [s + np.argmax(calm_deg_s[s:e]) for s, e in zip(starts[order], ends[order], strict=True)]
    )


@njit(cache=True)
def _thresholds(speed: Floats, factor: float, start: float) -> tuple[float, float]:
    """Thresholds of peak and of onset: median plus multiples of the noise."""
    peak = start
    median, deviation = 0.0, 0.0
    for _ in range(50):
        slow = speed[speed < peak]
        if len(slow) == 0:
            break
        median = float(np.median(slow))
        deviation = NORMAL * float(np.median(np.abs(slow - median)))
        before, peak = peak, max(median + 2 * factor * deviation, MIN_PEAK_DEG_S)
        if abs(before - peak) < 1:
            break
    return peak, max(median + factor * deviation, MIN_PEAK_DEG_S / 2)


@njit(cache=True)
def _take_saccades(
    labels: Labels, speed: Floats, peaks: Indices, rows: Indices, factor: float, start: float
) -> None:
    """Label the saccade of each peak, with the thresholds of its neighbourhood."""
    n = len(speed)
    for place in peaks:
        if labels[place] == FIXATION:
            low, high = max(0, place - rows[0] // 2), min(n, place + rows[0] // 2)
            known = speed[low:high]
            known = known[np.isfinite(known)]
            _, onset = _thresholds(known, factor, start)
            _take_saccade(labels, speed, place, onset, rows)


@njit(cache=True)
def _take_saccade(labels: Labels, speed: Floats, place: int, onset: float, rows: Indices) -> int:
    """Label one saccade around a peak and the oscillation after it; return where it ends."""
    n = len(speed)
    first, end = place, place
    while first > 0 and labels[first - 1] == FIXATION:
        if speed[first] < onset:
            break
        first -= 1
    while end < n - 1 and labels[end + 1] == FIXATION:
        if speed[end] < onset:
            break
        end += 1
    if end - first < rows[2]:
        return end
    for i in range(max(0, first - rows[1]), min(n, end + rows[1])):
        if labels[i] == SACCADE:  # too soon after or before another one
            return end
    labels[first:end] = SACCADE
    last = -1
    for i in range(end, min(n, end + rows[3])):
        if labels[i] != FIXATION:
            break
        if speed[i] > onset:
            last = i
    if last < 0 or last == min(n, end + rows[3]) - 1:
        return end
    stop = last + 1
    while stop < n - 1 and labels[stop] == FIXATION and speed[stop + 1] < speed[stop]:
        stop += 1
    labels[end:stop] = PSO
    return stop


@njit(cache=True)
def _take_smaller(
    labels: Labels, speed: Floats, rows: Indices, factor: float, start: float
) -> None:
    """Label the smaller saccades between those found, by the thresholds of each interval."""
    n, first = len(speed), 0
    while first < n:
        if labels[first] != FIXATION:
            first += 1
            continue
        end = first
        while end < n and labels[end] == FIXATION and end - first < 2 * rows[0]:
            end += 1
        peak, onset = _thresholds(speed[first:end], factor, start)
        i = first
        while i < end:
            if labels[i] == FIXATION and speed[i] > peak:
                place = i
                while i < end and speed[i] > peak:
                    if speed[i] > speed[place]:
                        place = i
                    i += 1
                i = max(i, _take_saccade(labels, speed, place, onset, rows))
            else:
                i += 1
        first = end


def _take_pursuit(
    labels: Labels, signal: GazeSignal, threshold_deg_s: float, lowpass_hz: float
) -> None:
    """Label what still moves when it is smoothed heavily."""
    corner = min(lowpass_hz * 2 * signal.interval_s, 0.99)
    b, a = scipy_signal.butter(2, corner)
    padding = max(2, round(1 / (lowpass_hz * signal.interval_s)))
    limit = np.radians(threshold_deg_s) * signal.interval_s
    starts, ends = runs_of(labels == FIXATION)
    _label_moving(labels, signal.directions, starts, ends, b, a, padding, limit)


@njit(cache=True)
def _label_moving(
    labels: Labels,
    directions: Floats,
    starts: Indices,
    ends: Indices,
    b: Floats,
    a: Floats,
    padding: int,
    limit: float,
) -> None:
    """Label as pursuit the samples of each run whose smoothed step is above a limit."""
    for run in range(len(starts)):
        first, n = starts[run], ends[run] - starts[run]
        if n < 2:
            continue
        squares = np.zeros(n)
        reach = min(n - 1, padding)
        for axis in range(3):
            smooth = _smoothed(directions[first : first + n, axis], reach, b, a)
            for i in range(n):
                left, right = max(0, i - 1), min(n - 1, i + 1)
                squares[i] += ((smooth[right] - smooth[left]) / (right - left)) ** 2
        for i in range(n):
            if np.sqrt(squares[i]) > limit:
                labels[first + i] = PURSUIT


@njit(cache=True)
def _smoothed(values: Floats, reach: int, b: Floats, a: Floats) -> Floats:
    """A filter of second order, run forth and back, over values mirrored at their ends.

    Mirrored evenly, gaze has no slope at its ends that what is left of a saccade would make.
    """
    n = len(values)
    line = np.empty(n + 2 * reach)
    for i in range(reach):
        line[i] = values[reach - i]
        line[n + reach + i] = values[n - 2 - i]
    line[reach : n + reach] = values
    for _ in range(2):
        # Begun in the state that a constant would have reached, so that nothing swings.
        start = line[0]
        z1, z2 = (1 - b[0]) * start, (b[2] - a[2]) * start
        for i in range(len(line)):
            value = line[i]
            line[i] = b[0] * value + z1
            z1 = b[1] * value - a[1] * line[i] + z2
            z2 = b[2] * value - a[2] * line[i]
        line = line[::-1].copy()
    return line[reach : n + reach]
