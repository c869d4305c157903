"""An observer's session, from its files' names to the finished recording."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, NamedTuple, cast

import numpy as np

from foveola.data_schema import (
    FoveolaError,
    Observer,
    RecordingHeader,
    Screen,
    TrackerInfo,
    provenance,
    refuse_existing,
    write_truth,
)
from foveola.tracking import (
    MonotonicClock,
    RecordsOnDevice,
    Tracker,
    VirtualClock,
    finalise,
    recorder_for,
    tracker_elsewhere,
)

from .display import Display
from .picture import grey
from .procedure import OnProgress, run_procedure
from .psychopy_display import PsychoPyDisplay
from .schedule import ScheduledTrial, observer_generator, schedule
from .settings import ExperimentSettings, recorded_settings, stimulus_paths
from .stage import SessionEnded, Stage
from .trackers import tracker_factory
from .virtual_display import VirtualDisplay
from .xvfb import ensure_display

DisplayKind = Literal["fullscreen", "windowed", "virtual"]

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


class SessionFiles(NamedTuple):
    """Files of a session; the journal stays when the recording is made from it.

    Attributes
    ----------
    recording, journal : Path
        What every session writes.
    truth : Path
        What a simulated observer really did.
    device_record : Path
        The record that a device kept itself, as it came from there.
    """

    recording: Path
    journal: Path
    truth: Path
    device_record: Path


def session_files(settings: ExperimentSettings, observer: str, session: str = "") -> SessionFiles:
    """Name the files of an observer's session: ``DATA/<experiment>_<observer>[_<session>].h5``."""
    for what, word in (("observer", observer), ("session", session or "1")):
        if not ID_PATTERN.fullmatch(word):
            raise FoveolaError(
                f"{word!r} can't be the id of the {what}.",
                remedy="Use at most 64 letters (A to Z), digits and hyphens.",
            )
    name = "_".join(filter(None, (settings.name, observer, session)))
    folder = Path(settings.data_folder)
    suffixes = (".h5", ".journal", ".truth.h5", ".edf")
    return SessionFiles(*(folder / f"{name}{suffix}" for suffix in suffixes))


# Longer than 50 lines by its docstring; what is opened, and kept in turn, reads best in one piece.
def run_session(
    settings: ExperimentSettings,
    observer: str,
    *,
    tracker_name: str = "simulated",
    display: DisplayKind | None = None,
    unattended: bool = False,
    session: str = "",
    on_progress: OnProgress | None = None,
    presses: Sequence[tuple[float, str]] = (),
) -> Path:
    """Run a session: instructions, calibration, validation, and every image in a seeded order.

    Whatever ends it, even an error, the samples so far are kept and made into a recording. After
    a kill, ``foveola recover`` makes the recording from the journal.

    Parameters
    ----------
    settings : ExperimentSettings
        As :func:`load_settings` reads them.
    observer : str
        Id of the observer, never a name.
    tracker_name : str, default "simulated"
        Which tracker.
    display : {"fullscreen", "windowed", "virtual"}, optional
        A real window, or none and faster than real time (a simulated tracker only); by default
        what the settings say. Where a window has no screen to open on, Xvfb is started.
    unattended : bool, default False
        Whether nobody is there to press keys; so it is too before a virtual display without
        ``presses``.
    session : str, optional
        Tells sessions of one observer apart.
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
        If a file of the session exists, an image can't be read, there is no such tracker, or no
        window opens; the message tells what to do.
    """
    kind = display or settings.window
    unattended = unattended or (kind == "virtual" and not presses)
    files = session_files(settings, observer, session)
    _refuse_files(files)
    generator = observer_generator(settings.seed, "order", observer, session)
    trials = _scheduled(settings, generator, files.recording.parent)
    clock = VirtualClock() if kind == "virtual" else MonotonicClock()
    with ExitStack() as stack:
        tracker = _made_tracker(tracker_name, settings, clock, observer, session, kind)
        if kind != "virtual":
            tracker = tracker_elsewhere(tracker)
        stack.callback(tracker.close)
        info = tracker.connect(settings.screen)
        window = _open_display(settings, kind, clock, presses)
        stack.callback(window.close)
        screen = settings.screen.model_copy(update={"refresh_hz": window.refresh_hz})
        parameters = {"tracker": tracker_name, "display": kind, "unattended": unattended}
        header = _header(settings, Observer(id=observer, session=session), screen, info, parameters)
        recorder = recorder_for(tracker, files.journal, header, clock, threaded=kind != "virtual")
        device_record = _opened_record(tracker, files)
        recorder.start()
        # From here on everything is kept, however the session ends.
        stack.callback(_keep, files, tracker)
        if device_record:
            stack.callback(cast("RecordsOnDevice", tracker).fetch_record, files.device_record)
        stack.callback(recorder.finish)
        if device_record:
            recorder.message(f"DEVICE RECORD {device_record}")
        recorder.add_stimuli(trial.stimulus for trial in trials)
        stage = Stage(window, recorder, screen, unattended=unattended)
        stack.callback(stage.flush_flips)
        tell = on_progress or (lambda _done, _steps, _text: None)
        try:
            run_procedure(stage, settings, trials, generator, automatic=info.simulated, tell=tell)
        except SessionEnded:
            tell(len(trials) + 1, len(trials) + 1, "ended by the Escape key")
    return files.recording


