"""How a recording goes, as its recorder tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecorderStatus:
    """How the recording goes.

    Attributes
    ----------
    samples : int
        Taken from the tracker since the start.
    rate_hz : float
        Measured over the samples of the last ten seconds; NaN before there are two.
    loss : float
        Share of the last second's samples without gaze of either eye; NaN where there are none.
    waiting : int
        Samples that the disk has not taken yet.
    dropped : int
        Samples lost because the disk took nothing for too long.
    since_last_s : float
        Seconds since the newest sample; infinite before the first.
    problem : str
        What the tracker said last of itself; empty where it said nothing.
    error : str
        What is wrong; empty where nothing is.
    """

    samples: int
    rate_hz: float
    loss: float
    waiting: int
    dropped: int
    since_last_s: float
    problem: str
    error: str
