"""An observer's session, or a part of one, from its files' names to the finished recording."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from foveola.data_schema import (
    FoveolaError,
    Observer,
    RecordingHeader,
    Screen,
    TrackerInfo,
    provenance,
    write_truth,
)
from foveola.tracking import (
    FollowsPointer,
    MonotonicClock,
    Recorder,
    RecordsOnDevice,
    SimulatedTracker,
    Tracker,
    VirtualClock,
    finalise,
)

from .checks import Checks
from .display import Display
from .earlier_parts import (
    EarlierParts,
    earlier_parts,
    finalise_parts,
    refuse_changes,
    session_parameters,
)
from .observer_form import Answers, asked_observer
from .observer_ids import checked_id
from .order import observer_generator
from .picture import grey
from .plan import Step, rest_of, session_plan, trials_of
from .procedure import OnProgress, run_procedure
from .psychopy_display import PsychoPyDisplay
from .schedule import schedule, scheduled_stimuli
from .session_files import SessionFiles, refuse_files, session_files
from .session_lock import session_lock
from .settings import ExperimentSettings, recorded_settings
from .stage import SessionEnded, Stage
from .trackers import tracker_factory, tracker_kind
from .virtual_display import VirtualDisplay
from .xvfb import ensure_display

DisplayKind = Literal["fullscreen", "windowed", "virtual"]


@dataclass(frozen=True)
class _Part:
    """What is to be done and recorded now: a session, or what is left of one."""

    settings: ExperimentSettings
    observer: Observer
    answers: Answers | None
    tracker_name: str
    kind: DisplayKind
    unattended: bool
    presses: Sequence[tuple[float, str]]
    number: int
    files: SessionFiles
    plan: tuple[Step, ...]
    parameters: dict[str, Any]
    inputs: tuple[Path, ...] = ()


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
    part = _Part(
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
    )
    return _conduct(part, on_progress)


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
) -> Path | None:
    """Go on with a session that was broken off: show what is left of it, in the planned order.

    The earlier parts' recordings are made where that was not done. An image that was on the
    screen when the session broke off counts as shown; its trial is marked as interrupted. What
    is recorded now is a recording of its own, ``..._part2.h5`` and so on, whose provenance names
    the earlier parts and their hashes.

    Parameters
    ----------
    settings, observer, display, unattended, session, answers, on_progress, presses
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
    part = _Part(
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
    )
    return _conduct(part, on_progress)


def _is_unfinished(settings: ExperimentSettings, observer: str, session: str) -> bool:
    """Whether there is a session that can be continued."""
    try:
        earlier = earlier_parts(settings, observer, session)
    except FoveolaError:  # what is wrong with it, only its continuation need tell
        return False
    return bool(earlier.parts) and earlier.unfinished


def _same_tracker(earlier: EarlierParts, name: str) -> str:
    before = earlier.header.provenance.parameters.get("tracker", "") if earlier.header else ""
    if name and before and tracker_kind(name) != before:
        raise FoveolaError(
            f"The session began with the tracker {before}, not {name}.",
            remedy="Use the same tracker, or run another session: --session 2.",
        )
    return name or before or "simulated"


