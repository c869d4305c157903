"""Fixations by a velocity threshold (I-VT)."""

from __future__ import annotations

from foveola.data_schema import Events, GazeSamples, Screen

from .gaze_signal import BLINK_MARGIN_S, BLINK_S, gaze_signal
from .gaze_velocity import angular_speed
from .still_gaze import events_from_still


def ivt(
    samples: GazeSamples,
    screen: Screen,
    *,
    velocity_threshold_deg_s: float = 30.0,
    window_s: float = 0.02,
    merge_s: float = 0.075,
    merge_deg: float = 0.5,
    min_duration_s: float = 0.06,
    blink_s: float = BLINK_S,
    blink_margin_s: float = BLINK_MARGIN_S,
) -> Events:
    """Detect fixations and saccades: gaze is still where its speed is below a threshold.

    Speeds are exact angles between directions in space. Of two eyes the mean is taken.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    velocity_threshold_deg_s : float
        Gaze slower than this is still (Olsen 2012: 30).
    window_s : float
        Window over which speed is measured (Olsen 2012: 20 ms).
    merge_s, merge_deg : float
        Neighbouring fixations this near in time and place are one (Olsen 2012: 75 ms, 0.5 deg).
    min_duration_s : float
        Shorter fixations are left out (Olsen 2012: 60 ms).
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out (Kret & Sjak-Shie 2019).

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)

    Notes
    -----
    Salvucci, D. D., & Goldberg, J. H. (2000). Identifying fixations and saccades in eye-tracking
    protocols. ETRA '00, 71-78. doi:10.1145/355017.355028

    Olsen, A. (2012). The Tobii I-VT fixation filter: algorithm description. Tobii Technology.
    """
    signal = gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s)
    speed_deg_s = angular_speed(signal, window_s)
    return events_from_still(
        signal,
        speed_deg_s < velocity_threshold_deg_s,
        speed_deg_s >= velocity_threshold_deg_s,
        speed_deg_s=speed_deg_s,
        merge_s=merge_s,
        merge_deg=merge_deg,
        min_duration_s=min_duration_s,
    )
