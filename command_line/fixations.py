"""``foveola fixations``: detect fixations in recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def command(
    recordings: Annotated[
        list[Path], typer.Argument(help="Recordings (.h5), or folders that hold them.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The fixation set to write.")],
    detector: Annotated[str, typer.Option(help="ivt or engbert-kliegl.")] = "ivt",
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A parameter of the detector, as merge_deg=0.5; may be repeated."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the set; the output's name by default.")] = "",
    before_onset: Annotated[
        Literal["drop", "cut"],
        typer.Option(
            help="A fixation under way when the stimulus appears: drop it, or cut it there."
        ),
    ] = "drop",
    drop_first: Annotated[
        bool, typer.Option("--drop-first", help="Leave out the first fixation of each trial.")
    ] = False,
    interrupted: Annotated[
        bool, typer.Option("--interrupted", help="Take interrupted trials too.")
    ] = False,
) -> None:
    """Detect fixations in recordings and collect them, in stimulus pixels, as one set."""
    from rich.progress import track

    from foveola.data_schema import FoveolaError, write_fixation_set
    from foveola.fixation_maps.detectors import parse_parameters
    from foveola.fixation_maps.recording_files import recording_files
    from foveola.fixation_maps.recordings import TrialRules, fixations_from_recordings

    from .words import summary_of

    paths = recording_files(recordings)
    faults: list[FoveolaError] = []
    try:
        fixations = fixations_from_recordings(
            paths,
            detector,
            parse_parameters(parameter or []),
            name=name or output.stem,
            rules=TrialRules(before_onset, drop_first=drop_first, interrupted=interrupted),
            on_fault=faults.append,
            track=lambda files: track(files, description="Fixations", total=len(paths)),
        )
        write_fixation_set(output, fixations)
        typer.echo(f"{output}: {summary_of(fixations)}")
    finally:
        for fault in faults:
            typer.secho(f"Left out: {fault}", err=True, fg="red")
    if faults:
        raise typer.Exit(1)
