"""Score rows from values by model and metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from foveola.data_schema import Score


def score_rows_of(
    values: Mapping[str, Mapping[str, Sequence[float]]], stimuli: Sequence[str] | None = None
) -> list[Score]:
    """One row for each model, stimulus and metric; stimuli are called 0.png, 1.png and so on."""
    return [
        Score(model, stimuli[i] if stimuli else f"{i}.png", metric, float(value))
        for model, by_metric in values.items()
        for metric, row in by_metric.items()
        for i, value in enumerate(row)
    ]
