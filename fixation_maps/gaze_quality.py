"""The data quality of a recording: what was measured, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    ClockFit,
    EventKind,
    Events,
    Eye,
    FoveolaError,
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

Floats = NDArray[np.float64]
NAN = float("nan")
#: Precision is measured in fixations at least this long.
RESTING_S = 0.1
#: Samples that are missing in a row count as a gap from this many on.
GAP_SAMPLES = 2
EYE_NAMES = {Eye.LEFT: "left", Eye.RIGHT: "right"}


@dataclass(frozen=True)
class Limits:
    """What is still good. Each can be set by the user.

    Attributes
    ----------
    accuracy_deg, worst_accuracy_deg : float
        Mean over the targets of the last validation, and the worst target.
    rms_s2s_deg, std_deg : float
        Median over fixations.
    loss : float
        Share of the samples that were to be expected, 0 to 1.
    gap_s : float
        Longest time without samples within a block.
    clock_residual_s : float
        Root mean square of what the line between the clocks leaves.
    """

    accuracy_deg: float = 1.0
    worst_accuracy_deg: float = 1.5
    rms_s2s_deg: float = 0.1
    std_deg: float = 0.5
    loss: float = 0.15
    gap_s: float = 0.1
    clock_residual_s: float = 0.002


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
class Judged:
    """One measure against its limit."""

    name: str
    value: float
    limit: float
    good: bool
    words: str


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
        Of the last validation: accuracy per target and eye.
    eyes : tuple of EyeQuality
        Of each eye with gaze.
    clock : ClockFit
        The line between the tracker's clock and the recorder's.
    events, sequence : Events, MainSequence
        Events of both eyes together, and their main sequence.
    bcea_share : float
        P of the BCEA.
    judged : tuple of Judged
        Every measure that has a limit and was measured.
    unmeasured : tuple of str
        What could not be judged, and why, in words.
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
    judged: tuple[Judged, ...] = ()
    unmeasured: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """One sentence."""
        bad = [one for one in self.judged if not one.good]
        if not self.judged:
            return "Nothing could be judged: the recording holds no gaze."
        if not bad:
            return f"Good: all {len(self.judged)} measures are within their limits."
        what = "; ".join(one.words for one in bad)
        return f"With care: {len(bad)} of {len(self.judged)} measures exceed their limits: {what}."

    def as_json(self) -> dict[str, Any]:
        """Everything but the events as plain numbers and text; NaN as None."""
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        kinds = content.pop("events")["kind"]
        content["events"] = {
            kind.name.lower(): int(np.count_nonzero(kinds == kind)) for kind in EventKind
        }
        content["verdict"] = self.verdict
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
        What is still good.
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
    )
    judged, unmeasured = _judge(found, limits or Limits())
    return replace(found, judged=judged, unmeasured=unmeasured)


def limits_of(changes: Mapping[str, float]) -> Limits:
    """Limits with some of them changed.

    Raises
    ------
    FoveolaError
        If there is no such limit.
    """
    known = asdict(Limits())
    for name in changes:
        if name not in known:
            raise FoveolaError(
                f"There is no limit {name!r}.", remedy=f"Known are: {', '.join(known)}."
            )
    return Limits(**(known | dict(changes)))


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
    return validations[-1].points if validations else ()


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


def _judge(found: Quality, limits: Limits) -> tuple[tuple[Judged, ...], tuple[str, ...]]:
    errors = [one.error_deg for one in found.targets if np.isfinite(one.error_deg)]
    mean_deg = float(np.mean(errors)) if errors else NAN
    measured = [
        ("accuracy_deg", mean_deg, "accuracy {:.2f} deg"),
        ("worst_accuracy_deg", max(errors, default=NAN), "worst target {:.2f} deg"),
        ("gap_s", float(found.gaps_s.max()) if len(found.gaps_s) else 0.0, "longest gap {:.3f} s"),
        ("clock_residual_s", found.clock.residual_s, "clock residual {:.4f} s"),
    ]
    for eye in found.eyes:
        measured += [
            ("rms_s2s_deg", eye.rms_s2s_deg, f"RMS-S2S of the {eye.eye} eye {{:.3f}} deg"),
            ("std_deg", eye.std_deg, f"STD of the {eye.eye} eye {{:.3f}} deg"),
            ("loss", eye.loss_by_count, f"loss of the {eye.eye} eye {{:.1%}}"),
        ]
    judged = []
    for name, value, words in measured:
        if not np.isfinite(value) or not found.eyes:
            continue
        limit = getattr(limits, name)
        bound = f"{limit:.0%}" if name == "loss" else f"{limit:g}"
        told = f"{words.format(value)} (limit {bound})"
        judged.append(Judged(name, value, limit, bool(value <= limit), told))
    return tuple(judged), tuple(_unmeasured(found, errors))


def _unmeasured(found: Quality, errors: list[float]) -> list[str]:
    told = []
    if not errors:
        told.append("Accuracy is unknown: the recording holds no validation with gaze.")
    if not np.isfinite(found.clock.residual_s):
        told.append("The clocks were not compared: times are taken as the file gives them.")
    told += [f"Its clocks don't run together: {jump.words()}." for jump in found.clock.jumps]
    if not any(np.isfinite(eye.rms_s2s_deg) for eye in found.eyes):
        told.append("Precision is unknown: no fixation lasts 0.1 s.")
    return told


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
