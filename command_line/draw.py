"""``foveola draw``: draw densities, fixations and scanpaths over their stimuli."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def command(
    fixations: Annotated[Path, typer.Argument(help="A fixation set (.h5).")],
    stimuli: Annotated[
        list[str], typer.Argument(help="Stimuli by id; several give small multiples.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture to write (.png).")],
    kind: Annotated[
        Literal["heatmap", "fixations", "scanpath"], typer.Option(help="What is drawn.")
    ] = "heatmap",
    observer: Annotated[
        str,
        typer.Option(
            help="One observer's id, or `each` for one picture each; all in one by default "
            "(scanpaths: each)."
        ),
    ] = "",
    sigma: Annotated[str, typer.Option(help="Of the heatmap, as 1deg, 24px or fitted.")] = "1deg",
    kernel: Annotated[
        Literal["gaussian", "mit", "adaptive"], typer.Option(help="Of the heatmap.")
    ] = "gaussian",
    colours: Annotated[Literal["viridis", "cividis"], typer.Option(help="Colour map.")] = "viridis",
) -> None:
    """Draw stimuli with what observers looked at, and a scale bar in degrees of visual angle."""
    from foveola.data_schema import provenance, read_fixation_set
    from foveola.fixation_maps.figure_style import save_figure
    from foveola.fixation_maps.maps import Blur
    from foveola.fixation_maps.panels import panels_of
    from foveola.fixation_maps.picture_figures import picture_figure

    from .words import number_of

    loaded = read_fixation_set(fixations)
    panels = panels_of(loaded, stimuli, observer, kind)
    figure = picture_figure(loaded, panels, kind, blur=Blur(kernel, sigma), colours=colours)
    source = provenance(
        {"kind": kind, "observer": observer, "sigma": sigma, "kernel": kernel},
        inputs=[fixations],
    )
    save_figure(figure, output, source.model_dump_json())
    typer.echo(f"{output}: {number_of(len(panels), 'picture')}")
