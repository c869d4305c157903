"""``foveola submit``: prepare a submission to a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .words import number_of

if TYPE_CHECKING:
    from foveola.benchmark.submission_check import SubmissionCheck

app = typer.Typer(no_args_is_help=True)


@app.callback()
def submit() -> None:
    """Prepare a submission to a benchmark."""


@app.command("check")
def check(
    fixations: Annotated[Path, typer.Argument(help="The fixation set (.h5) to be scored on.")],
    submission: Annotated[
        str,
        typer.Argument(
            help="A folder, zip, tar or HDF5 file of maps, an ONNX file, module:name, or "
            "'command:...', as for foveola score."
        ),
    ],
    kind: Annotated[
        Literal["saliency_map", "log_density"] | None, typer.Option(help="What the maps hold.")
    ] = None,
    resize: Annotated[
        bool, typer.Option("--resize", help="Allow maps of another size than the stimulus.")
    ] = False,
) -> None:
    """Tell everything that is wrong with a submission, and how to mend it.

    Nothing leaves this machine. The exit code is 1 where there is a fault.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from foveola.benchmark.submission_check import check_submission
    from foveola.data_schema import read_fixation_set

    with Progress(
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        transient=True,
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("Maps", total=None)
        found = check_submission(
            read_fixation_set(fixations),
            submission,
            kind=kind,
            resize=resize,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _tell(found)
    if found.faults:
        raise typer.Exit(1)


def _tell(found: SubmissionCheck) -> None:
    from foveola.benchmark.map_names import shown

    for reason, remedy, places in found.grouped():
        typer.secho(shown(reason[:1].upper() + reason[1:]), fg="red")
        for place in places:
            typer.echo(f"  {shown(place)}")
        if remedy:
            typer.echo(f"  To mend it: {shown(remedy)}")
    if found.missing:
        typer.echo(f"All that are missing: {shown(', '.join(found.missing))}")
    for note in found.notes:
        typer.secho(f"Note: {shown(note)}", fg="yellow")
    counted = f"{found.sound:,} of {number_of(found.stimuli, 'map')} can be scored"
    if found.faults:
        typer.echo(f"{number_of(len(found.faults), 'fault')}; {counted}.")
    else:
        kind = found.kind.replace("_", " ")
        typer.secho(f"Ready to submit: {counted}, each a {kind} of {found.model!r}.", fg="green")
