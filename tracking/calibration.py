"""Calibration: where the targets stand, and the polynomial that turns raw gaze into places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foveola.data_schema import Screen

Floats = NDArray[np.float64]
Points = tuple[tuple[float, float], ...]
Layout = Literal["HV5", "HV9", "HV13"]

#: Share of the screen's width and height between the outer targets, as EyeLink's default.
AREA = (0.88, 0.83)

_CROSS = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0))
_CORNERS = ((-1, -1), (1, -1), (-1, 1), (1, 1))
_INNER = ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5))
_LAYOUTS: dict[str, tuple[tuple[float, float], ...]] = {
    "HV5": _CROSS,
    "HV9": _CROSS + _CORNERS,
    "HV13": _CROSS + _CORNERS + _INNER,
}
# Between the targets of every layout, and as far out as people look.
_FRESH = ((-0.7, -0.35), (0.7, -0.35), (-0.7, 0.35), (0.7, 0.35))
_FRESH_MORE = ((-0.3, -0.7), (0.3, -0.7), (-0.3, 0.7), (0.3, 0.7))

#: Exponents (of x, of y) of the terms that a number of points can bear.
_AFFINE = ((0, 0), (1, 0), (0, 1))
_TERMS: tuple[tuple[int, tuple[tuple[int, int], ...]], ...] = (
    (8, (*_AFFINE, (1, 1), (2, 0), (0, 2))),
    (5, (*_AFFINE, (2, 0), (0, 2))),
    (3, _AFFINE),
)


def calibration_targets(layout: Layout, screen: Screen) -> Points:
    """Targets of a calibration layout, the centre first.

    Parameters
    ----------
    layout : {"HV5", "HV9", "HV13"}
        Number of targets, named as EyeLink names them.
    screen : Screen
        Where they stand.

    Returns
    -------
    tuple of (x_px, y_px)
        Screen coordinates.

    Examples
    --------
    >>> screen = Screen(width_px=1000, height_px=500, width_cm=40, height_cm=20, distance_cm=60)
    >>> [(round(x), round(y)) for x, y in calibration_targets("HV5", screen)]
    [(500, 250), (500, 43), (500, 458), (60, 250), (940, 250)]
    """
    return _placed(_LAYOUTS[layout], screen)


def validation_targets(layout: Layout, screen: Screen) -> Points:
    """Targets to validate a layout on: four for HV5, else eight, none of them a calibration's.

    Errors at the targets of the calibration itself are residuals of its fit, and too small.
    """
    return _placed(_FRESH if layout == "HV5" else _FRESH + _FRESH_MORE, screen)


def _placed(places: tuple[tuple[float, float], ...], screen: Screen) -> Points:
    width, height = AREA
    return tuple(
        (screen.width_px / 2 * (1 + width * x), screen.height_px / 2 * (1 + height * y))
        for x, y in places
    )


@dataclass(frozen=True)
class GazeMap:
    """A polynomial from raw gaze to places.

    Attributes
    ----------
    centre, scale : ndarray, shape (2,)
        Raw gaze is centred and scaled before it is raised to powers.
    exponents : tuple of (int, int)
        Exponents of x and y of each term.
    coefficients : ndarray, shape (terms, 2)
        In the unit of the places.
    """

    centre: Floats
    scale: Floats
    exponents: tuple[tuple[int, int], ...]
    coefficients: Floats

    def __call__(self, raw: ArrayLike) -> Floats:
        """Places of raw gaze, shape (n, 2); NaN where gaze is lost."""
        unit = (np.asarray(raw, float) - self.centre) / self.scale
        return np.asarray(_design(unit, self.exponents) @ self.coefficients)


def fit_gaze_map(raw: ArrayLike, places: ArrayLike) -> GazeMap:
    """Fit a second-order polynomial by least squares; a lower one where the points are too few.

    From 8 points on: 1, x, y, xy, x^2, y^2. From 5: 1, x, y, x^2, y^2. From 3: affine. Fewer, or
    where the points stand so that they don't determine a fit: an offset alone.

    Parameters
    ----------
    raw : array-like, shape (n, 2)
        Raw gaze at the targets, in any unit; for an offset alone, in the unit of the places.
        Points with NaN are left out.
    places : array-like, shape (n, 2)
        Where the targets stand.

    Returns
    -------
    GazeMap
        The polynomial.

    Raises
    ------
    ValueError
        If no point has gaze.
    """
    raw, places = np.asarray(raw, float).reshape(-1, 2), np.asarray(places, float).reshape(-1, 2)
    there = np.all(np.isfinite(raw) & np.isfinite(places), axis=1)
    raw, places = raw[there], places[there]
    if len(raw) == 0:
        raise ValueError("no point has gaze")
    centre = raw.mean(axis=0)
    extent = np.abs(raw - centre).max(axis=0)
    scale = np.where(extent > 0, extent, 1.0)
    for enough, exponents in _TERMS:
        if len(raw) < enough:
            continue
        design = _design((raw - centre) / scale, exponents)
        # A nearly singular fit passes through the targets and is far off beside them.
        if np.linalg.cond(design) < 100:
            coefficients = np.linalg.lstsq(design, places, rcond=None)[0]
            return GazeMap(centre, scale, exponents, np.asarray(coefficients))
    shift = np.stack([places.mean(axis=0), [1.0, 0.0], [0.0, 1.0]])
    return GazeMap(centre, np.ones(2), _AFFINE, shift)


def _design(unit: Floats, exponents: tuple[tuple[int, int], ...]) -> Floats:
    x, y = unit[..., 0], unit[..., 1]
    return np.stack([x**i * y**j for i, j in exponents], axis=-1)
