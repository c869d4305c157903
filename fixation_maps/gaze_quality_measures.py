"""Measures of data quality, as the field defines them.

Gaze comes as Fick angles (azimuth, elevation) in degrees, as ``Screen.px_to_deg`` gives them. The
definitions follow Niehorster, D. C., Nystrom, M., Hessels, R. S., Benjamins, J. S., Andersson, R.,
& Hooge, I. T. C. (ETDQualitizer), after Dunn et al. (2023), doi:10.3758/s13428-023-02187-1: what
one axis lacks counts as lost. Measures of no samples are NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NAN = float("nan")


class ByAxis(NamedTuple):
    """A measure in degrees: of both axes together, of azimuth, of elevation."""

    both_deg: float
    azimuth_deg: float
    elevation_deg: float


class Ellipse(NamedTuple):
    """The ellipse that holds a share of gaze that is normally distributed.

    Attributes
    ----------
    area_deg2 : float
        Its area (BCEA).
    orientation_deg : float
        Direction of its longer axis, -90 to 90.
    major_deg, minor_deg : float
        Its axes, each as the square root of k times an eigenvalue of the covariance.
    """

    area_deg2: float
    orientation_deg: float
    major_deg: float
    minor_deg: float


def accuracy(
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
    target_azimuth_deg: float,
    target_elevation_deg: float,
) -> ByAxis:
    """Angle from a target to the mean direction of gaze, and its parts around the target.

    Parameters
    ----------
    azimuth_deg, elevation_deg : array-like, shape (n,)
        Gaze; NaN where lost.
    target_azimuth_deg, target_elevation_deg : float
        The target.

    Examples
    --------
    >>> [round(one, 6) for one in accuracy([1, 2], [1, 2], 0, 0)]
    [2.121159, 1.499543, 1.500228]
    """
    azimuth, elevation = _valid(azimuth_deg, elevation_deg)
    if not len(azimuth):
        return ByAxis(NAN, NAN, NAN)
    right, down, forward = _vectors(azimuth, elevation).mean(axis=0)
    target = np.radians(target_azimuth_deg), np.radians(target_elevation_deg)
    # The target is turned to straight ahead: first its azimuth, then its elevation.
    right, forward = (
        np.cos(target[0]) * right - np.sin(target[0]) * forward,
        np.sin(target[0]) * right + np.cos(target[0]) * forward,
    )
    down, forward = (
        np.cos(target[1]) * down - np.sin(target[1]) * forward,
        np.sin(target[1]) * down + np.cos(target[1]) * forward,
    )
    aside = np.hypot(right, forward)
    angles = (
        np.arctan2(np.hypot(right, down), forward),
        np.arctan2(right, forward),
        np.arctan2(down, aside),
    )
    return ByAxis(*(float(np.degrees(angle)) for angle in angles))


def rms_s2s(azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> ByAxis:
    """Root mean square of the steps from sample to sample; steps to or from a loss do not count.

    Examples
    --------
    >>> [round(one, 6) for one in rms_s2s([1, 2, 3], [1, 2, 3])]
    [1.414214, 1.0, 1.0]
    """
    steps = np.diff([np.asarray(azimuth_deg, float), np.asarray(elevation_deg, float)], axis=1)
    steps = steps[:, np.isfinite(steps).all(axis=0)]
    if not steps.shape[1]:
        return ByAxis(NAN, NAN, NAN)
    right, down = (steps**2).mean(axis=1)
    return ByAxis(float(np.sqrt(right + down)), float(np.sqrt(right)), float(np.sqrt(down)))


def std(azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> ByAxis:
    """Standard deviation (ddof 0), of both axes as the root of the sum of squares.

    Examples
    --------
    >>> [round(one, 6) for one in std([1, 2, 3], [1, 2, 3])]
    [1.154701, 0.816497, 0.816497]
    """
    azimuth, elevation = _valid(azimuth_deg, elevation_deg)
    if not len(azimuth):
        return ByAxis(NAN, NAN, NAN)
    right, down = float(azimuth.std()), float(elevation.std())
    return ByAxis(float(np.hypot(right, down)), right, down)


def bcea(azimuth_deg: ArrayLike, elevation_deg: ArrayLike, share: float = 0.68) -> Ellipse:
    """Bivariate contour ellipse area: that of the ellipse that holds a share of gaze.

    Parameters
    ----------
    azimuth_deg, elevation_deg : array-like, shape (n,)
        Gaze; NaN where lost.
    share : float
        The share P, above 0 and below 1; the ellipse is k = ln(1 / (1 - P)) times wide.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    azimuth, elevation = _valid(azimuth_deg, elevation_deg)
    if len(azimuth) < 3:
        return Ellipse(NAN, NAN, NAN, NAN)
    k = -np.log1p(-share)
    covariance = np.cov(azimuth, elevation)
    values, vectors = np.linalg.eigh(covariance)
    right, down = vectors[:, 1]
    orientation = np.degrees(np.arctan2(down, right))
    area = 2 * k * np.pi * np.sqrt(max(0.0, float(np.linalg.det(covariance))))
    major, minor = np.sqrt(k * np.maximum(values[::-1], 0))
    return Ellipse(float(area), float((orientation + 90) % 180 - 90), float(major), float(minor))


