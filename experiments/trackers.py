"""The trackers that a session can use, by name."""

from __future__ import annotations

from collections.abc import Callable

from foveola.data_schema import FoveolaError
from foveola.tracking import (
    EyeLinkTracker,
    LslTracker,
    MouseTracker,
    ReplayTracker,
    SimulatedTracker,
    TobiiTracker,
    Tracker,
)

from .settings import ExperimentSettings

#: Makes a tracker from the settings, the recorder's clock and the seed.
TrackerFactory = Callable[[ExperimentSettings, Callable[[], float], int], Tracker]
#: Divides a tracker's name from what it is told: ``replay:FILE.h5``.
TOLD = ":"


def _simulated(settings: ExperimentSettings, clock: Callable[[], float], seed: int) -> Tracker:
    return SimulatedTracker(settings.tracker.simulated, clock, seed=seed)


def _tobii(settings: ExperimentSettings, clock: Callable[[], float], _seed: int) -> Tracker:
    return TobiiTracker(settings.tracker.tobii, clock)


def _lsl(settings: ExperimentSettings, clock: Callable[[], float], _seed: int) -> Tracker:
    return LslTracker(settings.tracker.lsl, clock)


def _replay(settings: ExperimentSettings, clock: Callable[[], float], _seed: int) -> Tracker:
    return ReplayTracker(settings.tracker.replay.recording, clock)


def _mouse(_settings: ExperimentSettings, clock: Callable[[], float], _seed: int) -> Tracker:
    return MouseTracker(clock)


def _eyelink(settings: ExperimentSettings, clock: Callable[[], float], _seed: int) -> Tracker:
    return EyeLinkTracker(settings.tracker.eyelink, clock)


TRACKERS: dict[str, TrackerFactory] = {
    "eyelink": _eyelink,
    "lsl": _lsl,
    "mouse": _mouse,
    "replay": _replay,
    "simulated": _simulated,
    "tobii": _tobii,
}


def tracker_factory(name: str) -> TrackerFactory:
    """Return what makes the tracker of that name; FoveolaError names those that there are.

    ``replay:FILE.h5`` is the tracker replay and the recording that it replays.
    """
    kind, _, told = name.partition(TOLD)
    if kind not in TRACKERS or (told and kind != "replay"):
        raise FoveolaError(
            f"There is no tracker {name!r}.", remedy=f"Available: {', '.join(sorted(TRACKERS))}."
        )
    if told:
        return lambda _settings, clock, _seed: ReplayTracker(told, clock)
    return TRACKERS[kind]


def tracker_kind(name: str) -> str:
    """Name of a tracker without what it is told, which may be a path of this machine."""
    return name.partition(TOLD)[0]
