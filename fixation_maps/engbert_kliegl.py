"""Fixations between the saccades that an adaptive velocity threshold finds."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foveola.data_schema import Events, Eye, GazeSamples, Screen, eyes_in

from .gaze_signal import (
    BLINK_MARGIN_S,
    BLINK_S,
    Floats,
    GazeSignal,
    gaze_signal,
    runs_of,
)
from .gaze_velocity import angular_velocity, speed_of
from .median import median_of_known
from .still_gaze import events_from_still


def engbert_kliegl(
    samples: GazeSamples,
    screen: Screen,
    *,
    threshold_sd: float = 6.0,
    window_s: float = 0.01,
    min_saccade_s: float = 0.006,
    min_threshold_deg_s: float = 5.0,
    binocular: bool = False,
    merge_s: float = 0.075,
    merge_deg: float = 0.5,
    min_duration_s: float = 0.06,
    blink_s: float = BLINK_S,
    blink_margin_s: float = BLINK_MARGIN_S,
) -> Events:
    """Detect saccades by a threshold that adapts to the noise; what lies between is fixation.

    A sample is fast where its velocity lies outside an ellipse whose half axes are a multiple of
    a median-based standard deviation of the horizontal and vertical velocities of all samples
    given. Fast samples that last long enough are a saccade.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    threshold_sd : float
        Half axes of the ellipse in standard deviations (lambda of Engbert & Kliegl 2003: 6).
    window_s : float
        Window over which velocity is measured: five samples at 500 Hz.
    min_saccade_s : float
        Fast stretches that are shorter are noise (Engbert & Mergenthaler 2006: 6 ms).
    min_threshold_deg_s : float
        The half axes are no shorter, so that recordings without noise have a threshold too.
    binocular : bool
        Count a saccade only where both eyes make one at once, wherever both eyes are there
        (Engbert & Mergenthaler 2006). By default the mean of the eyes is taken.
    merge_s, merge_deg : float
        Neighbouring fixations this near in time and place are one (Olsen 2012: 75 ms, 0.5 deg):
        microsaccades do not split a fixation. For the microsaccades themselves, merge nothing:
        ``merge_s=0``.
    min_duration_s : float
        Shorter fixations are left out (Olsen 2012: 60 ms).
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out (Kret & Sjak-Shie 2019).

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)

    Notes
    -----
    Engbert, R., & Kliegl, R. (2003). Microsaccades uncover the orientation of covert attention.
    Vision Research, 43(9), 1035-1045. doi:10.1016/S0042-6989(03)00084-1

    Engbert, R., & Mergenthaler, K. (2006). Microsaccades are triggered by low retinal image slip.
    PNAS, 103(18), 7192-7197. doi:10.1073/pnas.0509557103
    """

    def line_of(eye: Eye | None) -> GazeSignal:
        return gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s, eye=eye)

    def saccades_in(line: GazeSignal, velocity: Floats) -> NDArray[np.bool_]:
        fast = _outside_ellipse(velocity, threshold_sd, min_threshold_deg_s)
        return _without_short_runs(fast, line.interval_s, min_saccade_s)

    signal = line_of(None)
    velocity = angular_velocity(signal, window_s)
    if binocular and len(eyes_in(samples)) == 2:
        lines = [line_of(eye) for eye in (Eye.LEFT, Eye.RIGHT)]
        left, right = (saccades_in(line, angular_velocity(line, window_s)) for line in lines)
        saccade = _of_both(samples, left, right)
    else:
        saccade = saccades_in(signal, velocity)
    return events_from_still(
        signal,
        ~saccade,
        saccade,
        speed_deg_s=speed_of(velocity),
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )


def _outside_ellipse(
    velocity: Floats, threshold_sd: float, smallest_deg_s: float
) -> NDArray[np.bool_]:
    """Which velocities are outside the ellipse of Engbert & Kliegl (2003, equations 2 and 3)."""
    half_axes, squares = [], np.empty(len(velocity))
    for axis in velocity.T:
        np.multiply(axis, axis, out=squares)
        variance = median_of_known(squares) - median_of_known(axis) ** 2
        half_axes.append(max(threshold_sd * np.sqrt(max(variance, 0.0)), smallest_deg_s))
    outside = np.empty(len(velocity), bool)
    _mark_outside(outside, *velocity.T, *half_axes)
    return outside


@njit(cache=True, error_model="numpy")
def _mark_outside(
    outside: NDArray[np.bool_], right: Floats, down: Floats, right_axis: float, down_axis: float
) -> None:
    for i in range(len(outside)):
        outside[i] = (right[i] / right_axis) ** 2 + (down[i] / down_axis) ** 2 > 1


def _without_short_runs(
    fast: NDArray[np.bool_], interval_s: float, shortest_s: float
) -> NDArray[np.bool_]:
    kept = fast.copy()
    starts, ends = runs_of(fast)
    short = (ends - starts) * interval_s < shortest_s - 1e-6
    for start, end in zip(starts[short], ends[short], strict=True):
        kept[start:end] = False
    return kept


def _of_both(
    samples: GazeSamples, left: NDArray[np.bool_], right: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Saccades of both eyes that overlap; those of one eye alone where the other is lost."""
    both = np.zeros(len(samples), bool)
    for one, other, side in ((left, right, "right"), (right, left, "left")):
        alone = np.isnan(samples[f"{side}_x_px"] + samples[f"{side}_y_px"])
        for start, end in zip(*runs_of(one), strict=True):
            if (other[start:end] | alone[start:end]).any():
                both[start:end] = True
    return both
