"""``foveola report``: look at scores or a session, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    file: Annotated[
        Path,
        typer.Argument(help="SCORES.csv with SCORES.h5 beside it, a recording or fixations (.h5)."),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder of the report; an older report is replaced."),
    ],
    fixations: Annotated[
        Path | None,
        typer.Option(help="The fixations that were scored, where they are no longer found."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap intervals.")] = 0,
) -> None:
    """Write an offline HTML report of scores, of a session or of a data set."""
    from rich.console import Console
    from rich.progress import Progress

    from foveola.benchmark.reports import write_report_of

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Images", total=None)
        index = write_report_of(
            file,
            output,
            fixations_path=fixations,
            seed=seed,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    typer.echo(f"Report: {index}")
