"""A session in a few lines, for whoever ran it."""

from __future__ import annotations

import numpy as np

from foveola.data_schema import Eye, Recording, gaze_of

#: An interval between flips of so many refreshes means that one was missed.
MISSED_FLIP = 1.5


def session_summary(recording: Recording) -> dict[str, str]:
    """Describe a recording: trials, samples, rate, loss, accuracy and missed flips, in words."""
    samples = recording.samples
    times_s = samples["time_s"]
    rows = {
        "Observer": " ".join(filter(None, (recording.observer.id, recording.observer.session))),
        "Tracker": _tracker(recording),
        "Trials": _trials(recording),
        "Samples": f"{len(samples):,}",
    }
    if len(samples) > 1:
        x_px, y_px = gaze_of(samples, Eye.BOTH)
        span_s = times_s[-1] - times_s[0]
        rows["Rate"] = f"{(len(samples) - 1) / span_s:.1f} Hz over {span_s:.1f} s"
        rows["Loss"] = f"{np.mean(np.isnan(x_px + y_px)):.1%}"
    rows["Accuracy"] = _accuracy(recording)
    rows["Flips"] = _flips(recording)
    if recording.clock.jumps:
        rows["Clock"] = "; ".join(jump.words() for jump in recording.clock.jumps)
    return rows


def _tracker(recording: Recording) -> str:
    tracker = recording.tracker
    name = f"{tracker.make} {tracker.model}".strip()
    kind = " (simulated: no eye was tracked)" if tracker.simulated else ""
    return f"{name}, {tracker.sampling_rate_hz:g} Hz, eyes: {tracker.eyes}{kind}"


def _trials(recording: Recording) -> str:
    complete = sum(trial.status == "complete" for trial in recording.trials)
    interrupted = len(recording.trials) - complete
    return f"{complete} complete" + (f", {interrupted} interrupted" if interrupted else "")


def _accuracy(recording: Recording) -> str:
    accepted = [one for one in recording.calibrations if one.kind == "validation" and one.accepted]
    if not accepted:
        return "no accepted validation"
    last = accepted[-1]
    reason = f" ({last.reason})" if last.reason else ""
    return f"mean {last.mean_error_deg():.2f}°, largest {last.max_error_deg():.2f}°{reason}"


def _flips(recording: Recording) -> str:
    refresh_hz = recording.screen.refresh_hz
    during = [
        np.diff(
            recording.flips_s[
                (recording.flips_s >= trial.onset_s) & (recording.flips_s <= trial.offset_s)
            ]
        )
        for trial in recording.trials
    ]
    missed = sum(int(np.sum(steps > MISSED_FLIP / refresh_hz)) for steps in during)
    return f"{len(recording.flips_s):,} at {refresh_hz:.1f} Hz, {missed} late during trials"
