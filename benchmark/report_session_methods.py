"""The methods paragraph of a session: every figure that a paper states, or a blank to fill in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from foveola.data_schema import TargetError
from foveola.fixation_maps.trial_quality import LATE_FLIP

from .report_methods import software
from .report_session_data import DETECTOR, SessionData, detector_parameters
from .report_text import counted, figure, shown

#: What a paper states and this recording does not tell: for the author to fill in.
LIGHT = "[state the light in the room]"


def session_methods(data: SessionData) -> str:
    """Write the paragraph for a paper's methods section."""
    sentences = [
        _tracker(data),
        _geometry(data),
        f"Light: {shown(str(_settings(data).get('light') or LIGHT)).rstrip('.')}.",
        *_calibration(data),
        _drift(data),
        *_trials(data),
        _flips(data),
        _clock(data),
        *_fixations(data),
        _overrides(data),
        software(data.recording.provenance),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _tracker(data: SessionData) -> str:
    tracker = data.recording.tracker
    name = shown(" ".join(filter(None, (tracker.make, tracker.model))))
    details = [
        f"{word} {shown(text)}"
        for word, text in (
            ("serial number", tracker.serial),
            ("firmware", tracker.firmware),
            ("software", tracker.software),
        )
        if text
    ] or ["firmware and software not stated"]
    eyes = "both eyes" if tracker.eyes == "both" else f"the {tracker.eyes} eye"
    verb = "Gaze was simulated by" if tracker.simulated else "Gaze was recorded with"
    measured = f" (measured {data.rate_hz:.2f} Hz)" if math.isfinite(data.rate_hz) else ""
    valid = "" if math.isnan(data.loss) else f"; {1 - data.loss:.1%} of the samples held gaze"
    return (
        f"{verb} {name} ({', '.join(details)}) of {eyes} at "
        f"{tracker.sampling_rate_hz:g} Hz{measured}{valid}."
    )


def _geometry(data: SessionData) -> str:
    screen = data.recording.screen
    refresh = f" at {screen.refresh_hz:.4g} Hz" if screen.refresh_hz > 0 else ""
    return (
        f"The screen had {screen.width_px} × {screen.height_px} px{refresh} on "
        f"{screen.width_cm:g} × {screen.height_cm:g} cm, {screen.distance_cm:g} cm from the eyes "
        f"({screen.px_per_deg():.1f} px per degree of visual angle at its centre)."
    )


def _calibration(data: SessionData) -> list[str]:
    found = data.recording.calibrations
    calibrations = [one for one in found if one.kind == "calibration"]
    if not calibrations and not data.validations:
        return ["No calibration is described in the recording."]
    layouts = sorted({shown(one.layout) for one in calibrations if one.layout})
    sentences = []
    if calibrations:
        accepted = sum(one.accepted for one in calibrations)
        how = f" ({', '.join(layouts)})" if layouts else ""
        times = _times(len(calibrations))
        sentences.append(f"The tracker was calibrated {times}{how}, {accepted} accepted.")
    taken = [one for one in data.validations if one.accepted]
    if not taken:
        return [*sentences, "No validation was accepted."]
    reasons = sorted({shown(one.reason) for one in taken if one.reason})
    why = f" ({'; '.join(reasons)})" if reasons else _rule(data)
    sentences.append(
        f"Of {counted(len(data.validations), 'validation')} on other targets {len(taken)} "
        f"{'was' if len(taken) == 1 else 'were'} accepted{why}."
    )
    redone = {
        (one.time_s, point.target_x_px, point.target_y_px)
        for one in taken
        for point in one.points
        if point.redone
    }
    if redone:
        again = "was" if len(redone) == 1 else "were"
        sentences.append(f"In them {counted(len(redone), 'target')} {again} measured again.")
    return [*sentences, _accuracy(data.accepted_points)]


def _rule(data: SessionData) -> str:
    limits = _settings(data).get("calibration", {})
    mean, largest = limits.get("max_mean_error_deg"), limits.get("max_error_deg")
    if mean is None or largest is None:
        return ""
    return f" (mean below {mean:g}° and largest below {largest:g}°)"


def _accuracy(points: Sequence[TargetError]) -> str:
    by_eye = []
    for eye in dict.fromkeys(point.eye for point in points):
        own = [point for point in points if point.eye == eye]
        name = "both eyes" if eye == "both" else f"{eye} eye"
        by_eye.append(
            f"{name} {_mean_of(own, 'error_deg', 2)}° (largest "
            f"{figure(_largest(own), 2) or 'not known'}°), "
            f"RMS-S2S {_mean_of(own, 'rms_s2s_deg', 3)}°, STD {_mean_of(own, 'std_deg', 3)}°"
        )
    return (
        f"Accuracy and precision in the accepted validations, as Dunn et al. (2023, "
        f"doi 10.3758/s13428-023-02187-1) define them: {'; '.join(by_eye)}."
    )


def _mean_of(points: Sequence[TargetError], name: str, digits: int) -> str:
    values = [v for point in points if math.isfinite(v := float(getattr(point, name)))]
    return figure(float(np.mean(values)), digits) if values else "not known"


def _largest(points: Sequence[TargetError]) -> float:
    errors = [point.error_deg for point in points if math.isfinite(point.error_deg)]
    return max(errors, default=math.nan)


def _drift(data: SessionData) -> str:
    checks = data.drift_checks
    if not checks:
        return "Drift was not checked."
    errors = [e for one in checks if math.isfinite(e := one.mean_error_deg())]
    rejected = sum(not one.accepted for one in checks)
    size = f", mean error {np.mean(errors):.2f}°, largest {max(errors):.2f}°" if errors else ""
    return f"Drift was checked {_times(len(checks))}{size}; {rejected} checks failed."


def _trials(data: SessionData) -> list[str]:
    if not data.trials:
        return ["The recording holds no trial."]
    losses = [one.loss for one in data.trials if math.isfinite(one.loss)]
    spread = (
        f"; data loss per trial: median {np.median(losses):.1%}, largest {max(losses):.1%}"
        if losses
        else ""
    )
    excluded = [one for one in data.trials if one.excluded]
    reasons = [one.excluded for one in excluded]
    listed = ", ".join(f"{reasons.count(one)} because {one}" for one in dict.fromkeys(reasons))
    out = f"{len(excluded)} left out ({listed})" if excluded else "none left out"
    return [f"{counted(len(data.trials), 'trial')}, {out}{spread}."]


def _flips(data: SessionData) -> str:
    flips = sum(one.flips for one in data.trials)
    if not flips:
        return "The flips of the screen were not recorded."
    late = sum(one.late_flips for one in data.trials)
    return (
        f"During trials {late:,} of {flips:,} flips of the screen came later than "
        f"{LATE_FLIP:g} refreshes."
    )


def _clock(data: SessionData) -> str:
    clock = data.recording.clock
    if not clock.pairs:
        return "The clocks of tracker and computer were not compared."
    left = f", {clock.residual_s * 1e6:.0f} µs RMS left" if clock.residual_s >= 0 else ""
    return (
        f"The tracker's clock was fitted to the computer's by {counted(clock.pairs, 'pair')} of "
        f"times (drift {figure(clock.drift_ppm, 1)} ppm{left})."
        + "".join(f" During the session {jump.words()}." for jump in clock.jumps)
    )


def _fixations(data: SessionData) -> list[str]:
    if data.fixations is None:
        return [f"Fixations were not detected: {shown(data.note).rstrip('.')}."]
    parameters = ", ".join(
        f"{name.removesuffix('_deg_s').removesuffix('_deg').removesuffix('_s').replace('_', ' ')} "
        f"{value:g} {unit}"
        for name, value in detector_parameters().items()
        if (unit := _unit(name))
    )
    rows = data.fixations.table
    middle = f", median {1000 * np.median(rows['duration_s']):.0f} ms" if len(rows) else ""
    px_per_deg = data.fixations.info.px_per_deg
    sigma = (
        f"Fixation maps take a Gaussian of 1 degree ({px_per_deg:.1f} px of the stimulus) by "
        "default."
        if px_per_deg > 0
        else "Fixation maps take a Gaussian of 1 degree by default."
    )
    return [
        f"{counted(len(rows), 'fixation')} were detected by {DETECTOR} ({parameters}){middle}; "
        "one under way when the stimulus appeared was left out.",
        sigma,
    ]


def _unit(name: str) -> str:
    units = (("_deg_s", "deg/s"), ("_deg", "deg"), ("_s", "s"))
    return next((unit for suffix, unit in units if name.endswith(suffix)), "")


def _overrides(data: SessionData) -> str:
    overrides = [one.reason for one in data.recording.calibrations if one.accepted and one.reason]
    unique = ", ".join(dict.fromkeys(map(shown, overrides)))
    return f"Deviations from the protocol: {unique}." if unique else "No rule was overridden."


def _settings(data: SessionData) -> dict[str, Any]:
    found = data.recording.provenance.parameters.get("experiment", {})
    return found if isinstance(found, dict) else {}


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
