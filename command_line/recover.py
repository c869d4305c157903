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
    from contextlib import suppress

    import h5py

    from foveola.data_schema import FileFormatError, refuse_withdrawn
    from foveola.tracking import finalise

    from .ownership import observer_of

    if journal.is_file() and h5py.is_hdf5(journal):
        raise FileFormatError(
            journal, "this is an HDF5 file, not a journal.", remedy="Nothing is to be recovered."
        )
    with suppress(FileFormatError):  # told by what follows, and better
        refuse_withdrawn(observer_of(journal) or "", journal)
    summary = finalise(journal, output or journal.with_suffix(".h5"))
    for line in summary.journal.lines():
        typer.secho(line, fg="yellow")
    typer.echo(
        f"{summary.path}: {summary.samples:,} samples, {summary.messages:,} messages, "
        f"{summary.trials} trials ({summary.interrupted} interrupted)."
    )
    for jump in summary.clock.jumps:
        typer.secho(f"{summary.path}: {jump.words()}.", fg="yellow")
    lost = summary.journal
    if lost.intact:
        typer.echo("Nothing was lost.")
    else:
        torn = sum(damage.bytes_lost for damage in lost.damages)
        typer.echo(
            f"Known to be lost: {lost.samples_lost:,} samples in {lost.blocks_lost:,} blocks; "
            f"{torn:,} bytes could not be read."
        )
