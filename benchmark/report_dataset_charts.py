"""The charts of a data set's report: coverage, counts, durations, agreement, observers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet
from foveola.fixation_maps.ground_truth_quality import Estimate, GroundTruthQuality

from .report_charts import FIRST, QUIET, SECOND, Chart, axis, chart_text, histogram, points
from .report_text import figure, shown

Floats = NDArray[np.float64]
#: The coverage is drawn in at most so many columns and rows; beyond, neighbours are averaged.
MOST_COLUMNS, MOST_ROWS = 300, 200
BARS = 40


def dataset_charts(
    fixations: FixationSet,
    counts: NDArray[np.intp],
    quality: GroundTruthQuality | None,
    bits: Floats,
) -> dict[str, Chart]:
    """Charts by name; one without anything to draw is left out."""
    if not len(fixations.table):
        return {}
    charts = {
        "coverage": _coverage(fixations, counts),
        "counts": _counts(counts),
    }
    durations_ms = 1000 * fixations.table["duration_s"]
    known = durations_ms[np.isfinite(durations_ms) & (durations_ms > 0)]
    if len(known):
        charts["durations"] = _durations(known)
    if quality:
        charts["agreement"] = _agreement(quality)
        charts["information"] = _information(quality)
    if not np.isnan(bits).all():
        charts["observers"] = _observers(fixations, counts, bits)
    return charts


def _coverage(fixations: FixationSet, counts: NDArray[np.intp]) -> Chart:
    drawn, step = counts.astype(float), 1
    while drawn.shape[1] > MOST_COLUMNS:
        drawn, step = _halved(drawn), step * 2
    rows = 1
    while drawn.shape[0] > MOST_ROWS:
        drawn, rows = _halved(drawn.T).T, rows * 2
    names = fixations.observers[::rows]
    merged = f" Each column is the mean of {step} stimuli." if step > 1 else ""
    merged += f" Each row is the mean of {rows} observers." if rows > 1 else ""
    trace = {
        "type": "heatmap",
        "z": np.where(drawn > 0, drawn, np.nan).tolist(),
        "x": [1 + step * i for i in range(drawn.shape[1])],
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": "fixations"}, "thickness": 12, "outlinewidth": 0},
        "customdata": [[chart_text(name)] * drawn.shape[1] for name in names],
        "hovertemplate": "%{customdata}, stimulus %{x}: %{z:.3g}<extra></extra>",
        "hoverongaps": False,
    }
    seen = np.count_nonzero(counts, axis=1)
    return Chart(
        "Coverage",
        "Fixations of each observer on each stimulus, in the order of the set; blank where there "
        f"is none.{merged}",
        [trace],
        {
            "xaxis": axis("stimulus", showgrid=False),
            "yaxis": axis("observer", showgrid=False, showticklabels=False, autorange="reversed"),
            "height": 320,
        },
        ("observer", "stimuli seen", "of", "fixations", "a stimulus"),
        [
            (
                shown(name),
                f"{seen[i]:,}",
                f"{counts.shape[1]:,}",
                f"{counts[i].sum():,}",
                figure(float(counts[i].sum() / seen[i]), 1) if seen[i] else "",
            )
            for i, name in enumerate(fixations.observers)
        ],
    )


def _halved(values: Floats) -> Floats:
    """Means of neighbouring columns; a last one without neighbour stays."""
    even = values.shape[1] // 2 * 2
    pairs = values[:, :even].reshape(len(values), -1, 2).mean(axis=2)
    return np.hstack([pairs, values[:, even:]])


def _counts(counts: NDArray[np.intp]) -> Chart:
    seen = counts[counts > 0]
    return _histogram(
        "Fixations in a viewing",
        f"One observer on one stimulus: median {np.median(seen):g}.",
        "fixations",
        "viewings",
        seen.astype(float),
        np.arange(0.5, seen.max() + 1.5, max(1, -(-int(seen.max()) // BARS))),
    )


def _durations(known_ms: Floats) -> Chart:
    end = float(np.percentile(known_ms, 99))
    return _histogram(
        "Fixation durations",
        f"Median {np.median(known_ms):.0f} ms; what is longer than 99 % of all is in the last bar.",
        "duration (ms)",
        "fixations",
        np.minimum(known_ms, end),
        np.linspace(0, end, BARS + 1),
    )


def _histogram(title: str, note: str, x: str, y: str, values: Floats, edges: Floats) -> Chart:
    if len(edges) < 2 or edges[-1] < values.max():
        edges = np.append(edges, values.max() + 0.5)
    found, _ = np.histogram(values, edges)
    return Chart(
        title,
        note,
        [histogram(values, edges, hovertemplate="%{x:.4g}: %{y}<extra></extra>")],
        {"xaxis": axis(x), "yaxis": axis(y)},
        ("from", "to", y),
        [
            (f"{low:.4g}", f"{high:.4g}", f"{count:,}")
            for low, high, count in zip(edges[:-1], edges[1:], found, strict=True)
        ],
    )


def _bars_of(estimates: list[Estimate]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [one.high - one.value for one in estimates],
        "arrayminus": [one.value - one.low for one in estimates],
        "color": QUIET,
        "thickness": 1.5,
    }


def _agreement(quality: GroundTruthQuality) -> Chart:
    measured = [(one.observers, one.measured) for one in quality.agreement if one.measured]
    curve = [(one.observers, one.extrapolated) for one in quality.agreement]
    return Chart(
        "Agreement of observers",
        f"Correlation of the maps of two groups of observers, mean over stimuli with its "
        f"{quality.level:.0%} interval: measured in halves of those there are, and extrapolated.",
        [
            points(
                [n for n, _ in curve], [one.value for _, one in curve], name="extrapolated",
                color=SECOND, mode="lines", line={"dash": "dot", "color": SECOND},
            ),
            points(
                [n for n, _ in measured], [one.value for _, one in measured], name="measured",
                error_y=_bars_of([one for _, one in measured]),
            ),
        ],
        {
            "xaxis": axis("observers in each group", type="log"),
            "yaxis": axis("correlation", range=[0, 1.02]),
        },
        ("observers", "kind", "correlation", "low", "high"),
        [
            (str(n), kind, figure(one.value), figure(one.low), figure(one.high))
            for kind, line in (("measured", measured), ("extrapolated", curve))
            for n, one in line
        ],
    )  # fmt: skip


def _information(quality: GroundTruthQuality) -> Chart:
    names = ("centre bias", "gold standard")
    found = [quality.centre_bias.over_stimuli, quality.gold_standard.over_stimuli]
    return Chart(
        "What can be told",
        "Bits per fixation over a uniform density, mean over stimuli with its interval: the centre "
        "bias of the other images, and the other observers on the same image.",
        [
            points(
                [one.value for one in found], list(names), marker={"size": 12},
                error_x=_bars_of(found), hovertemplate="%{y}: %{x:.2f} bit<extra></extra>",
            )
        ],
        {
            "xaxis": axis("bit per fixation", rangemode="tozero"),
            "yaxis": {"automargin": True, "range": [-0.6, 1.6]},
            "height": 200,
        },
        ("what", "bit", "low", "high"),
        [
            (name, figure(one.value), figure(one.low), figure(one.high))
            for name, one in zip(names, found, strict=True)
        ],
    )  # fmt: skip


def _observers(fixations: FixationSet, counts: NDArray[np.intp], bits: Floats) -> Chart:
    names = [chart_text(name) for name in fixations.observers]
    return Chart(
        "Observers",
        "How much better or worse an observer's fixations are told by all others than those of the "
        "mean observer on the same stimuli.",
        [
            points(
                list(range(1, len(bits) + 1)), bits.tolist(), color=FIRST, text=names,
                hovertemplate="%{text}: %{y:.2f} bit<extra></extra>",
            )
        ],
        {"xaxis": axis("observer", tickformat="d"), "yaxis": axis("bit per fixation")},
        ("observer", "bit", "fixations"),
        [
            (shown(name), figure(float(bits[i]), 2), f"{counts[i].sum():,}")
            for i, name in enumerate(fixations.observers)
        ],
    )  # fmt: skip
