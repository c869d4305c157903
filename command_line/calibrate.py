"""``foveola calibrate``: make a model's saliency maps densities."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    fixations: Annotated[Path, typer.Argument(help="A fixation set (.h5).")],
    model: Annotated[
        str,
        typer.Argument(help="A model of saliency maps, or a folder of maps, as for foveola score."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="CALIBRATION.json to write.")],
    folds: Annotated[
        int, typer.Option(help="Parts of the images that are held out in turn.", min=2, max=100)
    ] = 5,
    resize: Annotated[
        bool, typer.Option("--resize", help="Interpolate maps of another size than the stimulus.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the split of the images.")] = 0,
) -> None:
    """Make a model's saliency maps densities: fit a rising curve, a blur and a centre bias.

    The calibration is scored like a model: foveola score FIX.h5 CALIBRATION.json -o SCORES.csv.
    Images that it was fitted to get their density from a fit without them.
    """
    from rich.progress import Progress

    from foveola.benchmark import calibrate_model

    with Progress(transient=True) as bar:
        task = bar.add_task("Read the maps", total=None)
        calibration = calibrate_model(
            fixations,
            model,
            output,
            resize=resize,
            folds=folds,
            seed=seed,
            on_image=lambda done, total: bar.update(task, completed=done, total=total),
        )
    typer.echo(
        f"{calibration.information_gain_bits:.3f} bit/fixation over uniform on held-out images, "
        f"with a blur of {calibration.blur_px:.3g} px."
    )
    typer.echo(f"Calibration: {output}")
