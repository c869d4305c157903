"""``foveola import``: a recording made elsewhere becomes one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHOWN_FAULTS = 20


def command(
    file: Annotated[Path, typer.Argument(help="An EyeLink ASC file, plain or .gz.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The recording; FILE.h5 by default.")
    ] = None,
    observer: Annotated[
        str, typer.Option(help="Id of the observer; the file's name by default.")
    ] = "",
    screen_cm: Annotated[
        tuple[float, float] | None, typer.Option(help="Width and height of the screen in cm.")
    ] = None,
    distance_cm: Annotated[
        float | None, typer.Option(help="Distance from the eye to the screen in cm.")
    ] = None,
    screen_px: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Width and height of the screen in pixels, where FILE lacks them."),
    ] = None,
) -> None:
    """Import a recording made elsewhere, and tell what its file holds.

    Lines that are not understood are counted and named; nothing is dropped silently.
    """
    from foveola.data_schema import write_recording
    from foveola.tracking import read_eyelink_asc

    output = output or file.with_name(file.name.removesuffix(".gz")).with_suffix(".h5")
    result = read_eyelink_asc(
        file,
        screen_cm=screen_cm,
        distance_cm=distance_cm,
        screen_px=screen_px,
        observer=observer,
    )
    write_recording(output, result.recording)
    summary = result.summary
    for line, reason in summary.rejected[:SHOWN_FAULTS]:
        typer.secho(f"{file}:{line}: {reason}", fg="yellow")
    for note in summary.notes:
        typer.secho(f"{file}: {note}", fg="yellow")
    typer.echo(
        f"{output}: {summary.samples:,} samples ({100 * summary.loss:.1f} % without gaze, "
        f"{summary.gaps} gaps) in {summary.blocks} blocks, {summary.trials} trials, "
        f"{summary.messages:,} messages, {summary.events:,} events, "
        f"{summary.calibrations} calibrations and checks."
    )
    total, rejected = sum(summary.lines.values()), summary.lines["rejected"]
    typer.echo(f"{total:,} lines read: {total - rejected:,} understood, {rejected:,} not.")
