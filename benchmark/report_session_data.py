"""What a session report says: the quality of every trial, and a grade in a word for the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    Calibration,
    Eye,
    FixationSet,
    FoveolaError,
    Recording,
    TargetError,
    Trial,
    gaze_of,
    read_recording,
)
from foveola.fixation_maps.detectors import DETECTORS, parameters_of
from foveola.fixation_maps.gaze_signal import runs_of
from foveola.fixation_maps.recordings import fixations_from_recordings

from .report_text import figure

Floats = NDArray[np.float64]
Grade = Literal["good", "fair", "poor", "unknown"]
DETECTOR = "ivt"
#: An interval between flips of so many refreshes is late; one of so many samples is a gap.
LATE_FLIP, GAP = 1.5, 1.5

#: Largest values that are still good, and still fair. Those of accuracy are EyeLink's; the others
#: are ours, stated on the page.
ACCURACY_MEAN_DEG, ACCURACY_MAX_DEG = (1.0, 1.5), (1.5, 2.0)
LOSS, RATE, LATE, EXCLUDED = (0.05, 0.15), (0.01, 0.05), (0.001, 0.01), (0.0, 0.10)


@dataclass(frozen=True)
class Check:
    """One thing that a session is graded by."""

    name: str
    grade: Grade
    found: str
    limits: str


@dataclass(frozen=True)
class TrialQuality:
    """How well a trial was recorded.

    Attributes
    ----------
    trial : Trial
        The trial.
    samples : int
        Samples while its stimulus was shown.
    loss : float
        Share of them without gaze of any eye; NaN without samples.
    longest_loss_s : float
        The longest stretch without gaze.
    late_flips, flips : int
        Flips that came late, and all while it was shown.
    excluded : str
        Why it enters no fixation set; empty where it does.
    """

    trial: Trial
    samples: int
    loss: float
    longest_loss_s: float
    late_flips: int
    flips: int
    excluded: str


@dataclass(frozen=True)
class SessionData:
    """A recording and what was measured of it.

    Attributes
    ----------
    path : Path
        The recording's file.
    recording : Recording
        All of it.
    trials : tuple of TrialQuality
        In the recording's order.
    intervals_s : ndarray, shape (n - 1,)
        Between successive samples.
    losses_s : ndarray, shape (k,)
        Lengths of stretches without gaze of any eye, over the whole recording.
    rate_hz : float
        Measured: one over the median interval; NaN with fewer than two samples.
    expected : int
        Samples that the nominal rate promises for the blocks; 0 where no block is known.
    fixations : FixationSet or None
        Of all trials that can be used, by the default detector.
    note : str
        Why there are no fixations.
    """

    path: Path
    recording: Recording
    trials: tuple[TrialQuality, ...]
    intervals_s: Floats
    losses_s: Floats
    rate_hz: float
    expected: int
    fixations: FixationSet | None
    note: str

    @property
    def validations(self) -> tuple[Calibration, ...]:
        """Validations in order of time."""
        return tuple(one for one in self.recording.calibrations if one.kind == "validation")

    @property
    def accepted_points(self) -> tuple[TargetError, ...]:
        """Targets of every accepted validation, with gaze or without."""
        return tuple(p for one in self.validations if one.accepted for p in one.points)

    @property
    def drift_checks(self) -> tuple[Calibration, ...]:
        """Drift checks in order of time."""
        return tuple(one for one in self.recording.calibrations if one.kind == "drift_check")

    @property
    def loss(self) -> float:
        """Share of the samples within trials that have no gaze; NaN where there are none."""
        samples = sum(one.samples for one in self.trials)
        lost = sum(one.loss * one.samples for one in self.trials if one.samples)
        return lost / samples if samples else math.nan


def session_data(path: Path) -> SessionData:
    """Read a recording and measure it.

    Raises
    ------
    FileFormatError
        If it is no recording, or damaged.
    """
    recording = read_recording(path)
    times_s = recording.samples["time_s"]
    x_px, y_px = gaze_of(recording.samples, Eye.BOTH)
    lost = np.isnan(x_px + y_px)
    intervals_s = np.diff(times_s)
    median_s = float(np.median(intervals_s)) if len(intervals_s) else math.nan
    fixations, note = None, ""
    try:
        fixations = fixations_from_recordings([path], DETECTOR)
    except FoveolaError as error:
        note = error.what
    spans_s = [block.end_s - block.start_s for block in recording.blocks]
    return SessionData(
        path=path,
        recording=recording,
        trials=tuple(_trial_quality(recording, trial, lost) for trial in recording.trials),
        intervals_s=intervals_s,
        losses_s=_lengths_s(times_s, lost, median_s),
        rate_hz=1 / median_s if median_s > 0 else math.nan,
        expected=round(sum(spans_s) * recording.tracker.sampling_rate_hz),
        fixations=fixations,
        note=note,
    )


def detector_parameters() -> dict[str, float | bool]:
    """Parameters of the detector that a session report uses."""
    return parameters_of(DETECTORS[DETECTOR])


def _trial_quality(
    recording: Recording, trial: Trial, lost_samples: NDArray[np.bool_]
) -> TrialQuality:
    times_s = recording.samples["time_s"]
    first, last = np.searchsorted(times_s, [trial.onset_s, trial.offset_s])
    lost = lost_samples[first:last]
    shown_s = times_s[first:last]
    interval_s = float(np.median(np.diff(shown_s))) if len(shown_s) > 1 else 0.0
    flips_s = recording.flips_s
    during = flips_s[(flips_s >= trial.onset_s) & (flips_s <= trial.offset_s)]
    return TrialQuality(
        trial=trial,
        samples=len(lost),
        loss=float(lost.mean()) if len(lost) else math.nan,
        longest_loss_s=float(max(_lengths_s(shown_s, lost, interval_s), default=0.0)),
        late_flips=int(np.sum(np.diff(during) * recording.screen.refresh_hz > LATE_FLIP)),
        flips=len(during),
        excluded=_excluded(recording, trial, len(lost)),
    )


def _excluded(recording: Recording, trial: Trial, samples: int) -> str:
    if trial.status == "interrupted":
        return "it was interrupted"
    if trial.practice:
        return "it was practice"
    if not trial.stimulus:
        return "it names no stimulus"
    if recording.stimulus(trial.stimulus) is None:
        return "its stimulus is not described in the file"
    return "" if samples else "it has no samples"


def _lengths_s(times_s: Floats, lost: NDArray[np.bool_], interval_s: float) -> Floats:
    starts, ends = runs_of(lost)
    return np.asarray(times_s[ends - 1] - times_s[starts] + interval_s)


def graded(value: float, limits: tuple[float, float]) -> Grade:
    """Grade of a figure of which less is better, by its largest good and largest fair value."""
    if math.isnan(value):
        return "unknown"
    return "good" if value <= limits[0] else "fair" if value <= limits[1] else "poor"


def overall(checks: Sequence[Check]) -> Grade:
    """The worst grade; unknown where nothing is poor and the accuracy is not known."""
    grades = [check.grade for check in checks]
    if "poor" in grades:
        return "poor"
    if checks[0].grade == "unknown":
        return "unknown"
    return "fair" if "fair" in grades else "good"


def checks_of(data: SessionData) -> tuple[Check, ...]:
    """What the session is graded by; accuracy comes first."""
    return (_accuracy(data), _data_loss(data), _rate(data), _flips(data), _trials(data))


def _accuracy(data: SessionData) -> Check:
    limits = "good: mean < 1.0° and largest < 1.5°; fair: at most 1.5° and 2.0° (EyeLink)"
    points = data.accepted_points
    if not points:
        grade: Grade = "poor" if data.validations else "unknown"
        found = "no validation was accepted" if data.validations else "no validation is known"
        return Check("Accuracy", grade, found, limits)
    errors = np.array([point.error_deg for point in points])
    blind = int(np.count_nonzero(np.isnan(errors)))
    if blind == len(errors):
        return Check("Accuracy", "poor", "no gaze at any target", limits)
    mean, largest = float(np.nanmean(errors)), float(np.nanmax(errors))
    found = f"mean {mean:.2f}°, largest {largest:.2f}°"
    if blind:
        return Check("Accuracy", "poor", f"{found}, no gaze at {blind} of {len(errors)}", limits)
    if mean < ACCURACY_MEAN_DEG[0] and largest < ACCURACY_MAX_DEG[0]:
        return Check("Accuracy", "good", found, limits)
    fair = mean <= ACCURACY_MEAN_DEG[1] and largest <= ACCURACY_MAX_DEG[1]
    return Check("Accuracy", "fair" if fair else "poor", found, limits)


def _data_loss(data: SessionData) -> Check:
    found = "no samples in trials" if math.isnan(data.loss) else f"{data.loss:.1%} within trials"
    limits = f"good: at most {LOSS[0]:.0%}; fair: at most {LOSS[1]:.0%}"
    return Check("Data loss", graded(data.loss, LOSS), found, limits)


def _rate(data: SessionData) -> Check:
    nominal = data.recording.tracker.sampling_rate_hz
    away = abs(data.rate_hz / nominal - 1)
    found = f"{figure(data.rate_hz, 1) or 'unknown'} Hz of {nominal:g} Hz"
    limits = f"good: within {RATE[0]:.0%}; fair: within {RATE[1]:.0%}"
    return Check("Sampling rate", graded(away, RATE), found, limits)


def _flips(data: SessionData) -> Check:
    flips = sum(one.flips for one in data.trials)
    late = sum(one.late_flips for one in data.trials)
    known = flips > 0 and data.recording.screen.refresh_hz > 0
    found = f"{late:,} of {flips:,} late in trials" if known else "no flips are known"
    limits = f"good: at most {LATE[0]:.1%}; fair: at most {LATE[1]:.0%}"
    return Check("Screen", graded(late / flips if known else math.nan, LATE), found, limits)


def _trials(data: SessionData) -> Check:
    count = len(data.trials)
    excluded = sum(1 for one in data.trials if one.excluded)
    found = f"{count - excluded:,} of {count:,} can be used" if count else "no trial"
    limits = f"good: all; fair: all but {EXCLUDED[1]:.0%}"
    return Check("Trials", graded(excluded / count if count else math.nan, EXCLUDED), found, limits)
