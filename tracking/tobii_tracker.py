"""Tobii eye trackers (Pro Spectrum, Fusion, Nano, Spark and earlier ones) through TittaPy.

TittaPy buffers what the tracker sends in native code; it is drained here. All of its times are the
system's monotonic clock in microseconds, or the tracker's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    FoveolaError,
    GazeSamples,
    Message,
    Screen,
    TargetError,
    TrackerInfo,
    gaze_samples,
)

from . import tobii_streams as streams
from .clock import MonotonicClock
from .tobii_calibration import TobiiCalibration
from .tobii_library import find_tracker, titta_modules
from .tobii_settings import TobiiSettings
from .tracker import Capabilities, ClockPair, EyeImage, Scene

#: Reserved in native code before it grows: what may come between two readings, many times over.
BUFFERED_SAMPLES = 20_000
POSITION_PERIOD_S = 1.0
CLOCK_READINGS = 20
#: A display area that differs from the screen by more than this share is told.
AREA_TOLERANCE = 0.02


class TobiiTracker:
    """A Tobii tracker.

    Gaze on the display area becomes screen pixels, what is invalid NaN; pupils are in mm. Further
    columns (gaze in the user's coordinates, origin, openness of the eyes and every flag) are kept
    beside the samples; edges at the TTL input, notifications and every comparison of the clocks are
    messages with their own times.

    Parameters
    ----------
    settings : TobiiSettings, optional
        Which tracker, and how it tracks.
    clock : callable, optional
        The recorder's clock in seconds.
    modules : mapping, optional
        TittaPy's modules by the version of the SDK; imported when connecting where not given.
    """

    def __init__(
        self,
        settings: TobiiSettings | None = None,
        clock: Callable[[], float] | None = None,
        *,
        modules: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = settings or TobiiSettings()
        self._clock = clock or MonotonicClock()
        self._modules = modules
        self._library: Any = None
        self._device: Any = None
        self._screen: Screen | None = None
        self._calibration: TobiiCalibration | None = None
        self._streams: list[str] = []
        self._ahead_s = 0.0
        self._pair: ClockPair | None = None
        self._more: NDArray[np.void] = np.empty(0, [])
        self._records: list[Message | EyeImage] = []
        self._problems: list[str] = []
        self._position_s = -np.inf
        self._started = False

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            sampling_rates_hz=(),
            eyes=("left", "right", "both"),
            keeps_calibrations=True,
            calibration_mode=True,
            gives_more=True,
            own_process=self._modules is None,  # modules that are handed over stay here
        )

    def connect(self, screen: Screen) -> TrackerInfo:
        """Find the tracker, and set its rate and mode.

        Raises
        ------
        FoveolaError
            If there is none within 5 s or there are several, or it can't track as it should.
        """
        modules = self._modules or titta_modules(self.settings)
        self._library, self._device = find_tracker(modules, self.settings)
        self._screen = screen
        device = self._device
        device.leave_calibration_mode(True)  # it may have been left in it by a crash
        self._set_up()
        can = {one.name for one in device.capabilities}
        self._calibration = TobiiCalibration(
            device,
            screen,
            self.settings.eyes,
            monocular="can_do_monocular_calibration" in can,
        )
        self._compare_area(screen)
        return TrackerInfo(
            make="Tobii",
            model=device.model,
            serial=device.serial_number,
            firmware=device.firmware_version,
            software=(
                f"TittaPy {self._library.__version__}, "
                f"Tobii Pro SDK {self._library.get_SDK_version()}"
            ),
            sampling_rate_hz=float(device.frequency),
            eyes=self.settings.eyes,
        )

    def start(self) -> None:
        """Begin to record: every stream that the tracker has, but pictures only where asked for."""
        self._ahead_s = self._clock_ahead_s()
        device = self._connected()
        if device.has_stream("eye_openness"):
            device.set_include_eye_openness_in_gaze(True)
        wanted = ["gaze", "time_sync", "external_signal", "positioning", "notification"]
        wanted += ["eye_image"] if self.settings.eye_images else []
        self._streams = [name for name in wanted if device.has_stream(name)]
        if "gaze" not in self._streams:
            raise FoveolaError("This Tobii tracker gives no gaze.", remedy="See its licence.")
        for name in self._streams:
            if name != "notification":  # runs since the connection, and tells what happened then
                device.clear(name)
            if name == "eye_image":
                device.start(name, as_gif=True)
            else:
                device.start(name, BUFFERED_SAMPLES if name == "gaze" else None)
        self._started = True

    def read(self) -> GazeSamples:
        """All samples since the last call."""
        if not self._started:
            raise ValueError("start the tracker first")
        gaze = self._device.consume_N("gaze")
        self._take_the_rest()
        if not len(gaze[streams.SYSTEM]):
            self._more = np.empty(0, [])
            return gaze_samples([])
        self._more = streams.more_columns_of(gaze)
        return streams.samples_of(gaze, self._on_screen(), self.settings.eyes, self._ahead_s)

    def more_columns(self) -> NDArray[np.void]:
        """What the tracker says of each sample of the last reading beyond gaze and pupils."""
        return self._more

    def more_records(self) -> tuple[Message | EyeImage, ...]:
        """Edges at the TTL input, notifications, comparisons of the clocks, places of the eyes."""
        records, self._records = tuple(self._records), []
        return records

    def message(self, text: str) -> None:
        """Do nothing: a Tobii tracker keeps no record of its own."""

    def show(self, scene: Scene) -> None:
        """Do nothing."""

    def clock_pair(self) -> ClockPair:
        """The quickest of the tracker's own comparisons since the last call, or the last one.

        Before its first comparison, the two times of the newest sample join the clocks.
        """
        if self._pair is not None:
            return self._pair
        newest = self._device.peek_N("gaze", 1)
        if len(newest[streams.SYSTEM]):
            host_s = float(newest[streams.SYSTEM][-1]) / 1e6 + self._ahead_s
            return ClockPair(host_s, float(newest[streams.DEVICE][-1]) / 1e6, POSITION_PERIOD_S)
        return ClockPair(self._clock(), self._clock(), 10.0)

    def problems(self) -> tuple[str, ...]:
        """What the tracker told of itself that an operator has to know."""
        problems, self._problems = tuple(self._problems), []
        return problems

    def begin_calibration(self) -> None:
        """Enter the mode of calibration; earlier points are forgotten."""
        self._calibrated().begin()

    def collect(self, target_px: tuple[float, float]) -> None:
        """Ask the tracker for a point; a second time it replaces the first."""
        self._calibrated().collect(target_px)

    def collecting(self) -> bool:
        """Whether the tracker still works on a point."""
        return self._calibrated().collecting()

    def apply_calibration(self) -> tuple[TargetError, ...]:
        """Let the tracker calibrate by its points; return what is left at each.

        Raises
        ------
        FoveolaError
            If no calibration comes out of them.
        """
        return self._calibrated().apply()

    def end_calibration(self) -> None:
        """Leave the mode of calibration."""
        self._calibrated().end()

    def calibration_state(self) -> object:
        """The tracker's calibration, as bytes of its own."""
        return self._calibrated().state()

    def restore_calibration(self, state: object) -> None:
        """Give the tracker an earlier calibration back."""
        self._calibrated().restore(cast("tuple[int, ...]", state))

    def stop(self) -> None:
        """End the recording; what came until now can still be read."""
        if self._started:
            self._calibrated().end()
            for name in self._streams:
                if name != "notification":
                    self._device.stop(name, False)

    def close(self) -> None:
        """Disconnect."""
        if self._device is None:
            return
        self._calibrated().end()
        for name in self._streams:
            self._device.stop(name, False)
        self._streams = []

    def _set_up(self) -> None:
        """Set rate and mode; name those that there are where the wished one is not among them."""
        device, rate_hz = self._device, self.settings.sampling_rate_hz
        rates_hz = [float(one) for one in device.supported_frequencies]
        if rate_hz is not None:
            if rate_hz not in rates_hz:
                raise FoveolaError(
                    f"The {device.model} can't track at {rate_hz:g} Hz.",
                    remedy="Set [tracker.tobii] sampling_rate_hz to one of "
                    f"{', '.join(f'{one:g}' for one in sorted(rates_hz))}.",
                )
            device.frequency = rate_hz
        mode, modes = self.settings.tracking_mode, list(device.supported_modes)
        if mode:
            if mode not in modes:
                raise FoveolaError(
                    f"The {device.model} has no tracking mode {mode!r}.",
                    remedy=f"Set [tracker.tobii] tracking_mode to one of {', '.join(modes)}.",
                )
            device.tracking_mode = mode

    def _compare_area(self, screen: Screen) -> None:
        """Tell where the tracker was set up for another screen: its gaze would be wrong."""
        area = self._device.display_area
        said_mm = screen.width_cm * 10, screen.height_cm * 10
        there_mm = float(area["width"]), float(area["height"])
        if any(abs(a / b - 1) > AREA_TOLERANCE for a, b in zip(there_mm, said_mm, strict=True)):
            self._problems.append(
                f"the tracker's display area is {there_mm[0]:.0f} x {there_mm[1]:.0f} mm, the "
                f"settings' screen {said_mm[0]:.0f} x {said_mm[1]:.0f} mm: set one of them right"
            )

    def _clock_ahead_s(self) -> float:
        """Recorder's clock minus the system's, by the quickest of some readings."""
        readings = []
        for _ in range(CLOCK_READINGS):
            before_s = self._clock()
            system_s = self._library_there().get_system_timestamp() / 1e6
            after_s = self._clock()
            readings.append((after_s - before_s, (before_s + after_s) / 2 - system_s))
        return float(min(readings)[1])

    def _take_the_rest(self) -> None:
        """Take over what came beside the gaze."""
        device, ahead_s = self._device, self._ahead_s
        if pairs := streams.clock_pairs_of(sync := device.consume_N("time_sync"), ahead_s):
            self._pair = min(pairs, key=lambda pair: pair.round_trip_s)
            self._records += streams.sync_messages(sync, ahead_s)
        if "external_signal" in self._streams:
            self._records += streams.signal_messages(device.consume_N("external_signal"), ahead_s)
        if "eye_image" in self._streams:
            self._records += streams.eye_images_of(device.consume_N("eye_image"), ahead_s)
        try:
            notes = device.consume_N("notification")
        except (RuntimeError, TypeError):  # TittaPy can't hand over a changed display area
            self._problems.append("the Tobii tracker told something that TittaPy could not read")
        else:
            messages, problems = streams.notification_messages(notes, ahead_s)
            self._records += messages
            self._problems += problems
        self._note_position()

    def _note_position(self) -> None:
        """Note once a second where the eyes are; the stream itself has no times."""
        positions = self._device.consume_N("positioning")
        now_s = self._clock()
        text = streams.position_text(positions)
        if text and now_s - self._position_s >= POSITION_PERIOD_S:
            self._position_s = now_s
            self._records.append(Message(time_s=now_s, text=text))

    def _connected(self) -> Any:
        if self._device is None:
            raise ValueError("connect the tracker first")
        return self._device

    def _library_there(self) -> Any:
        self._connected()
        return self._library

    def _on_screen(self) -> Screen:
        return cast("Screen", self._screen)

    def _calibrated(self) -> TobiiCalibration:
        self._connected()
        return cast("TobiiCalibration", self._calibration)
