"""A simulated tracker: a virtual observer in front of an imperfect camera and a drifting clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    FoveolaError,
    GazeSamples,
    Screen,
    SimulatedTruth,
    TargetError,
    TrackerInfo,
    empty_events,
    foveola_version,
    gaze_samples,
    provenance,
)

from .calibration import GazeMap, fit_gaze_map
from .clock import MonotonicClock
from .planted_faults import PlantedFaults
from .priority import PriorityMap, default_priority
from .simulated_settings import SAMPLING_RATES_HZ, SimulatedSettings
from .tracker import Capabilities, ClockPair, Scene
from .tracker_noise import ColouredNoise, Distortion, noise_mixture
from .virtual_observer import VirtualObserver

__all__ = ["SimulatedSettings", "SimulatedTracker"]

Floats = NDArray[np.float64]
Side = Literal["left", "right"]
_Maps = tuple[GazeMap | None, ...]
COLLECT_S = 0.4
ENOUGH_GAZE = 0.25


@dataclass
class _Camera:
    """One eye as the tracker sees it."""

    side: Side
    distortion: Distortion
    white: ColouredNoise
    coloured: ColouredNoise
    wander: ColouredNoise
    pupil: ColouredNoise
    gaze_map: GazeMap | None = None

    def raw_deg(self, gaze_deg: Floats) -> Floats:
        n = len(gaze_deg)
        noise_deg = self.white.next(n) + self.coloured.next(n) + self.wander.next(n)
        return self.distortion(gaze_deg + noise_deg)


class SimulatedTracker:
    """An eye tracker without an eye, for trials of everything that comes after one.

    Samples depend on seed, settings, scenes and calibration alone, never on how often they are
    read. ``device_time_s`` is exact on a clock with offset and drift; ``time_s`` is that time on
    the recorder's clock, with jitter.

    Parameters
    ----------
    settings : SimulatedSettings, optional
        What it is like.
    clock : callable, optional
        The recorder's clock in seconds; a virtual one runs faster than real time.
    seed : int
        Same seed, same samples.
    priority : callable, optional
        Gives the density that the observer's fixations of an image are drawn from.
    """

    def __init__(
        self,
        settings: SimulatedSettings | None = None,
        clock: Callable[[], float] | None = None,
        *,
        seed: int = 0,
        priority: PriorityMap = default_priority,
    ) -> None:
        self.settings = settings or SimulatedSettings()
        self.seed = seed
        self._clock = clock or MonotonicClock()
        self._priority = priority
        observer, self._eye_seeds, shared = np.random.SeedSequence(seed).spawn(3)
        self._observer_seed = observer
        rngs = [np.random.default_rng(child) for child in shared.spawn(3)]
        self._pair_rng, self._jitter_rng, disparity_rng = rngs
        rate_hz = self.settings.sampling_rate_hz
        self._disparity = ColouredNoise(
            disparity_rng, self.settings.disparity_deg, self.settings.disparity_tau_s, rate_hz, 1
        )
        self._cameras = self._make_cameras()
        self._screen: Screen | None = None
        self._observer: VirtualObserver | None = None
        self._faults: PlantedFaults | None = None
        self._next = 0
        self._running = False
        self._ready: list[GazeSamples] = []
        self._latest: list[tuple[Floats, Floats]] = []
        self._points: dict[tuple[float, float], Floats] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            sampling_rates_hz=SAMPLING_RATES_HZ,
            eyes=("left", "right", "both"),
            keeps_calibrations=True,
            faster_than_real_time=True,
            simulated=True,
            own_process=True,
        )

    def connect(self, screen: Screen) -> TrackerInfo:
        """Sit an observer down in front of the screen."""
        self._screen = screen
        return TrackerInfo(
            make="Foveola",
            model="simulated observer",
            software=foveola_version(),
            sampling_rate_hz=self.settings.sampling_rate_hz,
            eyes=self.settings.eyes,
            simulated=True,
        )

    def start(self) -> None:
        """Begin to record; after a stop, go on with a gap."""
        now_s = self._clock()
        if self._observer is None:
            self._observer = VirtualObserver(
                self._connected(),
                self.settings.observer,
                seed=self._observer_seed,
                start_s=now_s,
                priority=self._priority,
            )
            self._faults = PlantedFaults(self.settings.unplugged, now_s)
        first = int(np.ceil(self._device_s(now_s) * self.settings.sampling_rate_hz))
        self._next = max(self._next, first)
        self._running = True

    def read(self) -> GazeSamples:
        """All samples since the last call, in order.

        Returns
        -------
        ndarray of GAZE_DTYPE, shape (n,)
            None is ever skipped, nor comes before the eye has done it.
        """
        self._sample()
        ready, self._ready = self._ready, []
        return np.concatenate(ready) if ready else gaze_samples([])

    def message(self, text: str) -> None:
        """Do nothing: there is no device that keeps a record of its own."""

    def show(self, scene: Scene) -> None:
        """Let the observer see what the screen shows."""
        self._looking().show(scene)

    def clock_pair(self) -> ClockPair:
        """Compare the clocks; the device is read at some moment of the round trip."""
        host_s = self._clock()
        round_trip_s = float(self._pair_rng.gamma(4.0, self.settings.clock_round_trip_s / 4))
        late_s = (float(self._pair_rng.random()) - 0.5) * round_trip_s
        return ClockPair(host_s, self._device_s(host_s + late_s), round_trip_s)

    def problems(self) -> tuple[str, ...]:
        """Tell of the faults that are planted into it, as soon as they happen; else nothing."""
        return self._faults.news(self._clock()) if self._faults else ()

    def begin_calibration(self) -> None:
        """Forget points and calibration; gaze has offset and distortion until one is applied."""
        self._sample()
        self._points = {}
        for camera in self._cameras:
            camera.gaze_map = None

    def collect(self, target_px: tuple[float, float]) -> None:
        """Take the gaze of the last 0.4 s as that at the target; a second time replaces it."""
        self._sample()
        since_s = self._clock() - COLLECT_S
        raw_deg = [raw[times_s >= since_s] for times_s, raw in self._latest]
        window = np.concatenate(raw_deg) if raw_deg else np.empty((0, len(self._cameras), 2))
        self._points[target_px] = window

    def collecting(self) -> bool:
        """Its points are there at once."""
        return False

    def calibration_state(self) -> _Maps:
        """The maps that are applied now, one for each eye."""
        return tuple(camera.gaze_map for camera in self._cameras)

    def restore_calibration(self, state: object) -> None:
        """Apply earlier maps again."""
        self._sample()
        for camera, gaze_map in zip(self._cameras, cast("_Maps", state), strict=True):
            camera.gaze_map = gaze_map

    def apply_calibration(self) -> tuple[TargetError, ...]:
        """Fit every eye; return what the fit leaves at each target.

        Raises
        ------
        FoveolaError
            If an eye had no gaze at any target.
        """
        self._sample()
        screen = self._connected()
        targets = np.array(list(self._points), float).reshape(-1, 2)
        places_deg = np.stack(screen.px_to_deg(*targets.T), axis=-1)
        residuals: list[TargetError] = []
        for i, camera in enumerate(self._cameras):
            windows = [window[:, i] for window in self._points.values()]
            lost = [_loss(window) for window in windows]
            raw_deg = np.array([_middle(window) for window in windows]).reshape(-1, 2)
            try:
                camera.gaze_map = fit_gaze_map(raw_deg, places_deg)
            except ValueError as error:
                raise FoveolaError(
                    f"The {camera.side} eye can't be calibrated: it had no gaze at any target.",
                    remedy="Collect points while the observer looks at them.",
                ) from error
            x_px, y_px = screen.deg_to_px(*camera.gaze_map(raw_deg).T)
            errors_deg = screen.angle_deg(x_px, y_px, *targets.T)
            residuals += [
                TargetError(
                    target_x_px=target[0],
                    target_y_px=target[1],
                    eye=camera.side,
                    gaze_x_px=x,
                    gaze_y_px=y,
                    error_deg=error_deg,
                    loss=share,
                )
                for target, x, y, error_deg, share in zip(
                    targets, x_px, y_px, errors_deg, lost, strict=True
                )
            ]
        return tuple(residuals)

    def stop(self) -> None:
        """End the recording; what was sampled until now can still be read."""
        self._sample()
        self._running = False

    def close(self) -> None:
        """Disconnect."""
        if self._running:
            self.stop()

    def truth(self) -> SimulatedTruth:
        """What the observer really did up to the last sample, and the densities behind it."""
        parameters = {"simulated": self.settings.model_dump(mode="json")}
        seen = self._observer.densities() if self._observer else ()
        return SimulatedTruth(
            screen=self._connected(),
            stimuli=tuple(stimulus for stimulus, _ in seen),
            densities=tuple(density for _, density in seen),
            events=self._observer.events() if self._observer else empty_events(0),
            provenance=provenance(parameters, seed=self.seed),
        )

    def _make_cameras(self) -> list[_Camera]:
        chosen = self.settings
        rate_hz = chosen.sampling_rate_hz
        white_deg, coloured_deg = noise_mixture(
            chosen.rms_s2s_deg, chosen.std_deg, chosen.noise_tau_s, rate_hz
        )
        sides: tuple[Side, ...] = ("left", "right") if chosen.eyes == "both" else (chosen.eyes,)
        cameras = []
        for side, seed in zip(sides, self._eye_seeds.spawn(len(sides)), strict=True):
            rngs = [np.random.default_rng(child) for child in seed.spawn(5)]
            cameras.append(
                _Camera(
                    side,
                    Distortion(
                        rngs[0],
                        chosen.offset_deg,
                        chosen.gain,
                        chosen.curvature_deg,
                        chosen.residual_deg,
                    ),
                    white=ColouredNoise(rngs[1], white_deg, 0.0, rate_hz, 2),
                    coloured=ColouredNoise(rngs[2], coloured_deg, chosen.noise_tau_s, rate_hz, 2),
                    wander=ColouredNoise(
                        rngs[3], chosen.wander_deg, chosen.wander_tau_s, rate_hz, 2
                    ),
                    pupil=ColouredNoise(rngs[4], 0.04 * chosen.pupil_mm, 1.0, rate_hz, 1),
                )
            )
        return cameras

    def _sample(self) -> None:
        """Make every sample that has arrived by now."""
        observer = self._looking()
        if not self._running:
            return
        rate_hz = self.settings.sampling_rate_hz
        arrived_s = self._device_s(self._clock() - self.settings.delay_s)
        end = int(np.floor(arrived_s * rate_hz)) + 1
        if end <= self._next:
            return
        device_s = np.arange(self._next, end) / rate_hz
        self._next = end
        true_s = self._host_s(device_s)
        gaze_deg, shut = observer.gaze_deg(true_s)
        self._ready.append(self._seen(true_s, device_s, gaze_deg, shut))

    def _seen(
        self, true_s: Floats, device_s: Floats, gaze_deg: Floats, shut: NDArray[np.bool_]
    ) -> GazeSamples:
        n, late_s = len(true_s), true_s[-1] - COLLECT_S
        widest_s = 0.2 / self.settings.sampling_rate_hz
        jitter_s = self.settings.time_jitter_s * self._jitter_rng.standard_normal(n)
        samples = gaze_samples(true_s + np.clip(jitter_s, -widest_s, widest_s))
        samples["device_time_s"] = device_s
        apart_deg = self._disparity.next(n)[:, 0] / 2
        raw_deg = np.empty((n, len(self._cameras), 2))
        for i, camera in enumerate(self._cameras):
            eye_deg = gaze_deg.copy()
            eye_deg[:, 0] += apart_deg if camera.side == "left" else -apart_deg
            raw_deg[:, i] = camera.raw_deg(eye_deg)
            raw_deg[shut, i] = np.nan
            pupil_mm = self.settings.pupil_mm + camera.pupil.next(n)[:, 0]
            seen_deg = camera.gaze_map(raw_deg[:, i]) if camera.gaze_map else raw_deg[:, i]
            x_px, y_px = self._connected().deg_to_px(*seen_deg.T)
            samples[f"{camera.side}_x_px"] = x_px
            samples[f"{camera.side}_y_px"] = y_px
            samples[f"{camera.side}_pupil"] = np.where(shut, np.nan, pupil_mm)
        if self._faults and not (taken := self._faults.taken(true_s)).all():
            samples, true_s, raw_deg = samples[taken], true_s[taken], raw_deg[taken]
        self._latest = [(times_s, raw) for times_s, raw in self._latest if times_s[-1] >= late_s]
        if len(true_s):
            self._latest.append((true_s, raw_deg))
        return samples

    def _device_s(self, host_s: float) -> float:
        drift = 1 + self.settings.clock_drift_ppm * 1e-6
        return self.settings.clock_offset_s + drift * host_s

    def _host_s(self, device_s: Floats) -> Floats:
        drift = 1 + self.settings.clock_drift_ppm * 1e-6
        return (device_s - self.settings.clock_offset_s) / drift

    def _connected(self) -> Screen:
        if self._screen is None:
            raise ValueError("connect the tracker first")
        return self._screen

    def _looking(self) -> VirtualObserver:
        if self._observer is None:
            raise ValueError("start the tracker first")
        return self._observer


def _middle(window: Floats) -> Floats:
    """Median gaze, which a saccade within the window can't pull; NaN where too much is lost."""
    if len(window) == 0 or _loss(window) > 1 - ENOUGH_GAZE:
        return np.full(2, np.nan)
    return np.asarray(np.nanmedian(window, axis=0))


def _loss(window: Floats) -> float:
    return float(np.mean(np.isnan(window).any(axis=-1))) if len(window) else 1.0
