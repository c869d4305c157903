"""``foveola privacy``: find what names people or machines in files that are to be given away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    places: Annotated[list[Path], typer.Argument(help="Files, or folders with all below them.")],
    word: Annotated[
        list[str] | None,
        typer.Option("--word", help="A further name that must not appear; may be repeated."),
    ] = None,
) -> None:
    """Find user names, host names, paths, e-mail addresses and dates; exit code 1 where there are.

    Looked through are attributes and texts of HDF5, JSON, tables, pages, headers and texts of
    pictures, gzip, zip, NPY, MAT and EDF, and the names of the files below a folder.
    """
    from foveola.data_schema import FoveolaError
    from foveola.data_schema.privacy import Names, leaks_of

    from .words import number_of

    names = Names.of_this_machine(word or ())
    files = 0
    leaks = 0
    for place in places:
        if not place.exists():
            raise FoveolaError(f"{place} does not exist.", remedy="Give files or folders.")
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in (one for one in inside if one.is_file()):
            files += 1
            for leak in leaks_of(path, names, place if place.is_dir() else None):
                leaks += 1
                typer.secho(leak.words(), fg="red")
    if leaks:
        typer.echo(f"{number_of(leaks, 'leak')} in {number_of(files, 'file')}")
        raise typer.Exit(1)
    typer.echo(f"{number_of(files, 'file')}: nothing found that names people or machines")
