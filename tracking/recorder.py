"""Records a session: drains the tracker into a journal, and is the one door to the tracker."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from foveola.data_schema import (
    Calibration,
    FoveolaError,
    GazeSamples,
    Message,
    RecordingHeader,
    Stimulus,
    TargetError,
    Trial,
)

from .journal import header_record
from .journal_writer import JournalWriter
from .recent_samples import RecentSamples
from .recorder_status import RecorderStatus
from .silence import SilenceWatch
from .tracker import (
    CalibrationFace,
    Capabilities,
    DeviceCalibration,
    GivesMore,
    HasCalibrationMode,
    KeepsCalibrations,
    Scene,
    Tracker,
)

CLOCK_PERIOD_S = 1.0
FLIPS_PERIOD_S = 0.25
#: A tracker that failed is tried again so often.
RETRY_PERIOD_S = 0.25
#: The header is written again so often: one damaged place must not cost the session.
HEADER_PERIOD_S = 60.0
RING_S = 10.0
STIMULI_PER_RECORD = 1000


class Recorder:
    """Drains a tracker into a journal. Every call to the tracker goes through here, under a lock.

    Parameters
    ----------
    tracker : Tracker
        Connected, not started.
    journal_path : Path
        The journal to be; it must not exist.
    header : RecordingHeader
        Who is recorded, how and on what.
    clock : callable
        The recorder's clock, in seconds, that never goes back.
    threaded : bool, default True
        Whether a thread of its own drains the tracker; else :meth:`pump` must be called.
    period_s : float, default 0.01
        How often the thread drains.
    open_journal : callable, default JournalWriter
        Makes the journal from its path and the nominal rate; a seam for tests.
    """

    def __init__(
        self,
        tracker: Tracker,
        journal_path: Path,
        header: RecordingHeader,
        clock: Callable[[], float],
        *,
        threaded: bool = True,
        period_s: float = 0.01,
        open_journal: Callable[[Path, float], JournalWriter] = JournalWriter,
    ) -> None:
        self._tracker = tracker
        self._path = journal_path
        self._header = header
        self._clock = clock
        self._period_s = period_s
        self._new_journal = open_journal
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = (
            threading.Thread(target=self._run, name="recorder", daemon=True) if threaded else None
        )
        self._journal: JournalWriter | None = None
        self._ring = RecentSamples(int(RING_S * header.tracker.sampling_rate_hz) + 1)
        self._flips: list[float] = []
        self._due = {"read": -np.inf, "clock": -np.inf, "flips": -np.inf, "header": -np.inf}
        self._silence = SilenceWatch(header.tracker.sampling_rate_hz)
        self._problem, self._problem_s = "", -np.inf
        self._error: Exception | None = None
        self._tracking = False
        self._takes_messages = True
        self._listeners: list[Callable[[str, Mapping[str, Any]], None]] = []

    def start(self) -> None:
        """Open the journal, start the tracker, compare the clocks, and begin to drain.

        Raises
        ------
        FoveolaError
            If the journal exists or can't be made, or the tracker does not start.
        """
        with self._lock:
            if self._journal is not None:
                raise ValueError("the recorder was started before")
            rate_hz = self._header.tracker.sampling_rate_hz
            self._journal = self._new_journal(self._path, rate_hz)
            self._write_header()
            self.add_stimuli(self._header.stimuli)
            self._tracker.start()
            self._tracking = True
            self._silence.begin(self._clock())
            self._write_block("start")
            self._compare_clocks()
        if self._thread is not None:
            self._thread.start()

    def pump(self) -> None:
        """Drain the tracker once into the journal; compare the clocks about once a second.

        A tracker that can't be read ends nothing: that is told, by the status and in the journal,
        and it is tried again.
        """
        with self._lock:
            now_s = self._clock()
            if now_s >= self._due["read"]:
                try:
                    self._drain()
                except Exception as error:  # whatever a vendor's library raises
                    self._note_failure(error)
                    self._due["read"] = now_s + RETRY_PERIOD_S
            if self._is_due("flips", now_s, FLIPS_PERIOD_S):
                self._write_flips()
            if self._is_due("header", now_s, HEADER_PERIOD_S):
                self._write_header()
            self._open_journal().retry()

    def _drain(self) -> None:
        samples = self._tracker.read()
        self._journal_samples(samples)
        self._ring.append(samples)
        now_s = self._clock()
        for problem in self._tracker.problems():
            self._tell(problem)
        if silence := self._silence.look(samples, now_s):
            self._tell(silence, known=not len(samples))
        if now_s >= self._due["clock"]:
            self._compare_clocks()
        if self._error is not None:
            self._error = None
            self._tell("it can be read again")

    def _note_failure(self, error: Exception) -> None:
        """Tell that the tracker failed, once until it can be read again."""
        if self._error is None:
            self._tell(f"it failed: {error}")
        self._error = error

    def _tell(self, problem: str, *, known: bool = False) -> None:
        """Tell something of the tracker; silence is known where it has told itself why."""
        now_s = self._clock()
        self._record("message", {"time_s": now_s, "text": f"TRACKER {problem}"})
        if not known or self._problem_s < self._ring.last_s:
            self._problem, self._problem_s = problem, now_s

    @property
    def capabilities(self) -> Capabilities:
        """What the tracker can do."""
        return self._tracker.capabilities

    def show(self, scene: Scene) -> None:
        """Tell the tracker what the screen shows."""
        with self._lock:
            self._tracker.show(scene)

    def begin_calibration(self) -> None:
        """Let the tracker forget the points collected so far."""
        with self._lock:
            self._tracker.begin_calibration()

    def collect(self, target_px: tuple[float, float]) -> None:
        """Let the tracker take the gaze of the last moments as that at the target."""
        with self._lock:
            self._tracker.collect(target_px)

    def collecting(self) -> bool:
        """Whether the tracker still works on the last point."""
        with self._lock:
            return self._tracker.collecting()

    def apply_calibration(self) -> tuple[TargetError, ...]:
        """Let the tracker calibrate by the collected points; return their residuals."""
        with self._lock:
            return self._tracker.apply_calibration()

    def calibration_state(self) -> object:
        """The tracker's calibration of now, where it keeps calibrations."""
        with self._lock:
            return cast("KeepsCalibrations", self._tracker).calibration_state()

    def restore_calibration(self, state: object) -> None:
        """Let the tracker apply an earlier calibration again."""
        with self._lock:
            cast("KeepsCalibrations", self._tracker).restore_calibration(state)

    def calibrate_on_device(self, face: CalibrationFace, layout: str) -> tuple[TargetError, ...]:
        """Let the device lead through a calibration.

        The tracker is not drained meanwhile: a device that calibrates delivers no samples.
        """
        with self._lock:
            try:
                return cast("DeviceCalibration", self._tracker).calibrate_on_device(face, layout)
            finally:
                self._silence.begin(self._clock())

    def message(self, text: str, time_s: float | None = None) -> None:
        """Write a message into the journal and the device's own record.

        Parameters
        ----------
        text : str
            The message.
        time_s : float, optional
            When it happened, on the recorder's clock; now by default.
        """
        self._write_message(text, self._clock() if time_s is None else float(time_s))

    def _write_message(self, text: str, time_s: float) -> None:
        with self._lock:
            self._record("message", {"time_s": time_s, "text": text})
            try:
                self._tracker.message(text)
            except Exception as error:  # the journal has it: no reason to end a session
                if self._takes_messages:
                    self._tell(f"it takes no message: {error}")
                self._takes_messages = False

    def recent(self, duration_s: float) -> GazeSamples:
        """Samples of the last seconds before now, at most ten."""
        with self._lock:
            return self._ring.since(self._clock() - duration_s)

    def begin_trial(self, trial: Trial) -> None:
        """Note that a trial has begun: should the session end now, it is kept as interrupted.

        Raises
        ------
        FoveolaError
            If samples are being lost, because the disk takes nothing: no trial is worth showing.
        """
        with self._lock:
            _refuse_loss(self._open_journal())
        self.add_trial(trial.model_copy(update={"status": "interrupted", "offset_s": np.nan}))

    def add_trial(self, trial: Trial) -> None:
        """Note a trial; the last one of an index holds."""
        self._record("trial", {"trial": trial.model_dump(mode="json")})

    def add_calibration(self, calibration: Calibration) -> None:
        """Note a calibration, validation or drift check; the last one of a kind and time holds.

        An accepted validation ends the tracker's mode of calibration, where it has one.
        """
        self._record("calibration", {"calibration": calibration.model_dump(mode="json")})
        ends = calibration.kind == "validation" and calibration.accepted
        if ends and self._tracker.capabilities.calibration_mode:
            with self._lock:
                cast("HasCalibrationMode", self._tracker).end_calibration()

    def add_flips(self, times_s: Iterable[float]) -> None:
        """Note flips of the screen; they are written four times a second."""
        with self._lock:
            self._flips.extend(float(time_s) for time_s in times_s)

    def add_stimuli(self, stimuli: Iterable[Stimulus]) -> None:
        """Describe stimuli; the last one of an id holds."""
        rows = [stimulus.model_dump(mode="json") for stimulus in stimuli]
        for first in range(0, len(rows), STIMULI_PER_RECORD):
            self._record("stimuli", {"stimuli": rows[first : first + STIMULI_PER_RECORD]})

    def status(self) -> RecorderStatus:
        """How the recording goes."""
        with self._lock:
            journal, now_s = self._journal, self._clock()
            last = self._ring.since(now_s - 1.0)
            gaze = last["left_x_px"], last["right_x_px"]
            error = str(self._error or (journal.error if journal else ""))
            return RecorderStatus(
                samples=self._ring.count,
                rate_hz=self._ring.rate_hz(),
                loss=float(np.mean(np.isnan(gaze).all(axis=0))) if len(last) else np.nan,
                waiting=journal.waiting if journal else 0,
                dropped=journal.dropped if journal else 0,
                since_last_s=now_s - self._ring.last_s,
                problem=self._problem,
                error=error,
            )

    def glance(self, since_s: float) -> tuple[RecorderStatus, GazeSamples] | None:
        """How the recording goes, and the samples since a time; None where it is busy just now.

        Unlike :meth:`status` it never waits, so that it may be called between two flips.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self.status(), self._ring.since(since_s)
        finally:
            self._lock.release()

    def listen(self, listener: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Call ``listener(kind, content)`` for every record that goes into the journal.

        It is called by whichever thread writes, and must be quick.
        """
        with self._lock:
            self._listeners.append(listener)

    def finish(self) -> None:
        """Drain for the last time, stop the tracker and close the journal; harmless when repeated.

        Raises
        ------
        FoveolaError
            If the disk did not take everything (free space, then finish again), or samples had to
            be dropped.
        Exception
            What the tracker raised, where it could not be read to the end.

        In the latter cases the journal is whole and closed all the same.
        """
        self._stop.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join()
        with self._lock:
            if self._journal is None:
                return
            try:
                self._end_tracking()
            finally:
                self._journal.finish()
            _refuse_loss(self._journal)
            if self._error is not None:
                raise self._error

    def abandon(self) -> None:
        """End because nobody is there any more: keep what has come, without an end record."""
        self._stop.set()
        with self._lock:
            if self._journal is not None and self._tracking:
                self.pump()
                self._write_flips()
                self._journal.close()

    def _end_tracking(self) -> None:
        if not self._tracking:
            return
        self._tracking = False
        try:
            self._due["read"] = self._due["clock"] = -np.inf
            self.pump()
        finally:
            try:
                self._tracker.stop()
            finally:
                self._write_flips()
                self._write_block("end")

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            self.pump()

    def _journal_samples(self, samples: GazeSamples) -> None:
        """Write samples, and whatever else the tracker gives."""
        journal = self._open_journal()
        if not self._tracker.capabilities.gives_more:
            journal.append_samples(samples)
            return
        tracker = cast("GivesMore", self._tracker)
        more = tracker.more_columns()
        journal.append_samples(samples, more if more.dtype.names else None)
        for one in tracker.more_records():
            if isinstance(one, Message):
                self._record("message", one.model_dump(mode="json"))
            else:
                gif = base64.b64encode(one.gif).decode()
                self._record("eye_image", {"time_s": one.time_s, "camera": one.camera, "gif": gif})

    def _record(self, kind: str, content: Mapping[str, Any]) -> None:
        with self._lock:
            self._open_journal().append_record({"kind": kind, **content})
            for listener in self._listeners:
                listener(kind, content)

    def _open_journal(self) -> JournalWriter:
        if self._journal is None:
            raise FoveolaError("The recorder was not started.", remedy="Call start first.")
        return self._journal

    def _is_due(self, what: str, now_s: float, period_s: float) -> bool:
        if now_s < self._due[what]:
            return False
        self._due[what] = now_s + period_s
        return True

    def _write_header(self) -> None:
        self._open_journal().append_record(header_record(self._header))
        self._due["header"] = self._clock() + HEADER_PERIOD_S

    def _write_block(self, edge: Literal["start", "end"]) -> None:
        tracker = self._header.tracker
        block = {"sampling_rate_hz": tracker.sampling_rate_hz, "eyes": tracker.eyes}
        self._record("block", {"edge": edge, "time_s": self._clock(), **block})

    def _write_flips(self) -> None:
        if self._flips:
            self._record("flips", {"times_s": self._flips})
            self._flips = []

    def _compare_clocks(self) -> None:
        pair = self._tracker.clock_pair()
        if np.isfinite(pair.device_s):
            self._record("clock_pair", pair._asdict())
        self._due["clock"] = self._clock() + CLOCK_PERIOD_S


def _refuse_loss(journal: JournalWriter) -> None:
    """Raise where samples were dropped."""
    if journal.dropped:
        raise FoveolaError(
            f"{journal.dropped:,} samples were lost: the disk took nothing for too long"
            f"{f' ({journal.error})' if journal.error else ''}. What was recorded before is kept.",
            remedy=f"Free space on the disk of {journal.path.parent}.",
        )
