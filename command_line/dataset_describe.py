"""``foveola dataset describe``: say how good a ground truth is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from foveola.fixation_maps.ground_truth_quality import (
        Estimate,
        GroundTruthQuality,
        Information,
    )

#: So many of the least reliable stimuli are named.
NAMED = 5


def command(
    fixations: Annotated[Path, typer.Argument(help="A fixation set (.h5).")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A folder for figures and quality.json."),
    ] = None,
    sigma: Annotated[
        str, typer.Option(help="Blur of the maps that are compared, as 1deg or 24px.")
    ] = "1deg",
    seed: Annotated[int, typer.Option(help="Of the random splits and bootstraps.")] = 0,
    bootstraps: Annotated[int, typer.Option(help="Number of bootstraps.", min=1)] = 1000,
) -> None:
    """Say how good a set's ground truth is: what it tells, how far its observers agree.

    In brackets is the 95 % bootstrap interval: over stimuli, and for one stimulus over observers.
    """
    from foveola.data_schema import read_fixation_set
    from foveola.fixation_maps.ground_truth_quality import ground_truth_quality
    from foveola.fixation_maps.quality_figures import write_quality

    quality = ground_truth_quality(
        read_fixation_set(fixations), sigma, seed=seed, bootstraps=bootstraps
    )
    for line in description(quality):
        typer.echo(line)
    if output:
        for path in write_quality(quality, output, inputs=[fixations]):
            typer.echo(f"Wrote {path}")


def description(quality: GroundTruthQuality) -> Iterator[str]:
    """Describe a set's quality, line by line."""
    yield (
        f"{quality.name}: {quality.fixations:,} fixations of {quality.observers} observers on "
        f"{quality.stimuli:,} stimuli (median a stimulus: {quality.observers_a_stimulus:g} "
        f"observers, {quality.fixations_a_stimulus:g} fixations)"
    )
    yield ""
    yield "Bits per fixation over uniform, each fixation held out"
    bias, gold = quality.centre_bias, quality.gold_standard
    yield f"  centre bias     {_information(bias)}"
    yield (
        f"      bandwidth {quality.centre_bias_bandwidth:.2%} of the sides, "
        f"weight of uniform {quality.centre_bias_uniform_weight:.2g}"
    )
    yield f"  gold standard   {_information(gold)}"
    yield (
        f"      bandwidth {quality.gold_standard_bandwidth_px:.1f} px, weights of centre bias "
        f"{quality.gold_standard_centre_bias_weight:.2g}, "
        f"of uniform {quality.gold_standard_uniform_weight:.2g}"
    )
    yield ""
    yield f"CC between the maps of two groups of observers (over stimuli, sigma {quality.sigma})"
    usual = int(quality.observers_a_stimulus)
    for point in quality.agreement:
        if point.measured:
            yield f"  {point.observers:>4} in each   {_text(point.measured)}  measured"
        elif point.observers == usual:
            yield f"  {point.observers:>4} in each   {_text(point.extrapolated)}  extrapolated"
    yield ""
    yield from _needed(quality, usual)
    yield from _reliability(quality)


def _needed(quality: GroundTruthQuality, usual: int) -> Iterator[str]:
    from foveola.fixation_maps.quality_figures import count_text

    yield f"Observers needed a stimulus; the set has {usual}"
    for one in quality.needed:
        more = max(0.0, one.between_groups.value - usual)
        yield (
            f"  CC {one.agreement:g} with as many others: {count_text(one.between_groups)}, "
            f"{f'{more:,.0f} more' if more else 'none more'}; "
            f"with everybody's map: {count_text(one.with_everybody)}"
        )
    yield ""


def _reliability(quality: GroundTruthQuality) -> Iterator[str]:
    ranked = sorted(quality.reliability, key=lambda one: one.reliability.value)
    values = [one.reliability.value for one in ranked]
    yield (
        f"Split-half reliability a stimulus, for all its observers: median "
        f"{values[len(values) // 2]:.3f}, from {values[0]:.3f} to {values[-1]:.3f}"
    )
    for one in ranked[:NAMED]:
        yield (
            f"  {one.stimulus}: {_text(one.reliability)}, "
            f"needs {one.needed_for_95:,.0f} observers for 0.95"
        )


def _information(one: Information) -> str:
    return f"{_text(one.over_fixations)}  mean over stimuli {_text(one.over_stimuli)}"


def _text(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
