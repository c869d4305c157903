"""``foveola run``: an observer's session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypedDict

import typer

if TYPE_CHECKING:
    from foveola.experiments import DisplayKind, ExperimentSettings
    from foveola.experiments.procedure import OnProgress


#: Options of ``foveola run`` and ``foveola resume``.
Experiment = Annotated[Path, typer.Argument(help="Settings of the experiment, a TOML file.")]
ObserverId = Annotated[str, typer.Option(help="Id of the observer, as 01; never a name.")]
SessionId = Annotated[str, typer.Option(help="Tells sessions of one observer apart.")]
Windowed = Annotated[bool, typer.Option("--windowed", help="Not the whole screen.")]
Unattended = Annotated[bool, typer.Option("--unattended", help="Nobody is there to press a key.")]
Fast = Annotated[
    bool,
    typer.Option("--fast", help="No window, faster than real time; simulated or replay."),
]
OperatorView = Annotated[
    bool | None,
    typer.Option(
        "--operator-view/--no-operator-view",
        help="A window for the operator; by default where there is a second screen.",
    ),
]
SkipPreflight = Annotated[
    str, typer.Option(metavar="REASON", help="Begin without a pre-flight; say why.")
]
AllowSlowTracker = Annotated[
    str, typer.Option(metavar="REASON", help="Record below 250 Hz; say why.")
]


def command(
    experiment: Experiment,
    observer: ObserverId,
    tracker: Annotated[
        str, typer.Option(help="Which eye tracker; replay:FILE.h5 replays one.")
    ] = "simulated",
    session: SessionId = "",
    vision: Annotated[
        str,
        typer.Option(
            help="Answer to the form: normal, glasses, contact-lenses or uncorrected.",
        ),
    ] = "",
    dominant_eye: Annotated[
        str, typer.Option(help="Answer to the form: left, right or unknown.")
    ] = "",
    consent: Annotated[
        str,
        typer.Option(
            help="Answer to the form: what the observer consents to, as record,share,share-raw; "
            "or none."
        ),
    ] = "",
    windowed: Windowed = False,
    unattended: Unattended = False,
    fast: Fast = False,
    operator_view: OperatorView = None,
    skip_preflight: SkipPreflight = "",
    allow_slow_tracker: AllowSlowTracker = "",
) -> None:
    """Run an observer's session and write its recording, and beside it the session's report.

    A session that was broken off is continued by foveola resume.
    """
    from foveola.experiments import answers_of, load_settings, run_session

    settings = load_settings(experiment)
    answers = answers_of(vision, dominant_eye, consent)
    before = Before(tracker, skip_preflight, allow_slow_tracker)
    with shown_session(
        settings, observer, session, before, fast=fast, windowed=windowed, unattended=unattended
    ) as how:
        path = run_session(
            settings,
            observer,
            tracker_name=tracker,
            unattended=unattended,
            session=session,
            answers=answers,
            operator_view=operator_view,
            **how,
        )
    tell_session(path)


class Before(NamedTuple):
    """What is looked at before a session: by which tracker, or why not."""

    tracker: str
    skip_preflight: str
    allow_slow_tracker: str


class HowShown(TypedDict):
    """Where a session is shown, who is told of it, and what its recording shall tell."""

    display: DisplayKind
    on_progress: OnProgress
    on_notice: Callable[[str], None]
    remarks: list[str]


@contextmanager
def shown_session(
    settings: ExperimentSettings,
    observer: str,
    session: str,
    before: Before,
    *,
    fast: bool,
    windowed: bool,
    unattended: bool,
) -> Iterator[HowShown]:
    """Get a screen ready, see whether all is well, and show a bar while the session runs."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from foveola.data_schema import FoveolaError
    from foveola.experiments import ensure_display

    from .preflight import ready_or_refused

    if fast and windowed:
        raise FoveolaError("--fast opens no window.", remedy="Leave out --windowed or --fast.")
    console = Console()
    kind: DisplayKind = "virtual" if fast else "windowed" if windowed else settings.window
    if not fast and (notice := ensure_display(settings.screen.width_px, settings.screen.height_px)):
        console.print(notice, highlight=False)
    slow = before.allow_slow_tracker
    remarks = [f"PREFLIGHT slow tracker allowed: {slow}"] if slow else []
    if before.skip_preflight:
        remarks.append(f"PREFLIGHT skipped: {before.skip_preflight}")
    elif not (fast or unattended):
        remarks += ready_or_refused(
            console, settings, before.tracker, observer, session, kind, slow
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bar = progress.add_task("", total=None)
        yield {
            "display": kind,
            "on_progress": lambda done, total, text: progress.update(
                bar, completed=done, total=total, description=text
            ),
            "on_notice": lambda text: progress.console.print(text, highlight=False, markup=False),
            "remarks": remarks,
        }


def tell_session(path: Path) -> None:
    """Print what was recorded, and write the report."""
    from rich.console import Console

    from foveola.data_schema import read_recording
    from foveola.experiments import session_summary

    console = Console()
    rows = session_summary(read_recording(path))
    rows |= {"File": str(path), "Report": written_report(path)}
    for name, text in rows.items():
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
