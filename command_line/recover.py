"""``foveola recover``: a recording from a journal, also from that of a session that was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    journal: Annotated[Path, typer.Argument(help="The journal of a session.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The recording; beside the journal by default."),
    ] = None,
) -> None:
    """Make a recording from a journal, also from a damaged one, and tell what was lost.

    The journal stays as it is; an existing recording is never overwritten.
    """
    from foveola.data_schema import refuse_withdrawn
    from foveola.tracking import finalise

    from .ownership import observer_of

    if observer := observer_of(journal):
        refuse_withdrawn(observer, journal)
    summary = finalise(journal, output or journal.with_suffix(".h5"))
    for line in summary.journal.lines():
        typer.secho(line, fg="yellow")
    typer.echo(
        f"{summary.path}: {summary.samples:,} samples, {summary.messages:,} messages, "
        f"{summary.trials} trials ({summary.interrupted} interrupted)."
    )
    lost = summary.journal
    if lost.intact:
        typer.echo("Nothing was lost.")
    else:
        torn = sum(damage.bytes_lost for damage in lost.damages)
        typer.echo(
            f"Known to be lost: {lost.samples_lost:,} samples in {lost.blocks_lost:,} blocks; "
            f"{torn:,} bytes could not be read."
        )
