"""``foveola observer``: ids of observers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def overview() -> None:
    """Ids of observers, which stand for names."""


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(help="The experiment's folder, whose list of ids is added to.")
    ] = Path(),
    count: Annotated[int, typer.Option("--count", min=1, max=10000, help="How many.")] = 1,
    prefix: Annotated[str, typer.Option(help="Capital letters before the number.")] = "P",
) -> None:
    """Make new ids, each with a check digit, and add them to the experiment's observers.txt.

    Who stands behind an id is for you to keep, on paper or elsewhere, never beside the data.
    """
    from foveola.experiments import give_ids

    for one in give_ids(folder, count, prefix=prefix):
        typer.echo(one)


@app.command()
def check(
    observer: Annotated[str, typer.Argument(help="An id.")],
    folder: Annotated[Path, typer.Argument(help="The experiment's folder.")] = Path(),
) -> None:
    """Tell whether an id's check digit is right, and which id was likely meant."""
    from foveola.experiments.observer_ids import checked

    typer.echo(f"{checked(observer, folder)}: the check digit is right.")
