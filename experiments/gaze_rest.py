"""Whether gaze rests: enough of it, and steady, so that a calibration can go by it."""

from __future__ import annotations

import math

import numpy as np

from foveola.data_schema import GazeSamples, Screen, eyes_in, gaze_of
from foveola.tracking.validation import loss, std_deg

from .calibration_settings import CalibrationSettings


def rests(
    samples: GazeSamples, rate_hz: float, screen: Screen, settings: CalibrationSettings
) -> bool:
    """Whether every eye that is seen rests throughout the last ``collect_s``.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        Those of the last ``collect_s``.
    rate_hz : float
        Of the tracker; samples that are missing count as lost. NaN: unknown.
    screen : Screen
        Size and distance of the screen.
    settings : CalibrationSettings
        How much gaze is enough, and how much it may vary.

    Notes
    -----
    STD is that of Dunn et al. (2023): the hypot of the standard deviations of azimuth and
    elevation. One saccade of 2 deg within the time makes it 1 deg.
    """
    eyes = eyes_in(samples)
    # A tracker's delay, and the edges of the time, cost a few samples that are not lost.
    expected = 0.9 * rate_hz * settings.collect_s if math.isfinite(rate_hz) else 0.0
    there = min(1.0, len(samples) / expected) if expected else 1.0
    return bool(eyes) and all(
        (1 - loss(x_px, y_px)) * there >= settings.min_gaze
        and std_deg(x_px, y_px, screen) <= settings.max_std_deg
        for x_px, y_px in (gaze_of(samples, eye) for eye in eyes)
    )


def has_gaze(samples: GazeSamples) -> bool:
    """Whether any sample holds gaze of any eye."""
    return bool(np.isfinite(samples["left_x_px"]).any() or np.isfinite(samples["right_x_px"]).any())
