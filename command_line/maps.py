"""``foveola maps``: make fixation density maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    fixations: Annotated[Path, typer.Argument(help="A fixation set (.h5).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of maps to write.")],
    sigma: Annotated[
        str, typer.Option(help="Width of the Gaussian, in degrees (1deg) or stimulus px (24px).")
    ] = "1deg",
) -> None:
    """Make fixation density maps: one a stimulus, each sums to 1."""
    from rich.progress import track

    from foveola.data_schema import read_fixation_set
    from foveola.fixation_maps.maps import write_maps

    from .words import number_of

    loaded = read_fixation_set(fixations)
    write_maps(
        loaded,
        output,
        sigma,
        inputs=[fixations],
        track=lambda indices: track(indices, description="Maps", total=len(loaded.stimuli)),
    )
    typer.echo(f"{output}: {number_of(len(loaded.stimuli), 'map')}, sigma {sigma}")
