"""The committed coefficients that weigh the motion of gaze, and what they make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from foveola.data_schema import EventKind

from .gaze_signal import Floats, Indices

MODEL_FILE = Path(__file__).with_name("motion_model.json")
#: What the first layer of the decision tells apart; pursuit is told from fixation afterwards.
STATES = (EventKind.FIXATION, EventKind.SACCADE, EventKind.PSO, EventKind.BLINK)
SLOW = 0
#: Samples that are weighed at once.
BATCH = 1 << 16


@dataclass(frozen=True)
class MotionModel:
    """A network with one hidden layer for each sample, and a logistic line for each slow run.

    Attributes
    ----------
    step_s : float
        Interval of the grid it was fitted on.
    mean, scale : ndarray, shape (f,)
        Centre and scale of the features of :func:`motion_features`, with the noise as the last.
    hidden, hidden_bias, output, output_bias : ndarray
        Weights, shapes (f, h), (h,), (h, 4), (4,).
    pursuit, pursuit_bias : ndarray of shape (4,), float
        Weights of :func:`drift_features`.
    """

    step_s: float
    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats
    pursuit: Floats
    pursuit_bias: float

    @classmethod
    def of(cls, content: dict[str, Any]) -> MotionModel:
        """Model of numbers and lists, as its file holds them."""
        arrays: dict[str, Any] = {
            name: np.array(value, float) if isinstance(value, list) else value
            for name, value in content.items()
        }
        return cls(**arrays)

    def log_probabilities(self, features: Floats) -> Floats:
        """Logarithm of the probability of each of ``STATES``, shape (n, 4)."""
        found = np.empty((len(features), len(STATES)))
        for first in range(0, len(features), BATCH):
            batch = slice(first, first + BATCH)
            scaled = (features[batch] - self.mean) / self.scale
            hidden = np.maximum(scaled @ self.hidden + self.hidden_bias, 0)
            sums = hidden @ self.output + self.output_bias
            sums -= sums.max(axis=1, keepdims=True)
            found[batch] = sums - np.log(np.exp(sums).sum(axis=1, keepdims=True))
        return found

    def is_pursuit(self, drift: Floats) -> bool:
        """Whether a slow run of such drift follows something."""
        return bool(drift @ self.pursuit + self.pursuit_bias > 0)


@cache
def motion_model() -> MotionModel:
    """Read the committed coefficients."""
    return MotionModel.of(json.loads(MODEL_FILE.read_text()))


#: What a change of state costs, in logarithms of odds. An oscillation follows a saccade and
#: nothing else.
CHANGE_COST = 1.0
CHANGES = np.full((4, 4), -CHANGE_COST)
np.fill_diagonal(CHANGES, 0.0)
CHANGES[0, 2] = CHANGES[3, 2] = -np.inf


@njit(cache=True)
def likeliest_states(log_probabilities: Floats, changes: Floats) -> Indices:
    """Find the likeliest sequence of states (Viterbi 1967, doi:10.1109/TIT.1967.1054010).

    Parameters
    ----------
    log_probabilities : ndarray, shape (n, s)
        Of each state at each sample.
    changes : ndarray, shape (s, s)
        Logarithm of the weight of going from one state (row) to another (column).

    Returns
    -------
    ndarray of int, shape (n,)
    """
    n, count = log_probabilities.shape
    came_from = np.zeros((n, count), np.int8)
    best = log_probabilities[0].copy()
    reached = np.empty(count)
    for i in range(1, n):
        for state in range(count):
            top = 0
            for before in range(1, count):
                if best[before] + changes[before, state] > best[top] + changes[top, state]:
                    top = before
            came_from[i, state] = top
            reached[state] = best[top] + changes[top, state] + log_probabilities[i, state]
        best[:] = reached
    states = np.empty(n, np.intp)
    states[n - 1] = np.argmax(best)
    for i in range(n - 1, 0, -1):
        states[i - 1] = came_from[i, states[i]]
    return states
