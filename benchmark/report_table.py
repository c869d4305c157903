"""The tables of a report: what each cell says, and where its interval is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .profiles import METRICS
from .report_data import ReportData, Standing
from .report_text import counted, figure

Floats = NDArray[np.float64]
#: Where a value lies in the drawing; None where it is not finite.
Place = Callable[[float], float | None]

KINDS = {"saliency_map": "saliency map", "log_density": "log density"}
BADGES = {"model": "", "baseline": "baseline", "gold": "upper bound"}
#: The intervals are drawn on a line from X0 to X0 + SPAN, in units of the template's viewBox.
X0, SPAN = 4.0, 96.0


@dataclass(frozen=True)
class Column:
    """A metric, as its column shows it."""

    name: str
    unit: str
    higher_is_better: bool

    @property
    def arrow(self) -> str:
        """The direction of better values."""
        return "↑" if self.higher_is_better else "↓"

    @property
    def better(self) -> str:
        """The direction of better values, in words."""
        return f"({'higher' if self.higher_is_better else 'lower'} is better)"

    @property
    def best_first(self) -> str:
        """The order that puts the best first, as aria-sort names it."""
        return "descending" if self.higher_is_better else "ascending"

    @property
    def title(self) -> str:
        """What the column's button says when pointed at."""
        return f"Sort by {self.name} {self.better}"


@dataclass(frozen=True)
class Line:
    """A mark at a reference model's mean; ``x`` is its place in the drawing."""

    name: str
    standing: Standing
    x: float


@dataclass(frozen=True)
class Cell:
    """A score as the table shows it; places are those of the drawing, None where not drawn."""

    text: str
    sort_value: str
    best: bool = False
    interval_text: str = ""
    coverage: str = ""
    mean_x: float | None = None
    low_x: float | None = None
    high_x: float | None = None
    lines: tuple[Line, ...] = ()
    letters: str = ""


@dataclass(frozen=True)
class ModelLine:
    """A model's row of a table."""

    name: str
    standing: Standing
    badge: str
    kind: str
    rank: str = ""
    cells: tuple[Cell, ...] = ()


def columns(metrics: Sequence[str]) -> tuple[Column, ...]:
    """Columns of metrics; of one that is not known, higher counts as better."""
    known = [(name, METRICS.get(name)) for name in metrics]
    return tuple(
        Column(name, metric.unit, metric.higher_is_better) if metric else Column(name, "", True)
        for name, metric in known
    )


def order_by(values: Floats, column: Column) -> list[int]:
    """Order of models by a metric, the best first and what is not defined last."""
    key = -values if column.higher_is_better else values
    return [int(i) for i in np.argsort(np.where(np.isnan(key), np.inf, key), kind="stable")]


def table_rows(
    data: ReportData,
    values: Floats,
    interval: tuple[Floats, Floats] | None = None,
    letters: Sequence[Sequence[str]] = (),
) -> tuple[ModelLine, ...]:
    """Rows of a table, the best by its first metric first.

    Parameters
    ----------
    data : ReportData
        Models and metrics.
    values : ndarray, shape (model, metric)
        Means, or the scores of one image.
    interval : (low, high), optional
        Ends of the means' intervals, shaped as they are.
    letters : sequence of sequence of str, optional
        By model and metric, of the groups that do not differ.
    """
    heads = columns(data.metrics)
    cells = [_cells(data, column, values[:, j]) for j, column in enumerate(heads)]
    if interval is not None:
        ends = np.stack(interval)
        cells = [
            _with_intervals(data, j, column, values[:, j], ends[:, :, j])
            for j, column in enumerate(cells)
        ]
    for j, column in enumerate(cells):
        for i, own in enumerate(letters):
            column[i] = replace(column[i], letters=own[j])
    order = order_by(values[:, 0], heads[0]) if heads else list(range(len(data.models)))
    rows, rank = [], 0
    for i in order:
        line = model_line(data, i)
        if line.standing == "model" and not math.isnan(values[i, 0]):
            rank += 1
            line = replace(line, rank=str(rank))
        rows.append(replace(line, cells=tuple(column[i] for column in cells)))
    return tuple(rows)


def reference_models(data: ReportData) -> list[int]:
    """Models whose means are drawn as lines for all others: the gold standard, the centre bias."""
    return [
        i
        for i, name in enumerate(data.models)
        if data.standing(i) == "gold" or (data.standing(i) == "baseline" and name != "uniform")
    ]


def model_line(data: ReportData, model: int) -> ModelLine:
    """A model without its scores."""
    row, standing = data.rows[model], data.standing(model)
    kind = KINDS[row.kind] if row else ""
    return ModelLine(data.models[model], standing, BADGES[standing], kind)


def _cells(data: ReportData, column: Column, values: Floats) -> list[Cell]:
    standings = [data.standing(i) for i in range(len(data.models))]
    best = _best(column, values, standings)
    return [
        Cell(figure(value), _sort_value(value), best=value == best and standing != "gold")
        for value, standing in zip(map(float, values), standings, strict=True)
    ]


def _with_intervals(
    data: ReportData, metric: int, cells: list[Cell], means: Floats, ends: Floats
) -> list[Cell]:
    """Add to a column's cells their intervals, written and drawn on one scale."""
    place = _placer(np.vstack([means, ends]))
    lines = tuple(
        Line(data.models[i], data.standing(i), x)
        for i in reference_models(data)
        if (x := place(means[i])) is not None
    )
    images = len(data.stimuli)
    defined = np.count_nonzero(~np.isnan(data.values[:, :, metric]), axis=1)
    drawn = []
    for i, cell in enumerate(cells):
        low, high = (float(end) for end in ends[:, i])
        whole = math.isfinite(low) and math.isfinite(high)
        drawn.append(
            replace(
                cell,
                interval_text=f"[{figure(low)}, {figure(high)}]" if cell.text else "",
                coverage=f"{defined[i]:,} of {counted(images, 'image')}"
                if 0 < defined[i] < images
                else "",
                mean_x=place(means[i]),
                low_x=place(low) if whole else None,
                high_x=place(high) if whole else None,
                lines=lines,
            )
        )
    return drawn


def _best(column: Column, means: Floats, standings: Sequence[Standing]) -> float:
    """Best mean of all but the gold standard, which is a bound and no competitor."""
    rivals = [
        float(mean)
        for mean, standing in zip(means, standings, strict=True)
        if standing != "gold" and not math.isnan(mean)
    ]
    if len(rivals) < 2:
        return math.nan
    return max(rivals) if column.higher_is_better else min(rivals)


def _placer(values: Floats) -> Place:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    span = high - low

    def place(value: float) -> float | None:
        if not math.isfinite(value):
            return None
        return round(X0 + SPAN * ((value - low) / span if span else 0.5), 2)

    return place


def _sort_value(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)
