"""The pointer in the place of an eye, to try an experiment out by hand.

The screen hands over the pointer's place at every flip. That is all that is known of it, so a flip
is a sample: nothing is interpolated to a rate that the pointer was not seen at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from foveola.data_schema import (
    GazeSamples,
    Screen,
    TrackerInfo,
    foveola_version,
    gaze_samples,
)

from .clock import MonotonicClock
from .tracker import Capabilities, ClockPair, Scene
from .uncalibrated import Uncalibrated


class MouseTracker(Uncalibrated):
    """A tracker of the pointer, as the gaze of a right eye.

    Parameters
    ----------
    clock : callable, optional
        The recorder's clock in seconds.
    """

    why = (
        "The mouse can't be calibrated.",
        "Validate it: point at the targets.",
    )

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or MonotonicClock()
        self._places: list[tuple[float, float, float]] = []
        self._lock = threading.Lock()
        self._started = self._running = False
        self._started_s = -np.inf

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            sampling_rates_hz=(),
            eyes=("right",),
            calibration="none",
            simulated=True,
            follows_pointer=True,
        )

    def connect(self, screen: Screen) -> TrackerInfo:
        """Take the screen's refresh rate for that of the samples."""
        return TrackerInfo(
            make="Foveola",
            model="mouse pointer",
            software=foveola_version(),
            sampling_rate_hz=screen.refresh_hz if screen.refresh_hz > 0 else 60.0,
            eyes="right",
            simulated=True,
        )

    def pointed(self, time_s: float, x_px: float, y_px: float) -> None:
        """Take the pointer's place at a flip; NaN where it is not on the screen."""
        with self._lock:
            if self._running and time_s >= self._started_s:
                self._places.append((time_s, x_px, y_px))

    def start(self) -> None:
        """Begin to record."""
        self._started_s = self._clock()
        self._started = self._running = True

    def read(self) -> GazeSamples:
        """The pointer's place at every flip since the last call."""
        if not self._started:
            raise ValueError("start the tracker first")
        with self._lock:
            places, self._places = self._places, []
        times_s, x_px, y_px = np.array(places, float).reshape(-1, 3).T
        return gaze_samples(times_s, device_time_s=times_s, right_x_px=x_px, right_y_px=y_px)

    def message(self, text: str) -> None:
        """Do nothing: there is no device that keeps a record of its own."""

    def show(self, scene: Scene) -> None:
        """Do nothing: whoever moves the pointer sees the screen."""

    def clock_pair(self) -> ClockPair:
        """The clocks are one."""
        now_s = self._clock()
        return ClockPair(now_s, now_s, 0.0)

    def problems(self) -> tuple[str, ...]:
        """Nothing ever goes wrong with it."""
        return ()

    def stop(self) -> None:
        """End the recording; what was seen until now can still be read."""
        with self._lock:
            self._running = False

    def close(self) -> None:
        """End the recording."""
        self.stop()
