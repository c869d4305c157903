"""What every eye tracker does, and what it is told of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from foveola.data_schema import Eyes, GazeSamples, Screen, Stimulus, TargetError, TrackerInfo


@dataclass(frozen=True)
class Capabilities:
    """What a tracker can do; declared, never found out by failing."""

    sampling_rates_hz: tuple[float, ...]
    eyes: tuple[Eyes, ...]
    native_calibration: bool = False
    records_on_device: bool = False
    simulated: bool = False


@dataclass(frozen=True)
class Scene:
    """What the screen shows from a flip on: nothing, a target to look at, or an image.

    A host computer may show it to its operator; a virtual observer looks at it.
    """

    time_s: float
    target_px: tuple[float, float] | None = None
    stimulus: Stimulus | None = None
    path: str = ""
    image_left_px: float = 0.0
    image_top_px: float = 0.0
    image_scale: float = 1.0


class ClockPair(NamedTuple):
    """The tracker's time, read between two readings of the recorder's clock."""

    host_s: float
    device_s: float
    round_trip_s: float


class Tracker(Protocol):
    """An eye tracker.

    Calls come in this order: connect, start, any of the others, stop, close. Nothing here waits
    for the observer: what takes time is spread over calls, so that the screen goes on.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def connect(self, screen: Screen) -> TrackerInfo:
        """Connect and set up; FoveolaError within 5 s where there is no tracker."""
        ...

    def start(self) -> None:
        """Begin to record."""
        ...

    def read(self) -> GazeSamples:
        """All samples since the last call, in order, on the recorder's and the device's clock."""
        ...

    def message(self, text: str) -> None:
        """Write a message into the device's own record, where it keeps one."""
        ...

    def show(self, scene: Scene) -> None:
        """Tell what the screen shows."""
        ...

    def clock_pair(self) -> ClockPair:
        """Compare the clocks."""
        ...

    def begin_calibration(self) -> None:
        """Forget the points collected so far; gaze is uncalibrated until one is applied."""
        ...

    def collect(self, target_px: tuple[float, float]) -> None:
        """Take the gaze of the last moments as that of an observer who looks at the target."""
        ...

    def apply_calibration(self) -> tuple[TargetError, ...]:
        """Calibrate by the collected points; return their residuals (which are no accuracy)."""
        ...

    def stop(self) -> None:
        """End the recording."""
        ...

    def close(self) -> None:
        """Disconnect; harmless when called twice."""
        ...
