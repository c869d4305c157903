"""An observer's session, whole or what is left of one that broke off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from foveola.data_schema import FoveolaError, Observer

from .earlier_parts import (
    EarlierParts,
    earlier_parts,
    finalise_parts,
    refuse_changes,
    session_parameters,
)
from .observer_form import Answers
from .observer_ids import checked_id
from .plan import rest_of, session_plan
from .procedure import OnProgress
from .schedule import schedule
from .session_files import refuse_files, session_files
from .session_run import DisplayKind, SessionRun, conduct
from .settings import ExperimentSettings
from .trackers import tracker_kind


def run_session(
    settings: ExperimentSettings,
    observer: str,
    *,
    tracker_name: str = "simulated",
    display: DisplayKind | None = None,
    unattended: bool = False,
    session: str = "",
    answers: Answers | None = None,
    on_progress: OnProgress | None = None,
    presses: Sequence[tuple[float, str]] = (),
    operator_view: bool | None = None,
    on_notice: Callable[[str], None] | None = None,
    remarks: Sequence[str] = (),
) -> Path:
    """Run a session: form, instructions, calibration, validation, and every image in its order.

    Whatever ends it, even an error, the samples so far are kept and made into a recording. After
    a kill, :func:`resume_session` goes on where it stopped.

    Parameters
    ----------
    settings : ExperimentSettings
        As :func:`load_settings` reads them.
    observer : str
        Id of the observer, never a name.
    tracker_name : str, default "simulated"
        Which tracker.
    display : {"fullscreen", "windowed", "virtual"}, optional
        A real window, or none and faster than real time (simulated or replay only); by default
        what the settings say. Where a window has no screen to open on, Xvfb is started.
    unattended : bool, default False
        Whether nobody is there to press keys; so it is too before a virtual display without
        ``presses``.
    session : str, optional
        Tells sessions of one observer apart.
    answers : Answers, optional
        Answers to the observers' form that are known; where the settings ask for the form, it
        asks for the others.
    on_progress : callable, optional
        Called with steps done, all steps and a text, before each step and at the end.
    presses : sequence of (time_s, key), optional
        Keys pressed at a virtual display.
    operator_view : bool, optional
        Whether an operator sees the session in a window of its own; by default as the settings
        say, where a second screen is there and somebody attends.
    on_notice : callable, optional
        Called with what an operator should know, as that there is no view.
    remarks : sequence of str, optional
        What the recording shall tell of how it came about, a message each.

    Returns
    -------
    Path
        The recording.

    Raises
    ------
    FoveolaError
        If a file of the session exists, an image can't be read, there is no such tracker, no
        window opens, or the observer does not consent to be recorded; the message tells what to
        do.
    """
    observer = checked_id(settings, observer)
    files = session_files(settings, observer, session)
    refuse_files(files, observer, session, unfinished=_is_unfinished(settings, observer, session))
    trials = schedule(settings, observer, session, relative_to=files.recording.parent)
    kind = display or settings.window
    run = SessionRun(
        settings=settings,
        observer=Observer(id=observer, session=session),
        answers=answers or Answers(),
        tracker_name=tracker_name,
        kind=kind,
        unattended=unattended or (kind == "virtual" and not presses),
        presses=presses,
        number=1,
        files=files,
        plan=session_plan(settings, trials),
        parameters=session_parameters(settings, trials, 1, 0),
        tell=on_progress or _silent,
        operator_view=operator_view,
        notify=on_notice or _silent,
        remarks=tuple(remarks),
    )
    return conduct(run)


def resume_session(
    settings: ExperimentSettings,
    observer: str,
    *,
    tracker_name: str = "",
    display: DisplayKind | None = None,
    unattended: bool = False,
    session: str = "",
    answers: Answers | None = None,
    on_progress: OnProgress | None = None,
    presses: Sequence[tuple[float, str]] = (),
    operator_view: bool | None = None,
    on_notice: Callable[[str], None] | None = None,
    remarks: Sequence[str] = (),
) -> Path | None:
    """Go on with a session that was broken off: show what is left of it, in the planned order.

    The earlier parts' recordings are made where that was not done. An image that was on the
    screen when the session broke off counts as shown; its trial is marked as interrupted. What
    is recorded now is a recording of its own, ``..._part2.h5`` and so on, whose provenance names
    the earlier parts and their hashes.

    Parameters
    ----------
    settings, observer, display, unattended, session, answers, on_progress, presses, \
operator_view, on_notice, remarks
        As for :func:`run_session`. The observers' form is not asked again.
    tracker_name : str, optional
        Which tracker; that of the first part by default.

    Returns
    -------
    Path or None
        The recording of this part; None where nothing is left to be shown.

    Raises
    ------
    FoveolaError
        If there is no such session, it still runs, or settings, images or tracker have changed.
    """
    # Long: a line for each thing that is known of the earlier parts.
    observer = checked_id(settings, observer)
    earlier = earlier_parts(settings, observer, session)
    if not earlier.parts:
        raise FoveolaError(
            f"There is no session of observer {observer} to go on with.",
            remedy="Begin one: foveola run.",
        )
    first = session_files(settings, observer, session)
    finalise_parts(earlier)
    trials = schedule(settings, observer, session, relative_to=first.recording.parent)
    refuse_changes(earlier, settings, trials)
    if earlier.next_index >= len(trials):
        return None
    number = len(earlier.parts) + 1
    files = session_files(settings, observer, session, number)
    refuse_files(files, observer, session, unfinished=False)
    kind = display or settings.window
    known = earlier.header
    run = SessionRun(
        settings=settings,
        observer=known.observer if known else Observer(id=observer, session=session),
        answers=None if known else answers or Answers(),
        tracker_name=_same_tracker(earlier, tracker_name),
        kind=kind,
        unattended=unattended or (kind == "virtual" and not presses),
        presses=presses,
        number=number,
        files=files,
        plan=rest_of(
            session_plan(settings, trials), earlier.next_index, maybe_seen=earlier.maybe_seen
        ),
        parameters=session_parameters(settings, trials, number, earlier.next_index),
        inputs=tuple(one.files.journal for one in earlier.parts),
        tell=on_progress or _silent,
        operator_view=operator_view,
        notify=on_notice or _silent,
        remarks=tuple(remarks),
    )
    return conduct(run)


def session_tracker(settings: ExperimentSettings, observer: str, session: str = "") -> str:
    """Name of the tracker that a session began with; empty where there is no such session."""
    earlier = earlier_parts(settings, checked_id(settings, observer), session)
    return _first_tracker(earlier)


def _first_tracker(earlier: EarlierParts) -> str:
    return str(earlier.header.provenance.parameters.get("tracker", "")) if earlier.header else ""


def _silent(*_told: object) -> None:
    """Told of something that nobody wants to know."""


def _is_unfinished(settings: ExperimentSettings, observer: str, session: str) -> bool:
    """Whether there is a session that can be continued."""
    try:
        earlier = earlier_parts(settings, observer, session)
    except FoveolaError:  # what is wrong with it, only its continuation need tell
        return False
    return bool(earlier.parts) and earlier.unfinished


def _same_tracker(earlier: EarlierParts, name: str) -> str:
    before = _first_tracker(earlier)
    if name and before and tracker_kind(name) != before:
        raise FoveolaError(
            f"The session began with the tracker {before}, not {name}.",
            remedy="Use the same tracker, or run another session: --session 2.",
        )
    return name or before or "simulated"
