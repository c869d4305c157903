"""Fixations, saccades and glissades by thresholds that adapt to the noise."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, GazeSamples, Screen

from .event_runs import blinks_of
from .gaze_signal import BLINK_MARGIN_S, BLINK_S, Floats, Indices, gaze_signal
from .smooth_motion import smooth_speed
from .still_gaze import events_of_labels

FIXATION, SACCADE, PSO = int(EventKind.FIXATION), int(EventKind.SACCADE), int(EventKind.PSO)


def nystrom_holmqvist(
    samples: GazeSamples,
    screen: Screen,
    *,
    start_threshold_deg_s: float = 100.0,
    max_speed_deg_s: float = 1000.0,
    max_acceleration_deg_s2: float = 100_000.0,
    min_saccade_s: float = 0.01,
    merge_s: float = 0.075,
    merge_deg: float = 0.5,
    min_duration_s: float = 0.04,
    blink_s: float = BLINK_S,
    blink_margin_s: float = BLINK_MARGIN_S,
) -> Events:
    """Detect saccades, glissades and fixations with thresholds set by the data themselves.

    The peak threshold is the mean of the speeds below it plus six standard deviations, found by
    iteration. A saccade begins at the first local minimum of speed below the mean plus three
    standard deviations, before its peak, and ends after it at one below a mixture of that
    threshold (0.7) and the noise just before the saccade (0.3). A glissade is motion above that
    mixture soon after.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    start_threshold_deg_s : float
        Where the iteration starts (100 to 300 in the paper).
    max_speed_deg_s, max_acceleration_deg_s2 : float
        What is faster is no eye: such samples, up to where speed falls to its median, are left out.
    min_saccade_s : float
        Shorter saccades are noise; speed is smoothed over twice as long.
    merge_s, merge_deg : float
        Fixations on the two sides of a loss this short, and this near, are one.
    min_duration_s : float
        Shorter fixations are left out; glissades are sought as long after a saccade.
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out (Kret & Sjak-Shie 2019).

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)

    Notes
    -----
    Nystrom, M., & Holmqvist, K. (2010). An adaptive algorithm for fixation, saccade, and glissade
    detection in eyetracking data. Behavior Research Methods, 42(1), 188-204.
    doi:10.3758/BRM.42.1.188
    """
    signal = gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s)
    speed, acceleration = smooth_speed(signal, 2 * min_saccade_s)
    usable = np.isfinite(speed)
    if not usable.any():
        return blinks_of(signal)
    wild = usable & ((speed > max_speed_deg_s) | (acceleration > max_acceleration_deg_s2))
    usable &= ~_spread_to_rest(wild, speed, float(np.median(speed[usable])))
    peak, onset = adaptive_thresholds(speed[usable], start_threshold_deg_s)
    shortest = [max(1, round(one / signal.interval_s)) for one in (min_saccade_s, min_duration_s)]
    labels = _labels(speed, np.where(usable, signal.stretch, -1), peak, onset, *shortest)
    return events_of_labels(
        signal,
        labels,
        speed_deg_s=speed,
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )


def adaptive_thresholds(speed_deg_s: Floats, start_deg_s: float) -> tuple[float, float]:
    """Peak and onset threshold: mean plus six and plus three standard deviations of slow speeds.

    Parameters
    ----------
    speed_deg_s : ndarray, shape (n,)
        Known speeds.
    start_deg_s : float
        Where the iteration starts; raised where no speed is below it.
    """
    peak = max(start_deg_s, float(np.min(speed_deg_s)) * 2 + 1)
    for _ in range(100):
        slow = speed_deg_s[speed_deg_s < peak]
        mean, deviation = float(slow.mean()), float(slow.std())
        before, peak = peak, mean + 6 * deviation
        if abs(before - peak) < 1 or not (speed_deg_s < peak).any():
            break
    # Without noise every motion would be a saccade.
    return max(peak, 5.0), max(mean + 3 * deviation, 2.5)


def _spread_to_rest(
    wild: NDArray[np.bool_], speed_deg_s: Floats, rest_deg_s: float
) -> NDArray[np.bool_]:
    """Wild samples and those beside them that are faster than at rest."""
    if not wild.any():
        return wild
    moving = speed_deg_s > rest_deg_s
    edges = np.flatnonzero(np.diff(moving, prepend=~moving[0], append=~moving[-1]))
    touched = np.logical_or.reduceat(wild, edges[:-1])
    return np.repeat(touched, np.diff(edges)) & moving


@njit(cache=True)
def _labels(  # One pass: its steps share the bounds of the saccade, and none has a sense alone.
    speed: Floats,
    stretch: Indices,
    peak: float,
    onset: float,
    shortest_saccade: int,
    shortest_fixation: int,
) -> NDArray[np.uint8]:
    n = len(speed)
    labels = np.zeros(n, np.uint8)
    for i in range(n):
        if stretch[i] >= 0:
            labels[i] = FIXATION
    i = 0
    while i < n:
        if stretch[i] < 0 or speed[i] <= peak:
            i += 1
            continue
        here = stretch[i]
        first = i
        while first > 0 and stretch[first - 1] == here and labels[first - 1] == FIXATION:
            if speed[first] < onset and speed[first - 1] >= speed[first]:
                break
            first -= 1
        noise_mean, noise_square, count = 0.0, 0.0, 0
        for j in range(max(0, first - shortest_fixation), first):
            if stretch[j] == here:
                noise_mean += speed[j]
                noise_square += speed[j] ** 2
                count += 1
        offset = onset
        if count > 0:
            noise_mean /= count
            noise = noise_mean + 3 * np.sqrt(max(0.0, noise_square / count - noise_mean**2))
            offset = 0.7 * onset + 0.3 * min(noise, peak)
        end = i
        while end < n - 1 and stretch[end + 1] == here:
            if speed[end] < offset and speed[end + 1] >= speed[end]:
                break
            end += 1
        end += 1
        if end - first >= shortest_saccade:
            labels[first:end] = SACCADE
            end = _glissade(speed, stretch, labels, end, offset, shortest_fixation)
        i = max(end, i + 1)
    return labels


@njit(cache=True)
def _glissade(
    speed: Floats,
    stretch: Indices,
    labels: NDArray[np.uint8],
    first: int,
    offset: float,
    reach: int,
) -> int:
    """Label the glissade after a saccade, if there is one; return where it ends."""
    last, n = -1, len(speed)
    for j in range(first, min(n, first + reach)):
        if stretch[j] != stretch[first - 1]:
            break
        if speed[j] > offset:
            last = j
    if last < 0 or last == min(n, first + reach) - 1:
        return first
    end = last + 1
    while end < n - 1 and stretch[end + 1] == stretch[first - 1] and speed[end + 1] < speed[end]:
        end += 1
    labels[first:end] = PSO
    return end
