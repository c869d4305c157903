"""A session as data: the steps that an observer goes through, in order, and what is left of them.

The session, its continuation after a break-off, and the time that is left all read this one plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from foveola.tracking import calibration_targets, validation_targets

from .schedule import ScheduledTrial
from .settings import ExperimentSettings
from .video import video_duration_s

#: How long people take for what has no time of its own.
PAGE_S, QUESTION_S, BREAK_S, RESULT_S = 15.0, 4.0, 30.0, 5.0


@dataclass(frozen=True)
class PageStep:
    """A page of words, until a key.

    Attributes
    ----------
    title : str
        One line.
    text : str
        Paragraphs, a line each.
    meaning : str
        What the key does.
    """

    title: str
    text: str
    meaning: str = "go on"


@dataclass(frozen=True)
class CalibrationStep:
    """Calibration and validation."""


@dataclass(frozen=True)
class BreakStep:
    """A break after a block.

    Attributes
    ----------
    blocks_done, blocks : int
        How many blocks are over, of how many.
    """

    blocks_done: int
    blocks: int


@dataclass(frozen=True)
class TrialStep:
    """One image or video, with its cross and questions."""

    trial: ScheduledTrial


Step = PageStep | CalibrationStep | BreakStep | TrialStep


def session_plan(
    settings: ExperimentSettings, trials: Sequence[ScheduledTrial]
) -> tuple[Step, ...]:
    """Plan a session from its beginning.

    Parameters
    ----------
    settings : ExperimentSettings
        Instructions and blocks.
    trials : sequence of ScheduledTrial
        As :func:`schedule` orders them.
    """
    pages = settings.pages()
    steps: list[Step] = [
        PageStep("Instructions" if number else "Welcome", page, "begin" if last else "go on")
        for number, page in enumerate(pages)
        for last in [number == len(pages) - 1]
    ]
    steps.append(CalibrationStep())
    practice = [trial for trial in trials if trial.practice]
    if practice:
        steps.append(PageStep("Practice", "First, a few images to get used to it.", "begin"))
        steps += [TrialStep(trial) for trial in practice]
        steps.append(PageStep("Ready", "The practice is over. Now the experiment begins.", "begin"))
    shown = trials[len(practice) :]
    blocks = 1 + max(trial.block for trial in shown)
    for before, trial in zip((None, *shown), shown, strict=False):
        if before is not None and trial.block != before.block:
            steps.append(BreakStep(trial.block, blocks))
        steps.append(TrialStep(trial))
    return (*steps, PageStep("Thank you", "The session is over.", "close"))


def rest_of(plan: Sequence[Step], next_index: int, *, maybe_seen: bool) -> tuple[Step, ...]:
    """What is left of a plan when every trial below an index was shown.

    Parameters
    ----------
    plan : sequence of Step
        As :func:`session_plan` makes it.
    next_index : int
        Index of the first trial that was not shown.
    maybe_seen : bool
        Whether the session broke off when that trial was about to appear, so that it may have
        been on the screen for a moment; it is marked.
    """
    places = [place for place, step in enumerate(plan) if _is_shown(step, next_index)]
    if not places:
        return tuple(_marked(plan, next_index) if maybe_seen else plan)
    rest = [*plan[places[-1] + 1 :]]
    if isinstance(rest[0], BreakStep):
        del rest[0]  # the session broke off: that was the break
    if maybe_seen:
        rest = [*_marked(rest, next_index)]
    words = f"We go on where we stopped.\n{_left_words(trials_of(rest), trials_of(plan))}"
    welcome = PageStep("Welcome back", words, "begin")
    return (welcome, CalibrationStep(), *rest)


def trials_of(plan: Iterable[Step]) -> tuple[ScheduledTrial, ...]:
    """The trials of a plan."""
    return tuple(step.trial for step in plan if isinstance(step, TrialStep))


def expected_s(plan: Iterable[Step], settings: ExperimentSettings) -> float:
    """How long steps will take, about."""
    return math.fsum(_step_s(step, settings) for step in plan)


def minutes_left(plan: Iterable[Step], settings: ExperimentSettings) -> str:
    """How long steps will take, in words for the observer.

    Examples
    --------
    >>> minutes_left([], None)
    'less than a minute'
    """
    minutes = expected_s(plan, settings) / 60
    if minutes < 1:
        return "less than a minute"
    return "about a minute" if minutes < 1.5 else f"about {round(minutes)} minutes"


def _step_s(step: Step, settings: ExperimentSettings) -> float:
    match step:
        case PageStep():
            return PAGE_S
        case BreakStep():
            return max(BREAK_S, settings.blocks.break_min_s)
        case CalibrationStep():
            timing, screen = settings.calibration, settings.screen
            targets = len(calibration_targets(timing.layout, screen)) + len(
                validation_targets(timing.layout, screen)
            )
            return targets * (timing.shrink_s + timing.settle_s + timing.collect_s) + RESULT_S
        case TrialStep(trial):
            start = max(
                settings.fixation_cross_s,
                settings.gaze_start.hold_s if settings.gaze_start.enabled else 0.0,
            )
            return (
                start
                + trial_duration_s(trial, settings)
                + settings.isi_s
                + QUESTION_S * len(settings.question)
            )


def trial_duration_s(trial: ScheduledTrial, settings: ExperimentSettings) -> float:
    """How long a trial's image or video is shown."""
    if trial.stimulus.kind == "video":
        return video_duration_s(trial.stimulus)
    return settings.duration_s


def _is_shown(step: Step, next_index: int) -> bool:
    return isinstance(step, TrialStep) and step.trial.index < next_index


def _left_words(left: Sequence[ScheduledTrial], trials: Sequence[ScheduledTrial]) -> str:
    """How much is left, as ``2 of 7 images are left.``"""
    kinds = sorted({f"{trial.stimulus.kind}s" for trial in trials})
    verb = "is" if len(left) == 1 else "are"
    return f"{len(left)} of {len(trials)} {' and '.join(kinds)} {verb} left."


def _marked(steps: Iterable[Step], index: int) -> Iterable[Step]:
    """Steps whose trial of that index is marked."""
    return (
        TrialStep(replace(step.trial, maybe_seen=True))
        if isinstance(step, TrialStep) and step.trial.index == index
        else step
        for step in steps
    )
