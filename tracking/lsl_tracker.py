"""Gaze from the lab streaming layer (LSL): any eye tracker whose software can stream it.

Calibration belongs to that software; it is validated here as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    Eyes,
    FoveolaError,
    GazeSamples,
    Message,
    MissingExtraError,
    Screen,
    TrackerInfo,
    gaze_samples,
)

from .clock import MonotonicClock
from .lsl_channels import Channel, places_of_channels, unit_of_channels
from .lsl_settings import LslSettings
from .lsl_stream import channels_of, find_stream, maker_of, predicate_of
from .text_table import column_name
from .tracker import Capabilities, ClockPair, EyeImage, Scene
from .uncalibrated import Uncalibrated

OPEN_S = 1.0
#: The rate of a stream that states none is measured over so long.
MEASURE_S = 1.0
CORRECTION_PERIOD_S = 1.0
#: LSL does not tell the round trip of its comparisons; it states +/- 0.2 ms for them.
ROUND_TRIP_S = 0.0004

Floats = NDArray[np.float64]


class LslTracker(Uncalibrated):
    """A stream of gaze.

    ``device_time_s`` is the stream's own stamp, on the sender's clock, or what a channel holds of
    the device's clock; ``time_s`` is the stamp moved to the recorder's clock by LSL's measured
    correction. A stream that breaks off is taken up again when it is back.

    Parameters
    ----------
    settings : LslSettings, optional
        Which stream, and what its channels hold.
    clock : callable, optional
        The recorder's clock in seconds.
    library : module, optional
        pylsl; imported when connecting where it is not given.
    """

    why = (
        "A tracker behind LSL can't be calibrated from here.",
        "Calibrate it in its own software, then validate here.",
    )

    def __init__(
        self,
        settings: LslSettings | None = None,
        clock: Callable[[], float] | None = None,
        *,
        library: Any = None,
    ) -> None:
        self.settings = settings or LslSettings()
        self._clock = clock or MonotonicClock()
        self._lsl = library
        self._inlet: Any = None
        self._resolver: Any = None
        self._screen: Screen | None = None
        self._channels: list[Channel] = []
        self._places: dict[str, int] = {}
        self._unit: str = ""
        self._y_up = False
        self._correction_s = self._ahead_s = 0.0
        self._corrected_at_s = -np.inf
        self._last_s = self._last_stamp_s = -np.inf
        self._started = self._running = False
        self._started_s = -np.inf
        self._ready: list[tuple[Floats, Floats]] = []
        self._more: NDArray[np.void] = np.empty(0, [])
        self._news: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            sampling_rates_hz=(),
            eyes=("left", "right", "both"),
            calibration="none",
            gives_more=True,
            own_process=self._lsl is None,  # a library that is handed over stays here
        )

    def connect(self, screen: Screen) -> TrackerInfo:
        """Find the stream and understand its channels.

        Raises
        ------
        FoveolaError
            If there is no such stream, there are several, or it does not say what it holds.
        """
        self._screen = screen
        self._lsl = self._lsl or _pylsl()
        info = find_stream(self._lsl, self.settings)
        self._inlet = self._lsl.StreamInlet(info, 360, 0, True)
        try:
            full = self._inlet.info(OPEN_S)
            self._inlet.open_stream(OPEN_S)
            self._correct_clock(OPEN_S)
        except RuntimeError as error:
            raise FoveolaError(
                f"The LSL stream {info.name()!r} is announced but can't be opened ({error}).",
                remedy="Restart the software that streams it; look at firewalls between the two.",
            ) from error
        self._understand(full)
        return self._info(full)

    def start(self) -> None:
        """Begin to record; what was streamed before is left out."""
        if self._inlet is None:
            raise ValueError("connect the tracker first")
        self._pull()
        self._ready = []
        self._started_s = self._clock()
        self._started = self._running = True

    def read(self) -> GazeSamples:
        """All samples since the last call."""
        if not self._started:
            raise ValueError("start the tracker first")
        if self._running:
            self._pull()
        ready, self._ready = self._ready, []
        stamps_s = np.concatenate([stamps for stamps, _ in ready]) if ready else np.empty(0)
        count = len(self._channels)
        series = np.concatenate([rows for _, rows in ready]) if ready else np.empty((0, count))
        # What was on its way when the recording began is not part of it.
        taken = stamps_s + self._correction_s + self._ahead_s >= self._started_s
        self._more = self._other_channels(series[taken])
        return self._samples(stamps_s[taken], series[taken])

    def more_columns(self) -> NDArray[np.void]:
        """Every channel that is not gaze, for the samples of the last reading."""
        return self._more

    def more_records(self) -> tuple[Message | EyeImage, ...]:
        """Nothing comes beside the samples."""
        return ()

    def message(self, text: str) -> None:
        """Do nothing: the device's record can't be reached through a stream of gaze."""

    def show(self, scene: Scene) -> None:
        """Do nothing."""

    def clock_pair(self) -> ClockPair:
        """Compare the recorder's clock with that of the samples' device times."""
        now_s = self._clock()
        if "device" in self._places and np.isfinite(self._last_stamp_s):
            return ClockPair(self._last_s, self._last_stamp_s, ROUND_TRIP_S)
        return ClockPair(now_s, now_s - self._ahead_s - self._correction_s, ROUND_TRIP_S)

    def problems(self) -> tuple[str, ...]:
        """Tell of a stream that broke off, or is back."""
        news, self._news = tuple(self._news), []
        return news

    def stop(self) -> None:
        """End the recording; what was streamed until now can still be read."""
        if self._running:
            self._pull()
        self._running = False

    def close(self) -> None:
        """Leave the stream."""
        self._running = False
        if self._inlet is not None:
            self._inlet.close_stream()
        self._resolver = None

    def _understand(self, info: Any) -> None:
        """Find out which channels are gaze, and in which unit."""
        self._channels = channels_of(info)
        labels = [channel.label for channel in self._channels]
        places = places_of_channels(self._channels)
        for place, label in self.settings.channels.items():
            if label not in labels:
                raise FoveolaError(
                    f"The LSL stream {info.name()!r} has no channel {label!r}; it has "
                    f"{', '.join(labels)}.",
                    remedy=f"Correct [tracker.lsl.channels] {place}.",
                )
            places[place] = labels.index(label)
        if not any(name.endswith("x") for name in places):
            raise FoveolaError(
                f"The LSL stream {info.name()!r} does not say which of its channels are gaze "
                f"({', '.join(labels)}).",
                remedy="Say it: [tracker.lsl.channels] left_x = ..., left_y = ... in the settings.",
            )
        self._places = places
        self._unit = self.settings.units or unit_of_channels(self._channels, places)
        if not self._unit:
            raise FoveolaError(
                f"The LSL stream {info.name()!r} does not say in which unit its gaze is.",
                remedy='Say it: [tracker.lsl] units = "px", "screen" (0 to 1) or "deg".',
            )
        upward = any(
            "norm_pos" in column_name(labels[i]) for name, i in places.items() if name[-1] == "y"
        )
        self._y_up = upward if self.settings.y_up is None else self.settings.y_up

    def _info(self, info: Any) -> TrackerInfo:
        return TrackerInfo(
            make=maker_of(info) or "LSL",
            model=info.name(),
            serial=info.source_id(),
            software=f"liblsl {self._lsl.library_version()}",
            sampling_rate_hz=self._rate_hz(info),
            eyes=self._eyes(),
        )

    def _eyes(self) -> Eyes:
        sides = {name.partition("_")[0] for name in self._places if name.endswith("_x")}
        if sides == {"left"}:
            return "left"
        return "right" if sides == {"right"} else "both"

    def _rate_hz(self, info: Any) -> float:
        """The rate that the stream states, or else is measured to have."""
        stated = info.nominal_srate() or self.settings.sampling_rate_hz
        if stated:
            return float(stated)
        self._pull()
        self._ready = []
        time.sleep(MEASURE_S)
        self._pull()
        stamps_s = np.concatenate([stamps for stamps, _ in self._ready] or [np.empty(0)])
        self._ready = []
        if len(stamps_s) < 3:
            raise FoveolaError(
                f"The LSL stream {info.name()!r} states no sampling rate and sends no samples to "
                "measure it by.",
                remedy="Start tracking in its software, or set [tracker.lsl] sampling_rate_hz.",
            )
        return float((len(stamps_s) - 1) / (stamps_s[-1] - stamps_s[0]))

    def _pull(self) -> None:
        """Take over what has arrived; a stream that is lost is looked for."""
        try:
            if self._resolver is not None and not self._found_again():
                return
            while True:
                series, stamps_s = self._inlet.pull_chunk(timeout=0.0, max_samples=4096)
                if not len(stamps_s):
                    break
                self._ready.append((np.array(stamps_s, float), np.array(series, float)))
            if self._clock() - self._corrected_at_s > CORRECTION_PERIOD_S:
                self._correct_clock(0.05)
        except RuntimeError as error:  # what every error of LSL's is
            self._news.append(f"the LSL stream broke off ({error})")
            self._resolver = self._lsl.ContinuousResolver(pred=predicate_of(self.settings))

    def _found_again(self) -> bool:
        found = self._resolver.results()
        if not found:
            return False
        self._resolver = None
        self._inlet = self._lsl.StreamInlet(found[0], 360, 0, True)
        self._inlet.open_stream(OPEN_S)
        self._news.append("the LSL stream is back")
        return True

    def _correct_clock(self, timeout_s: float) -> None:
        """Ask how far the sender's clock is behind this computer's, and that behind ours."""
        self._corrected_at_s = self._clock()
        try:
            self._correction_s = self._inlet.time_correction(timeout_s)
        except self._timeout_error() as error:
            if timeout_s >= OPEN_S:
                raise RuntimeError(f"its clock does not answer ({error})") from error
        before_s = self._clock()
        local_s = self._lsl.local_clock()
        self._ahead_s = (before_s + self._clock()) / 2 - local_s

    def _timeout_error(self) -> type[Exception]:
        kind: type[Exception] = self._lsl.util.TimeoutError
        return kind

    def _samples(self, stamps_s: Floats, series: Floats) -> GazeSamples:
        times_s = stamps_s + self._correction_s + self._ahead_s
        # A new correction may be smaller than the last one by less than a sample.
        times_s = np.maximum.accumulate(np.concatenate([[self._last_s], times_s]))[1:]
        samples = gaze_samples(times_s, device_time_s=stamps_s)
        if "device" in self._places:
            samples["device_time_s"] = series[:, self._places["device"]]
        for side in ("left", "right"):
            x_px, y_px = self._gaze_px(series, side)
            samples[f"{side}_x_px"], samples[f"{side}_y_px"] = x_px, y_px
            samples[f"{side}_pupil"] = self._channel(series, side, "pupil")
        if len(samples):
            self._last_s = float(times_s[-1])
            self._last_stamp_s = float(samples["device_time_s"][-1])
        return samples

    def _gaze_px(self, series: Floats, side: str) -> tuple[Floats, Floats]:
        x, y = self._channel(series, side, "x"), self._channel(series, side, "y")
        screen = self._screen
        if screen is None:
            raise ValueError("connect the tracker first")
        lost = np.isin(x, self.settings.missing) | np.isin(y, self.settings.missing) | np.isnan(x)
        x, y = np.where(lost, np.nan, x), np.where(lost, np.nan, y)
        if self._unit == "deg":
            x_px, y_px = screen.deg_to_px(x, -y if self._y_up else y)
            return np.asarray(x_px), np.asarray(y_px)
        if self._unit == "screen":
            x, y = x * screen.width_px, y * screen.height_px
        return x, screen.height_px - y if self._y_up else y

    def _channel(self, series: Floats, side: str, what: Literal["x", "y", "pupil"]) -> Floats:
        """A channel of one eye, or where the eyes share one, that of both."""
        place = self._places.get(f"{side}_{what}")
        if place is None and not any(name.endswith(f"_{what}") for name in self._places):
            place = self._places.get(what)
        return np.full(len(series), np.nan) if place is None else series[:, place]

    def _other_channels(self, series: Floats) -> NDArray[np.void]:
        """Channels that hold no gaze, by names of which none comes twice."""
        used = set(self._places.values())
        names: dict[str, int] = {}
        for i, channel in enumerate(self._channels):
            if i not in used:
                name = column_name(channel.label)
                names[f"{name}_{i}" if name in names else name] = i
        rows = np.zeros(len(series), [(name, "<f8") for name in names])
        for name, i in names.items():
            rows[name] = series[:, i]
        return rows


def _pylsl() -> Any:
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError) as error:  # the wheel, or liblsl within it
        raise MissingExtraError("pylsl", "lsl") from error
    return pylsl
