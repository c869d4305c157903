"""The trackers that a session can use, by name."""

from __future__ import annotations

from collections.abc import Callable

from foveola.data_schema import FoveolaError
from foveola.tracking import EyeLinkTracker, SimulatedTracker, Tracker

from .settings import ExperimentSettings

#: Makes a tracker from the settings, the recorder's clock, the seed and the observer's id.
TrackerFactory = Callable[[ExperimentSettings, Callable[[], float], int], Tracker]


def _simulated(settings: ExperimentSettings, clock: Callable[[], float], seed: int) -> Tracker:
    return SimulatedTracker(settings.tracker.simulated, clock, seed=seed)


def _eyelink(settings: ExperimentSettings, clock: Callable[[], float], _seed: int) -> Tracker:
    return EyeLinkTracker(settings.tracker.eyelink, clock)


TRACKERS: dict[str, TrackerFactory] = {"eyelink": _eyelink, "simulated": _simulated}


def tracker_factory(name: str) -> TrackerFactory:
    """Return what makes the tracker of that name; FoveolaError names those that there are."""
    if name not in TRACKERS:
        raise FoveolaError(
            f"There is no tracker {name!r}.", remedy=f"Available: {', '.join(sorted(TRACKERS))}."
        )
    return TRACKERS[name]
