"""The pages of a report: what the templates show, as text and numbers, and their rendering."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from .profiles import METRICS
from .report_data import ReportData, Standing
from .report_methods import counted, figure
from .report_pictures import Picture, StimulusPictures

Floats = NDArray[np.float64]

KINDS = {"saliency_map": "saliency map", "log_density": "log density"}
BADGES = {"model": "", "baseline": "baseline", "gold": "gold standard"}
HEADLINE = ("IG", "AUC", "NSS")
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
    mean_x: float | None = None
    low_x: float | None = None
    high_x: float | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class ModelLine:
    """A model's row of a table."""

    name: str
    standing: Standing
    badge: str
    kind: str
    rank: str = ""
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class ObserverDots:
    """One observer's fixations as the page draws them, in stimulus pixels."""

    observer: str
    path: str
    dots: tuple[tuple[float, float, float], ...] = field(repr=False)


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
    data: ReportData, means: Floats, lows: Floats | None = None, highs: Floats | None = None
) -> tuple[ModelLine, ...]:
    """Rows of a table, the best by its first metric first.

    Parameters
    ----------
    data : ReportData
        Models and metrics.
    means, lows, highs : ndarray, shape (model, metric)
        Values, and the ends of their intervals where there are any.
    """
    shown = columns(data.metrics)
    ends = None if lows is None or highs is None else np.stack([lows, highs])
    cells = [
        _column_cells(data, column, means[:, j], None if ends is None else ends[:, :, j])
        for j, column in enumerate(shown)
    ]
    order = order_by(means[:, 0], shown[0]) if shown else list(range(len(data.models)))
    rows, rank = [], 0
    for i in order:
        line = model_line(data, i)
        if line.standing == "model" and not math.isnan(means[i, 0]):
            rank += 1
            line = replace(line, rank=str(rank))
        rows.append(replace(line, cells=tuple(column[i] for column in cells)))
    return tuple(rows)


def model_line(data: ReportData, model: int) -> ModelLine:
    """A model without its scores."""
    row, standing = data.rows[model], data.standing(model)
    kind = KINDS[row.kind] if row else ""
    return ModelLine(data.models[model], standing, BADGES[standing], kind)


def _column_cells(
    data: ReportData,
    column: Column,
    means: Floats,
    interval: Floats | None,
) -> list[Cell]:
    standings = [data.standing(i) for i in range(len(data.models))]
    best = _best(column, means, standings)
    cells = [
        Cell(figure(float(mean)), _sort_value(float(mean)), best=bool(mean == best))
        for mean in means
    ]
    cells = [
        replace(cell, best=cell.best and standings[i] != "gold") for i, cell in enumerate(cells)
    ]
    if interval is None:
        return cells
    place = _places(np.vstack([means, interval]))
    lines = tuple(
        Line(name, standing, x)
        for name, standing, mean in zip(data.models, standings, means, strict=True)
        if standing == "gold" or name == "centre-bias"
        if (x := place(mean)) is not None
    )
    return [
        _with_interval(cell, float(mean), float(low), float(high), place, lines)
        for cell, mean, low, high in zip(cells, means, *interval, strict=True)
    ]


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


def _places(values: Floats) -> Any:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    span = high - low

    def place(value: float) -> float | None:
        if not math.isfinite(value):
            return None
        return round(X0 + SPAN * ((value - low) / span if span else 0.5), 2)

    return place


def _with_interval(
    cell: Cell, mean: float, low: float, high: float, place: Any, lines: tuple[Line, ...]
) -> Cell:
    text = f"[{figure(low)}, {figure(high)}]" if math.isfinite(low + high) else ""
    low_x, high_x = place(low), place(high)
    return replace(
        cell,
        interval_text=text,
        mean_x=place(mean),
        low_x=low_x if text else None,
        high_x=high_x if text else None,
        lines=lines,
    )


