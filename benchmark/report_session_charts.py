"""The charts of a session report: calibrations over time, accuracy, drift, loss, rate and flips."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import Calibration, Screen, TargetError

from .report_charts import (
    FIRST,
    INK,
    QUIET,
    SECOND,
    Chart,
    axis,
    bars,
    chart_text,
    histogram,
    points,
)
from .report_session_data import GAP, Floats, SessionData
from .report_text import figure, shown

#: Errors are drawn so many times larger than the screen they are drawn on.
MAGNIFIED = 10
#: Each validation has a map of its own, up to so many.
MOST_MAPS = 12
KINDS = {"calibration": "diamond", "validation": "circle", "drift_check": "triangle-up"}
#: Eyes differ by the shape of their mark as well as by its colour.
EYES = {"left": (FIRST, "circle"), "right": (SECOND, "square"), "both": (FIRST, "circle")}
TIME = "time in the session (min)"
HOVER_INTERVAL = "%{x:.2f} ms: %{y}<extra></extra>"


def session_charts(data: SessionData) -> dict[str, Chart]:
    """Charts by name; one without anything to draw is left out."""
    charts = {
        "timeline": _timeline(data),
        "accuracy": _accuracy_map(data),
        "drift": _drift(data),
        "loss": _loss(data),
        "intervals": _intervals(data),
        "gaps": _gaps(data),
        "flips": _flips(data),
    }
    return {name: chart for name, chart in charts.items() if chart is not None}


def arrow_maps(data: SessionData) -> list[Chart]:
    """For each validation the screen, with an arrow from each target to the gaze of each eye."""
    shown_maps = [one for one in data.validations if one.points][:MOST_MAPS]
    return [_arrow_map(data.recording.screen, one, i) for i, one in enumerate(shown_maps, 1)]


def kind_of(one: Calibration) -> str:
    """What a calibration was, in words."""
    return one.kind.replace("_", " ")


def _timeline(data: SessionData) -> Chart | None:
    found = data.recording.calibrations
    if not found:
        return None
    traces = []
    for kind, symbol in KINDS.items():
        for accepted in (True, False):
            chosen = [one for one in found if one.kind == kind and one.accepted is accepted]
            if not chosen:
                continue
            mean = [one.mean_error_deg() for one in chosen]
            traces.append(
                points(
                    [one.time_s / 60 for one in chosen],
                    mean,
                    name=f"{kind_of(chosen[0])}, {'accepted' if accepted else 'rejected'}",
                    color=SECOND if kind == "drift_check" else FIRST,
                    marker={"symbol": symbol + ("" if accepted else "-open"), "size": 11},
                    error_y={
                        "type": "data",
                        "symmetric": False,
                        "array": [o.max_error_deg() - m for o, m in zip(chosen, mean, strict=True)],
                        "arrayminus": [0.0] * len(chosen),
                        "color": QUIET,
                        "thickness": 1.5,
                    },
                    hovertemplate="%{x:.1f} min: %{y:.2f}°<extra></extra>",
                )
            )
    rows = [
        (
            f"{one.time_s / 60:.1f}",
            kind_of(one),
            one.layout,
            "accepted" if one.accepted else "rejected",
            one.reason,
            figure(one.mean_error_deg(), 2),
            figure(one.max_error_deg(), 2),
        )
        for one in found
    ]
    return Chart(
        "Calibrations, validations and drift checks",
        "Mean error over targets and eyes; the whisker ends at the largest. Open marks were "
        "rejected. A calibration's error is what its fit left, not accuracy.",
        traces,
        {"xaxis": axis(TIME), "yaxis": axis("error (°)", rangemode="tozero"), "height": 340},
        ("min", "what", "layout", "verdict", "reason", "mean °", "largest °"),
        [tuple(map(shown_or_empty, row)) for row in rows],
    )


def shown_or_empty(text: str) -> str:
    """A text with nothing hidden in it; an empty one stays so."""
    return shown(text) if text else ""


def _screen_layout(screen: Screen, **more: Any) -> dict[str, Any]:
    """The screen as a rectangle, its y axis down, with room for what lies beside it."""
    beside = 0.04 * screen.width_px
    plain = {"visible": False, "fixedrange": True}
    return {
        "xaxis": {"range": [-beside, screen.width_px + beside], "constrain": "domain", **plain},
        "yaxis": {
            "range": [screen.height_px + beside, -beside],
            "scaleanchor": "x",
            "constrain": "domain",
            **plain,
        },
        "shapes": [
            {
                "type": "rect", "x0": 0, "y0": 0, "x1": screen.width_px, "y1": screen.height_px,
                "line": {"color": QUIET, "width": 1}, "layer": "below",
            }
        ],
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "dragmode": False,
        "meta": {"aspect": screen.height_px / screen.width_px},
        **more,
    }  # fmt: skip


def _targets(found: Iterable[TargetError]) -> list[tuple[float, float]]:
    return list(dict.fromkeys((point.target_x_px, point.target_y_px) for point in found))


def _arrow_map(screen: Screen, validation: Calibration, number: int) -> Chart:
    # Long: a chart is one specification; its parts make no sense alone.
    targets = _targets(validation.points)
    traces = [
        points(
            [x for x, _ in targets],
            [y for _, y in targets],
            name="target",
            color=INK,
            marker={"symbol": "cross-thin", "size": 11, "line": {"width": 1.5, "color": INK}},
            hoverinfo="skip",
        )
    ]
    arrows = []
    for eye, (color, symbol) in EYES.items():
        seen = [p for p in validation.holding if p.eye == eye and np.isfinite(p.error_deg)]
        if not seen:
            continue
        ends = [
            (
                p.target_x_px + MAGNIFIED * (p.gaze_x_px - p.target_x_px),
                p.target_y_px + MAGNIFIED * (p.gaze_y_px - p.target_y_px),
            )
            for p in seen
        ]
        traces.append(
            points(
                [x for x, _ in ends],
                [y for _, y in ends],
                name=f"{eye} eye" if eye != "both" else "both eyes",
                color=color,
                marker={"symbol": symbol, "size": 6},
                text=[f"{p.error_deg:.2f}°" for p in seen],
                hovertemplate="%{text}<extra></extra>",
            )
        )
        arrows += [
            {
                "x": x, "y": y, "ax": p.target_x_px, "ay": p.target_y_px,
                "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
                "showarrow": True, "arrowhead": 2, "arrowsize": 0.9, "arrowwidth": 1.5,
                "arrowcolor": color, "text": "", "standoff": 3,
            }
            for p, (x, y) in zip(seen, ends, strict=True)
        ]  # fmt: skip
    verdict = "accepted" if validation.accepted else "rejected"
    return Chart(
        f"Validation {number}: {verdict}",
        f"at {validation.time_s / 60:.1f} min, mean {figure(validation.mean_error_deg(), 2)}°, "
        f"largest {figure(validation.max_error_deg(), 2)}°",
        traces,
        _screen_layout(screen, annotations=arrows, showlegend=True),
        TARGET_HEAD,
        target_rows(screen, validation.holding),
    )


TARGET_HEAD = ("target", "eye", "error °", "RMS-S2S °", "STD °", "loss")


def target_rows(screen: Screen, found: Sequence[TargetError]) -> list[tuple[str, ...]]:
    """A row for each target and eye: accuracy, precision and loss."""
    rows: list[tuple[str, ...]] = []
    for point in found:
        right, down = screen.px_to_deg(point.target_x_px, point.target_y_px)
        rows.append(
            (
                f"{_signed(float(right))}°, {_signed(-float(down))}°",
                point.eye,
                figure(point.error_deg, 2) or "no gaze",
                figure(point.rms_s2s_deg, 3),
                figure(point.std_deg, 3),
                "" if math.isnan(point.loss) else f"{point.loss:.0%}",
            )
        )
    return rows


def _signed(value: float) -> str:
    return figure(value, 1) if value <= 0 else f"+{value:.1f}"


def _accuracy_map(data: SessionData) -> Chart | None:
    found = [p for p in data.accepted_points if np.isfinite(p.error_deg)]
    if not found:
        return None
    targets = _targets(found)
    errors = [
        float(np.mean([p.error_deg for p in found if (p.target_x_px, p.target_y_px) == target]))
        for target in targets
    ]
    screen = data.recording.screen
    # The area of a disc grows with the error; errors above 4 degrees are all alike.
    discs = points(
        [x for x, _ in targets],
        [y for _, y in targets],
        color=FIRST,
        marker={
            "size": [14 + 26 * math.sqrt(min(e, 4)) for e in errors],
            "opacity": 0.35,
            "line": {"width": 1, "color": FIRST},
        },
        hoverinfo="skip",
        showlegend=False,
    )
    words = {
        **points([x for x, _ in targets], [y for _, y in targets], hoverinfo="skip"),
        "mode": "text",
        "text": [f"{e:.2f}°" for e in errors],
        "textfont": {"color": INK, "size": 13},
        "showlegend": False,
    }
    return Chart(
        "Accuracy map",
        "Mean error at each target over all accepted validations and both eyes, where it lies on "
        "the screen; the disc grows with it.",
        [discs, words],
        _screen_layout(screen),
        TARGET_HEAD,
        target_rows(screen, data.accepted_points),
    )


def _drift(data: SessionData) -> Chart | None:
    checks = [one for one in data.drift_checks if np.isfinite(one.mean_error_deg())]
    if not checks:
        return None
    screen = data.recording.screen
    offsets = [_offset_deg(screen, one) for one in checks]
    minutes = [one.time_s / 60 for one in checks]
    line = {"mode": "lines+markers", "hovertemplate": "%{x:.1f} min: %{y:.2f}°<extra></extra>"}
    return Chart(
        "Drift",
        "Gaze minus target at each drift check, mean of the eyes.",
        [
            points(minutes, [x for x, _ in offsets], name="to the right", **line),
            points(
                minutes, [y for _, y in offsets], name="up", color=SECOND,
                marker={"symbol": "square"}, line={"dash": "dot"}, **line,
            ),
        ],
        {"xaxis": axis(TIME), "yaxis": axis("offset (°)")},
        ("min", "right °", "up °", "verdict"),
        [
            (f"{m:.1f}", figure(x, 2), figure(y, 2), "accepted" if one.accepted else "rejected")
            for m, (x, y), one in zip(minutes, offsets, checks, strict=True)
        ],
    )  # fmt: skip


def _offset_deg(screen: Screen, check: Calibration) -> tuple[float, float]:
    """Mean of gaze minus target over the eyes, to the right and up."""
    seen = [p for p in check.points if np.isfinite(p.error_deg)]
    gaze = np.array(screen.px_to_deg([p.gaze_x_px for p in seen], [p.gaze_y_px for p in seen]))
    target = np.array(
        screen.px_to_deg([p.target_x_px for p in seen], [p.target_y_px for p in seen])
    )
    right, down = (gaze - target).mean(axis=1)
    return float(right), -float(down)


def _loss(data: SessionData) -> Chart | None:
    if not data.trials:
        return None
    patterns = ["/" if one.excluded else "" for one in data.trials]
    names = [chart_text(one.trial.stimulus or "no stimulus") for one in data.trials]
    trace = bars(
        [one.trial.index + 1 for one in data.trials],
        [100 * one.loss for one in data.trials],
        marker={"pattern": {"shape": patterns}},
        text=names,
        textposition="none",
        hovertemplate="trial %{x}: %{y:.1f} %<br>%{text}<extra></extra>",
    )
    return Chart(
        "Data loss in each trial",
        "Share of the samples without gaze of any eye. Hatched trials are left out.",
        [trace],
        {
            "xaxis": axis("trial", tickformat="d"),
            "yaxis": axis("loss (%)", range=_room([t.loss for t in data.trials])),
        },
        ("trial", "stimulus", "s", "samples", "loss", "longest loss ms", "late flips", "left out"),
        [
            (
                str(one.trial.index + 1),
                shown(one.trial.stimulus) if one.trial.stimulus else "",
                figure(one.trial.offset_s - one.trial.onset_s, 2),
                f"{one.samples:,}",
                "" if math.isnan(one.loss) else f"{one.loss:.1%}",
                f"{one.longest_loss_s * 1000:.0f}",
                str(one.late_flips),
                one.excluded,
            )
            for one in data.trials
        ],
    )


def _room(losses: Sequence[float]) -> list[float]:
    """From 0 to the largest loss in percent, but at least to 10: small losses should look small."""
    known = [100 * loss for loss in losses if math.isfinite(loss)]
    return [0.0, max(10.0, 1.05 * max(known, default=0.0))]


def _intervals(data: SessionData) -> Chart | None:
    intervals_ms = data.intervals_s * 1000
    if not len(intervals_ms):
        return None
    nominal_ms = 1000 / data.recording.tracker.sampling_rate_hz
    last = 3 * nominal_ms
    edges = np.linspace(0, last, 61)
    counts, _ = np.histogram(np.minimum(intervals_ms, last), edges)
    beyond = int(np.count_nonzero(intervals_ms > GAP * nominal_ms))
    return Chart(
        "Intervals between samples",
        f"Nominal {nominal_ms:.3g} ms, median {np.median(intervals_ms):.4g} ms; "
        f"{beyond:,} longer than {GAP:g} nominal intervals. What is longer than the axis is in "
        "its last bar. The counts are on a logarithmic scale.",
        [histogram(np.minimum(intervals_ms, last), edges, hovertemplate=HOVER_INTERVAL)],
        {
            "xaxis": axis("interval (ms)"),
            "yaxis": axis(
                "samples", type="log", dtick=1, range=[-0.3, math.log10(2 * counts.max())]
            ),
        },
        ("from ms", "to ms", "samples"),
        _histogram_rows(edges, counts),
    )


def _gaps(data: SessionData) -> Chart | None:
    if not len(data.losses_s):
        return None
    lengths_ms = data.losses_s * 1000
    edges = np.array([0, 10, 20, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, np.inf])
    counts, _ = np.histogram(lengths_ms, edges)
    names = [*(f"{a:g}–{b:g}" for a, b in pairwise(edges[:-1])), "> 2000"]
    return Chart(
        "Stretches without gaze",
        f"{len(lengths_ms):,} in the whole recording, {data.losses_s.sum():.1f} s together. "
        "Blinks last 75 to 500 ms.",
        [bars(names, counts.tolist(), hovertemplate="%{x} ms: %{y}<extra></extra>")],
        {"xaxis": axis("length (ms)", type="category"), "yaxis": axis("stretches")},
        ("ms", "stretches"),
        [(name, f"{count:,}") for name, count in zip(names, counts, strict=True)],
    )


def _histogram_rows(edges: Floats, counts: NDArray[np.intp]) -> list[tuple[str, ...]]:
    return [
        (f"{low:.3g}", f"{high:.3g}", f"{count:,}")
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        if count
    ]


def _flips(data: SessionData) -> Chart | None:
    if not any(one.flips for one in data.trials):
        return None
    return Chart(
        "Dropped frames",
        "Flips in each trial that came later than one and a half refreshes after the one before.",
        [
            bars(
                [one.trial.index + 1 for one in data.trials],
                [one.late_flips for one in data.trials],
                hovertemplate="trial %{x}: %{y}<extra></extra>",
            )
        ],
        {
            "xaxis": axis("trial", tickformat="d"),
            "yaxis": axis(
                "late flips",
                tickformat="d",
                range=[0, max(4, 1.1 * max(one.late_flips for one in data.trials))],
            ),
        },
        ("trial", "flips", "late"),
        [(str(t.trial.index + 1), f"{t.flips:,}", str(t.late_flips)) for t in data.trials],
    )
