"""``foveola fixations``: detect fixations in recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

#: Starting processes takes longer than reading fewer recordings.
MANY = 8


def command(
    recordings: Annotated[
        list[Path], typer.Argument(help="Recordings (.h5), or folders that hold them.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The fixation set to write.")],
    detector: Annotated[
        str,
        typer.Option(help="ivt, idt, engbert-kliegl, nystrom-holmqvist, remodnav, i2mc or motion."),
    ] = "ivt",
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
    shareable: Annotated[
        bool, typer.Option("--shareable", help="Only of observers who consent to share.")
    ] = False,
    interrupted: Annotated[
        bool, typer.Option("--interrupted", help="Take interrupted trials too.")
    ] = False,
    repeats: Annotated[
        Literal["all", "first"],
        typer.Option(help="Of an image shown several times: every showing, or only the first."),
    ] = "all",
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", min=0, help="Processes; 0: one for each core, for many recordings."
        ),
    ] = 0,
) -> None:
    """Detect fixations in recordings and collect them, in stimulus pixels, as one set.

    What each recording gave is kept in OUTPUT.parts until all are done: where the work is
    stopped, the same command goes on from there.
    """
    # Long: a few lines for each option.
    import os
    import shutil
    from contextlib import suppress
    from dataclasses import replace

    from rich.progress import track

    from foveola.data_schema import (
        FileFormatError,
        FoveolaError,
        refuse_withdrawn,
        write_fixation_set,
    )
    from foveola.fixation_maps.detectors import parse_parameters
    from foveola.fixation_maps.recording_files import recording_files
    from foveola.fixation_maps.recordings import fixations_from_recordings
    from foveola.fixation_maps.session_fixations import TrialRules

    from .consent import answers_of
    from .ownership import read_observer
    from .words import number_of, summary_of

    paths = recording_files(recordings)
    observers = {}
    for path in paths:
        with suppress(FileFormatError):  # told below, and left out
            observers[path] = read_observer(path)
            refuse_withdrawn(observers[path].id, path)
    answers = answers_of(observers.values())
    if shareable:
        paths = [path for path in paths if path in observers and answers[observers[path].id]]
        typer.echo(f"{len(paths)} of {number_of(len(observers), 'recording')} may be shared.")
    faults: list[FoveolaError] = []
    parts = output.with_name(f"{output.name}.parts")
    try:
        fixations = fixations_from_recordings(
            paths,
            detector,
            parse_parameters(parameter or []),
            name=name or output.stem,
            rules=TrialRules(
                before_onset, drop_first=drop_first, interrupted=interrupted, repeats=repeats
            ),
            on_fault=faults.append,
            track=lambda outcomes: track(outcomes, description="Fixations", total=len(paths)),
            jobs=jobs or (os.cpu_count() or 1 if len(paths) >= MANY else 1),
            parts=parts,
        )
        known = {one: answer for one, answer in answers.items() if answer is not None}
        fixations = replace(fixations, consent_share=known)
        write_fixation_set(output, fixations)
        typer.echo(f"{output}: {summary_of(fixations)}")
    finally:
        for fault in faults:
            typer.secho(f"Left out: {fault}", err=True, fg="red")
    if not faults:  # with faults the parts stay, for the call after the mending
        shutil.rmtree(parts, ignore_errors=True)
    else:
        raise typer.Exit(1)