def _sort_value(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def observer_dots(data: ReportData, index: int) -> tuple[ObserverDots, ...]:
    """Fixations of each observer on a stimulus of the fixation set, ready to be drawn.

    The area of a dot grows with the fixation's duration.
    """
    fixations = data.fixations
    if fixations is None:
        return ()
    stimulus, rows = fixations.stimuli[index], fixations.of(index)
    unit = max(stimulus.width_px, stimulus.height_px) / 130
    durations = np.nan_to_num(rows["duration_s"], nan=0.25)
    radii = unit * np.sqrt(np.clip(durations / 0.25, 0.35, 4))
    groups = []
    for observer in np.unique(rows["observer"]):
        own = rows["observer"] == observer
        dots = tuple(
            (round(float(x), 1), round(float(y), 1), round(float(r), 1))
            for x, y, r in zip(rows["x_px"][own], rows["y_px"][own], radii[own], strict=True)
        )
        path = "M" + "L".join(f"{x} {y}" for x, y, _ in dots)
        groups.append(ObserverDots(fixations.observers[observer], path, dots))
    return tuple(groups)


def stimulus_page(stimulus: int) -> str:
    """Name of a stimulus's page: a number, because an id may hold anything."""
    return f"{stimulus + 1:04d}.html"


@dataclass(frozen=True)
class Made:
    """What the footer of every page shows."""

    foveola_version: str
    facts: list[tuple[str, str]]


def leaderboard_page(
    data: ReportData,
    rows: tuple[ModelLine, ...],
    thumbs: Sequence[Picture | None],
    made: Made,
    *,
    tiles: Sequence[tuple[str, str]],
    interval_name: str,
    methods: str,
) -> str:
    """Render the page with the leaderboard, the images and the methods."""
    shown = columns(data.metrics)
    stimuli = [
        {"id": name, "page": f"images/{stimulus_page(i)}", "thumb": thumbs[i]}
        for i, name in enumerate(data.stimuli)
    ]
    lines = [
        Line(data.models[i], data.standing(i), 0)
        for i in range(len(data.models))
        if data.standing(i) == "gold" or data.models[i] == "centre-bias"
    ]
    return (
        _environment()
        .get_template("report_leaderboard.html")
        .render(
            root="",
            made=made,
            dataset=data.dataset or "scores",
            tiles=tiles,
            notes=data.notes,
            metrics=shown,
            models=rows,
            sorted_by=data.metrics[0] if data.metrics else "",
            lines=lines,
            interval_name=interval_name,
            stimuli=stimuli,
            methods=methods,
        )
    )


def image_page(data: ReportData, stimulus: int, pictures: StimulusPictures, made: Made) -> str:
    """Render the page of a stimulus."""
    values = data.values[:, stimulus]
    rows = table_rows(data, values)
    index = data.fixation_index(stimulus)
    dots = observer_dots(data, index) if index is not None else ()
    maps = {data.models[i]: picture for i, picture in enumerate(pictures.maps)}
    count = sum(len(group.dots) for group in dots)
    fixation_count = counted(count, "fixation") if index is not None else ""
    return (
        _environment()
        .get_template("report_image.html")
        .render(
            root="../",
            made=made,
            dataset=data.dataset or "scores",
            stimulus=_stimulus_facts(data, stimulus, index),
            count=len(data.stimuli),
            previous=stimulus_page(stimulus - 1) if stimulus else "",
            next=stimulus_page(stimulus + 1) if stimulus + 1 < len(data.stimuli) else "",
            summary=_summary(data, index, fixation_count, len(dots)),
            photo=_from_images(pictures.photo),
            photo_note=pictures.photo_note,
            fixations=dots,
            fixation_count=f"{count:,}",
            fixation_note="dots grow with duration" if dots else "no fixation",
            density=_from_images(pictures.density),
            density_note=_density_note(index),
            density_detail=_density_detail(data) if pictures.density else "",
            maps=[
                {
                    "model": row,
                    "picture": _from_images(maps.get(row.name)),
                    "headline": _headline(data, row),
                }
                for row in rows
            ],
            metrics=columns(data.metrics),
            models=rows,
            sorted_by=data.metrics[0] if data.metrics else "",
        )
    )


def _stimulus_facts(data: ReportData, stimulus: int, index: int | None) -> dict[str, Any]:
    known = data.fixations.stimuli[index] if data.fixations and index is not None else None
    return {
        "id": data.stimuli[stimulus],
        "number": stimulus + 1,
        "width": known.width_px if known else 0,
        "height": known.height_px if known else 0,
    }


def _summary(data: ReportData, index: int | None, fixations: str, observers: int) -> str:
    if data.fixations is None or index is None:
        return "The fixations on this image were not found."
    known = data.fixations.stimuli[index]
    size = f"{known.width_px} × {known.height_px} px"
    return " · ".join([size, counted(observers, "observer"), fixations])


def _density_note(index: int | None) -> str:
    return "No fixation: no density." if index is not None else "The fixations were not found."


def _density_detail(data: ReportData) -> str:
    sigma = f"{data.pictures.protocol.sigma_px:.4g} px" if data.pictures else ""
    return f"fixations blurred by a Gaussian, sigma {sigma}"


def _headline(data: ReportData, row: ModelLine) -> str:
    texts = {name: cell.text for name, cell in zip(data.metrics, row.cells, strict=True)}
    return " · ".join(f"{name} {texts[name]}" for name in HEADLINE if texts.get(name))


def _from_images(picture: Picture | None) -> Picture | None:
    """A picture's path as a page in ``images/`` names it."""
    return replace(picture, path=f"../{picture.path}") if picture else None


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
