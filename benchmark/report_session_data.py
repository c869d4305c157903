"""What a session report rests on: a recording, its data quality and its fixations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    Calibration,
    Eye,
    FixationSet,
    FoveolaError,
    Recording,
    TargetError,
    gaze_of,
    read_recording,
)
from foveola.fixation_maps.detectors import DETECTORS, parameters_of
from foveola.fixation_maps.gaze_quality import Quality, quality_of
from foveola.fixation_maps.recordings import fixations_from_recordings
from foveola.fixation_maps.trial_quality import TrialQuality, lengths_s

Floats = NDArray[np.float64]
DETECTOR = "ivt"
#: The one that ``foveola quality`` takes by default, so that both give the same grade.
QUALITY_DETECTOR = "motion"
#: An interval of so many samples is a gap.
GAP = 1.5


@dataclass(frozen=True)
class SessionData:
    """A recording and what was measured of it.

    Attributes
    ----------
    path : Path
        The recording's file.
    recording : Recording
        All of it.
    quality : Quality
        Its data quality and grade, as ``foveola quality`` tells them.
    intervals_s : ndarray, shape (n - 1,)
        Between successive samples.
    losses_s : ndarray, shape (k,)
        Lengths of stretches without gaze of any eye, over the whole recording.
    expected : int
        Samples that the nominal rate promises for the blocks; 0 where no block is known.
    fixations : FixationSet or None
        Of all trials that can be used, by the default detector.
    note : str
        Why there are no fixations.
    """

    path: Path
    recording: Recording
    quality: Quality
    intervals_s: Floats
    losses_s: Floats
    expected: int
    fixations: FixationSet | None
    note: str

    @property
    def trials(self) -> tuple[TrialQuality, ...]:
        """How well each trial was recorded, in the recording's order."""
        return self.quality.trials

    @property
    def rate_hz(self) -> float:
        """Measured: one over the median interval; NaN with fewer than two samples."""
        return self.quality.rate_hz

    @property
    def validations(self) -> tuple[Calibration, ...]:
        """Validations in order of time."""
        return tuple(one for one in self.recording.calibrations if one.kind == "validation")

    @property
    def accepted_points(self) -> tuple[TargetError, ...]:
        """Targets of every accepted validation, with gaze or without, measured last."""
        return tuple(p for one in self.validations if one.accepted for p in one.holding)

    @property
    def drift_checks(self) -> tuple[Calibration, ...]:
        """Drift checks in order of time."""
        return tuple(one for one in self.recording.calibrations if one.kind == "drift_check")

    @property
    def loss(self) -> float:
        """Share of the samples within trials that have no gaze; NaN where there are none."""
        samples = sum(one.samples for one in self.trials)
        return 1 - sum(one.valid for one in self.trials) / samples if samples else math.nan


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
        quality=quality_of(recording, DETECTORS[QUALITY_DETECTOR]),
        intervals_s=intervals_s,
        losses_s=lengths_s(times_s, lost, median_s),
        expected=round(sum(spans_s) * recording.tracker.sampling_rate_hz),
        fixations=fixations,
        note=note,
    )


def detector_parameters() -> dict[str, float | bool]:
    """Parameters of the detector that a session report uses."""
    return parameters_of(DETECTORS[DETECTOR])
