"""The main sequence: how the speed of saccades grows with their amplitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from foveola.data_schema import EventKind, Events

#: Fewer saccades do not determine the two parameters.
FEWEST = 10


@dataclass(frozen=True)
class MainSequence:
    """Peak velocity = limit * (1 - exp(-amplitude / scale)).

    Attributes
    ----------
    saccades : int
        Saccades it was fitted to.
    limit_deg_s, scale_deg : float
        Velocity that large saccades approach, and the amplitude at which 63 % of it is reached;
        NaN where they can't be fitted.
    explained : float
        Share of the variance of peak velocity that the curve explains.
    """

    saccades: int
    limit_deg_s: float = float("nan")
    scale_deg: float = float("nan")
    explained: float = float("nan")

    def peak_velocity_deg_s(self, amplitude_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Peak velocity that the curve gives."""
        return np.asarray(self.limit_deg_s * (1 - np.exp(-amplitude_deg / self.scale_deg)))


def main_sequence(events: Events) -> MainSequence:
    """Fit the main sequence to the saccades among events.

    Parameters
    ----------
    events : ndarray of EVENT_DTYPE, shape (n,)
        Events with amplitudes and peak velocities.

    Notes
    -----
    Bahill, A. T., Clark, M. R., & Stark, L. (1975). The main sequence, a tool for studying human
    eye movements. Mathematical Biosciences, 24, 191-204. The exponential form is that of Baloh,
    R. W. et al. (1975), doi:10.1212/WNL.25.11.1065.
    """
    saccades = events[events["kind"] == EventKind.SACCADE]
    amplitude, peak = saccades["amplitude_deg"], saccades["peak_velocity_deg_s"]
    known = (amplitude > 0) & np.isfinite(peak)
    amplitude, peak = amplitude[known], peak[known]
    if len(amplitude) < FEWEST or np.ptp(amplitude) == 0:
        return MainSequence(len(amplitude))
    try:
        (limit, scale), _ = optimize.curve_fit(
            lambda degrees, limit, scale: limit * (1 - np.exp(-degrees / scale)),
            amplitude,
            peak,
            p0=(500.0, 6.0),
            bounds=((1.0, 0.1), (2000.0, 100.0)),
            loss="soft_l1",
            f_scale=50.0,
        )
    except RuntimeError:  # no convergence
        return MainSequence(len(amplitude))
    fitted = MainSequence(len(amplitude), float(limit), float(scale))
    left = float(np.sum((peak - fitted.peak_velocity_deg_s(amplitude)) ** 2))
    spread = float(np.sum((peak - peak.mean()) ** 2))
    explained = 1 - left / spread if spread > 0 else float("nan")
    return MainSequence(len(amplitude), float(limit), float(scale), explained)
