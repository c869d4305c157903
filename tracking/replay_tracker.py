"""Replays a recording as if it were tracked now, in real time or faster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from foveola.data_schema import (
    FoveolaError,
    GazeSamples,
    Record,
    Recording,
    Screen,
    TrackerInfo,
    foveola_version,
    gaze_samples,
    read_recording,
)

from .clock import MonotonicClock
from .tracker import Capabilities, ClockPair, Scene
from .uncalibrated import Uncalibrated


class ReplaySettings(Record):
    """Which recording is replayed."""

    recording: str = ""


class ReplayTracker(Uncalibrated):
    """A recording that runs again from its first sample on.

    Samples keep their spacing, their gaps and the time of the device that took them; ``time_s`` is
    moved so that the first sample comes at the first start. While the tracker is stopped the
    recording runs on, as an eye would. Where the recording's screen had another size in px, gaze is
    scaled to that of now.

    Parameters
    ----------
    recording : Recording or path-like
        What is replayed.
    clock : callable, optional
        The recorder's clock in seconds; a virtual one replays faster than real time.

    Raises
    ------
    FoveolaError
        If the file can't be read, or holds no samples.
    """

    why = (
        "A replayed recording can't be calibrated.",
        "It was calibrated when it was recorded.",
    )

    def __init__(
        self, recording: Recording | str | Path, clock: Callable[[], float] | None = None
    ) -> None:
        self._name = "" if isinstance(recording, Recording) else Path(recording).name
        self._recording = _read(recording)
        self._clock = clock or MonotonicClock()
        self._samples = _with_device_clock(self._recording.samples)
        if not len(self._samples):
            raise FoveolaError(
                f"The recording {self._name} holds no samples.", remedy="Replay another one."
            )
        self._started = self._running = False
        self._next = 0
        self._ready: list[GazeSamples] = []
        self._news: list[str] = []
        self._told_end = False

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            sampling_rates_hz=(self._recording.tracker.sampling_rate_hz,),
            eyes=(self._recording.tracker.eyes,),
            calibration="none",
            faster_than_real_time=True,
            simulated=True,
        )

    def connect(self, screen: Screen) -> TrackerInfo:
        """Fit the recorded gaze to the screen."""
        old, tracker = self._recording.screen, self._recording.tracker
        scale = screen.width_px / old.width_px, screen.height_px / old.height_px
        if scale != (1, 1):
            self._samples = self._samples.copy()
            for side in ("left", "right"):
                self._samples[f"{side}_x_px"] *= scale[0]
                self._samples[f"{side}_y_px"] *= scale[1]
            self._news.append(
                f"gaze is scaled from {old.width_px} x {old.height_px} px to "
                f"{screen.width_px} x {screen.height_px}"
            )
        what = " ".join(filter(None, (tracker.make, tracker.model)))
        return TrackerInfo(
            make="Foveola",
            model=f"replay of {self._name or 'a recording'} ({what})",
            software=foveola_version(),
            sampling_rate_hz=tracker.sampling_rate_hz,
            eyes=tracker.eyes,
            simulated=True,
        )

    def start(self) -> None:
        """Begin to replay; after a stop, go on where the recording has come to meanwhile."""
        now_s = self._clock()
        if not self._started:
            self._started = True
            self._samples = self._samples.copy()
            self._samples["time_s"] += now_s - self._samples["time_s"][0]
        self._next = max(self._next, int(np.searchsorted(self._samples["time_s"], now_s)))
        self._running = True

    def read(self) -> GazeSamples:
        """All samples whose time has come since the last call."""
        self._replay()
        ready, self._ready = self._ready, []
        return np.concatenate(ready) if ready else gaze_samples([])

    def message(self, text: str) -> None:
        """Do nothing: there is no device that keeps a record of its own."""

    def show(self, scene: Scene) -> None:
        """Do nothing: the observer looks at what was shown when it was recorded."""

    def clock_pair(self) -> ClockPair:
        """Tell which device time is replayed now."""
        now_s = self._clock()
        times_s, device_s = self._samples["time_s"], self._samples["device_time_s"]
        nearest_s = float(np.clip(now_s, times_s[0], times_s[-1]))
        device_now_s = float(np.interp(nearest_s, times_s, device_s)) + now_s - nearest_s
        return ClockPair(now_s, device_now_s, 0.0)

    def problems(self) -> tuple[str, ...]:
        """Tell once that the recording is over."""
        if self._running and not self._told_end and self._next == len(self._samples):
            self._told_end = True
            self._news.append(f"the replayed recording {self._name} is over")
        news, self._news = tuple(self._news), []
        return news

    def stop(self) -> None:
        """End the replay; what has come until now can still be read."""
        self._replay()
        self._running = False

    def close(self) -> None:
        """End the replay."""
        self._running = False

    def _replay(self) -> None:
        if not self._started:
            raise ValueError("start the tracker first")
        if not self._running:
            return
        end = int(np.searchsorted(self._samples["time_s"], self._clock(), side="right"))
        if end > self._next:
            self._ready.append(self._samples[self._next : end].copy())
            self._next = end


def _read(recording: Recording | str | Path) -> Recording:
    if isinstance(recording, Recording):
        return recording
    if not str(recording):
        raise FoveolaError(
            "It is not said which recording shall be replayed.",
            remedy="Name it: --tracker replay:FILE.h5, or [tracker.replay] recording = "
            '"FILE.h5" in the settings.',
        )
    return read_recording(recording)


def _with_device_clock(samples: GazeSamples) -> GazeSamples:
    """Samples that all have a device time: where the device gave none, the time of recording."""
    if not np.isnan(samples["device_time_s"]).any():
        return samples
    samples = samples.copy()
    samples["device_time_s"] = samples["time_s"]
    return samples
