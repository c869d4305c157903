"""``foveola preflight``: is everything ready for an observer?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from foveola.experiments import ExperimentSettings
    from foveola.experiments.preflight_records import Facts, Finding

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red", "skipped": "dim"}


def command(
    experiment: Annotated[Path, typer.Argument(help="Settings of the experiment, a TOML file.")],
    tracker: Annotated[str, typer.Option(help="Which eye tracker.")] = "simulated",
    observer: Annotated[
        str, typer.Option(help="Id of the observer to come: are its names free?")
    ] = "",
    session: Annotated[str, typer.Option(help="Tells sessions of one observer apart.")] = "",
    no_window: Annotated[bool, typer.Option("--no-window", help="Open no window.")] = False,
    allow_slow_tracker: Annotated[
        str, typer.Option(metavar="REASON", help="Bear a tracker below 250 Hz; say why.")
    ] = "",
) -> None:
    """Measure screen, tracker, clock, disk and programs; exit code 1 where a session would fail."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from foveola.experiments import load_settings
    from foveola.experiments.preflight import findings
    from foveola.experiments.preflight_records import SYMBOLS

    console = Console()
    settings = load_settings(experiment)
    facts = measured(
        console, settings, tracker, observer, session, window=not no_window, stimuli=True
    )
    found = findings(settings, facts, allow_slow_tracker=allow_slow_tracker)
    table = Table("Check", "", "In words", title=f"Pre-flight of {settings.name}")
    for one in found:
        remedy = f" {one.remedy}" if one.verdict in ("warn", "fail") else ""
        colour = COLOURS[one.verdict]
        verdict = f"[{colour}]{SYMBOLS[one.verdict]} {one.verdict}[/]"
        table.add_row(one.name, verdict, escape(one.words + remedy))
    console.print(table)
    if failed := [one.name for one in found if one.verdict == "fail"]:
        console.print(f"Not ready: {', '.join(failed)}.", style="red", markup=False)
        raise typer.Exit(1)
    console.print("Ready.", style="green")


def measured(
    console: Console,
    settings: ExperimentSettings,
    tracker: str,
    observer: str,
    session: str,
    *,
    window: bool,
    stimuli: bool,
) -> Facts:
    """Measure, and show what is measured now."""
    from foveola.experiments import session_files
    from foveola.experiments.preflight_facts import measure
    from foveola.experiments.trackers import tracker_factory

    make = tracker_factory(tracker)
    with console.status("Pre-flight ...") as status:
        return measure(
            settings,
            tracker=lambda clock: make(settings, clock, settings.seed),
            session_paths=(lambda: session_files(settings, observer, session))
            if observer
            else None,
            window=window,
            stimuli=stimuli,
            tell=lambda words: status.update(f"Pre-flight: {words} ..."),
        )


def ready_or_refused(
    console: Console,
    settings: ExperimentSettings,
    tracker: str,
    observer: str,
    session: str,
    kind: str,
    allow_slow_tracker: str,
) -> list[str]:
    """Check before a session, in a few lines.

    Returns
    -------
    list of str
        What the recording shall tell of it.

    Raises
    ------
    FoveolaError
        If a check fails; the message names every failure with its remedy.
    """
    from foveola.data_schema import FoveolaError
    from foveola.experiments.preflight import findings

    settings = settings.model_copy(update={"window": kind})
    # The session itself reads every stimulus before it begins, and looks at the files' names.
    facts = measured(console, settings, tracker, observer, session, window=True, stimuli=False)
    found = findings(settings, facts, allow_slow_tracker=allow_slow_tracker)
    failed = [one for one in found if one.verdict == "fail"]
    warned = [one for one in found if one.verdict == "warn"]
    if failed:
        raise FoveolaError(
            "The pre-flight failed.\n" + "\n".join(map(line_of, failed)),
            remedy='\nBegin all the same: --skip-preflight "reason"; the recording tells it.',
        )
    fine = sum(one.verdict == "ok" for one in found)
    console.print(f"Pre-flight: {fine} checks passed, {len(warned)} warnings.", highlight=False)
    for one in warned:
        console.print(line_of(one), highlight=False, markup=False, style="yellow")
    return [f"PREFLIGHT {fine} passed", *(f"PREFLIGHT {line_of(one)}" for one in warned)]


def line_of(one: Finding) -> str:
    """Write a finding as one line, with its remedy."""
    from foveola.experiments.preflight_records import SYMBOLS

    return f"{SYMBOLS[one.verdict]} {one.name}: {one.words} {one.remedy}".strip()
