"""An EyeLink (II, 1000, 1000 Plus, Portable Duo) through SR Research's library pylink.

The library keeps one link for the whole program, is not made for threads, and holds up every
other thread while one of its calls waits: the recorder's lock guards it, and nothing here waits
longer than the link needs but what happens between trials.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import (
    Eyes,
    FoveolaError,
    GazeSamples,
    Screen,
    TargetError,
    TrackerInfo,
    gaze_samples,
)

from .clock import MonotonicClock
from .eyelink_backdrop import HostBackdrop
from .eyelink_calibration import host_calibration, lead_through
from .eyelink_edf import LEFT, RIGHT
from .eyelink_host_record import HostRecord
from .eyelink_link import (
    CONNECTED,
    HostProbe,
    host_setting,
    open_link,
    tracker_time_ms,
)
from .eyelink_messages import message_parts
from .eyelink_samples import DeviceTime, SampleQueue, mapped_times
from .eyelink_settings import SAMPLING_RATES_HZ, EyeLinkSettings
from .eyelink_setup import host_version, setup_commands
from .eyelink_watch import LinkWatch
from .running_clock import RunningClock
from .tracker import CalibrationFace, Capabilities, ClockPair, Scene

#: Comparisons of the clocks at the start, and round trips of each while they are so quick: the
#: host answers in whole milliseconds only, which many answers average out.
FIRST_PAIRS, ROUND_TRIPS, QUICK_S = 10, 3, 0.003
#: Losses are told at most so often, as they come in swarms.
ACCOUNT_S = 1.0
#: Connecting in vain stops the whole program for three seconds: it is not tried again sooner.
REOPEN_S = 30.0
EYES_OF_FLAGS: dict[int, Eyes] = {LEFT: "left", RIGHT: "right", LEFT | RIGHT: "both"}


class EyeLinkTracker:
    """An EyeLink.

    ``device_time_s`` is the host's time in seconds, as the EDF file has it in milliseconds;
    ``time_s`` is that time on the recorder's clock. Gaze is in the pixels of the screen as the
    host was told of it. The pupil is in EyeLink's own unit. Fixations, saccades and blinks that
    the host finds are left to its EDF file.

    Parameters
    ----------
    settings : EyeLinkSettings, optional
        What the host is told.
    clock : callable, optional
        The recorder's clock in seconds.
    link : callable, optional
        Connects to a host by its address; returns what has the methods of ``pylink.EyeLink``.
    record : HostRecord, optional
        Names, opens and fetches the EDF file.
    probe : HostProbe, optional
        Tells whether a host that is gone answers again.
    """

    def __init__(
        self,
        settings: EyeLinkSettings | None = None,
        clock: Callable[[], float] | None = None,
        *,
        link: Callable[[str], Any] = open_link,
        record: HostRecord | None = None,
        probe: HostProbe | None = None,
    ) -> None:
        self.settings = settings or EyeLinkSettings()
        self._clock = clock or MonotonicClock()
        self._open_link = link
        self._record = record or HostRecord()
        self._probe = probe or HostProbe(self.settings.host)
        self._backdrop = HostBackdrop(self.settings.host_backdrop)
        self._time = DeviceTime()
        self._queue = SampleQueue(self._time)
        self._map = RunningClock()
        self._watch = LinkWatch()
        self._link: Any = None
        self._started = self._running = self._eyes_checked = False
        self._ready: list[GazeSamples] = []
        self._last_s = self._last_device_s = self._accounted_s = self._reopen_s = -np.inf
        self._told: list[str] = []
        #: Failures that were told since the last sample came.
        self._failures: set[str] = set()

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            sampling_rates_hz=SAMPLING_RATES_HZ,
            eyes=("left", "right", "both"),
            calibration="device",
            records_on_device=True,
        )

    def connect(self, screen: Screen) -> TrackerInfo:
        """Connect to the Host PC and set it up.

        Raises
        ------
        FoveolaError
            If no host answers, it is a dummy, or it does not take what matters.
        MissingExtraError
            If pylink is not installed.
        """
        self._link = self._open_link(self.settings.host)
        if self._link.isConnected() != CONNECTED:
            self._link = None
            raise FoveolaError(
                "The link is in the library's dummy mode, which delivers no data.",
                remedy="Connect to a Host PC; without one, use --tracker simulated.",
            )
        link = self._link
        version = host_version(link.getTrackerVersion(), str(link.getTrackerVersionString()))
        link.setOfflineMode()
        for command in setup_commands(self.settings, screen, version):
            self._command(command)
        self._check_rate()
        return TrackerInfo(
            make="SR Research",
            model=version.model,
            firmware=version.text,
            software=f"pylink {_pylink_version()}",
            sampling_rate_hz=self.settings.sampling_rate_hz,
            eyes=self.settings.eyes,
        )

    def start(self) -> None:
        """Begin to record, into the EDF file and over the link; after a stop, with a gap."""
        link = self._connected()
        for _ in range(FIRST_PAIRS):
            self.clock_pair()
        self._map.settle()
        code = self._try(lambda: link.startRecording(1, 1, 1, 1))
        if code:
            raise FoveolaError(
                f"The EyeLink does not begin to record ({code}).",
                remedy="End the menu that the Host PC shows, and check its camera.",
            )
        self._queue.begin(self.settings.sampling_rate_hz)
        self._started = self._running = True
        self._eyes_checked = False
        self._watch.begin(self._clock())

    def read(self) -> GazeSamples:
        """All samples since the last call, in order; none while the host is gone."""
        if not self._started:
            raise ValueError("start the tracker first")
        if self._running:
            self._drain()
        ready, self._ready = self._ready, []
        return np.concatenate(ready) if ready else gaze_samples([])

    def message(self, text: str) -> None:
        """Write a message into the EDF file; a long one in parts, other scripts as escapes."""
        if not self._is_connected():
            return
        for part in message_parts(text):
            if part:
                self._try(lambda part=part: self._link.sendMessage(part))  # type: ignore[misc]

    def show(self, scene: Scene) -> None:
        """Let the Host PC draw it, command by command, while samples are read."""
        self._backdrop.show(scene)

    def clock_pair(self) -> ClockPair:
        """Ask the host for its time; NaN while it is gone."""
        if not self._is_connected():
            return ClockPair(self._clock(), np.nan, np.inf)
        pairs = [self._round_trip()]
        while len(pairs) < ROUND_TRIPS and pairs[-1].round_trip_s < QUICK_S:
            pairs.append(self._round_trip())
        return min(pairs, key=lambda pair: pair.round_trip_s)

    def problems(self) -> tuple[str, ...]:
        """What went wrong or well again since the last call."""
        if self._clock() - self._accounted_s >= ACCOUNT_S and (lost := self._queue.account()):
            self._accounted_s = self._clock()
            self._told.append(lost)
        told = (*self._watch.take(), *self._told)
        self._told = []
        return told

    def begin_calibration(self) -> None:
        """Do nothing: the host calibrates by itself."""

    def collect(self, target_px: tuple[float, float]) -> None:
        """Do nothing: the host collects points by itself."""

    def collecting(self) -> bool:
        """It never works on a point of ours."""
        return False

    def apply_calibration(self) -> tuple[TargetError, ...]:
        """Refuse: the host calibrates by itself."""
        raise FoveolaError(
            "An EyeLink is not calibrated by points that are collected here.",
            remedy="Let it lead: calibrate_on_device.",
        )

    def calibrate_on_device(self, face: CalibrationFace, layout: str) -> tuple[TargetError, ...]:
        """Open the host's set-up on our screen, until someone leaves it by Esc.

        The recording is stopped meanwhile, as the link requires, and goes on after it.

        Returns
        -------
        tuple of TargetError
            Of the host's own validation, where it tells them point by point.

        Raises
        ------
        FoveolaError
            If no calibration came out of it.
        """
        link = self._connected()
        with self._recording_paused():
            self._command(f"calibration_type = {layout}")
            self._told += lead_through(link, face)
            points, summary = host_calibration(link)
            if summary:
                self._told.append(f"calibrated by the host: {summary}")
            return points

    def open_record(self, label: str) -> str:
        """Open an EDF file on the Host PC under a name that is free there."""
        name = self._record.open(self._connected(), label)
        self.message(f"FOVEOLA RECORD {label}")
        return name

    def fetch_record(self, path: Path) -> None:
        """Bring the EDF file here, whole and verified."""
        if not self._is_connected():  # nobody waits for the screen any more
            self._try(lambda: self._connected().open(self.settings.host))
        self._record.fetch(self._connected(), path, self._last_device_s)

    def stop(self) -> None:
        """End the recording; what came until now can still be read."""
        if not self._running:
            return
        self._drain()
        self._try(self._link.stopRecording)
        self._drain()
        self._running = False
        self._watch.end()

    def close(self) -> None:
        """Disconnect; harmless when called twice."""
        self._probe.close()
        self._backdrop.close()
        if self._link is None:
            return
        self.stop()
        self._try(self._link.close)
        self._link = None

    def _round_trip(self) -> ClockPair:
        """One comparison of the clocks, which goes into the map of sample times."""
        host_s, device_ms, round_trip_s = tracker_time_ms(self._link, self._clock)
        pair = ClockPair(host_s, self._time.unwrapped_ms(device_ms) / 1000, round_trip_s)
        if jump_s := self._map.add(pair):
            self._told.append(f"the host's clock jumped by {jump_s * 1000:.1f} ms")
        return pair

    def _drain(self) -> None:
        """Take what came; send the host a line of its picture; look after the link."""
        connected = self._is_connected()
        samples = self._queue.drain(self._link) if connected else gaze_samples([])
        now_s = self._clock()
        self._watch.saw(now_s, connected=connected, samples=len(samples))
        if not connected and now_s >= self._reopen_s and self._probe.answered():
            self._reopen()
        if not len(samples):
            return
        self._failures.clear()
        # The library waits half a second for the answer to a command, if need be: only a link
        # that has just delivered is asked to draw.
        if command := self._backdrop.next_command():
            self._try(lambda: self._link.sendCommand(command))
        samples["time_s"] = mapped_times(
            self._map.host_s(samples["device_time_s"]), self._last_s, now_s
        )
        self._last_s = float(samples["time_s"][-1])
        self._last_device_s = float(samples["device_time_s"][-1])
        self._ready.append(samples)
        if not self._eyes_checked:
            self._check_eyes()

    def _reopen(self) -> None:
        """Take the link up again, and the recording where the host has ended it."""
        try:
            self._link.open(self.settings.host)
            code = self._link.startRecording(1, 1, 1, 1)
        except RuntimeError as error:
            code = error
        if code:
            self._reopen_s = self._clock() + REOPEN_S
            self._told.append(f"the host is there, but does not record ({code})")
            return
        self._queue.begin(self.settings.sampling_rate_hz)
        self._eyes_checked = False

    def _check_eyes(self) -> None:
        """Tell where the host tracks other eyes than it was told to, or at another rate."""
        self._eyes_checked = True
        eyes = EYES_OF_FLAGS.get(self._queue.flags & (LEFT | RIGHT))
        if eyes != self.settings.eyes:
            self._told.append(
                f"WRONG EYE: the host tracks {eyes or 'no eye'}, not {self.settings.eyes}"
            )
        rate_hz = self._link.getSampleRate()
        if rate_hz > 0 and rate_hz != self.settings.sampling_rate_hz:
            self._told.append(
                f"the host samples at {rate_hz} Hz, not {self.settings.sampling_rate_hz}"
            )

    def _check_rate(self) -> None:
        told = host_setting(self._link, "sample_rate")
        if told.isdigit() and int(told) != self.settings.sampling_rate_hz:
            raise FoveolaError(
                f"The EyeLink samples at {told} Hz and does not take "
                f"{self.settings.sampling_rate_hz}.",
                remedy=f"Set sampling_rate_hz = {told} in [tracker.eyelink], or another camera "
                "mode on the Host PC (2000 Hz may be for one eye only).",
            )

    @contextlib.contextmanager
    def _recording_paused(self) -> Iterator[None]:
        running = self._running
        if running:
            self.stop()
        try:
            yield
        finally:
            if running:
                self.start()

    def _command(self, text: str) -> None:
        """Send a command; what the host refuses is told."""
        if code := self._try(lambda: self._connected().sendCommand(text)):
            self._told.append(f"the host refused '{text}' ({code})")

    def _try(self, call: Callable[[], Any]) -> Any:
        """Call the library; where the link fails, return the reason; tell it if it is news."""
        try:
            return call()
        except RuntimeError as error:
            reason = str(error) or "no reason told"
            if reason not in self._failures and not self._watch.silent:
                self._failures.add(reason)
                self._told.append(f"the link failed ({reason})")
            return reason

    def _is_connected(self) -> bool:
        return self._link is not None and self._link.isConnected() == CONNECTED

    def _connected(self) -> Any:
        if self._link is None:
            raise ValueError("connect the tracker first")
        return self._link


def _pylink_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sr-research-pylink")
    except PackageNotFoundError:
        return "of unknown version"
