"""Where a tracker's clock jumped, and the line that goes on beside itself after each jump."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Steps below this are taken for noise: no eye movement is a half millisecond long.
SMALLEST_JUMP_S = 5e-4
#: Pairs on either side of a jump that are compared; two in a hundred outliers never are most of 9.
WINDOW = 9
SHORTEST_WINDOW = 5
#: Standard deviations, by the median, that noise stays within.
WITHIN_SD = 6.0
#: What a clock read in microseconds, over a bus, leaves in any case.
FINEST_S = 2e-5


@dataclass(frozen=True)
class BrokenLine:
    """A line with steps: ``y = start_s + slope * x + steps_s[k]`` from the k-th edge on.

    Attributes
    ----------
    start_s, slope : float
        Of the line before the first step.
    steps_s : ndarray, shape (k,)
        What each step adds.
    residuals_s : ndarray, shape (n,)
        What it leaves at every point.
    kept : ndarray of bool, shape (n,)
        Points that are no outliers.
    """

    start_s: float
    slope: float
    steps_s: Floats
    residuals_s: Floats
    kept: NDArray[np.bool_]


def fit_broken_line(x_s: Floats, y_s: Floats) -> tuple[BrokenLine, list[int]]:
    """Find the steps in points along a line, and fit it without outliers.

    Parameters
    ----------
    x_s, y_s : ndarray, shape (n,)
        Points, x in order.

    Returns
    -------
    line : BrokenLine
        The line.
    edges : list of int
        The first point after each step.
    """
    edges = _edges(x_s, y_s)
    line = _fit(x_s, y_s, edges)
    while edges and np.min(np.abs(line.steps_s)) < SMALLEST_JUMP_S:
        del edges[int(np.argmin(np.abs(line.steps_s)))]
        line = _fit(x_s, y_s, edges)
    return line, edges


def _edges(x_s: Floats, y_s: Floats) -> list[int]:
    """Points from which on the points lie beside where they lay before."""
    if len(x_s) < 2 * SHORTEST_WINDOW:
        return []
    level_s = y_s - _robust_slope(x_s, y_s) * x_s
    steps_s = _spread(np.diff(level_s)) / np.sqrt(2)
    least_s = max(SMALLEST_JUMP_S, WITHIN_SD * steps_s)
    places = range(SHORTEST_WINDOW, len(x_s) - SHORTEST_WINDOW + 1)
    step_s = np.zeros(len(x_s) + 1)
    for i in places:
        step_s[i] = np.median(level_s[i : i + WINDOW]) - np.median(level_s[max(0, i - WINDOW) : i])
    beyond = np.sign(step_s) * (np.abs(step_s) > least_s)
    starts = np.flatnonzero(np.diff(beyond, prepend=0.0))
    stretches = [stretch for stretch in np.split(np.arange(len(beyond)), starts) if len(stretch)]
    return [
        min((int(i) for i in stretch), key=lambda i: _misfit(level_s, i))
        for stretch in stretches
        if beyond[stretch[0]]
    ]


def _misfit(level_s: Floats, edge: int) -> float:
    """How far the points around an edge lie from the levels before and after it."""
    sides = level_s[max(0, edge - WINDOW) : edge], level_s[edge : edge + WINDOW]
    return float(sum(np.sum(np.abs(side - np.median(side))) for side in sides))


def _fit(x_s: Floats, y_s: Floats, edges: list[int]) -> BrokenLine:
    """Fit by least squares, again and again without what lies far off."""
    after = np.arange(len(x_s))[:, np.newaxis] >= np.array(edges, int)
    level_s = y_s - _robust_slope(x_s, y_s) * x_s
    for piece in np.split(np.arange(len(x_s)), edges):
        level_s[piece] -= np.median(level_s[piece])
    residuals_s, x_mean_s = level_s, x_s.mean()
    slopes = x_s - x_mean_s if np.ptp(x_s) > 0 else np.zeros(len(x_s))
    design = np.column_stack([np.ones(len(x_s)), slopes, after])
    for _ in range(5):
        kept = _kept(residuals_s)
        found = np.linalg.lstsq(design[kept], y_s[kept], rcond=None)[0]
        residuals_s = y_s - design @ found
    start_s = float(found[0] - found[1] * x_mean_s)
    return BrokenLine(start_s, float(found[1]), found[2:], residuals_s, kept)


def _kept(residuals_s: Floats) -> NDArray[np.bool_]:
    if len(residuals_s) < SHORTEST_WINDOW:
        return np.ones(len(residuals_s), bool)
    off_s = np.abs(residuals_s - np.median(residuals_s))
    return np.asarray(off_s <= max(FINEST_S, WITHIN_SD * _spread(residuals_s)))


def _robust_slope(x_s: Floats, y_s: Floats) -> float:
    """Median slope between points a tenth of the whole apart, which few steps or outliers pull."""
    lag = max(1, len(x_s) // 10)
    run_s, rise_s = x_s[lag:] - x_s[:-lag], y_s[lag:] - y_s[:-lag]
    slopes = rise_s[run_s > 0] / run_s[run_s > 0]
    return float(np.median(slopes)) if len(slopes) else 0.0


def _spread(values: Floats) -> float:
    """Standard deviation by the median of deviations."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))
