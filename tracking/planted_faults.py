"""Faults planted into a simulated tracker, so that drills can see what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from foveola.data_schema import Record


class Unplugged(Record):
    """A time for which the simulated tracker is unplugged: it takes no samples and says so."""

    at_s: float = Field(ge=0, description="after its first start")
    for_s: float = Field(gt=0)


class PlantedFaults:
    """Leaves out what a tracker would not have taken, and tells what its link would say.

    Parameters
    ----------
    unplugged : sequence of Unplugged
        Times that do not overlap.
    start_s : float
        First start on the recorder's clock.
    """

    def __init__(self, unplugged: Sequence[Unplugged], start_s: float) -> None:
        spans = sorted((start_s + one.at_s, start_s + one.at_s + one.for_s) for one in unplugged)
        self._spans_s = np.array(spans, float).reshape(-1, 2)
        news = [(begin_s, f"no data: unplugged at {begin_s:.2f} s") for begin_s, _ in spans]
        news += [(end_s, f"back after {end_s - begin_s:.2f} s") for begin_s, end_s in spans]
        self._news = sorted(news)

    def taken(self, times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which samples are taken at all, shape (n,)."""
        begin_s, end_s = self._spans_s.T
        within = (times_s[:, None] >= begin_s) & (times_s[:, None] < end_s)
        return np.asarray(~within.any(axis=1))

    def news(self, now_s: float) -> tuple[str, ...]:
        """What happened since the last call, in words."""
        told = tuple(text for time_s, text in self._news if time_s <= now_s)
        self._news = self._news[len(told) :]
        return told
