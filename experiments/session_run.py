"""One run of a session, whole or a part of it: from the tracker to the finished recording."""

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
    Tracker,
    VirtualClock,
    finalise,
    recorder_for,
    tracker_elsewhere,
)

from .checks import Checks
from .display import Display
from .interruption import Interruption
from .observer_form import Answers, asked_observer
from .operator_watch import OperatorWatch, open_watch
from .order import observer_generator
from .picture import grey
from .plan import Step, trials_of
from .procedure import OnProgress, run_procedure
from .psychopy_display import PsychoPyDisplay
from .schedule import scheduled_stimuli
from .session_files import SessionFiles
from .session_lock import session_lock
from .settings import ExperimentSettings, recorded_settings
from .stage import SessionEnded, Stage
from .trackers import tracker_factory, tracker_kind
from .virtual_display import VirtualDisplay
from .xvfb import ensure_display

DisplayKind = Literal["fullscreen", "windowed", "virtual"]


@dataclass(frozen=True)
class SessionRun:
    """What is to be done and recorded now: a session, or what is left of one.

    Attributes
    ----------
    settings : ExperimentSettings
        Of the experiment.
    observer : Observer
        Who looks.
    answers : Answers or None
        What is known of the observers' form; None: the observer's record is complete.
    tracker_name, kind, unattended, presses
        As :func:`run_session` takes them.
    number : int
        Which part it is, from 1.
    files : SessionFiles
        What it writes.
    plan : tuple of Step
        What happens.
    parameters, inputs : dict, tuple of Path
        What its provenance tells beside the settings.
    tell, notify : callable
        Told of the progress, and of what an operator should know.
    operator_view, remarks
        As :func:`run_session` takes them.
    """

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
    tell: OnProgress
    notify: Callable[[str], None]
    inputs: tuple[Path, ...] = ()
    operator_view: bool | None = None
    remarks: tuple[str, ...] = ()


def conduct(run: SessionRun) -> Path:
    """Lead the observer through the plan and keep what is recorded."""
    settings, files = run.settings, run.files
    words = run.observer.id, run.observer.session, *_run_words(run)
    clock = VirtualClock() if run.kind == "virtual" else MonotonicClock()
    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        tracker = _made_tracker(run, clock, words)
        if run.kind != "virtual":
            tracker = tracker_elsewhere(tracker)
        stack.callback(tracker.close)
        info = tracker.connect(settings.screen)
        window = _open_display(settings, run.kind, clock, run.presses, tracker)
        stack.callback(window.close)
        screen = settings.screen.model_copy(update={"refresh_hz": window.refresh_hz})
        observer = _observer(run, window, screen, simulated=info.simulated)
        header = _header(run, observer, screen, info)
        threaded = run.kind != "virtual"
        recorder = recorder_for(tracker, files.journal, header, clock, threaded=threaded)
        operator = _operator(run, header, recorder, window)
        if operator is not None:
            stack.callback(operator.close, files.recording)
        device_record = _opened_record(tracker, files)
        recorder.start()
        stack.enter_context(session_lock(files.journal))
        # From here on everything is kept, however the session ends.
        stack.callback(_keep, files, tracker)
        if device_record:
            stack.callback(cast("RecordsOnDevice", tracker).fetch_record, files.device_record)
        stack.callback(recorder.finish)
        for remark in run.remarks:
            recorder.message(remark)
        if operator is not None:
            stack.callback(operator.saving)
        if device_record:
            recorder.message(f"DEVICE RECORD {device_record}")
        recorder.add_stimuli(scheduled_stimuli(trials_of(run.plan)))
        stage = Stage(window, recorder, screen, unattended=run.unattended, operator=operator)
        stack.callback(stage.flush_flips)
        stack.callback(interruption.save)
        interruption.tell(stage.end_soon)
        generator = observer_generator(settings.seed, "targets", *words)
        checks = Checks(stage, settings, generator, automatic=info.simulated)
        _lead(run, checks)
    if interruption.by:
        raise FoveolaError(
            f"The session was ended by {interruption.by}. "
            f"What was recorded is in {files.recording}."
        )
    return files.recording


def _lead(run: SessionRun, checks: Checks) -> None:
    """Lead the observer through the plan; an end that someone wished is told like the others."""
    try:
        run_procedure(checks, run.plan, tell=run.tell)
    except SessionEnded as ended:
        steps = len(trials_of(run.plan)) + 1
        run.tell(steps, steps, f"ended by {ended.by}")


def _run_words(run: SessionRun) -> tuple[str, ...]:
    """Words that make what is random in a part differ from the parts before."""
    return (f"part{run.number}",) if run.number > 1 else ()


def _observer(run: SessionRun, window: Display, screen: Screen, *, simulated: bool) -> Observer:
    """The observer with the answers to the form; nothing is asked of a simulated one alone."""
    if run.answers is None:
        return run.observer
    if not run.settings.observer_form or (simulated and run.unattended):
        return run.answers.given_to(run.observer)
    return asked_observer(window, screen, run.observer, run.answers, unattended=run.unattended)


def _made_tracker(run: SessionRun, clock: Callable[[], float], words: Iterable[str]) -> Tracker:
    generator = observer_generator(run.settings.seed, "gaze", *words)
    seed = int(generator.integers(2**31))
    tracker = tracker_factory(run.tracker_name)(run.settings, clock, seed)
    if run.kind == "virtual" and not tracker.capabilities.faster_than_real_time:
        raise FoveolaError(
            f"The tracker {run.tracker_name} can't run faster than real time.",
            remedy="Leave out --fast.",
        )
    return tracker


def _operator(
    run: SessionRun, header: RecordingHeader, recorder: Recorder, window: Display
) -> OperatorWatch | None:
    """Open the operator's view, where one is wanted and can be."""
    if not isinstance(window, PsychoPyDisplay):
        return None
    return open_watch(
        run.settings,
        header,
        recorder,
        window,
        trials=len(trials_of(run.plan)),
        unattended=run.unattended,
        asked=run.operator_view,
        notify=run.notify,
    )


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
    run: SessionRun, observer: Observer, screen: Screen, tracker: TrackerInfo
) -> RecordingHeader:
    parameters = {
        "experiment": recorded_settings(run.settings),
        "tracker": tracker_kind(run.tracker_name),
        "display": run.kind,
        "unattended": run.unattended,
        "session": run.parameters,
    }
    return RecordingHeader(
        observer=observer,
        screen=screen,
        tracker=tracker,
        provenance=provenance(parameters, seed=run.settings.seed, inputs=run.inputs),
        started_utc=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _keep(files: SessionFiles, tracker: Tracker) -> None:
    """Make the recording from the journal, and write the truth where it is known."""
    finalise(files.journal, files.recording)
    if hasattr(tracker, "truth"):  # a simulated observer's
        write_truth(files.truth, tracker.truth())
