"""How well each trial of a recording was recorded, and why it may be left out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import Eye, Recording, Trial, gaze_of

from .gaze_signal import runs_of

Floats = NDArray[np.float64]
#: An interval between flips of so many refreshes is late.
LATE_FLIP = 1.5


@dataclass(frozen=True)
class TrialQuality:
    """How well a trial was recorded.

    Attributes
    ----------
    trial : Trial
        The trial.
    samples, valid : int
        Samples while its stimulus was shown, and those of them with gaze of any eye.
    expected : float
        Samples that the nominal rate promises for its time.
    longest_loss_s : float
        The longest stretch without gaze.
    late_flips, flips : int
        Flips that came late, and all while it was shown.
    excluded : str
        Why it enters no fixation set; empty where it does.
    """

    trial: Trial
    samples: int
    valid: int
    expected: float
    longest_loss_s: float
    late_flips: int
    flips: int
    excluded: str

    @property
    def loss(self) -> float:
        """Share of its samples without gaze of any eye; NaN without samples."""
        return 1 - self.valid / self.samples if self.samples else math.nan


def trial_qualities(recording: Recording) -> tuple[TrialQuality, ...]:
    """Measure every trial, in the recording's order."""
    x_px, y_px = gaze_of(recording.samples, Eye.BOTH)
    lost = np.isnan(x_px + y_px)
    return tuple(_trial_quality(recording, trial, lost) for trial in recording.trials)


def lengths_s(times_s: Floats, lost: NDArray[np.bool_], interval_s: float) -> Floats:
    """Length of each run of lost samples, the last of which lasts one interval."""
    starts, ends = runs_of(lost)
    return np.asarray(times_s[ends - 1] - times_s[starts] + interval_s)


def _trial_quality(
    recording: Recording, trial: Trial, lost_samples: NDArray[np.bool_]
) -> TrialQuality:
    times_s = recording.samples["time_s"]
    first, last = np.searchsorted(times_s, [trial.onset_s, trial.offset_s])
    lost, shown_s = lost_samples[first:last], times_s[first:last]
    interval_s = float(np.median(np.diff(shown_s))) if len(shown_s) > 1 else 0.0
    flips_s = recording.flips_s
    during = flips_s[(flips_s >= trial.onset_s) & (flips_s <= trial.offset_s)]
    return TrialQuality(
        trial=trial,
        samples=len(lost),
        valid=int(np.count_nonzero(~lost)),
        expected=(trial.offset_s - trial.onset_s) * recording.tracker.sampling_rate_hz,
        longest_loss_s=float(max(lengths_s(shown_s, lost, interval_s), default=0.0)),
        late_flips=int(np.sum(np.diff(during) * recording.screen.refresh_hz > LATE_FLIP)),
        flips=len(during),
        excluded=_excluded(recording, trial, len(lost)),
    )


def _excluded(recording: Recording, trial: Trial, samples: int) -> str:
    if trial.practice:
        return "it was practice"
    if trial.status == "interrupted":
        return "it was interrupted"
    if not trial.stimulus:
        return "it names no stimulus"
    if recording.stimulus(trial.stimulus) is None:
        return "its stimulus is not described in the file"
    return "" if samples else "it has no samples"
