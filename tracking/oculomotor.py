"""How eyes move: the main sequence of saccades, the durations of fixations, fixational drift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln

Floats = NDArray[np.float64]

#: Sum of the two exponents of the velocity profile; gives a peak of 1.65 times the mean velocity.
PROFILE_SUM = 4.8
DRIFT_STEP_S = 0.001
DRIFT_BLOCK = 1024


def saccade_duration_s(
    amplitude_deg: float, per_deg_s: float = 0.0022, shortest_s: float = 0.021
) -> float:
    """Duration of a saccade on the main sequence: 2.2 ms per degree and 21 ms.

    Source: Carpenter (1988), Movements of the Eyes, 2nd ed., p. 72.

    Examples
    --------
    >>> round(saccade_duration_s(10.0), 4)
    0.043
    """
    return shortest_s + per_deg_s * amplitude_deg


def saccade_progress(phase: Floats, amplitude_deg: float) -> Floats:
    """Share of a saccade's way that is done at a share of its time.

    The velocity is a beta density of the phase, symmetric in small saccades and with an earlier
    peak in large ones, as found by van Opstal and van Gisbergen (1987), Vision Research 27,
    731-745, for which they used a gamma density.

    Parameters
    ----------
    phase : ndarray, shape (n,)
        0 at the onset, 1 at the end.
    amplitude_deg : float
        Amplitude of the saccade.

    Returns
    -------
    ndarray, shape (n,)
        0 to 1.
    """
    rise, fall = _profile(amplitude_deg)
    return np.asarray(betainc(rise, fall, np.clip(phase, 0.0, 1.0)))


def peak_velocity_deg_s(amplitude_deg: float, duration_s: float) -> float:
    """Peak velocity of a saccade that follows :func:`saccade_progress`.

    It saturates with the amplitude, since the duration grows with it (Bahill, Clark and Stark
    1975, Mathematical Biosciences 24, 191-204).
    """
    rise, fall = _profile(amplitude_deg)
    mode = (rise - 1) / (PROFILE_SUM - 2)
    log_peak = (rise - 1) * np.log(mode) + (fall - 1) * np.log1p(-mode) - betaln(rise, fall)
    return float(np.exp(log_peak)) * amplitude_deg / duration_s


def _profile(amplitude_deg: float) -> tuple[float, float]:
    skew = 0.5 * min(1.0, amplitude_deg / 30.0)
    return PROFILE_SUM / 2 - skew, PROFILE_SUM / 2 + skew


def fixation_duration_s(
    rng: np.random.Generator, mu_s: float, sigma_s: float, tau_s: float, shortest_s: float
) -> float:
    """Draw the duration of a fixation: ex-Gaussian, drawn again while it is too short.

    Source of the form: Guy, Lancry-Dayan and Pertzov (2020), Journal of Vision 20(10):9.
    """
    while True:
        duration_s = rng.normal(mu_s, sigma_s) + rng.exponential(tau_s)
        if duration_s >= shortest_s:
            return float(duration_s)


class Drift:
    """Fixational drift: a Brownian walk on a grid of 1 ms, made as far as it is asked for.

    The walk is made in whole blocks and never depends on how it is asked for. Source: Kuang,
    Poletti, Victor and Rucci (2012), Current Biology 22, 510-514, who describe drift as Brownian
    with a diffusion constant near 40 arcmin^2/s.

    Parameters
    ----------
    rng : numpy.random.Generator
        Used by this walk alone.
    diffusion_deg2_s : float
        Diffusion constant: the squared distance grows by four times that in a second.
    start_s : float
        Time before which nothing is asked.
    """

    def __init__(self, rng: np.random.Generator, diffusion_deg2_s: float, start_s: float) -> None:
        self._rng = rng
        self._step_deg = np.sqrt(2 * diffusion_deg2_s * DRIFT_STEP_S)
        self._start_s = start_s
        self._first = 0
        self._walk_deg: Floats = np.zeros((1, 2))

    def at(self, times_s: Floats) -> Floats:
        """Place of the walk.

        Parameters
        ----------
        times_s : ndarray, shape (n,)
            In order of time, none before what was forgotten.

        Returns
        -------
        ndarray, shape (n, 2)
            Degrees, right and down.
        """
        grid = (times_s - self._start_s) / DRIFT_STEP_S
        whole = np.floor(grid)
        share = (grid - whole)[:, np.newaxis]
        below = whole.astype(int) - self._first
        self._extend(int(below[-1]) + 2)
        walk = self._walk_deg
        return np.asarray(walk[below] * (1 - share) + walk[below + 1] * share)

    def forget(self, before_s: float) -> None:
        """Forget whole blocks that lie before a time."""
        passed = int((before_s - self._start_s) / DRIFT_STEP_S) - self._first - 1
        spare = min(passed, len(self._walk_deg) - 1)
        drop = max(0, spare // DRIFT_BLOCK) * DRIFT_BLOCK
        self._walk_deg = self._walk_deg[drop:]
        self._first += drop

    def _extend(self, n: int) -> None:
        blocks = [self._walk_deg]
        for _ in range(-(-max(0, n - len(self._walk_deg)) // DRIFT_BLOCK)):
            steps_deg = self._rng.standard_normal((DRIFT_BLOCK, 2)) * self._step_deg
            blocks.append(blocks[-1][-1] + np.cumsum(steps_deg, axis=0))
        if len(blocks) > 1:
            self._walk_deg = np.concatenate(blocks)
