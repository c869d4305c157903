"""What the operator's view knows and says: everything of it but the drawing."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .operator_messages import (
    AccuracyPart,
    DriftPart,
    EndPart,
    GazePoint,
    HealthPart,
    ProgressPart,
    ScenePart,
    SessionPart,
)

Level = Literal["plain", "good", "warn", "bad"]
#: Said beside every colour, because colour alone excludes people.
SYMBOLS: dict[Level, str] = {"plain": "", "good": "✔", "warn": "!", "bad": "✘"}

TRAIL_S = 0.6
#: A tracker that has been silent for so long is named; shorter gaps are in the loss.
SILENT_S = 0.3
#: A session that has told nothing for so long may have ended, or waits for a device.
UNHEARD_S = 2.0
#: What the tracker said of itself is shown for so long; it may have mended since.
PROBLEM_S = 30.0
RATE_TOLERANCE = 0.02
LOSS_WARN, LOSS_BAD = 0.1, 0.3
HOURS_WARN, HOURS_BAD = 8.0, 1.0
WAITING_WARN = 200

#: What a button does, by its key.
ASKS = {"p": "pause", "c": "calibrate", "d": "drift_check"}
ASK_WORDS = {"pause": "Pause", "calibrate": "Re-calibrate", "drift_check": "Drift check"}

PARTS: dict[str, Any] = {
    "session": SessionPart,
    "scene": ScenePart,
    "progress": ProgressPart,
    "accuracy": AccuracyPart,
    "drift": DriftPart,
    "health": HealthPart,
    "end": EndPart,
}


class Row(NamedTuple):
    """A line of the view: what it is about, what there is to say, and how serious that is."""

    label: str
    value: str
    level: Level = "plain"

    @property
    def text(self) -> str:
        """The value with the symbol of its level."""
        symbol = SYMBOLS[self.level]
        return f"{symbol} {self.value}" if symbol else self.value


@dataclass
class OperatorState:
    """The session as its view knows it.

    Attributes
    ----------
    session, scene, progress, accuracy, drift, health, end
        The newest parts that were told.
    trail : deque of (time_s, left_x, left_y, right_x, right_y)
        The gaze of the last moments, in screen px.
    connected : bool
        Whether the session's end of the connection is open.
    confirming : bool
        Whether the view asks if the session shall end.
    aborting : bool
        Whether that was confirmed.
    free_bytes : float
        On the disk of the recording; NaN before it was looked at.
    heard_s, problem_s : float
        When the session told anything, and when the tracker said something new of itself.
    """

    session: SessionPart | None = None
    scene: ScenePart = field(default_factory=ScenePart)
    progress: ProgressPart = field(default_factory=ProgressPart)
    accuracy: AccuracyPart | None = None
    drift: DriftPart = field(default_factory=DriftPart)
    health: HealthPart = field(default_factory=HealthPart)
    end: EndPart = field(default_factory=EndPart)
    trail: deque[GazePoint] = field(default_factory=deque)
    connected: bool = True
    confirming: bool = False
    aborting: bool = False
    free_bytes: float = math.nan
    heard_s: float = 0.0
    problem_s: float = -math.inf

    def update(self, message: Mapping[str, Any], now_s: float) -> None:
        """Take what the session told.

        Parameters
        ----------
        message : mapping
            Parts by name, as :mod:`operator_messages` writes them.
        now_s : float
            Time on the view's own clock.
        """
        self.heard_s = now_s
        before = self.health.problem
        for name, kind in PARTS.items():
            if name in message:
                setattr(self, name, kind(**message[name]))
        if self.health.problem != before:
            self.problem_s = now_s
        if self.end.saving or self.end.over:
            self.trail.clear()
            return
        for time_s, *places in message.get("gaze", ()):
            self.trail.append((time_s, *places))
        while self.trail and self.trail[0][0] < self.health.time_s - TRAIL_S:
            self.trail.popleft()

    def key(self, name: str) -> dict[str, Any] | None:
        """Take a key; return what the session is to be told, if anything.

        A key without a meaning here is handed on, as if it had been pressed before the stimulus:
        so it does not matter on which screen the keyboard is.
        """
        if self.over:
            return None
        if self.confirming:
            if name in ("y", "n", "escape"):
                self.confirming = False
                self.aborting = name == "y"
            return {"abort": True} if self.aborting else None
        if name == "escape":
            self.confirming = not self.aborting
            return None
        if name in ASKS and not self.scene.typing:
            return self.ask(ASKS[name])
        return {"key": name}

    def ask(self, what: str) -> dict[str, Any] | None:
        """Take a button: pause, calibrate, drift_check or abort."""
        if self.over:
            return None
        if what == "abort":
            self.confirming = not self.aborting
            return None
        return {"ask": what}

    @property
    def over(self) -> bool:
        """Whether nothing can be asked any more."""
        return self.end.saving or self.end.over or not self.connected

    @property
    def broken_off(self) -> bool:
        """Whether the session's process has gone without a word."""
        return not self.connected and not self.end.over

    def headline(self) -> Row:
        """What happens now, in a few words."""
        if self.broken_off:
            return Row("Now", "The session's process has ended", "bad")
        if self.end.over:
            return Row("Now", f"Finished: {self.end.words}" if self.end.words else "Finished")
        if self.end.saving:
            return Row("Now", "Saving the recording")
        if self.session is None:
            return Row("Now", "Waiting for the session")
        if self.scene.kind == "image":
            return Row("Now", self._trial_words())
        if self.scene.kind == "page":
            return Row("Now", self.scene.name or "Page")
        doing = self.progress.doing
        if doing == "Trial":
            doing = "Between trials" if self.progress.trial else ""
        return Row("Now", doing or "Between trials")

    def alarms(self, now_s: float) -> list[Row]:
        """What needs the operator's eye now, the worst first."""
        found = []
        if self.broken_off:
            words = "What it recorded is in the journal: foveola recover."
            return [Row("Session", words, "bad")]
        if self.end.over or self.session is None:
            return []
        if now_s - self.heard_s > UNHEARD_S and not self.end.saving:
            words = f"It has told nothing for {now_s - self.heard_s:.0f} s."
            found.append(Row("Session", words, "bad"))
        if self._silent and not self.end.saving:
            found.append(Row("Tracker", self._silence_words(), "bad"))
        if self.health.dropped:
            words = f"{self.health.dropped:,} samples are lost."
            found.append(Row("Disk", words, "bad"))
        if self.health.error:
            found.append(
                Row("Disk" if self.health.waiting else "Recorder", self.health.error, "bad")
            )
        if self.health.problem and (self._silent or now_s - self.problem_s < PROBLEM_S):
            found.append(Row("Tracker", self.health.problem, "warn"))
        if self._hours < HOURS_WARN:
            level: Level = "bad" if self._hours < HOURS_BAD else "warn"
            found.append(Row("Disk", f"It holds {self._hours:.1f} more hours.", level))
        return sorted(found, key=lambda row: row.level != "bad")

    def session_rows(self) -> list[Row]:
        """How far the session is."""
        progress, session = self.progress, self.session
        if session is None:
            return []
        trial = f"{progress.trial} of {session.trials}"
        if progress.practice:
            trial += ", practice"
        return [
            Row("Trial", trial),
            Row("Block", str(progress.block + 1)),
            Row("Time left", duration_words(progress.left_s)),
        ]

    def tracker_rows(self) -> list[Row]:
        """How the tracker does."""
        health, session = self.health, self.session
        if session is None:
            return []
        nominal_hz = session.sampling_rate_hz
        good = abs(health.rate_hz / nominal_hz - 1) <= RATE_TOLERANCE
        rate_level: Level = "plain" if math.isnan(health.rate_hz) else "good" if good else "warn"
        loss_level: Level = (
            "plain"
            if math.isnan(health.loss)
            else "bad"
            if health.loss > LOSS_BAD
            else "warn"
            if health.loss > LOSS_WARN
            else "good"
        )
        return [
            Row("Rate", f"{number(health.rate_hz, 1)} of {nominal_hz:g} Hz", rate_level),
            Row("Loss, last second", number(100 * health.loss, 1, " %"), loss_level),
            self._newest_row(),
        ]

    def no_gaze_words(self) -> str:
        """Why no gaze is to be seen; empty where there is some, or nobody expects any."""
        if self.session is None or self.over or self.health.time_s == 0:
            return ""
        if self._silent:
            return "No gaze: the tracker is silent"
        if self.trail and all(math.isnan(place) for place in self.trail[-1][1:]):
            return "No gaze of either eye"
        return ""

    def recording_rows(self) -> list[Row]:
        """How the disk and the screen do."""
        health = self.health
        hours = self._hours
        disk: Level = "bad" if hours < HOURS_BAD else "warn" if hours < HOURS_WARN else "good"
        waiting: Level = "good" if health.waiting < WAITING_WARN else "warn"
        return [
            Row(
                "Disk free",
                "not known yet"
                if math.isnan(hours)
                else f"{self.free_bytes / 1e9:,.1f} GB, {number(hours, 1 if hours < 10 else 0)} h",
                "plain" if math.isnan(hours) else disk,
            ),
            Row("Waiting for the disk", f"{health.waiting:,} samples", waiting),
            Row("Lost", f"{health.dropped:,} samples", "bad" if health.dropped else "good"),
            Row("Late flips", f"{health.late_flips:,}", "warn" if health.late_flips else "good"),
        ]

    def accuracy_row(self) -> Row:
        """The validation that was made last, in words against the limits."""
        one, session = self.accuracy, self.session
        if one is None or session is None:
            return Row("Validation", "None yet")
        within = one.mean_deg < session.limits_deg[0] and one.largest_deg < session.limits_deg[1]
        level: Level = "bad" if one.grade == "poor" else "good" if within else "warn"
        verdict = "within the limits" if within else "above the limits"
        if not one.accepted:
            verdict += ", not accepted"
        return Row("Validation", f"{one.grade.capitalize()}, {verdict}", level)

    def accuracy_words(self) -> str:
        """Mean and largest error, and the limits of both."""
        one, session = self.accuracy, self.session
        if one is None or session is None:
            return ""
        mean, largest = (number(value, 2) for value in (one.mean_deg, one.largest_deg))
        limits = " and ".join(f"{limit:g}°" for limit in session.limits_deg)
        return f"{one.layout}: mean {mean}°, largest {largest}° (limits {limits})"

    def drift_row(self) -> Row:
        """The drift check that was made last."""
        if not self.drift.errors_deg or self.session is None:
            return Row("Drift", "No check yet")
        good = self.drift.accepted[-1]
        limit = f"limit {self.session.drift_limit_deg:g}°"
        return Row(
            "Drift",
            f"{number(self.drift.errors_deg[-1], 2)}° at the last check, {limit}",
            "good" if good else "bad",
        )

    def button_words(self, ask: str) -> str:
        """Text of a button; it tells what was asked and is still to come."""
        if ask in self.progress.requested:
            return f"{ASK_WORDS[ask]}: before the next trial"
        return ASK_WORDS[ask]

    @property
    def _silent(self) -> bool:
        return self.health.time_s > 0 and self.health.since_last_s > SILENT_S

    @property
    def _hours(self) -> float:
        if self.session is None:
            return math.nan
        per_hour = self.session.bytes_per_sample * self.session.sampling_rate_hz * 3600
        return self.free_bytes / per_hour

    def _newest_row(self) -> Row:
        if self.over:
            return Row("Samples", f"{self.health.samples:,}")
        if self._silent:
            return Row("Newest sample", self._silence_words(), "bad")
        return Row(
            "Newest sample", f"{1000 * max(0.0, self.health.since_last_s):.0f} ms ago", "good"
        )

    def _trial_words(self) -> str:
        kind = "Practice trial" if self.progress.practice else "Trial"
        trials = self.session.trials if self.session else 0
        return f"{kind} {self.progress.trial} of {trials}"

    def _silence_words(self) -> str:
        if math.isinf(self.health.since_last_s):
            return "No samples yet"
        return f"Silent for {self.health.since_last_s:.1f} s"


def number(value: float, digits: int, unit: str = "") -> str:
    """Write a number with its unit; a dash where there is none."""
    return f"{value:,.{digits}f}{unit}" if math.isfinite(value) else "–"


def duration_words(seconds: float) -> str:
    """Write a time as minutes and seconds, or hours; a dash where it is unknown."""
    if not math.isfinite(seconds):
        return "–"
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
