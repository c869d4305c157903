"""Fixations, saccades, oscillations after them and pursuit, in gaze of stills and of films."""

from __future__ import annotations

import numpy as np

from foveola.data_schema import EventKind, Events, GazeSamples, Screen

from .adaptive_saccades import take_saccades, take_smaller
from .calm_peaks import fastest_peaks
from .event_runs import blinks_of
from .gaze_signal import BLINK_S, gaze_signal
from .slow_pursuit import take_pursuit
from .smooth_motion import odd_samples, step_speed
from .still_gaze import events_of_labels


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
    labels = np.isfinite(speed).astype(np.uint8) * np.uint8(EventKind.FIXATION)
    lengths_s = (context_s, min_between_saccades_s, min_saccade_s, max_pso_s)
    rows = np.array([max(1, round(one / signal.interval_s)) for one in lengths_s])
    most = max(1, round(saccades_per_s * np.isfinite(speed).sum() * signal.interval_s))
    width = odd_samples(median_s, signal.interval_s)
    thresholds = (noise_factor, start_threshold_deg_s)
    peaks = fastest_peaks(signal, speed, width, most, *thresholds)
    take_saccades(labels, speed, peaks, rows, *thresholds)
    take_smaller(labels, speed, rows, *thresholds)
    take_pursuit(labels, signal, pursuit_deg_s, lowpass_hz)
    return events_of_labels(
        signal,
        labels,
        speed_deg_s=speed,
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )
