"""``foveola maps``: make fixation density maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def command(
    fixations: Annotated[Path, typer.Argument(help="A fixation set (.h5).")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The file of maps to write. With --split or several windows it is one file each, "
            "with whose fixations they are put before the ending.",
        ),
    ],
    sigma: Annotated[
        str,
        typer.Option(
            help="Width of the Gaussian, in degrees (1deg) or stimulus px (24px), or `fitted`: "
            "the one under which held-out observers' fixations are most likely."
        ),
    ] = "1deg",
    kernel: Annotated[
        Literal["gaussian", "mit", "adaptive"],
        typer.Option(
            help="gaussian: as scipy's gaussian_filter; mit: the frequency-domain blur of the old "
            "MIT Matlab code; adaptive: narrower where many looked."
        ),
    ] = "gaussian",
    cutoff: Annotated[
        float,
        typer.Option(help="Of the mit kernel, in cycles per image.", min=0.01),
    ] = 8.0,
    split: Annotated[
        Literal["none", "observer", "others"],
        typer.Option(help="observer: maps of each observer; others: of all but one, for each."),
    ] = "none",
    window: Annotated[
        list[str] | None,
        typer.Option(
            help="Only fixations that began within these seconds since the stimulus appeared, "
            "as 0:1.5 or 1.5:; may be repeated."
        ),
    ] = None,
) -> None:
    """Make fixation density maps: one a stimulus, each sums to 1.

    The set is read and the maps are written one by one, so that memory does not grow with them.
    A run that was killed is gone on with by giving the same command again.
    """
    # Long: a few lines for each option.
    from functools import partial

    from rich.progress import track

    from foveola.data_schema import open_fixation_set, refuse_withdrawn
    from foveola.fixation_maps.map_views import map_views, view_path
    from foveola.fixation_maps.maps import Blur, with_fitted_sigma, write_maps

    from .words import number_of

    with open_fixation_set(fixations) as loaded:
        for observer in loaded.observers:
            refuse_withdrawn(observer, fixations)
        views = map_views(loaded.observers, split, window or [])
        blur = with_fitted_sigma(Blur(kernel, sigma, cutoff), loaded)
        for view in views:
            path = view_path(output, view) if len(views) > 1 else output
            write_maps(
                loaded,
                path,
                blur=blur,
                view=view,
                inputs=[fixations],
                track=partial(track, description=path.name, total=len(loaded.stimuli)),
                resume=True,
                on_resume=lambda done: typer.echo(f"Going on after {number_of(done, 'map')}."),
            )
            typer.echo(f"{path}: {number_of(len(loaded.stimuli), 'map')}, {blur.label}")
