"""``foveola dataset``: list and import published data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(help="Its name, as `foveola dataset list` gives it.")],
    folder: Annotated[Path, typer.Argument(help="Its folder, as published.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The fixation set to write.")],
) -> None:
    """Import a published data set as a fixation set."""
    from foveola.data_schema import write_fixation_set
    from foveola.fixation_maps.datasets import import_dataset

    from .words import number_of, summary_of

    fixations = import_dataset(name, folder)
    write_fixation_set(output, fixations)
    typer.echo(f"{output}: {summary_of(fixations)}")
    if missing := sum(not stimulus.path for stimulus in fixations.stimuli):
        typer.echo(f"No image in the folder for {number_of(missing, 'stimulus', 'stimuli')}.")


@app.command("list")
def list_() -> None:
    """List the data sets that can be imported."""
    from foveola.fixation_maps.datasets import DATASETS

    for name, dataset in DATASETS.items():
        typer.echo(f"{name}: {dataset.summary}\n    {dataset.citation}")
