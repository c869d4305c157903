"""``foveola resume``: go on with a session that was broken off."""

from __future__ import annotations

import typer

from .run import (
    AllowSlowTracker,
    Before,
    Experiment,
    Fast,
    ObserverId,
    OperatorView,
    SessionId,
    SkipPreflight,
    Unattended,
    Windowed,
    shown_session,
    tell_session,
)


def command(
    experiment: Experiment,
    observer: ObserverId,
    session: SessionId = "",
    windowed: Windowed = False,
    unattended: Unattended = False,
    fast: Fast = False,
    operator_view: OperatorView = None,
    skip_preflight: SkipPreflight = "",
    allow_slow_tracker: AllowSlowTracker = "",
) -> None:
    """Go on with a session that was broken off, by Escape, an error, a kill or a power cut.

    What was not shown is shown in the planned order, and nothing is shown again. The recordings of
    the earlier parts are made where that was not done. The tracker is that of the first part.
    """
    from foveola.experiments import load_settings, resume_session, session_tracker

    settings = load_settings(experiment)
    tracker = session_tracker(settings, observer, session) or "simulated"
    before = Before(tracker, skip_preflight, allow_slow_tracker)
    # The names of the first part are taken, and those of the next are found where it begins.
    with shown_session(
        settings, "", session, before, fast=fast, windowed=windowed, unattended=unattended
    ) as how:
        path = resume_session(
            settings,
            observer,
            session=session,
            unattended=unattended,
            operator_view=operator_view,
            **how,
        )
    if path is None:
        typer.echo("Every image was shown: nothing is left. The recordings are there.")
    else:
        tell_session(path)
