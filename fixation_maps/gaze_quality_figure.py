"""The data quality of a recording in one figure."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Eye, Recording, gaze_of

from .figure_style import BLUE, DPI, GREEN, INK, LINE, SOFT, STYLE, VIOLET
from .gaze_quality import EYE_NAMES, Quality

GRADE_COLOURS = {"good": GREEN, "fair": "#9a6700", "poor": "#b3261e", "unknown": SOFT}
COLOURS = {"left": BLUE, "right": GREEN, "both": VIOLET}
MARKS = {"left": "o", "right": "s", "both": "D"}
#: Bars of the timeline.
BINS = 120


def quality_figure(found: Quality, recording: Recording, name: str) -> Figure:
    """Draw accuracy by target, gaze over time, precision, losses, main sequence and the verdict.

    Parameters
    ----------
    found : Quality
        What was measured.
    recording : Recording
        The recording it was measured of.
    name : str
        Title of the figure.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(13, 8), dpi=DPI)
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
        axes = figure.subplots(2, 3)
        _draw_targets(axes[0, 0], found, recording)
        _draw_timeline(axes[0, 1], recording)
        _draw_judged(axes[0, 2], found)
        _draw_precision(axes[1, 0], found)
        _draw_losses(axes[1, 1], found)
        _draw_sequence(axes[1, 2], found)
        figure.suptitle(f"Data quality of {name}", x=0.01, ha="left", fontsize=15, weight="bold")
    return figure


def _say(axes: Axes, words: str) -> None:
    """Say in an empty plot why it is empty."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=SOFT)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _draw_targets(axes: Axes, found: Quality, recording: Recording) -> None:
    axes.set_title("Accuracy by target")
    points = [one for one in found.targets if np.isfinite(one.error_deg)]
    if not points:
        _say(axes, "no validation with gaze")
        return
    screen = recording.screen
    for eye in COLOURS:
        seen = [one for one in points if one.eye == eye]
        if not seen:
            continue
        axes.plot(
            [one.gaze_x_px for one in seen],
            [one.gaze_y_px for one in seen],
            MARKS[eye],
            color=COLOURS[eye],
            markersize=5,
            label=f"{eye}, mean {np.mean([one.error_deg for one in seen]):.2f} deg",
        )
        for one in seen:
            axes.plot(
                [one.target_x_px, one.gaze_x_px],
                [one.target_y_px, one.gaze_y_px],
                color=COLOURS[eye],
                linewidth=1,
            )
    places = sorted({(one.target_x_px, one.target_y_px) for one in points})
    axes.plot(*zip(*places, strict=True), "+", color=INK, markersize=9)
    for x_px, y_px in places:
        worst = max(
            one.error_deg for one in points if (one.target_x_px, one.target_y_px) == (x_px, y_px)
        )
        axes.annotate(
            f"{worst:.2f}",
            (x_px, y_px),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    axes.set(
        xlim=(0, screen.width_px), ylim=(screen.height_px, -0.06 * screen.height_px), aspect="equal"
    )
    axes.set(xlabel="x (px)", ylabel="y (px)")
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2)


def _draw_timeline(axes: Axes, recording: Recording) -> None:
    axes.set_title("Gaze over time")
    samples, rate_hz = recording.samples, recording.tracker.sampling_rate_hz
    if len(samples) < 2:
        _say(axes, "no samples")
        return
    start_s = samples["time_s"][0]
    time_s = samples["time_s"] - start_s
    edges = np.linspace(0, time_s[-1] + 1 / rate_hz, BINS + 1)
    expected = rate_hz * _recorded_s(recording, edges + start_s)
    shown = expected > 0.02 * rate_hz * (edges[1] - edges[0])
    for eye, name in EYE_NAMES.items():
        x_px, y_px = gaze_of(samples, Eye(eye))
        there = np.isfinite(x_px + y_px)
        if there.any():
            count = np.histogram(time_s[there], edges)[0]
            share = np.where(shown, np.minimum(count / np.where(shown, expected, 1), 1), np.nan)
            axes.stairs(100 * share, edges, color=COLOURS[name], linewidth=1.4, label=f"{name} eye")
    for before, after in pairwise(recording.blocks):
        axes.axvspan(before.end_s - start_s, after.start_s - start_s, color=LINE, linewidth=0)
    axes.set(xlim=(0, edges[-1]), ylim=(0, 104))
    axes.set(xlabel="time (s)", ylabel="samples with gaze (% of expected)")
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2)


def _recorded_s(recording: Recording, edges_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Time within blocks between successive edges; of a recording without blocks, all of it."""
    if not recording.blocks:
        return np.diff(edges_s)
    lasted = [np.diff(np.clip(edges_s, one.start_s, one.end_s)) for one in recording.blocks]
    return np.asarray(np.sum(lasted, axis=0))


