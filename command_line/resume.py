"""``foveola resume``: go on with a session that was broken off."""

from __future__ import annotations

import typer

from .run import (
    Experiment,
    Fast,
    ObserverId,
    SessionId,
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
) -> None:
    """Go on with a session that was broken off, by Escape, an error, a kill or a power cut.

    What was not shown is shown in the planned order, and nothing is shown again. The recordings of
    the earlier parts are made where that was not done. The tracker is that of the first part.
    """
    from foveola.experiments import load_settings, resume_session

    settings = load_settings(experiment)
    with shown_session(settings, fast=fast, windowed=windowed) as how:
        path = resume_session(settings, observer, session=session, unattended=unattended, **how)
    if path is None:
        typer.echo("Every image was shown: nothing is left. The recordings are there.")
    else:
        tell_session(path)
