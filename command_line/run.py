"""``foveola run``: an observer's session."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    experiment: Annotated[Path, typer.Argument(help="Settings of the experiment, a TOML file.")],
    observer: Annotated[str, typer.Option(help="Id of the observer, as 01; never a name.")],
    tracker: Annotated[str, typer.Option(help="Which eye tracker.")] = "simulated",
    session: Annotated[str, typer.Option(help="Tells sessions of one observer apart.")] = "",
    windowed: Annotated[bool, typer.Option("--windowed", help="Not the whole screen.")] = False,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="Nobody is there to press a key.")
    ] = False,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="No window, faster than real time; simulated tracker only."),
    ] = False,
    operator_view: Annotated[
        bool | None,
        typer.Option(
            "--operator-view/--no-operator-view",
            help="A window for the operator; by default where there is a second screen.",
        ),
    ] = None,
    skip_preflight: Annotated[
        str, typer.Option(metavar="REASON", help="Begin without a pre-flight; say why.")
    ] = "",
    allow_slow_tracker: Annotated[
        str, typer.Option(metavar="REASON", help="Record below 250 Hz; say why.")
    ] = "",
) -> None:
    """Run an observer's session and write its recording, and beside it the session's report."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from foveola.data_schema import FoveolaError, read_recording
    from foveola.experiments import ensure_display, load_settings, run_session, session_summary

    from .preflight import ready_or_refused

    # Long: a parameter an option, and one call.
    if fast and windowed:
        raise FoveolaError("--fast opens no window.", remedy="Leave out --windowed or --fast.")
    console = Console()
    settings = load_settings(experiment)
    kind = "virtual" if fast else "windowed" if windowed else settings.window
    if not fast and (notice := ensure_display(settings.screen.width_px, settings.screen.height_px)):
        console.print(notice, highlight=False)
    remarks = [
        *([f"PREFLIGHT skipped: {skip_preflight}"] if skip_preflight else []),
        *([f"PREFLIGHT slow tracker allowed: {allow_slow_tracker}"] if allow_slow_tracker else []),
    ]
    if not (fast or unattended or skip_preflight):
        remarks += ready_or_refused(
            console, settings, tracker, observer, session, kind, allow_slow_tracker
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bar = progress.add_task("", total=None)
        path = run_session(
            settings,
            observer,
            tracker_name=tracker,
            display=kind,
            unattended=unattended,
            session=session,
            on_progress=lambda done, total, text: progress.update(
                bar, completed=done, total=total, description=text
            ),
            operator_view=operator_view,
            remarks=remarks,
            on_notice=lambda text: progress.console.print(text, highlight=False, markup=False),
        )
    for name, text in session_summary(read_recording(path)).items():
        console.print(f"{name:<10}{text}", highlight=False, markup=False, soft_wrap=True)
    for name, text in (("File", str(path)), ("Report", written_report(path))):
        console.print(f"{name:<10}{text}", highlight=False, markup=False, soft_wrap=True)


def written_report(recording: Path) -> str:
    """Write the session's report into a folder beside its recording; name its page.

    A report that fails is told and costs nothing: it can be made again from the recording.
    """
    from foveola.benchmark.report_session import write_session_report
    from foveola.data_schema import FoveolaError

    try:
        return str(write_session_report(recording, recording.with_name(f"{recording.stem}_report")))
    except FoveolaError as error:
        return f"none. {error}"
