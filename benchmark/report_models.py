"""The page of a model: where it does well and badly, and how far it can be believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import ScaledPicture, pixel_of

from .breakdown import category_of
from .report_charts import QUIET, Chart, axis, chart_text, histogram, points, write_chart_library
from .report_data import ReportData
from .report_pages import Made, environment, model_page_name, stimulus_page
from .report_pictures import Picture
from .report_table import KINDS, columns, order_by
from .report_text import figure, shown

Floats = NDArray[np.float64]
#: So many images are shown as the best and as the worst.
EXTREMES = 20
BARS = 30
#: Tenths of the image's area, from where a model expects most to where it expects least.
TENTHS = 10
#: What a saliency map is at least, as a share of the uniform density, when it is read as a density.
FLOOR = 0.01


def write_model_pages(
    folder: Path, data: ReportData, thumbs: Sequence[Picture | None], made: Made
) -> None:
    """Write the pages of all models into the folder ``models`` of a report."""
    write_chart_library(folder)
    (folder / "models").mkdir()
    for model in range(len(data.models)):
        text = model_page(data, model, thumbs, made)
        path = folder / "models" / model_page_name(model)
        path.write_text(text, encoding="utf-8", errors="xmlcharrefreplace")


@dataclass(frozen=True)
class Extreme:
    """An image on which a model is among the best or the worst."""

    name: str
    page: str
    thumb: Picture | None
    value: str


def model_page(data: ReportData, model: int, thumbs: Sequence[Picture | None], made: Made) -> str:
    """Render the page of a model."""
    best, worst = extremes(data, model, thumbs)
    row = data.rows[model]
    return (
        environment()
        .get_template("report_model.html")
        .render(
            root="../",
            made=made,
            dataset=data.dataset or data.inputs[0].name,
            model=data.models[model],
            kind=KINDS[row.kind] if row else "",
            standing=data.standing(model),
            metric=data.metrics[0] if data.metrics else "",
            distributions=[c for c in _distributions(data, model) if c is not None],
            gold=_against_gold(data, model),
            calibration=calibration_chart(data, model),
            best=best,
            worst=worst,
            category_head=("category", "images", *data.metrics),
            category_rows=category_rows(data, model),
        )
    )


def _distributions(data: ReportData, model: int) -> list[Chart | None]:
    return [_distribution(data, model, j) for j in range(len(data.metrics))]


def _distribution(data: ReportData, model: int, metric: int) -> Chart | None:
    column = columns(data.metrics)[metric]
    values = data.values[model, :, metric]
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    everybody = data.values[:, :, metric]
    everybody = everybody[np.isfinite(everybody)]
    # One axis for all models' pages, so that they can be laid side by side.
    low, high = np.percentile(everybody, [0.5, 99.5])
    low, high = min(low, known.mean()), max(high, known.mean())
    edges = np.linspace(low, high, BARS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    inside = np.clip(known, edges[0], edges[-1])
    counts, _ = np.histogram(inside, edges)
    unit = f" ({column.unit})" if column.unit else ""
    return Chart(
        shown(column.name),
        f"Mean {figure(float(known.mean()))}, median {figure(float(np.median(known)))} over "
        f"{len(known):,} images; {column.better.strip('()')}.",
        [histogram(inside, edges, hovertemplate="%{x:.3g}: %{y}<extra></extra>")],
        {
            "xaxis": axis(chart_text(column.name) + unit),
            "yaxis": axis("images"),
            "height": 240,
        },
        ("from", "to", "images"),
        [
            (figure(float(a)), figure(float(b)), f"{n:,}")
            for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
        ],
    )


def extremes(
    data: ReportData, model: int, thumbs: Sequence[Picture | None]
) -> tuple[list[Extreme], list[Extreme]]:
    """Images on which the model's first metric is best and worst; no image is in both."""
    if not data.metrics:
        return [], []
    values = data.values[model, :, 0]
    order = [i for i in order_by(values, columns(data.metrics)[0]) if not math.isnan(values[i])]
    each = min(EXTREMES, len(order) // 2)

    def found(indices: Sequence[int]) -> list[Extreme]:
        return [
            Extreme(
                data.stimuli[i],
                f"../images/{stimulus_page(i)}",
                _above(thumbs[i]),
                figure(float(values[i])),
            )
            for i in indices
        ]

    return found(order[:each]), found(order[::-1][:each])


def _above(picture: Picture | None) -> Picture | None:
    """A picture's path from a page in a folder of the report."""
    return Picture(f"../{picture.path}", picture.width, picture.height) if picture else None


def category_rows(data: ReportData, model: int) -> list[tuple[str, ...]]:
    """Means by category of images; none where there is only one category."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(data.stimuli):
        found.setdefault(category_of(name), []).append(i)
    if len(found) < 2:
        return []
    rows = []
    for name, indices in sorted(found.items()):
        values = data.values[model, indices]
        defined = ~np.isnan(values)
        sums = np.where(defined, values, 0).sum(axis=0)
        counts = defined.sum(axis=0)
        means = [figure(float(s / n)) if n else "" for s, n in zip(sums, counts, strict=True)]
        rows.append((shown(name) if name else "no folder", f"{len(indices):,}", *means))
    return rows


def _against_gold(data: ReportData, model: int) -> Chart | None:
    gold = next((i for i in range(len(data.models)) if data.standing(i) == "gold"), None)
    if gold is None or gold == model or not data.metrics:
        return None
    metric = data.metrics[0]
    theirs, own = data.values[gold, :, 0], data.values[model, :, 0]
    known = np.flatnonzero(np.isfinite(theirs) & np.isfinite(own))
    if not len(known):
        return None
    away = own[known] - theirs[known]
    ends = [
        float(min(theirs[known].min(), own[known].min())),
        float(max(theirs[known].max(), own[known].max())),
    ]
    order = known[np.argsort(away)]
    return Chart(
        "Against the gold standard",
        f"{shown(metric)} of each image. Below the line the other observers tell more than the "
        f"model: on {np.mean(away < 0):.0%} of the images, by {figure(float(-away.mean()))} on "
        "average over all.",
        [
            {
                "type": "scatter", "mode": "lines", "x": ends, "y": ends, "name": "equal",
                "line": {"color": QUIET, "dash": "dot", "width": 1.5}, "hoverinfo": "skip",
            },
            points(
                theirs[known].tolist(), own[known].tolist(), name="an image",
                text=[chart_text(data.stimuli[i]) for i in known], marker={"size": 6},
                hovertemplate="%{text}: gold %{x:.3f}, model %{y:.3f}<extra></extra>",
            ),
        ],
        {"xaxis": axis("gold standard"), "yaxis": axis("model"), "height": 360},
        ("image", "gold standard", "model", "difference"),
        [
            (shown(data.stimuli[i]), *(figure(float(v)) for v in (gold_i, own_i, own_i - gold_i)))
            for i, gold_i, own_i in zip(order, theirs[order], own[order], strict=True)
        ],
    )  # fmt: skip


def calibration_chart(data: ReportData, model: int) -> Chart | None:
    """Fixations that a model expects in tenths of the area, against those that were there."""
    found = calibration(data, model)
    if found is None:
        return None
    expected, observed = (100 * np.diff(one) for one in found)
    end = float(max(expected.max(), observed.max()))
    names = [f"{10 * i}–{10 * (i + 1)} %" for i in range(TENTHS)]
    return Chart(
        "Calibration",
        "Each image's area in tenths, from where the model expects most fixations to where it "
        "expects least: the share that it expects there, and the share that was there. On the "
        "line it is right; above it, it expects too little. From the reduced maps; a saliency map "
        "is read as a density, as it is scored.",
        [
            {
                "type": "scatter", "mode": "lines", "x": [0, end], "y": [0, end],
                "name": "calibrated", "line": {"color": QUIET, "dash": "dot", "width": 1.5},
                "hoverinfo": "skip",
            },
            points(
                expected.tolist(), observed.tolist(), name="a tenth of the area", text=names,
                mode="lines+markers",
                hovertemplate="%{text}: expected %{x:.1f} %, observed %{y:.1f} %<extra></extra>",
            ),
        ],
        {
            "xaxis": axis("expected (% of fixations)", rangemode="tozero"),
            "yaxis": axis("observed (% of fixations)", rangemode="tozero"),
            "height": 360,
        },
        ("area", "expected %", "observed %"),
        [
            (name, figure(float(a), 1), figure(float(b), 1))
            for name, a, b in zip(names, expected, observed, strict=True)
        ],
    )  # fmt: skip


def calibration(data: ReportData, model: int) -> tuple[Floats, Floats] | None:
    """Shares of fixations within the area where a model expects most, expected and observed.

    Returns
    -------
    expected, observed : ndarray, shape (11,)
        At 0, 10, ... 100 % of the area; means over images, weighted by their fixations. None
        where maps' values or fixations are not known.
    """
    if data.pictures is None or data.fixations is None:
        return None
    expected, observed, fixations = np.zeros(TENTHS + 1), np.zeros(TENTHS + 1), 0
    for i in range(len(data.stimuli)):
        index = data.fixation_index(i)
        if index is None or not len(data.fixations.of(index)):
            continue
        scaled = data.pictures.scaled(*data.picture_places(i)[model])
        if not math.isfinite(scaled.high):
            continue
        rows, columns_ = pixel_of(data.fixations.of(index))
        height, width = data.fixations.stimuli[index].shape
        at = scaled.grey[
            rows * scaled.grey.shape[0] // height, columns_ * scaled.grey.shape[1] // width
        ]
        one_expected, one_observed = _shares(scaled, at)
        expected += len(at) * one_expected
        observed += len(at) * one_observed
        fixations += len(at)
    return (expected / fixations, observed / fixations) if fixations else None


def _shares(scaled: ScaledPicture, at_fixations: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Shares within tenths of one image's area; grey levels take the place of sorted pixels."""
    area = np.bincount(scaled.grey.ravel(), minlength=256)[::-1]
    seen = np.bincount(at_fixations, minlength=256)[::-1]
    level = np.arange(255, -1, -1) / 255 * (scaled.high - scaled.low)
    density = np.maximum(level + max(scaled.low, 0.0), 0)
    mean = float((area * density).sum() / area.sum())
    mass = area * (np.maximum(density, FLOOR * mean) if mean > 0 else np.ones(256))
    places = np.concatenate([[0], np.cumsum(area)]) / area.sum()
    wanted = np.linspace(0, 1, TENTHS + 1)
    expected, observed = (
        np.interp(wanted, places, np.concatenate([[0], np.cumsum(one)]) / one.sum())
        for one in (mass, seen)
    )
    return expected, observed
