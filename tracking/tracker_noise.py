"""Faults of a simulated tracker: noise of a given precision, and the distortion before calibration.

Sources: Niehorster, Zemblys, Beelders and Holmqvist (2020), doi 10.3758/s13428-020-01400-9, who set
RMS-S2S and STD of synthetic gaze apart by the colour of the noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]


def noise_mixture(
    rms_s2s_deg: float, std_deg: float, tau_s: float, rate_hz: float
) -> tuple[float, float]:
    """Standard deviations of white and of coloured noise that together have a given precision.

    With coloured noise that keeps a share phi = exp(-1 / (tau rate)) from sample to sample, two
    axes give STD^2 = 2 (w^2 + c^2) and RMS-S2S^2 = 4 (w^2 + c^2 (1 - phi)).

    Parameters
    ----------
    rms_s2s_deg, std_deg : float
        The precision to be measured on an eye that stands still.
    tau_s : float
        Time constant of the coloured noise.
    rate_hz : float
        Sampling rate.

    Returns
    -------
    white_deg, coloured_deg : float
        Standard deviations per axis.

    Raises
    ------
    ValueError
        If no mixture has that precision.

    Examples
    --------
    >>> white, coloured = noise_mixture(2**0.5 * 0.1, 0.1, 0.05, 1000.0)
    >>> round(white, 4), round(coloured, 4)
    (0.0707, 0.0)
    """
    keep = np.exp(-1 / (tau_s * rate_hz))
    total = std_deg**2 / 2
    white = (rms_s2s_deg**2 / 4 - total * (1 - keep)) / keep
    slack = 1e-12 * max(total, 1e-12)
    if not -slack <= white <= total + slack:
        lowest, highest = std_deg * np.sqrt(2 * (1 - keep)), std_deg * np.sqrt(2)
        raise ValueError(
            f"no noise of {std_deg:g} deg STD has {rms_s2s_deg:g} deg RMS-S2S at {rate_hz:g} Hz: "
            f"choose an RMS-S2S from {lowest:.4g} to {highest:.4g} deg"
        )
    white = min(max(white, 0.0), total)
    return float(np.sqrt(white)), float(np.sqrt(total - white))


class ColouredNoise:
    """First-order autoregressive noise that never depends on how it is asked for.

    Parameters
    ----------
    rng : numpy.random.Generator
        Used by this noise alone.
    std : float
        Standard deviation of each channel.
    tau_s : float
        Time constant; 0: white.
    rate_hz : float
        Sampling rate.
    channels : int
        Number of independent channels.
    """

    def __init__(
        self, rng: np.random.Generator, std: float, tau_s: float, rate_hz: float, channels: int
    ) -> None:
        self._rng = rng
        self._keep = float(np.exp(-1 / (tau_s * rate_hz))) if tau_s > 0 else 0.0
        self._step = std * np.sqrt(1 - self._keep**2)
        self._state = self._keep * std * rng.standard_normal((1, channels))

    def next(self, n: int) -> Floats:
        """Return the next n values, shape (n, channels)."""
        steps = self._step * self._rng.standard_normal((n, self._state.shape[1]))
        if self._keep == 0 or n == 0:
            return np.asarray(steps)
        values, self._state = lfilter([1.0], [1.0, -self._keep], steps, axis=0, zi=self._state)
        return np.asarray(values)


class Distortion:
    """What the optics of one eye and the camera make of gaze before calibration.

    An affine and a second-order part, which a calibration removes, and a third-order part, which
    stays in part.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the coefficients.
    offset_deg : float
        Standard deviation of the offset per axis.
    gain : float
        Standard deviation of gain and of cross-talk.
    curvature_deg, residual_deg : float
        Standard deviations of each second- and third-order term at ``reach_deg``.
    reach_deg : float
        Eccentricity at which they are counted.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        offset_deg: float,
        gain: float,
        curvature_deg: float,
        residual_deg: float,
        reach_deg: float = 15.0,
    ) -> None:
        self._reach_deg = reach_deg
        sizes = [offset_deg] + 2 * [gain * reach_deg] + 3 * [curvature_deg] + 4 * [residual_deg]
        self._coefficients = np.array(sizes)[:, np.newaxis] * rng.standard_normal((len(sizes), 2))

    def __call__(self, gaze_deg: Floats) -> Floats:
        """Raw gaze of true gaze, shape (n, 2), both in degrees."""
        x, y = (gaze_deg / self._reach_deg).T
        xx, yy, xy = x * x, y * y, x * y
        terms = np.stack(
            [np.ones_like(x), x, y, xy, xx, yy, xx * y, x * yy, xx * x, yy * y], axis=-1
        )
        return np.asarray(gaze_deg + terms @ self._coefficients)