def _refuse_files(files: SessionFiles) -> None:
    if files.journal.exists() and not files.recording.exists():
        raise FoveolaError(
            f"{files.journal} is there from a session that was cut off.",
            remedy=f"Keep its data: foveola recover {files.journal}. "
            "Run another session of the observer with --session 2.",
        )
    for path in files:
        refuse_existing(path)
    try:
        files.recording.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FoveolaError(
            f"The folder {files.recording.parent} can't be made ({error}).",
            remedy="Set data_folder to a folder that can be written.",
        ) from error


def _scheduled(
    settings: ExperimentSettings, generator: np.random.Generator, folder: Path
) -> tuple[ScheduledTrial, ...]:
    return schedule(
        stimulus_paths(settings),
        settings.screen,
        generator,
        relative_to=folder,
        drift_check_every=settings.drift_check.every_trials,
        enlarge=settings.enlarge,
    )


def _made_tracker(
    name: str,
    settings: ExperimentSettings,
    clock: Callable[[], float],
    observer: str,
    session: str,
    kind: DisplayKind,
) -> Tracker:
    generator = observer_generator(settings.seed, "gaze", observer, session)
    tracker = tracker_factory(name)(settings, clock, int(generator.integers(2**31)))
    if kind == "virtual" and not tracker.capabilities.faster_than_real_time:
        raise FoveolaError(
            f"The tracker {name} can't run faster than real time.", remedy="Leave out --fast."
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
) -> Display:
    screen, background = settings.screen, grey(settings.background)
    if isinstance(clock, VirtualClock):
        return VirtualDisplay(screen, clock, background, presses)
    ensure_display(screen.width_px, screen.height_px)
    return PsychoPyDisplay(screen, clock, background, fullscreen=kind == "fullscreen")


def _header(
    settings: ExperimentSettings,
    observer: Observer,
    screen: Screen,
    tracker: TrackerInfo,
    parameters: dict[str, object],
) -> RecordingHeader:
    return RecordingHeader(
        observer=observer,
        screen=screen,
        tracker=tracker,
        provenance=provenance(
            {"experiment": recorded_settings(settings)} | parameters, seed=settings.seed
        ),
        started_utc=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _keep(files: SessionFiles, tracker: Tracker) -> None:
    """Make the recording from the journal, and write the truth where it is known."""
    finalise(files.journal, files.recording)
    if hasattr(tracker, "truth"):  # a simulated observer's
        write_truth(files.truth, tracker.truth())
