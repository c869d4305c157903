"""Score rows as an array with named axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FoveolaError, Score

from .profiles import METRICS


@dataclass(frozen=True)
class ScoreArray:
    """Scores by model, stimulus and metric.

    Attributes
    ----------
    models, stimuli, metrics : tuple of str
        Names along the axes, in the order in which the rows name them.
    values : ndarray, shape (models, stimuli, metrics)
        NaN where a score is not defined or there is no row.
    """

    models: tuple[str, ...]
    stimuli: tuple[str, ...]
    metrics: tuple[str, ...]
    values: NDArray[np.float64]

    def of_metric(self, metric: str) -> NDArray[np.float64]:
        """Scores by one metric, shape (models, stimuli); FoveolaError where there are none."""
        return self.values[:, :, place(metric, self.metrics, "metric")]


def score_array(scores: Sequence[Score]) -> ScoreArray:
    """Gather score rows in an array; of two rows for the same place the last counts."""
    if not scores:
        return ScoreArray((), (), (), np.empty((0, 0, 0)))
    names = [tuple(dict.fromkeys(column)) for column in list(zip(*scores, strict=True))[:3]]
    places = [{name: i for i, name in enumerate(axis)} for axis in names]
    values = np.full([len(axis) for axis in names], math.nan)
    for score in scores:
        values[places[0][score.model], places[1][score.stimulus], places[2][score.metric]] = (
            score.value
        )
    models, stimuli, metrics = names
    return ScoreArray(models, stimuli, metrics, values)


def place(name: str, names: Sequence[str], what: str) -> int:
    """Where a name stands; FoveolaError names those that there are."""
    if name not in names:
        raise FoveolaError(
            f"The scores have no {what} {name!r}.", remedy=f"There are: {', '.join(names)}."
        )
    return list(names).index(name)


def higher_is_better(metric: str) -> bool:
    """Whether more is better; a metric that is not in the table counts so."""
    return metric not in METRICS or METRICS[metric].higher_is_better
