"""The data quality of a recording: what was measured, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    ClockFit,
    EventKind,
    Events,
    Eye,
    GazeSamples,
    Recording,
    TargetError,
    eyes_in,
    gaze_of,
)

from . import gaze_quality_measures as measures
from .detectors import Detector
from .gaze_signal import runs_of
from .main_sequence import MainSequence, main_sequence
from .quality_grade import (
    Check,
    Grade,
    Limits,
    accuracy_check,
    clock_check,
    gap_check,
    loss_check,
    overall,
    precision_check,
    rate_check,
    screen_check,
    trials_check,
)
from .trial_quality import TrialQuality, trial_qualities

Floats = NDArray[np.float64]
NAN = float("nan")
#: Precision is measured in fixations at least this long.
RESTING_S = 0.1
#: Samples that are missing in a row count as a gap from this many on.
GAP_SAMPLES = 2
EYE_NAMES = {Eye.LEFT: "left", Eye.RIGHT: "right"}


@dataclass(frozen=True)
class EyeQuality:
    """The quality of one eye's gaze.

    Attributes
    ----------
    eye : str
        "left" or "right".
    loss_by_validity, loss_by_count : float
        Share of the samples recorded, and of those expected by rate and time, without gaze.
    effective_rate_hz : float
        Samples with gaze in a second.
    losses_s : ndarray, shape (k,)
        Length of each run of samples without gaze.
    rms_s2s_deg, std_deg, bcea_deg2 : float
        Medians over fixations of at least 0.1 s.
    """

    eye: str
    loss_by_validity: float
    loss_by_count: float
    effective_rate_hz: float
    losses_s: Floats
    rms_s2s_deg: float
    std_deg: float
    bcea_deg2: float


@dataclass(frozen=True)
class Quality:
    """The data quality of a recording.

    Attributes
    ----------
    samples, duration_s, nominal_rate_hz : int, float, float
        Samples, time within blocks, and the tracker's nominal rate.
    gaps_s : ndarray, shape (g,)
        Length of each time within a block in which samples are missing.
    targets : tuple of TargetError
        Of the last accepted validation (of the last, where none is): accuracy per target and eye.
    eyes : tuple of EyeQuality
        Of each eye with gaze.
    clock : ClockFit
        The line between the tracker's clock and the recorder's.
    events, sequence : Events, MainSequence
        Events of both eyes together, and their main sequence.
    bcea_share : float
        P of the BCEA.
    trials : tuple of TrialQuality
        Every trial.
    rate_hz : float
        Measured: one over the median interval; NaN with fewer than two samples.
    checks : tuple of Check
        What it is graded by; the accuracy comes first.
    """

    samples: int
    duration_s: float
    nominal_rate_hz: float
    gaps_s: Floats
    targets: tuple[TargetError, ...]
    eyes: tuple[EyeQuality, ...]
    clock: ClockFit
    events: Events
    sequence: MainSequence
    bcea_share: float
    trials: tuple[TrialQuality, ...] = ()
    rate_hz: float = NAN
    checks: tuple[Check, ...] = ()

    @property
    def grade(self) -> Grade:
        """The worst of the checks; unknown where nothing is poor and the accuracy not known."""
        return overall(self.checks)

    @property
    def verdict(self) -> str:
        """One sentence."""
        known = [one for one in self.checks if one.grade != "unknown"]
        bad = [one for one in known if one.grade != "good"]
        if not self.samples:
            return "Nothing could be graded: the recording holds no samples."
        if self.grade == "good":
            return f"Good: all {len(known)} checks are good."
        if not bad:
            return f"No grade: {len(known)} checks are good, but {self.checks[0].found}."
        what = "; ".join(f"{one.name.lower()} {one.grade} ({one.found})" for one in bad)
        return f"{self.grade.capitalize()}: {what}."

    def as_json(self) -> dict[str, Any]:
        """Everything but the events as plain numbers and text; NaN as None."""
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        kinds = content.pop("events")["kind"]
        content["events"] = {
            kind.name.lower(): int(np.count_nonzero(kinds == kind)) for kind in EventKind
        }
        content["trials"] = [
            {
                "index": one.trial.index, "stimulus": one.trial.stimulus, "samples": one.samples,
                "loss": one.loss, "longest_loss_s": one.longest_loss_s, "excluded": one.excluded,
            }
            for one in self.trials
        ]  # fmt: skip
        content |= {"grade": self.grade, "verdict": self.verdict}
        return {name: _plain(one) for name, one in content.items()}


def quality_of(
    recording: Recording,
    detect: Detector,
    *,
    limits: Limits | None = None,
    bcea_share: float = 0.68,
) -> Quality:
    """Measure the data quality of a recording and judge it.

    Parameters
    ----------
    recording : Recording
        The recording.
    detect : Detector
        Finds the fixations in which precision is measured, and the saccades.
    limits : Limits, optional
        What is good, and what is fair.
    bcea_share : float
        P of the BCEA.
    """
    samples, screen = recording.samples, recording.screen
    rate_hz = recording.tracker.sampling_rate_hz
    events = detect(samples, screen)
    blocks = _blocks(recording)
    lasted_s = float(sum(end - start for start, end in blocks))
    eyes = tuple(_of_eye(recording, eye, events, lasted_s, bcea_share) for eye in eyes_in(samples))
    found = Quality(
        samples=len(samples),
        duration_s=lasted_s,
        nominal_rate_hz=rate_hz,
        gaps_s=_gaps_s(samples, blocks, rate_hz),
        targets=_last_validation(recording),
        eyes=eyes,
        clock=recording.clock,
        events=events,
        sequence=main_sequence(events),
        bcea_share=bcea_share,
        trials=trial_qualities(recording),
        rate_hz=_rate_hz(samples["time_s"]),
    )
    return replace(found, checks=_checks(found, recording, limits or Limits()))


def _blocks(recording: Recording) -> list[tuple[float, float]]:
    """Times in which the tracker recorded; of a recording without blocks, all of it.

    A block that ends with its last sample lasts one interval longer.
    """
    times_s = recording.samples["time_s"]
    if not recording.blocks:
        first_s = float(times_s[0]) if len(times_s) > 1 else 0.0
        return [(first_s, first_s + measures.duration_s(times_s))] if len(times_s) > 1 else []
    found = []
    for block in recording.blocks:
        end_s = block.end_s
        last = int(np.searchsorted(times_s, end_s + 1e-6)) - 1
        if last >= 0 and times_s[last] >= block.start_s:
            end_s = max(end_s, float(times_s[last]) + 1 / recording.tracker.sampling_rate_hz)
        found.append((block.start_s, end_s))
    return found


def _gaps_s(samples: GazeSamples, blocks: list[tuple[float, float]], rate_hz: float) -> Floats:
    """Times within blocks in which samples are missing."""
    found = []
    for start_s, end_s in blocks:
        first, last = np.searchsorted(samples["time_s"], [start_s - 1e-6, end_s - 1e-6])
        times = np.concatenate([[start_s], samples["time_s"][first:last], [end_s]])
        missing_s = np.diff(times) - 1 / rate_hz
        found.append(missing_s[missing_s > (GAP_SAMPLES - 0.5) / rate_hz])
    return np.concatenate(found) if found else np.empty(0)


def _last_validation(recording: Recording) -> tuple[TargetError, ...]:
    validations = [one for one in recording.calibrations if one.kind == "validation" and one.points]
    # One of several that were kept may have been chosen after all: the last accepted one holds.
    accepted = [one for one in validations if one.accepted] or validations
    return accepted[-1].holding if accepted else ()


def _of_eye(
    recording: Recording, eye: Eye, events: Events, lasted_s: float, bcea_share: float
) -> EyeQuality:
    samples = recording.samples
    gaze = recording.screen.px_to_deg(*gaze_of(samples, eye))
    resting = events[(events["kind"] == EventKind.FIXATION) & (events["duration_s"] >= RESTING_S)]
    ends_s = resting["onset_s"] + resting["duration_s"]
    bounds = np.searchsorted(samples["time_s"], np.stack([resting["onset_s"], ends_s]) - 1e-6)
    parts = [(gaze[0][first:end], gaze[1][first:end]) for first, end in bounds.T]
    rms, std, area = (
        [measures.rms_s2s(*part).both_deg for part in parts],
        [measures.std(*part).both_deg for part in parts],
        [measures.bcea(*part, bcea_share).area_deg2 for part in parts],
    )
    rate_hz = recording.tracker.sampling_rate_hz
    starts, ends = runs_of(np.isnan(gaze[0]) | np.isnan(gaze[1]))
    losses_s = samples["time_s"][ends - 1] - samples["time_s"][starts] + 1 / rate_hz
    return EyeQuality(
        eye=EYE_NAMES[eye],
        loss_by_validity=measures.loss_by_validity(*gaze),
        loss_by_count=measures.loss_by_count(*gaze, lasted_s, rate_hz),
        effective_rate_hz=measures.effective_rate_hz(*gaze, lasted_s),
        losses_s=losses_s,
        rms_s2s_deg=_median(rms),
        std_deg=_median(std),
        bcea_deg2=_median(area),
    )


def _median(values: list[float]) -> float:
    known = [one for one in values if np.isfinite(one)]
    return float(np.median(known)) if known else NAN


def _rate_hz(times_s: Floats) -> float:
    interval_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else NAN
    return 1 / interval_s if interval_s > 0 else NAN


def _checks(found: Quality, recording: Recording, limits: Limits) -> tuple[Check, ...]:
    validations = [one for one in recording.calibrations if one.kind == "validation"]
    x_px, y_px = gaze_of(recording.samples, Eye.BOTH)
    lost = measures.loss_by_count(x_px, y_px, found.duration_s, found.nominal_rate_hz)
    longest_s = max(found.gaps_s, default=0.0) if found.samples else NAN
    return (
        accuracy_check(validations, limits),
        precision_check(
            (eye.rms_s2s_deg for eye in found.eyes), (eye.std_deg for eye in found.eyes), limits
        ),
        loss_check(found.trials, lost, limits),
        rate_check(found.rate_hz, found.nominal_rate_hz, limits),
        gap_check(float(longest_s), limits),
        clock_check(found.clock, limits),
        screen_check(found.trials, recording.screen.refresh_hz, limits),
        trials_check(found.trials, limits),
    )


def _plain(value: Any) -> Any:
    """Numbers, text, lists and dictionaries alone."""
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value.tolist()]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
