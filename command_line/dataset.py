"""``foveola dataset``: list and import published data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import dataset_describe

if TYPE_CHECKING:
    from rich.table import Table

    from foveola.fixation_maps.datasets import Dataset

app = typer.Typer(no_args_is_help=True)
app.command("describe")(dataset_describe.command)

#: The columns of the list and their widths: 96 characters with the gaps between them.
COLUMNS = {"name": 14, "stimuli": 17, "size": 17, "observers": 9, "time": 6, "tracker": 16}
LICENCE_WIDTH = 7


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(help="Its name, as `foveola dataset list` gives it.")],
    folder: Annotated[Path, typer.Argument(help="Its folder, as published.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The fixation set to write.")],
    drop_first: Annotated[
        bool | None,
        typer.Option(
            "--drop-first/--keep-first",
            help="Whether the first fixation of each trial is left out.",
            show_default="as the field does with this set",
        ),
    ] = None,
    frame_rate: Annotated[
        float | None,
        typer.Option(help="Frames a second of videos, where the set does not state it."),
    ] = None,
) -> None:
    """Import a published data set as a fixation set."""
    from rich.console import Console

    from foveola.data_schema import write_fixation_set
    from foveola.fixation_maps.datasets import import_dataset

    from .words import number_of, summary_of

    with Console(stderr=True).status(f"Reading {folder}"):
        fixations = import_dataset(name, folder, drop_first=drop_first, frame_rate_hz=frame_rate)
        write_fixation_set(output, fixations)
    typer.echo(f"{output}: {summary_of(fixations)}")
    if fixations.info.first_dropped:
        typer.echo("The first fixation of each trial was left out (--keep-first keeps it).")
    images = [stimulus for stimulus in fixations.stimuli if stimulus.kind == "image"]
    if missing := sum(not stimulus.path for stimulus in images):
        typer.echo(f"No image in the folder for {number_of(missing, 'stimulus', 'stimuli')}.")
    known = [stimulus.sha256 for stimulus in images if stimulus.sha256]
    if same := len(known) - len(set(known)):
        typer.echo(f"{number_of(same, 'image')} of the content of another one, kept apart by name.")
    if note := fixations.provenance.parameters.get("note"):
        typer.echo(f"Note: {note}")


@app.command("list")
def list_() -> None:
    """List the data sets that can be imported; what is not known is blank."""
    from rich.console import Console, Group
    from rich.padding import Padding

    from foveola.fixation_maps.datasets import DATASETS

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=100)
    console.print(_row(*COLUMNS, "licence", style="bold"))
    for name, dataset in DATASETS.items():
        paper = Padding(f"[dim]{dataset.citation}[/dim]", (0, 0, 0, 2))
        where = Padding(dataset.source, (0, 0, 0, 2))
        parts = [paper, where] if dataset.source else [paper]
        console.print(Group("", _facts(name, dataset), *parts), soft_wrap=False)


def _facts(name: str, dataset: Dataset) -> Table:
    return _row(
        f"[bold]{name}[/bold]",
        dataset.stimuli,
        dataset.size,
        dataset.observers,
        dataset.duration,
        dataset.tracker,
        dataset.licence,
    )


def _row(*cells: str, style: str = "") -> Table:
    """A row of the list; widths are fixed, so that rows between texts still make columns."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 1, 0, 0))
    for width in (*COLUMNS.values(), LICENCE_WIDTH):
        grid.add_column(width=width, style=style)
    grid.add_row(*cells)
    return grid
