"""The blur of the MIT saliency benchmark's old Matlab code, made in the frequency domain.

The Matlab code pads the counts with zeros to a square whose side is a power of two, and multiplies
their Fourier transform by ``exp(-f^2 ln 2 / cutoff^2)``, which halves an amplitude at the cutoff.
The kernel is separable, so that here the same map is the product of two thin matrices.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .density import Floats, Indices, refuse_outside

#: The cutoff of the benchmark's maps: 8 cycles per (padded) image.
CUTOFF_CYCLES = 8.0


def mit_blurred_counts(
    rows: Indices,
    columns: Indices,
    shape: tuple[int, int],
    cutoff_cycles: float = CUTOFF_CYCLES,
) -> Floats:
    """Fixation counts blurred as the MIT saliency benchmark's Matlab code does.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Pixels of the fixations.
    shape : (int, int)
        Height and width of the map.
    cutoff_cycles : float, default 8
        Frequency, in cycles per padded side, at which an amplitude is halved.

    Returns
    -------
    ndarray, shape (height, width)
        What falls off the image is lost, and what leaves the padded square on one side comes
        back on the other, as in the original.

    Raises
    ------
    ValueError
        If a pixel is off the map or the cutoff is not a positive number.

    Notes
    -----
    Judd, T., Durand, F., & Torralba, A. (2012). A benchmark of computational models of saliency
    to predict human fixations. MIT-CSAIL-TR-2012-001; ``antonioGaussian.m`` of its code.
    """
    if not 0 < cutoff_cycles < math.inf:
        raise ValueError(f"cutoff_cycles must be positive, not {cutoff_cycles}")
    refuse_outside(rows, columns, shape)
    response = _impulse_response(padded_side(shape), cutoff_cycles)
    vertical, horizontal = (
        response[(np.arange(size) - np.asarray(places, np.intp)[:, None]) % len(response)]
        for size, places in zip(shape, (rows, columns), strict=True)
    )
    # Far from every fixation the sum of cosines leaves rounding errors below zero.
    return np.asarray(np.maximum(vertical.T @ horizontal, 0))


def mit_sigma_px(shape: tuple[int, int], cutoff_cycles: float = CUTOFF_CYCLES) -> float:
    """Standard deviation of that blur in space.

    Examples
    --------
    >>> round(mit_sigma_px((768, 1024)), 2)
    23.99
    """
    return padded_side(shape) * math.sqrt(math.log(2) / 2) / (math.pi * cutoff_cycles)


def padded_side(shape: tuple[int, int]) -> int:
    """Side of the padded square: the power of two that is at least the longer side (and 2)."""
    return max(2, 1 << (max(shape) - 1).bit_length())


@lru_cache(maxsize=16)
def _impulse_response(side: int, cutoff_cycles: float) -> Floats:
    """Response of one axis to a unit at 0, on a circle; shape (side,)."""
    frequency = np.fft.fftfreq(side, 1 / side)
    gain = np.exp(-(frequency**2) * math.log(2) / cutoff_cycles**2)
    return np.asarray(np.fft.ifft(gain).real, float)
