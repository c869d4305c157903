"""Events as human coders see them, by the motion of gaze at many scales."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, GazeSamples, Screen

from .even_grid import EvenStretch, even_stretches
from .gaze_signal import BLINK_S, Floats, GazeSignal, gaze_signal, runs_of
from .gaze_velocity import angular_speed
from .motion_features import drift_features, motion_features
from .motion_model import CHANGES, SLOW, STATES, MotionModel, likeliest_states, motion_model
from .still_gaze import events_of_labels

#: Window over which the peak velocities that are reported are measured.
SPEED_WINDOW_S = 0.008


def motion(
    samples: GazeSamples,
    screen: Screen,
    *,
    min_saccade_s: float = 0.006,
    min_duration_s: float = 0.04,
    merge_s: float = 0.075,
    merge_deg: float = 0.5,
    blink_s: float = BLINK_S,
    blink_margin_s: float = 0.0,
) -> Events:
    """Detect fixations, saccades, oscillations after them, pursuit and blinks as people code them.

    Around each sample the motion of gaze is measured at time scales from 4 to 260 ms. A small
    network, fitted to two human coders, weighs it as slow, saccade, oscillation or blink; the
    likeliest sequence of these is taken. A slow run between saccades is pursuit or fixation by a
    logistic line on the speed of its drift, its length and its straightness. All measures are
    angles and seconds on a grid of 2 ms, so that the tracker's rate does not matter. Pursuit that
    begins or ends without a saccade is not parted from the fixation beside it.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    min_saccade_s : float
        Shorter saccades are taken as noise.
    min_duration_s : float
        Shorter fixations and pursuits are left out.
    merge_s, merge_deg : float
        Fixations on the two sides of a loss this short, and this near, are one. Saccades, however
        small, are never merged away.
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out. The lid's own motion
        is recognised as part of the blink.

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)

    Notes
    -----
    Fitted by ``benchmarks/train_motion_model.py`` to recordings of Andersson, R., Larsson, L.,
    Holmqvist, K., Stridh, M., & Nystrom, M. (2017). One algorithm to rule them all? Behavior
    Research Methods, 49, 616-637. doi:10.3758/s13428-016-0738-9
    """
    signal = gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s)
    model = motion_model()
    stretches = even_stretches(signal, model.step_s)
    labels = np.zeros(len(samples), np.uint8)
    for stretch, features in zip(stretches, features_of(stretches, model.step_s), strict=True):
        states = likeliest_states(model.log_probabilities(features), CHANGES)
        found = _labels(states, stretch.directions, model, min_saccade_s)
        labels[stretch.samples] = stretch.to_samples(found)
    signal = _with_blinks(signal, labels == EventKind.BLINK)
    return events_of_labels(
        signal,
        labels,
        speed_deg_s=angular_speed(signal, SPEED_WINDOW_S),
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )


def features_of(stretches: list[EvenStretch], step_s: float) -> list[Floats]:
    """Features of each stretch; the last one is the noise of them all together."""
    tables = [motion_features(stretch.directions, step_s) for stretch in stretches]
    noise = float(np.median(np.concatenate([table[:, 1] for table in tables]))) if tables else 0.0
    return [np.column_stack([table, np.full(len(table), noise)]) for table in tables]


def _labels(
    states: NDArray[np.intp], directions: Floats, model: MotionModel, min_saccade_s: float
) -> NDArray[np.uint8]:
    """Kind of event at each point of a stretch."""
    for first, end in zip(*runs_of(states == 1), strict=True):
        if (end - first) * model.step_s < min_saccade_s - 1e-9:
            states[first:end] = SLOW
    labels = np.array(STATES, np.uint8)[states]
    for first, end in zip(*runs_of(states == SLOW), strict=True):
        if model.is_pursuit(drift_features(directions[first:end], model.step_s)):
            labels[first:end] = EventKind.PURSUIT
    return labels


def _with_blinks(signal: GazeSignal, closing: NDArray[np.bool_]) -> GazeSignal:
    """The line of gaze with blinks that take in the lid's motion beside the loss."""
    if not closing.any():
        return signal
    inside = closing.copy()
    for begin_s, end_s in signal.blinks_s:
        first, last = np.searchsorted(signal.time_s, [begin_s + 1e-6, end_s - 1e-6])
        inside[first:last] = True
    starts, ends = runs_of(inside)
    trusted_s = [
        signal.time_s[starts] - signal.interval_s,
        signal.time_s[ends - 1] + signal.interval_s,
    ]
    blinks_s = np.stack(trusted_s, axis=1)
    losses_s = blinks_s[:, 1] - blinks_s[:, 0] - signal.interval_s
    return replace(signal, blinks_s=blinks_s, losses_s=losses_s)
