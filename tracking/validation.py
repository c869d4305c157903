"""How well gaze hit a target: accuracy, precision and loss.

Definitions follow Dunn et al. (2023), doi 10.3758/s13428-023-02187-1: accuracy is the angle between
the mean direction of gaze and the target; RMS-S2S the root mean square of the angles from sample to
sample; STD the hypot of the standard deviations (ddof 0) of azimuth and elevation.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foveola.data_schema import (
    Eye,
    GazeSamples,
    Screen,
    TargetError,
    angle_between_deg,
    eyes_in,
    gaze_of,
)

NAN = float("nan")


def target_errors(
    samples: GazeSamples, target_px: tuple[float, float], screen: Screen
) -> tuple[TargetError, ...]:
    """Judge the gaze of each eye while it rested on a target.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE, shape (n,)
        Samples of a fixation of the target; what comes before the eye rests is cut off already.
    target_px : (x, y)
        Where the target stands on the screen.
    screen : Screen
        Size and distance of the screen.

    Returns
    -------
    tuple of TargetError
        One for each eye that has gaze; where none has, one for both eyes with a loss of 1.
    """
    eyes = eyes_in(samples) or (Eye.BOTH,)
    return tuple(_target_error(samples, target_px, screen, eye) for eye in eyes)


def _target_error(
    samples: GazeSamples, target_px: tuple[float, float], screen: Screen, eye: Eye
) -> TargetError:
    x_px, y_px = gaze_of(samples, eye)
    gaze_x_px, gaze_y_px = mean_gaze_px(x_px, y_px, screen)
    eyes: dict[Eye, Literal["left", "right", "both"]] = {
        Eye.LEFT: "left",
        Eye.RIGHT: "right",
        Eye.BOTH: "both",
    }
    return TargetError(
        target_x_px=target_px[0],
        target_y_px=target_px[1],
        eye=eyes[eye],
        gaze_x_px=gaze_x_px,
        gaze_y_px=gaze_y_px,
        error_deg=float(screen.angle_deg(gaze_x_px, gaze_y_px, *target_px)),
        rms_s2s_deg=rms_s2s_deg(x_px, y_px, screen),
        std_deg=std_deg(x_px, y_px, screen),
        loss=loss(x_px, y_px) if len(samples) else 1.0,
    )


def mean_gaze_px(x_px: ArrayLike, y_px: ArrayLike, screen: Screen) -> tuple[float, float]:
    """Place on the screen that the mean direction of gaze meets; NaN where there is no gaze.

    Parameters
    ----------
    x_px, y_px : array-like, shape (n,)
        Gaze on the screen; samples with NaN are left out.
    screen : Screen
        Size and distance of the screen.
    """
    x, y = _valid(x_px, y_px)
    if len(x) == 0:
        return NAN, NAN
    right, down, forward = screen.directions(x, y).mean(axis=0)
    azimuth_deg = np.degrees(np.arctan2(right, forward))
    elevation_deg = np.degrees(np.arctan2(down, np.hypot(right, forward)))
    mean_x_px, mean_y_px = screen.deg_to_px(azimuth_deg, elevation_deg)
    return float(mean_x_px), float(mean_y_px)


def rms_s2s_deg(x_px: ArrayLike, y_px: ArrayLike, screen: Screen) -> float:
    """Root mean square of the angles between successive samples, both valid; NaN without any."""
    directions = screen.directions(x_px, y_px)
    steps_deg = angle_between_deg(directions[:-1], directions[1:])
    steps_deg = steps_deg[np.isfinite(steps_deg)]
    return float(np.sqrt(np.mean(steps_deg**2))) if len(steps_deg) else NAN


def std_deg(x_px: ArrayLike, y_px: ArrayLike, screen: Screen) -> float:
    """Hypot of the standard deviations (ddof 0) of azimuth and elevation; NaN without gaze."""
    x, y = _valid(x_px, y_px)
    if len(x) == 0:
        return NAN
    azimuth_deg, elevation_deg = screen.px_to_deg(x, y)
    return float(np.hypot(azimuth_deg.std(), elevation_deg.std()))


def loss(x_px: ArrayLike, y_px: ArrayLike) -> float:
    """Share of samples without gaze, 0 to 1; NaN where there are no samples."""
    x = np.asarray(x_px, float)
    return 1.0 - len(_valid(x_px, y_px)[0]) / len(x) if len(x) else NAN


def _valid(x_px: ArrayLike, y_px: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.asarray(x_px, float), np.asarray(y_px, float)
    there = np.isfinite(x) & np.isfinite(y)
    return x[there], y[there]
