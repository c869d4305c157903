"""Figures of how good a ground truth is, and the JSON beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from foveola.data_schema import Provenance, Record, provenance, written_whole

from .figure_style import BLUE, GREEN, INK, LINE, SOFT, STYLE, VIOLET, new_axes, save_figure
from .ground_truth_quality import AgreementPoint, Estimate, GroundTruthQuality

#: Agreement that the figure marks.
MARKED = 0.95


class QualityFile(Record):
    """The content of ``quality.json``; null is not a number or infinite."""

    provenance: Provenance
    quality: GroundTruthQuality


def write_quality(
    quality: GroundTruthQuality, folder: str | Path, inputs: Iterable[Path] = ()
) -> list[Path]:
    """Write the figures and the JSON of a set's quality into a folder, made where it is missing.

    Returns
    -------
    list of Path
        The files.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    source = provenance(
        {"sigma": quality.sigma, "bootstraps": quality.bootstraps, "level": quality.level},
        inputs=inputs,
        seed=quality.seed,
    )
    paths = [folder / "quality.json"]
    with written_whole(paths[0]) as part:
        text = QualityFile(provenance=source, quality=quality).model_dump_json(indent=1)
        part.write_text(text + "\n", encoding="utf-8")
    for name, draw in (
        ("agreement", agreement_figure),
        ("reliability", reliability_figure),
        ("information", information_figure),
    ):
        paths.append(folder / f"{name}.png")
        save_figure(draw(quality), paths[-1], source.model_dump_json())
    return paths