def _draw_judged(axes: Axes, found: Quality) -> None:
    axes.set_title("Verdict")
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    height = 0.95
    for one in found.checks:
        colour = GRADE_COLOURS[one.grade]
        axes.text(0.0, height, one.grade, color=colour, fontsize=9, weight="bold", va="top")
        axes.text(0.2, height, f"{one.name}: {one.found}", fontsize=9, va="top")
        height -= 0.9 / 10


def _draw_precision(axes: Axes, found: Quality) -> None:
    axes.set_title("Spread within fixations")
    fixations = found.events[found.events["kind"] == EventKind.FIXATION]
    if not len(fixations):
        _say(axes, "no fixations")
        return
    spread = fixations["dispersion_deg"]
    top = max(float(np.nanpercentile(spread, 95)) * 1.5, 0.05)
    counts, *_ = axes.hist(np.minimum(spread, top), bins=40, range=(0, top), color=BLUE)
    axes.set_ylim(0, float(np.max(counts)) * 1.3)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.axvline(float(np.nanmedian(spread)), color=INK, linewidth=1.2)
    axes.set(xlabel="root mean square distance from the mean (deg)", ylabel="fixations")
    words = [
        f"{eye.eye} eye: RMS-S2S {eye.rms_s2s_deg:.3f}, STD {eye.std_deg:.3f} deg"
        for eye in found.eyes
    ]
    axes.text(
        0.98, 0.96, "\n".join(words), transform=axes.transAxes, ha="right", va="top", fontsize=8
    )


def _draw_losses(axes: Axes, found: Quality) -> None:
    axes.set_title("Losses and gaps")
    lengths = {f"{eye.eye} eye lost": (eye.losses_s, COLOURS[eye.eye]) for eye in found.eyes}
    lengths["no samples"] = (found.gaps_s, INK)
    lengths = {name: one for name, one in lengths.items() if len(one[0])}
    if not lengths:
        _say(axes, "nothing was lost")
        return
    longest = max(float(one.max()) for one, _ in lengths.values())
    least = 0.5 / found.nominal_rate_hz
    bins = np.geomspace(least, max(longest, 2 * least) * 1.05, 36)
    for name, (values, colour) in lengths.items():
        axes.hist(
            values,
            bins=bins.tolist(),
            histtype="step",
            color=colour,
            linewidth=1.6,
            label=f"{name}: {len(values)} times, {values.sum():.2f} s",
        )
    axes.set(xscale="log", xlabel="length (s)", ylabel="times")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=8)


def _draw_sequence(axes: Axes, found: Quality) -> None:
    axes.set_title("Main sequence")
    saccades = found.events[found.events["kind"] == EventKind.SACCADE]
    amplitude, peak = saccades["amplitude_deg"], saccades["peak_velocity_deg_s"]
    known = (amplitude > 0.05) & (peak > 0)
    if not known.any():
        _say(axes, "no saccades")
        return
    axes.plot(amplitude[known], peak[known], ".", color=BLUE, markersize=4, alpha=0.6)
    if np.isfinite(found.sequence.limit_deg_s):
        curve = np.geomspace(amplitude[known].min(), amplitude[known].max(), 100)
        axes.plot(curve, found.sequence.peak_velocity_deg_s(curve), color=INK, linewidth=1.5)
    axes.set(xscale="log", yscale="log")
    axes.set(xlabel="amplitude (deg)", ylabel="peak velocity (deg/s)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.text(
        0.02,
        0.96,
        f"{found.sequence.saccades} saccades\nlimit {found.sequence.limit_deg_s:.0f} deg/s\n"
        f"scale {found.sequence.scale_deg:.1f} deg",
        transform=axes.transAxes,
        va="top",
        fontsize=8,
    )
