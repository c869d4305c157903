"""Gaze samples and the eyes they come from."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Eyes = Literal["left", "right", "both"]

#: One sample: time on the recorder's clock and on the tracker's, and per eye the place on the
#: screen (top-left origin) and the pupil in the tracker's own unit. Lost gaze is NaN.
GAZE_DTYPE = np.dtype(
    [
        ("time_s", "<f8"),
        ("device_time_s", "<f8"),
        ("left_x_px", "<f8"),
        ("left_y_px", "<f8"),
        ("left_pupil", "<f8"),
        ("right_x_px", "<f8"),
        ("right_y_px", "<f8"),
        ("right_pupil", "<f8"),
    ]
)

#: A structured array of :data:`GAZE_DTYPE`, shape (n,).
GazeSamples = NDArray[np.void]


class Eye(IntEnum):
    """Which eye a place or an event comes from."""

    LEFT = 1
    RIGHT = 2
    BOTH = 3


def gaze_samples(time_s: ArrayLike, **columns: ArrayLike) -> GazeSamples:
    """Build gaze samples from columns; what is not given is NaN.

    Parameters
    ----------
    time_s : array-like, shape (n,)
        Times on the recorder's clock.
    **columns : array-like, shape (n,) or scalar
        Further fields of :data:`GAZE_DTYPE`.

    Examples
    --------
    >>> gaze_samples([0.0, 0.001], left_x_px=[1.0, 2.0])["left_x_px"].tolist()
    [1.0, 2.0]
    """
    time_s = np.asarray(time_s, float)
    samples = np.full(time_s.shape, np.nan, GAZE_DTYPE)
    samples["time_s"] = time_s
    for name, values in columns.items():
        samples[name] = values
    return samples


def gaze_of(samples: GazeSamples, eye: Eye) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place on the screen of one eye, or of both: their mean, or the one that is there.

    Returns
    -------
    x_px, y_px : ndarray, shape (n,)
        NaN where gaze is lost.
    """
    left = samples["left_x_px"], samples["left_y_px"]
    right = samples["right_x_px"], samples["right_y_px"]
    if eye is Eye.LEFT:
        return left
    if eye is Eye.RIGHT:
        return right
    lost_left, lost_right = np.isnan(left[0] + left[1]), np.isnan(right[0] + right[1])
    both = ~lost_left & ~lost_right
    x_px, y_px = (
        np.where(both, (one + other) / 2, np.where(lost_left, other, one))
        for one, other in zip(left, right, strict=True)
    )
    lost = lost_left & lost_right
    return np.where(lost, np.nan, x_px), np.where(lost, np.nan, y_px)


def eyes_in(samples: GazeSamples) -> tuple[Eye, ...]:
    """Eyes that have at least one valid sample."""
    sides = ((Eye.LEFT, "left"), (Eye.RIGHT, "right"))
    return tuple(eye for eye, side in sides if _any_gaze(samples, side))


def _any_gaze(samples: GazeSamples, side: str) -> bool:
    # Most recordings begin with gaze: the first few thousand samples tell, and save a pass.
    for first in range(0, len(samples), 4096):
        part = samples[first : first + 4096]
        if np.any(np.isfinite(part[f"{side}_x_px"]) & np.isfinite(part[f"{side}_y_px"])):
            return True
    return False