def _conduct(part: _Part, on_progress: OnProgress | None) -> Path:
    """Lead the observer through the plan and keep what is recorded."""
    settings, files = part.settings, part.files
    words = part.observer.id, part.observer.session, *_part_words(part)
    clock = VirtualClock() if part.kind == "virtual" else MonotonicClock()
    with ExitStack() as stack:
        tracker = _made_tracker(part, clock, words)
        stack.callback(tracker.close)
        info = tracker.connect(settings.screen)
        window = _open_display(settings, part.kind, clock, part.presses, tracker)
        stack.callback(window.close)
        screen = settings.screen.model_copy(update={"refresh_hz": window.refresh_hz})
        observer = _observer(part, window, screen, simulated=info.simulated)
        recorder = Recorder(
            tracker,
            files.journal,
            _header(part, observer, screen, info),
            clock,
            threaded=part.kind != "virtual",
        )
        device_record = _opened_record(tracker, files)
        recorder.start()
        stack.enter_context(session_lock(files.journal))
        # From here on everything is kept, however the session ends.
        stack.callback(_keep, files, tracker)
        if device_record:
            stack.callback(cast("RecordsOnDevice", tracker).fetch_record, files.device_record)
        stack.callback(recorder.finish)
        if device_record:
            recorder.message(f"DEVICE RECORD {device_record}")
        trials = trials_of(part.plan)
        recorder.add_stimuli(scheduled_stimuli(trials))
        stage = Stage(window, recorder, screen, unattended=part.unattended)
        stack.callback(stage.flush_flips)
        generator = observer_generator(settings.seed, "targets", *words)
        checks = Checks(stage, settings, generator, automatic=info.simulated)
        tell = on_progress or (lambda _done, _steps, _text: None)
        try:
            run_procedure(checks, part.plan, tell=tell)
        except SessionEnded:
            tell(len(trials) + 1, len(trials) + 1, "ended by the Escape key")
    return files.recording


def _part_words(part: _Part) -> tuple[str, ...]:
    """Words that make what is random in a part differ from the parts before."""
    return (f"part{part.number}",) if part.number > 1 else ()


def _observer(part: _Part, window: Display, screen: Screen, *, simulated: bool) -> Observer:
    """The observer with the answers to the form; nothing is asked of a simulated one alone."""
    if part.answers is None:
        return part.observer
    if not part.settings.observer_form or (simulated and part.unattended):
        return part.answers.given_to(part.observer)
    return asked_observer(window, screen, part.observer, part.answers, unattended=part.unattended)


def _made_tracker(part: _Part, clock: Callable[[], float], words: Iterable[str]) -> Tracker:
    generator = observer_generator(part.settings.seed, "gaze", *words)
    seed = int(generator.integers(2**31))
    tracker = tracker_factory(part.tracker_name)(part.settings, clock, seed)
    if part.kind == "virtual" and not tracker.capabilities.faster_than_real_time:
        raise FoveolaError(
            f"The tracker {part.tracker_name} can't run faster than real time.",
            remedy="Leave out --fast.",
        )
    return tracker


def _opened_record(tracker: Tracker, files: SessionFiles) -> str:
    """Open the device's own record; return its name there, empty where it keeps none."""
    if not tracker.capabilities.records_on_device:
        return ""
    return cast("RecordsOnDevice", tracker).open_record(files.recording.stem)


def _open_display(
    settings: ExperimentSettings,
    kind: DisplayKind,
    clock: VirtualClock | MonotonicClock,
    presses: Sequence[tuple[float, str]],
    tracker: Tracker,
) -> Display:
    screen, background = settings.screen, grey(settings.background)
    if isinstance(clock, VirtualClock):
        return VirtualDisplay(screen, clock, background, presses)
    ensure_display(screen.width_px, screen.height_px)
    window = PsychoPyDisplay(screen, clock, background, fullscreen=kind == "fullscreen")
    if tracker.capabilities.follows_pointer:
        window.follow_pointer(cast("FollowsPointer", tracker).pointed)
    return window


def _header(
    part: _Part, observer: Observer, screen: Screen, tracker: TrackerInfo
) -> RecordingHeader:
    parameters = {
        "experiment": recorded_settings(part.settings),
        "tracker": tracker_kind(part.tracker_name),
        "display": part.kind,
        "unattended": part.unattended,
        "session": part.parameters,
    }
    return RecordingHeader(
        observer=observer,
        screen=screen,
        tracker=tracker,
        provenance=provenance(parameters, seed=part.settings.seed, inputs=part.inputs),
        started_utc=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _keep(files: SessionFiles, tracker: Tracker) -> None:
    """Make the recording from the journal, and write the truth where it is known."""
    finalise(files.journal, files.recording)
    if isinstance(tracker, SimulatedTracker):
        write_truth(files.truth, tracker.truth())
