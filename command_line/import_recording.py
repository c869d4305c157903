"""``foveola import``: a recording made elsewhere becomes one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHOWN_FAULTS = 20


def command(
    file: Annotated[
        Path,
        typer.Argument(
            help="EyeLink ASC or EDF, Tobii Pro Lab TSV, Titta HDF5, SMI, Gazepoint, Pupil Core, "
            "EyeTribe, LSL XDF, a BIDS physio.tsv.gz, or a CSV with --mapping."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The recording; FILE.h5 by default.")
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", help="Name of the format; by default the content tells.")
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file that says what the columns of a CSV are.")
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
    # Long: a few lines for each option.
    from foveola.data_schema import write_recording
    from foveola.tracking import ImportOptions, import_recording, sniff_format

    from .words import number_of

    output = output or _output(file)
    options = ImportOptions(
        screen_cm=screen_cm,
        distance_cm=distance_cm,
        screen_px=screen_px,
        observer=observer,
        mapping=mapping,
    )
    name = file_format or sniff_format(file, mapped=mapping is not None)
    result = import_recording(file, options, file_format=name)
    write_recording(output, result.recording)
    summary = result.summary
    for line, reason in summary.rejected[:SHOWN_FAULTS]:
        typer.secho(f"{file}:{line}: {reason}", fg="yellow")
    for note in summary.notes:
        typer.secho(f"{file}: {note}", fg="yellow")
    typer.echo(
        f"{output}: {number_of(summary.samples, 'sample')} ({100 * summary.loss:.1f} % without "
        f"gaze, {number_of(summary.gaps, 'gap')}) in {number_of(summary.blocks, 'block')}, "
        f"{number_of(summary.trials, 'trial')}, {number_of(summary.messages, 'message')}, "
        f"{number_of(summary.events, 'event')}, "
        f"{number_of(summary.calibrations, 'calibration')} and checks."
    )
    total, rejected = sum(summary.lines.values()), summary.lines["rejected"]
    sorts = ", ".join(
        f"{count:,} {sort}" for sort, count in summary.lines.items() if count and sort != "rejected"
    )
    typer.echo(f"Read as {name}: {total:,} lines: {sorts}; {rejected:,} not understood.")


def _output(file: Path) -> Path:
    """The recording's name beside its source: 01.asc.gz gives 01.h5."""
    stem = file.name.removesuffix(".gz")
    plain = stem.rpartition(".")[0] or stem
    own = f"{plain}.h5" if not stem.endswith(".h5") else f"{plain}_imported.h5"
    return file.with_name(own)
