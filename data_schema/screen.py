"""The screen in front of the observer, and the exact geometry between pixels and degrees.

The eye is on the line through the screen's centre, perpendicular to it. Pixel coordinates have
their origin at the top-left corner, x to the right, y down, pixel centres at integer + 0.5.
Degrees are degrees of visual angle (dva). A constant number of pixels per degree is up to 10 %
wrong in the corner of a usual screen, so angles are taken between directions in space.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from .record import Record

Floats = NDArray[np.float64]


class Screen(Record):
    """Size, distance and refresh rate of the screen."""

    width_px: int = Field(gt=0, le=32768)
    height_px: int = Field(gt=0, le=32768)
    width_cm: float = Field(gt=0, allow_inf_nan=False)
    height_cm: float = Field(gt=0, allow_inf_nan=False)
    distance_cm: float = Field(gt=0, allow_inf_nan=False)
    refresh_hz: float = Field(default=float("nan"), description="measured or nominal; NaN: unknown")

    def px_per_deg(self) -> float:
        """Pixels that one degree around the screen's centre covers (mean of both axes)."""
        one_deg_cm = 2 * self.distance_cm * np.tan(np.radians(0.5))
        return float(
            one_deg_cm * np.sqrt(self.width_px / self.width_cm * self.height_px / self.height_cm)
        )

    def directions(self, x_px: ArrayLike, y_px: ArrayLike) -> Floats:
        """Unit vectors from the eye to places on the screen.

        Parameters
        ----------
        x_px, y_px : array-like, shape (...,)
            Screen coordinates.

        Returns
        -------
        ndarray, shape (..., 3)
            Unit vectors: right, down, forward. NaN where a coordinate is NaN.
        """
        x_cm = (np.asarray(x_px, float) - self.width_px / 2) * (self.width_cm / self.width_px)
        y_cm = (np.asarray(y_px, float) - self.height_px / 2) * (self.height_cm / self.height_px)
        vectors = np.stack(np.broadcast_arrays(x_cm, y_cm, self.distance_cm), axis=-1)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))

    def angle_deg(
        self, x1_px: ArrayLike, y1_px: ArrayLike, x2_px: ArrayLike, y2_px: ArrayLike
    ) -> Floats:
        """Visual angle between two places on the screen, in degrees.

        Examples
        --------
        >>> screen = Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60)
        >>> round(float(screen.angle_deg(400, 300, 420, 300)), 6)
        0.954841
        """
        return angle_between_deg(self.directions(x1_px, y1_px), self.directions(x2_px, y2_px))

    def px_to_deg(self, x_px: ArrayLike, y_px: ArrayLike) -> tuple[Floats, Floats]:
        """Fick angles of places on the screen: azimuth (right) and elevation (down), in degrees."""
        right, down, forward = np.moveaxis(self.directions(x_px, y_px), -1, 0)
        azimuth = np.degrees(np.arctan2(right, forward))
        elevation = np.degrees(np.arctan2(down, np.hypot(right, forward)))
        return np.asarray(azimuth), np.asarray(elevation)

    def deg_to_px(self, azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> tuple[Floats, Floats]:
        """Places on the screen of Fick angles; the inverse of :meth:`px_to_deg`."""
        x_cm = self.distance_cm * np.tan(np.radians(azimuth_deg))
        y_cm = np.hypot(x_cm, self.distance_cm) * np.tan(np.radians(elevation_deg))
        x_px = x_cm * (self.width_px / self.width_cm) + self.width_px / 2
        y_px = y_cm * (self.height_px / self.height_cm) + self.height_px / 2
        return np.asarray(x_px, float), np.asarray(y_px, float)


def angle_between_deg(first: ArrayLike, second: ArrayLike) -> Floats:
    """Angle between directions in space, exact also where they nearly coincide.

    Parameters
    ----------
    first, second : array-like, shape (..., 3)
        Directions of any length.

    Returns
    -------
    ndarray, shape (...,)
        Degrees, 0 to 180.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    sine = np.linalg.norm(np.cross(first, second), axis=-1)
    return np.asarray(np.degrees(np.arctan2(sine, np.sum(first * second, axis=-1))))
