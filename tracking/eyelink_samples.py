"""Reads samples from an EyeLink's link, and keeps account of what the link lost."""

from __future__ import annotations

from typing import Any

import numpy as np

from foveola.data_schema import GAZE_DTYPE, GazeSamples

from .eyelink_edf import ADD_HALF_MS, FAR, LEFT, MISSING, RIGHT
from .eyelink_edf_records import LOST_DATA, SAMPLE

#: The host counts milliseconds in 32 bits, which is 49.7 days.
WRAP_MS = 2.0**32
NO_EYE = (np.nan, np.nan, np.nan)


class DeviceTime:
    """The host's milliseconds on one axis: where its counter wraps, the axis goes on."""

    def __init__(self) -> None:
        self._last_ms: float | None = None

    def unwrapped_ms(self, time_ms: float) -> float:
        """The time nearest to the last one that the counter can mean."""
        if self._last_ms is not None:
            time_ms += WRAP_MS * round((self._last_ms - time_ms) / WRAP_MS)
        self._last_ms = time_ms
        return time_ms


class SampleQueue:
    """Takes samples off the link; events stay there, the EDF file has them.

    Parameters
    ----------
    time : DeviceTime
        The axis of the host's time, which the comparisons of the clocks share.
    """

    def __init__(self, time: DeviceTime) -> None:
        self._time = time
        self._last_ms = -np.inf
        #: Since the last :meth:`account`: how often the link said that it lost something, samples
        #: that are missing between two that came, and samples whose time went back.
        self._losses = self._missing = self._backward = 0
        #: Whether the link has lost something, and no sample has shown yet how much.
        self._uncounted = False
        self._period_ms, self._fresh = np.nan, True
        #: Of the newest sample: which eyes it has.
        self.flags = 0

    def begin(self, sampling_rate_hz: float) -> None:
        """Expect samples at a rate; the time until the first one is no loss."""
        self._period_ms = 1000 / sampling_rate_hz
        self._fresh = True

    def drain(self, link: Any) -> GazeSamples:
        """Everything that waits in the link's queue; ``time_s`` is NaN for now."""
        rows = []
        while kind := link.getNextData():
            if kind == SAMPLE:
                row = self._row(link.getFloatData())
                if row is not None:
                    rows.append(row)
            elif kind == LOST_DATA:
                self._losses += 1
                self._uncounted = True
        return np.array(rows, GAZE_DTYPE)

    def account(self) -> str:
        """What was lost since the last call, in words; empty where nothing was."""
        if self._uncounted:
            return ""
        told = []
        if self._losses or self._missing:
            told.append(
                f"{self._missing} samples lost on the link, by its own account "
                f"at {self._losses} places"
            )
        if self._backward:
            told.append(f"{self._backward} samples left out because their time went back")
        self._losses = self._missing = self._backward = 0
        return ", ".join(told) + "; the EDF file on the Host PC is not touched" if told else ""

    def _row(self, sample: Any) -> tuple[float, ...] | None:
        flags, time_ms = sample.getFlags(), float(sample.getTime())
        # Versions of the library that leave it to the flag give whole milliseconds at 2000 Hz.
        if flags & ADD_HALF_MS and time_ms.is_integer():
            time_ms += 0.5
        time_ms = self._time.unwrapped_ms(time_ms)
        if time_ms <= self._last_ms:
            self._backward += 1
            return None
        if not self._fresh:
            self._missing += max(0, round((time_ms - self._last_ms) / self._period_ms) - 1)
        self._last_ms, self._fresh, self.flags = time_ms, False, flags
        self._uncounted = False
        left = _eye(sample.getLeftEye()) if flags & LEFT else NO_EYE
        right = _eye(sample.getRightEye()) if flags & RIGHT else NO_EYE
        return (np.nan, time_ms / 1000, *left, *right)


def _eye(data: Any) -> tuple[float, float, float]:
    x_px, y_px = data.getGaze()
    pupil = data.getPupilSize()
    lost = x_px == MISSING or y_px == MISSING or abs(x_px) >= FAR or abs(y_px) >= FAR
    if pupil == MISSING or pupil <= 0:
        pupil = np.nan
    return (np.nan, np.nan, pupil) if lost else (x_px, y_px, pupil)


def mapped_times(
    times_s: np.ndarray[Any, np.dtype[np.float64]], last_s: float, now_s: float
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Times after the last one and not of the future, in their order.

    A map from clock to clock is uncertain by a fraction of a millisecond, a sample that has come
    is of the past for certain.

    Parameters
    ----------
    times_s : ndarray, shape (n,)
        Growing.
    last_s : float
        Time of the last sample before them.
    now_s : float
        After ``last_s``.
    """
    if not len(times_s):
        return times_s
    times_s = times_s - max(0.0, times_s[-1] - now_s)
    if times_s[0] > last_s:
        return times_s
    # The batch is squeezed between the last sample and its own end, or now.
    end_s = times_s[-1] if times_s[-1] > last_s else now_s
    step_s = (times_s[-1] - times_s[0]) / max(1, len(times_s) - 1) or 1e-3
    share = (times_s - times_s[0] + step_s) / (times_s[-1] - times_s[0] + step_s)
    return np.asarray(last_s + share * (end_s - last_s))
