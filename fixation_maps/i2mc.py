"""Fixations by clustering the places of gaze in two, robust to noise and loss."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import Events, GazeSamples, Screen

from .gaze_signal import (
    BLINK_MARGIN_S,
    BLINK_S,
    Floats,
    Indices,
    gaze_signal,
    runs_of,
)
from .gaze_velocity import angular_speed
from .still_gaze import events_from_still

Mask = NDArray[np.bool_]


def i2mc(
    samples: GazeSamples,
    screen: Screen,
    *,
    window_s: float = 0.2,
    step_s: float = 0.02,
    cutoff_sd: float = 2.0,
    edge_mad: float = 3.0,
    merge_s: float = 0.03,
    merge_deg: float = 0.7,
    min_duration_s: float = 0.04,
    blink_s: float = BLINK_S,
    blink_margin_s: float = BLINK_MARGIN_S,
) -> Events:
    """Detect fixations: between them, places of gaze in a short window fall into two clusters.

    A window moves along the samples; its places are clustered in two, of the samples as they are
    and of the same at a half, a fifth and a tenth of the rate. Each change of cluster gets a weight
    of one over the number of changes, for a window across a saccade has one change and a window of
    noise has many. Where the mean weight is low, gaze rests.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    window_s, step_s : float
        Length and step of the window (Hessels et al. 2017: 200 and 20 ms).
    cutoff_sd : float
        Weights up to the mean plus so many standard deviations are rest.
    edge_mad : float
        The edges of a rest move inwards to the first place nearer to its median place than the
        median distance plus so many median absolute deviations (3).
    merge_s, merge_deg : float
        Neighbouring fixations this near in time and place are one (30 ms, 0.7 deg).
    min_duration_s : float
        Shorter fixations are left out.
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out (Kret & Sjak-Shie 2019).

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)
        What is not rest is given as saccades; they are wider than by other detectors.

    Notes
    -----
    Hessels, R. S., Niehorster, D. C., Kemner, C., & Hooge, I. T. C. (2017). Noise-robust fixation
    detection in eye movement data: Identification by two-means clustering (I2MC). Behavior Research
    Methods, 49, 1802-1823. doi:10.3758/s13428-016-0822-1. Losses are not interpolated here, and
    samples are taken at a lower rate as the means of their neighbours.
    """
    signal = gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s)
    lengths_s = (window_s, step_s)
    rows = [max(2, round(one / signal.interval_s)) for one in lengths_s if signal.interval_s > 0]
    weights = np.full(len(samples), np.nan)
    if rows:
        weights = _weights(signal.directions, signal.stretch, *rows)
    known = weights[np.isfinite(weights)]
    cutoff = known.mean() + cutoff_sd * known.std() if len(known) else 0.0
    still = weights <= cutoff
    _trim(signal.directions, *runs_of(still), edge_mad, still)
    return events_from_still(
        signal,
        still,
        ~still,
        speed_deg_s=angular_speed(signal, 0.02),
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )


@njit(cache=True)
def _weights(directions: Floats, stretch: Indices, window: int, step: int) -> Floats:
    """Mean weight of a change of cluster at each sample, over all windows that hold it."""
    n = len(stretch)
    weights, count = np.zeros(n), np.zeros(n)
    first = 0
    while first < n:
        if stretch[first] < 0:
            first += 1
            continue
        end = first
        while end < n and stretch[end] == stretch[first]:
            end += 1
        start = first
        while True:
            stop = min(start + window, end)
            start = max(first, stop - window)
            _add_weights(directions, start, stop, weights)
            count[start:stop] += 1
            if stop == end:
                break
            start += step
        first = end
    for i in range(n):
        weights[i] = weights[i] / count[i] if count[i] > 0 else np.nan
    return weights


@njit(cache=True)
def _trim(directions: Floats, starts: Indices, ends: Indices, edge_mad: float, still: Mask) -> None:
    """Take the far places at both edges of each rest out of it."""
    for run in range(len(starts)):
        places = directions[starts[run] : ends[run]]
        middle = np.array([np.median(places[:, axis]) for axis in range(3)])
        distances = np.sqrt(((places - middle) ** 2).sum(axis=1))
        median = np.median(distances)
        far = median + edge_mad * np.median(np.abs(distances - median)) + 1e-9
        first, last = 0, len(places) - 1
        while distances[first] > far:
            still[starts[run] + first] = False
            first += 1
        while distances[last] > far:
            still[starts[run] + last] = False
            last -= 1


@njit(cache=True)
def _add_weights(directions: Floats, start: int, stop: int, weights: Floats) -> None:
    """Add the weights of the changes of cluster in one window, at four rates."""
    for every in (1, 2, 5, 10):
        m = (stop - start) // every
        if m < 3:
            continue
        places = np.zeros((m, 3))
        for i in range(m):
            for j in range(every):
                for axis in range(3):
                    places[i, axis] += directions[start + i * every + j, axis] / every
        cluster = _two_means(places)
        changes = 0
        for i in range(1, m):
            changes += cluster[i] != cluster[i - 1]
        for i in range(1, m):
            if cluster[i] != cluster[i - 1]:
                # At a lower rate the change is anywhere in the samples of both neighbours.
                for j in range(start + (i - 1) * every, start + (i + 1) * every):
                    weights[j] += 1 / changes / 4


@njit(cache=True)
def _two_means(places: Floats) -> Indices:
    """Cluster of each place; starts from the place farthest from the first, and its opposite."""
    m = len(places)
    centres = np.empty((2, 3))
    centres[0] = places[_farthest(places, places[0])]
    centres[1] = places[_farthest(places, centres[0])]
    cluster = np.full(m, -1)
    sums, sizes = np.zeros((2, 3)), np.zeros(2)
    for _ in range(100):
        changed = False
        sums[:], sizes[:] = 0, 0
        for i in range(m):
            apart = 0.0
            for axis in range(3):
                apart += (places[i, axis] - centres[0, axis]) ** 2
                apart -= (places[i, axis] - centres[1, axis]) ** 2
            nearest = 1 if apart > 0 else 0
            changed |= nearest != cluster[i]
            cluster[i] = nearest
            sizes[nearest] += 1
            for axis in range(3):
                sums[nearest, axis] += places[i, axis]
        if not changed:
            break
        for one in range(2):
            if sizes[one] > 0:
                centres[one] = sums[one] / sizes[one]
    return cluster


@njit(cache=True)
def _farthest(places: Floats, origin: Floats) -> int:
    best, farthest = 0, -1.0
    for i in range(len(places)):
        square = 0.0
        for axis in range(3):
            square += (places[i, axis] - origin[axis]) ** 2
        if square > farthest:
            best, farthest = i, square
    return best
