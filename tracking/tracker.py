"""What every eye tracker does, and what it is told of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    Eyes,
    GazeSamples,
    Message,
    Screen,
    Stimulus,
    TargetError,
    TrackerInfo,
)


@dataclass(frozen=True)
class Capabilities:
    """What a tracker can do; declared, never found out by failing.

    Attributes
    ----------
    sampling_rates_hz : tuple of float
        Rates that can be set; empty where the rate is what the device says when connected.
    eyes : tuple of {"left", "right", "both"}
        Eyes that can be chosen.
    calibration : {"points", "device", "none"}
        Calibrated point by point from here; by the device, which leads through the points
        itself (:class:`DeviceCalibration`); or elsewhere, and only validated here.
    keeps_calibrations : bool
        Whether an earlier calibration can be brought back (:class:`KeepsCalibrations`).
    records_on_device : bool
        Whether the device keeps a record of its own (:class:`RecordsOnDevice`).
    faster_than_real_time : bool
        Whether it goes by the recorder's clock, virtual or not.
    simulated : bool
        True: no eye is tracked now, and what is recorded is no data.
    calibration_mode : bool
        Whether it stays in a mode of calibration until it is told that the calibration is over
        (:class:`HasCalibrationMode`).
    gives_more : bool
        Whether it gives more than gaze (:class:`GivesMore`).
    follows_pointer : bool
        Whether the pointer is what it tracks (:class:`FollowsPointer`).
    own_process : bool
        Whether it can be packed before it is connected, and be used in another process.
    """

    sampling_rates_hz: tuple[float, ...]
    eyes: tuple[Eyes, ...]
    calibration: Literal["points", "device", "none"] = "points"
    keeps_calibrations: bool = False
    records_on_device: bool = False
    faster_than_real_time: bool = False
    simulated: bool = False
    calibration_mode: bool = False
    gives_more: bool = False
    follows_pointer: bool = False
    own_process: bool = False


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
        """Compare the clocks; NaN for the device's while it is gone."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What went wrong or well again since the last call, in words; empty where nothing did.

        As samples lost on the link, a device that is gone, a battery. Neither this nor
        :meth:`read` raises for what may pass.
        """
        ...

    def begin_calibration(self) -> None:
        """Forget the points collected so far; gaze is uncalibrated until one is applied."""
        ...

    def collect(self, target_px: tuple[float, float]) -> None:
        """Take the gaze of the last moments as that of an observer who looks at the target.

        A second time, the target's earlier gaze is replaced: so a single point is redone.
        """
        ...

    def collecting(self) -> bool:
        """Whether the device still works on the last point; the screen goes on meanwhile."""
        ...

    def apply_calibration(self) -> tuple[TargetError, ...]:
        """Calibrate by the collected points; return their residuals (which are no accuracy).

        Further points may be collected and the calibration be applied again.

        Raises
        ------
        FoveolaError
            If no calibration comes out of the points, or the tracker is not calibrated by points.
        """
        ...

    def stop(self) -> None:
        """End the recording."""
        ...

    def close(self) -> None:
        """Disconnect; harmless when called twice."""
        ...


class KeepsCalibrations(Protocol):
    """A tracker that can bring an earlier calibration back."""

    def calibration_state(self) -> object:
        """The calibration that is applied now, to be handed to :meth:`restore_calibration`."""
        ...

    def restore_calibration(self, state: object) -> None:
        """Apply an earlier calibration of this session again."""
        ...


class RecordsOnDevice(Protocol):
    """A tracker whose device keeps the authoritative record on a disk of its own."""

    def open_record(self, label: str) -> str:
        """Open a record before the start; return its name on the device.

        Parameters
        ----------
        label : str
            Name of the session, of any length; the device's own name is made from it so that it
            meets the device's rules and no record that is there.
        """
        ...

    def fetch_record(self, path: Path) -> None:
        """Bring the record here after the stop, whole and verified; never over another file.

        Raises
        ------
        FoveolaError
            If it does not arrive whole after three tries; it then still lies on the device, under
            the name that the message tells.
        """
        ...


@dataclass(frozen=True)
class EyeImage:
    """A picture of the observer's eyes, from the tracker's camera.

    Attributes
    ----------
    time_s : float
        On the recorder's clock.
    camera : int
        Which of the tracker's cameras.
    gif : bytes
        The picture as a GIF file.
    """

    time_s: float
    camera: int
    gif: bytes


class GivesMore(Protocol):
    """A tracker that gives more than gaze: columns of its own, and what comes beside samples."""

    def more_columns(self) -> NDArray[np.void]:
        """Further columns of the samples that the last :meth:`Tracker.read` returned.

        Returns
        -------
        ndarray, structured, shape (n,)
            A row for each of those samples; no columns where there are none.
        """
        ...

    def more_records(self) -> tuple[Message | EyeImage, ...]:
        """What came beside the samples since the last call, with times of its own."""
        ...


class HasCalibrationMode(Protocol):
    """A tracker whose points stay until it is told that no further one will be collected."""

    def end_calibration(self) -> None:
        """Leave the mode: the calibration was accepted. Harmless where it is not in it."""
        ...


class FollowsPointer(Protocol):
    """A tracker that takes the pointer's place on the screen for gaze."""

    def pointed(self, time_s: float, x_px: float, y_px: float) -> None:
        """Take the pointer's place at a flip; NaN where it is not on the screen."""
        ...


class CalibrationFace(Protocol):
    """What the observer sees and the keys that are pressed while a device calibrates by itself."""

    def show_target(self, target_px: tuple[float, float]) -> None:
        """Show a target there, from the next flip on."""
        ...

    def hide_target(self) -> None:
        """Show none."""
        ...

    def show_camera(self, image: NDArray[np.uint8] | None, caption: str) -> None:
        """Show the camera's picture, shape (height, width, 3), or none any more."""
        ...

    def flip(self) -> None:
        """Let the screen go on by one frame."""
        ...

    def pressed(self) -> list[str]:
        """Keys pressed since the last call, by the names that a display gives them."""
        ...


class DeviceCalibration(Protocol):
    """A tracker whose device leads through calibrations itself."""

    def calibrate_on_device(self, face: CalibrationFace, layout: str) -> tuple[TargetError, ...]:
        """Calibrate; return the errors that the device states, none where it states none.

        Raises
        ------
        FoveolaError
            If no calibration came out of it.
        """
        ...