def agreement_figure(quality: GroundTruthQuality) -> Figure:
    """Draw agreement against the number of observers, measured and extrapolated."""
    needed = next(one for one in quality.needed if one.agreement == MARKED).between_groups
    usual = int(quality.observers_a_stimulus)
    end = max(4.0 * usual, 1.5 * needed.value if np.isfinite(needed.value) else 0)
    points = [point for point in quality.agreement if point.observers <= end]
    with rc_context(STYLE):
        figure, axes = new_axes(7.2, 4.6)
        observers = [point.observers for point in points]
        curve, low, high = _columns([point.extrapolated for point in points])
        axes.fill_between(observers, low, high, color=BLUE, alpha=0.18, linewidth=0)
        axes.plot(observers, curve, color=BLUE, linewidth=1.8)
        _draw_measured(axes, points)
        axes.axhline(MARKED, color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
        if needed.value <= observers[-1]:
            axes.plot(needed.value, MARKED, "o", color=BLUE, markersize=6, markerfacecolor="white")
        axes.axvline(usual, color=SOFT, linewidth=1, linestyle=(0, (1, 2)))
        floor = np.floor((min(*low, *curve) - 0.05) * 10) / 10
        axes.set(xscale="log", xlim=(0.9, observers[-1] * 1.05), ylim=(max(floor, -0.1), 1.0))
        axes.annotate(
            f"{usual} observers in the set",
            (usual, axes.get_ylim()[0]),
            xytext=(5, 8),
            textcoords="offset points",
            color=SOFT,
        )
        axes.annotate(
            f"CC {MARKED} at {count_text(needed)}",
            (0.95, MARKED),
            xytext=(0, 5),
            textcoords="offset points",
            color=INK,
        )
        _label_curve(axes, points)
        axes.xaxis.set_major_locator(FixedLocator(_round_numbers(observers[-1])))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.set_xlabel("Observers in each of two groups")
        axes.set_ylabel("CC between the two groups' maps")
        axes.set_title(f"Agreement of observers, {quality.name}")
    return figure


def reliability_figure(quality: GroundTruthQuality) -> Figure:
    """Draw how reliable the maps of the stimuli are, as a histogram."""
    values = np.array([one.reliability.value for one in quality.reliability])
    values = values[~np.isnan(values)]
    with rc_context(STYLE):
        figure, axes = new_axes(7.2, 4.0)
        if len(values):
            begin = min(0.98, np.floor(values.min() * 50) / 50)
            edges = np.arange(begin, 1.0 + 1e-9, (1 - begin) / max(10, min(40, len(values) // 10)))
            axes.hist(values, edges.tolist(), color=BLUE, edgecolor="white", linewidth=0.6)
            median = float(np.median(values))
            axes.axvline(median, color=INK, linewidth=1.2)
            axes.annotate(
                f"median {median:.3f}",
                (median, axes.get_ylim()[1]),
                xytext=(-6, -12),
                textcoords="offset points",
                ha="right",
            )
            axes.set_xlim(begin, 1)
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("Expected CC of a stimulus' map with that of as many other observers")
        axes.set_ylabel("Stimuli")
        axes.set_title(f"Reliability of the maps, {quality.name}")
    return figure


def information_figure(quality: GroundTruthQuality) -> Figure:
    """Draw what centre bias and gold standard tell of the fixations, in bits."""
    rows = (
        ("Uniform", Estimate(value=0, low=0, high=0), SOFT),
        ("Centre bias", quality.centre_bias.over_fixations, GREEN),
        ("Gold standard", quality.gold_standard.over_fixations, VIOLET),
    )
    with rc_context(STYLE):
        figure, axes = new_axes(7.2, 2.4)
        end = max(0.1, *(estimate.high for _, estimate, _ in rows))
        begin = min(estimate.low for _, estimate, _ in rows) - 0.03 * end
        for at, (name, one, colour) in enumerate(rows):
            axes.plot([0, one.value], [at, at], color=LINE, linewidth=5, solid_capstyle="butt")
            axes.plot([one.low, one.high], [at, at], color=colour, linewidth=2.5)
            axes.plot(one.value, at, "o", color=colour, markersize=8)
            text = f"{one.value:.3f}  [{one.low:.3f}, {one.high:.3f}]" if at else "0, by definition"
            axes.annotate(
                f"{name}: {text}",
                (max(one.high, 0), at),
                xytext=(12, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set(xlim=(begin, 1.75 * end), ylim=(-0.6, 2.6), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
        axes.set_xlabel("Bits per fixation over uniform, held-out fixations")
        axes.set_title(f"What is known of a fixation, {quality.name}")
    return figure


def count_text(estimate: Estimate) -> str:
    """Write a number of observers with its interval.

    Examples
    --------
    >>> count_text(Estimate(value=20, low=19, high=float("inf")))
    '20 observers [19, out of reach]'
    """

    def text(value: float) -> str:
        return f"{value:,.0f}" if np.isfinite(value) else "out of reach"

    unit = " observers" if np.isfinite(estimate.value) else ""
    if estimate.low == estimate.high:
        return f"{text(estimate.value)}{unit}"
    return f"{text(estimate.value)}{unit} [{text(estimate.low)}, {text(estimate.high)}]"


def _columns(estimates: list[Estimate]) -> tuple[list[float], list[float], list[float]]:
    return (
        [one.value for one in estimates],
        [one.low for one in estimates],
        [one.high for one in estimates],
    )


def _draw_measured(axes: Axes, points: list[AgreementPoint]) -> None:
    measured = [(point.observers, point.measured) for point in points if point.measured]
    value, low, high = _columns([one for _, one in measured])
    below, above = np.subtract(value, low), np.subtract(high, value)
    axes.errorbar(
        [size for size, _ in measured],
        value,
        yerr=np.stack([below, above]).clip(0),
        fmt="o",
        color=INK,
        markersize=5.5,
        elinewidth=1.4,
    )


def _label_curve(axes: Axes, points: list[AgreementPoint]) -> None:
    """Name points and line where they are, instead of in a box far from them."""
    measured = [point for point in points if point.measured]
    at = measured[len(measured) // 3]
    if at.measured:
        axes.annotate(
            "measured",
            (at.observers, at.measured.value),
            xytext=(9, -11),
            textcoords="offset points",
            color=INK,
        )
    beyond = [point for point in points if not point.measured]
    if beyond:
        at = beyond[len(beyond) // 2]
        axes.annotate(
            "extrapolated",
            (at.observers, at.extrapolated.value),
            xytext=(0, -24),
            textcoords="offset points",
            color=BLUE,
            ha="left",
        )


def _round_numbers(end: float) -> list[float]:
    steps = [lead * 10.0**power for power in range(6) for lead in (1, 2, 5)]
    return [step for step in steps if step <= end]
