"""Fixations by a dispersion threshold (I-DT)."""

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
)
from .gaze_velocity import angular_speed
from .still_gaze import events_from_still


def idt(
    samples: GazeSamples,
    screen: Screen,
    *,
    dispersion_deg: float = 1.0,
    window_s: float = 0.1,
    merge_s: float = 0.075,
    merge_deg: float = 0.5,
    min_duration_s: float = 0.06,
    blink_s: float = BLINK_S,
    blink_margin_s: float = BLINK_MARGIN_S,
) -> Events:
    """Detect fixations: gaze rests where it stays within a small field for a while.

    A window of the shortest duration moves along the samples. Where they lie within the field, it
    grows until they no longer do, and is a fixation. What moves on between is a saccade.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        In order of time; NaN where gaze is lost.
    screen : Screen
        Where it was recorded.
    dispersion_deg : float
        Largest sum of the horizontal and the vertical extent (Salvucci & Goldberg 2000: 1 deg).
    window_s : float
        Length of the first window (Salvucci & Goldberg 2000: 100 ms).
    merge_s, merge_deg : float
        Neighbouring fixations this near in time and place are one: a window that ends at a
        noisy sample does not end the fixation.
    min_duration_s : float
        Shorter fixations are left out.
    blink_s, blink_margin_s : float
        Losses this long are blinks, and this much beside them is left out (Kret & Sjak-Shie 2019).

    Returns
    -------
    ndarray of EVENT_DTYPE, shape (m,)

    Notes
    -----
    Salvucci, D. D., & Goldberg, J. H. (2000). Identifying fixations and saccades in eye-tracking
    protocols. ETRA '00, 71-78. doi:10.1145/355017.355028
    """
    signal = gaze_signal(samples, screen, blink_s=blink_s, blink_margin_s=blink_margin_s)
    azimuth_deg, elevation_deg = screen.px_to_deg(signal.x_px, signal.y_px)
    still = _within_field(
        signal.time_s, azimuth_deg, elevation_deg, signal.stretch, dispersion_deg, window_s
    )
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
def _within_field(
    time_s: Floats,
    right_deg: Floats,
    down_deg: Floats,
    stretch: Indices,
    dispersion_deg: float,
    window_s: float,
) -> NDArray[np.bool_]:
    """Samples of the windows that stay within the field; a window never crosses a gap."""
    n = len(time_s)
    still = np.zeros(n, np.bool_)
    first = 0
    while first < n:
        if stretch[first] < 0:
            first += 1
            continue
        least_x = most_x = right_deg[first]
        least_y = most_y = down_deg[first]
        end = first
        while end < n and stretch[end] == stretch[first]:
            least_x, most_x = min(least_x, right_deg[end]), max(most_x, right_deg[end])
            least_y, most_y = min(least_y, down_deg[end]), max(most_y, down_deg[end])
            if (most_x - least_x) + (most_y - least_y) > dispersion_deg:
                break
            end += 1
        if time_s[end - 1] - time_s[first] >= window_s - 1e-6:
            still[first:end] = True
            first = end
        else:
            first += 1
    return still