def loss_by_validity(azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> float:
    """Share of the samples that hold no gaze, 0 to 1."""
    total = np.asarray(azimuth_deg).size
    return 1 - len(_valid(azimuth_deg, elevation_deg)[0]) / total if total else NAN


def loss_by_count(
    azimuth_deg: ArrayLike, elevation_deg: ArrayLike, duration_s: float, rate_hz: float
) -> float:
    """Share of the samples that were to be expected and hold no gaze or were never recorded."""
    expected = duration_s * rate_hz
    return 1 - len(_valid(azimuth_deg, elevation_deg)[0]) / expected if expected > 0 else NAN


def effective_rate_hz(azimuth_deg: ArrayLike, elevation_deg: ArrayLike, duration_s: float) -> float:
    """Samples with gaze in a second."""
    return len(_valid(azimuth_deg, elevation_deg)[0]) / duration_s if duration_s > 0 else NAN


def duration_s(time_s: ArrayLike) -> float:
    """Time that samples span, the last one's interval included."""
    times = np.asarray(time_s, float)
    if len(times) < 2:
        return NAN
    return float(times[-1] - times[0] + np.median(np.diff(times)))


def precision_in_windows(
    azimuth_deg: ArrayLike, elevation_deg: ArrayLike, samples: int
) -> tuple[float, float]:
    """Median over all windows of RMS-S2S and of STD: what gaze has where nobody knows it rests.

    Parameters
    ----------
    azimuth_deg, elevation_deg : array-like, shape (n,)
        Gaze; NaN where lost. Windows with a loss are taken without it.
    samples : int
        Length of the windows, at least 2.

    Returns
    -------
    rms_s2s_deg, std_deg : float
    """
    if samples < 2:
        raise ValueError(f"a window of {samples} samples has no precision")
    gaze = np.stack([np.asarray(azimuth_deg, float), np.asarray(elevation_deg, float)])
    if gaze.shape[1] <= samples:
        return NAN, NAN
    gaze[:, np.isnan(gaze).any(axis=0)] = np.nan
    if np.isnan(gaze).all():
        return NAN, NAN
    steps = (np.diff(gaze, axis=1) ** 2).sum(axis=0)
    squares = _window_means(steps, samples - 1)
    # Around the whole mean, so that differences of squares keep their digits.
    centred = gaze - np.nanmean(gaze, axis=1, keepdims=True)
    variance = sum(
        np.maximum(_window_means(axis**2, samples) - _window_means(axis, samples) ** 2, 0)
        for axis in centred
    )
    return _median(np.sqrt(squares)), _median(np.sqrt(np.asarray(variance)))


def _window_means(values: Floats, width: int) -> Floats:
    """Means of all windows, of what is known in each."""
    known = np.isfinite(values)
    counts = sliding_window_view(np.concatenate([[0], np.cumsum(known)]), width + 1)
    sums = sliding_window_view(
        np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))]), width + 1
    )
    count = counts[:, -1] - counts[:, 0]
    total = sums[:, -1] - sums[:, 0]
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else NAN


def _valid(azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> tuple[Floats, Floats]:
    azimuth, elevation = np.asarray(azimuth_deg, float), np.asarray(elevation_deg, float)
    there = np.isfinite(azimuth) & np.isfinite(elevation)
    return azimuth[there], elevation[there]


def _vectors(azimuth_deg: Floats, elevation_deg: Floats) -> Floats:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    forward = np.cos(elevation)
    return np.stack(
        [forward * np.sin(azimuth), np.sin(elevation), forward * np.cos(azimuth)], axis=-1
    )
