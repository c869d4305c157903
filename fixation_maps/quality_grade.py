"""The grade of a recording's data quality: what is good, what is fair, and what is poor.

`foveola quality` and the session report grade by these checks, so that both say the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from foveola.data_schema import Calibration, ClockFit, FoveolaError

from .trial_quality import TrialQuality

Grade = Literal["good", "fair", "poor", "unknown"]
#: The largest value that is good, and the largest that is fair.
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Limits:
    """The largest values that are good, and that are fair. Each can be set by the user.

    Those of accuracy are EyeLink's; the others are ours.

    Attributes
    ----------
    accuracy_deg, worst_accuracy_deg : (float, float)
        Mean over targets and eyes of the accepted validations, and the worst of them.
    rms_s2s_deg, std_deg : (float, float)
        Median over fixations, of the worse eye.
    loss : (float, float)
        Share without gaze of any eye of the samples that trials promise (where there is none,
        the whole recording), 0 to 1.
    rate : (float, float)
        How far the measured rate is from the nominal one, as a share of it.
    gap_s : (float, float)
        Longest time without samples within a block.
    clock_residual_s : (float, float)
        Root mean square of what the line between the clocks leaves.
    late_flips : (float, float)
        Share of the flips in trials that came late.
    excluded : (float, float)
        Share of the trials that can't be used; practice aside.
    """

    accuracy_deg: Bounds = (1.0, 1.5)
    worst_accuracy_deg: Bounds = (1.5, 2.0)
    rms_s2s_deg: Bounds = (0.1, 0.3)
    std_deg: Bounds = (0.5, 1.0)
    loss: Bounds = (0.05, 0.15)
    rate: Bounds = (0.01, 0.05)
    gap_s: Bounds = (0.1, 1.0)
    clock_residual_s: Bounds = (0.002, 0.01)
    late_flips: Bounds = (0.001, 0.01)
    excluded: Bounds = (0.0, 0.10)


def limits_of(changes: Mapping[str, float]) -> Limits:
    """Limits some of which are changed: what is good ends there, what is fair moves along.

    Examples
    --------
    >>> limits_of({"accuracy_deg": 0.5}).accuracy_deg
    (0.5, 0.75)

    Raises
    ------
    FoveolaError
        If there is no such limit, or it is below 0.
    """
    known: dict[str, Bounds] = asdict(Limits())
    for name, value in changes.items():
        if name not in known:
            raise FoveolaError(
                f"There is no limit {name!r}.", remedy=f"Known are: {', '.join(known)}."
            )
        if not value >= 0:
            raise FoveolaError(f"{name} can't be {value:g}.", remedy="Limits are 0 or more.")
        good, fair = known[name]
        known[name] = (value, fair / good * value if good else max(value, fair))
    return Limits(**known)


@dataclass(frozen=True)
class Check:
    """One thing that a recording is graded by: what was found, and what is good and fair."""

    name: str
    grade: Grade
    found: str
    limits: str


def graded(value: float, limits: Bounds) -> Grade:
    """Grade of a figure of which less is better, by its largest good and largest fair value."""
    if math.isnan(value):
        return "unknown"
    return "good" if value <= limits[0] else "fair" if value <= limits[1] else "poor"


def overall(checks: Sequence[Check]) -> Grade:
    """The worst grade; unknown where nothing is poor and the accuracy, the first, is not known."""
    grades = [check.grade for check in checks]
    if "poor" in grades:
        return "poor"
    if not grades or grades[0] == "unknown":
        return "unknown"
    return "fair" if "fair" in grades else "good"


def accuracy_check(validations: Sequence[Calibration], limits: Limits) -> Check:
    """Grade the accepted validations; a target without gaze is poor."""
    mean_limits, worst_limits = limits.accuracy_deg, limits.worst_accuracy_deg
    told = (
        f"good: mean < {mean_limits[0]:.4g}° and largest < {worst_limits[0]:.4g}°; "
        f"fair: at most {mean_limits[1]:.4g}° and {worst_limits[1]:.4g}°"
    )
    points = [point for one in validations if one.accepted for point in one.holding]
    if not points:
        grade: Grade = "poor" if validations else "unknown"
        found = "no validation was accepted" if validations else "no validation is known"
        return Check("Accuracy", grade, found, told)
    errors = np.array([point.error_deg for point in points])
    blind = int(np.count_nonzero(np.isnan(errors)))
    if blind == len(errors):
        return Check("Accuracy", "poor", "no gaze at any target", told)
    mean, largest = float(np.nanmean(errors)), float(np.nanmax(errors))
    found = f"mean {mean:.2f}°, largest {largest:.2f}°"
    if blind:
        return Check("Accuracy", "poor", f"{found}, no gaze at {blind} of {len(errors)}", told)
    if mean < mean_limits[0] and largest < worst_limits[0]:
        return Check("Accuracy", "good", found, told)
    fair = mean <= mean_limits[1] and largest <= worst_limits[1]
    return Check("Accuracy", "fair" if fair else "poor", found, told)


def precision_check(
    rms_s2s_deg: Iterable[float], std_deg: Iterable[float], limits: Limits
) -> Check:
    """Grade the precision of the worse eye within fixations."""
    rms, std = _largest(rms_s2s_deg), _largest(std_deg)
    told = (
        f"good: at most {limits.rms_s2s_deg[0]:.4g}° and {limits.std_deg[0]:.4g}°; "
        f"fair: {limits.rms_s2s_deg[1]:.4g}° and {limits.std_deg[1]:.4g}°"
    )
    if math.isnan(rms):
        return Check("Precision", "unknown", "no fixation lasts 0.1 s", told)
    grades = graded(rms, limits.rms_s2s_deg), graded(std, limits.std_deg)
    grade: Grade = "poor" if "poor" in grades else "fair" if "fair" in grades else "good"
    return Check("Precision", grade, f"RMS-S2S {rms:.3f}°, STD {std:.2f}°", told)


def loss_check(trials: Sequence[TrialQuality], whole_loss: float, limits: Limits) -> Check:
    """Grade the loss within trials, or over all where there are none."""
    shown = [one for one in trials if one.expected > 0]
    loss, where = whole_loss, "of all samples expected"
    if shown:
        expected = sum(max(one.expected, one.samples) for one in shown)
        loss, where = 1 - sum(one.valid for one in shown) / expected, "within trials"
    found = "no samples" if math.isnan(loss) else f"{max(loss, 0):.1%} {where}"
    return Check("Data loss", graded(loss, limits.loss), found, _shares(limits.loss))


def rate_check(rate_hz: float, nominal_hz: float, limits: Limits) -> Check:
    """Grade the rate between successive samples."""
    found = "unknown" if math.isnan(rate_hz) else f"{rate_hz:.1f} Hz of {nominal_hz:g} Hz"
    good, fair = limits.rate
    told = f"good: within {_percent(good)}; fair: within {_percent(fair)}"
    return Check("Sampling rate", graded(abs(rate_hz / nominal_hz - 1), limits.rate), found, told)


def gap_check(longest_s: float, limits: Limits) -> Check:
    """Grade the longest time without samples."""
    good, fair = limits.gap_s
    found = "none" if longest_s == 0 else "no samples" if math.isnan(longest_s) else ""
    return Check(
        "Gaps",
        graded(longest_s, limits.gap_s),
        found or f"the longest lasts {longest_s:.3f} s",
        f"good: at most {good:.4g} s; fair: at most {fair:.4g} s",
    )


def clock_check(clock: ClockFit, limits: Limits) -> Check:
    """Grade how well the clocks of tracker and computer fit."""
    good, fair = (1000 * bound for bound in limits.clock_residual_s)
    known = math.isfinite(clock.residual_s)
    found = f"{1000 * clock.residual_s:.3f} ms left by the fit" if known else "not compared"
    found += "".join(f"; {jump.words()}" for jump in clock.jumps)
    told = f"good: at most {good:.4g} ms; fair: at most {fair:.4g} ms"
    return Check("Clocks", graded(clock.residual_s, limits.clock_residual_s), found, told)


def screen_check(trials: Sequence[TrialQuality], refresh_hz: float, limits: Limits) -> Check:
    """Grade the flips of the screen in trials."""
    flips = sum(one.flips for one in trials)
    late = sum(one.late_flips for one in trials)
    known = flips > 0 and refresh_hz > 0
    found = f"{late:,} of {flips:,} late in trials" if known else "no flips are known"
    share = late / flips if known else math.nan
    return Check("Screen", graded(share, limits.late_flips), found, _shares(limits.late_flips))


def trials_check(trials: Sequence[TrialQuality], limits: Limits) -> Check:
    """Grade how many trials can be used; practice is not meant to be."""
    meant = [one for one in trials if not one.trial.practice]
    excluded = sum(1 for one in meant if one.excluded)
    found = f"{len(meant) - excluded:,} of {len(meant):,} can be used" if meant else "no trial"
    share = excluded / len(meant) if meant else math.nan
    good = f"all but {_percent(limits.excluded[0])}" if limits.excluded[0] else "all"
    told = f"good: {good}; fair: all but {_percent(limits.excluded[1])}"
    return Check("Trials", graded(share, limits.excluded), found, told)


def _shares(limits: Bounds) -> str:
    return f"good: at most {_percent(limits[0])}; fair: at most {_percent(limits[1])}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _largest(values: Iterable[float]) -> float:
    return max((value for value in values if math.isfinite(value)), default=math.nan)
