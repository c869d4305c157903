"""``foveola validate``: name every fault in files of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    files: Annotated[list[Path], typer.Argument(help="Files of Foveola, HDF5 or CSV.")],
) -> None:
    """Name every fault in files of Foveola; the exit code is 1 where there is one."""
    from foveola.data_schema.validation import faults_of

    faults = 0
    for path in files:
        found = faults_of(path)
        faults += len(found)
        for fault in found:
            typer.secho(fault, fg="red")
        if not found:
            typer.echo(f"{path}: sound")
    if faults:
        typer.echo(f"{faults} fault{'s' if faults > 1 else ''}")
        raise typer.Exit(1)
