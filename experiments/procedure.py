"""What an observer goes through: the steps of a plan, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .break_page import take_break
from .checks import Checks
from .pages import text_page
from .plan import BreakStep, CalibrationStep, PageStep, Step, TrialStep, trials_of
from .silence import await_tracker
from .stage import Stage
from .trial import run_trial

#: Told how many steps are done, of how many, and what is done now.
OnProgress = Callable[[int, int, str], None]

PAGE_S = 2.0


def run_procedure(checks: Checks, plan: Sequence[Step], *, tell: OnProgress) -> None:
    """Lead the observer through a plan.

    Parameters
    ----------
    checks : Checks
        The session's stage and settings, and its calibrations.
    plan : sequence of Step
        What is done, in order.
    tell : callable
        Told of the progress; a step is the calibration or a trial.

    Raises
    ------
    SessionEnded
        If someone ended the session by the Escape key.
    FoveolaError
        If the tracker stopped delivering samples and nobody is there to mend it.
    """
    stage = checks.stage
    screen = stage.screen
    steps, done = len(trials_of(plan)) + 1, 0
    stage.recorder.message(f"DISPLAY_COORDS 0 0 {screen.width_px - 1} {screen.height_px - 1}")
    tell(0, steps, "instructions")
    fresh = False
    for place, step in enumerate(plan):
        match step:
            case PageStep():
                show_page(stage, step.title, step.text.split("\n"), step.meaning)
            case CalibrationStep():
                tell(done, steps, "calibration")
                checks.calibrate()
                fresh = True
            case BreakStep():
                take_break(stage, step, plan[place + 1 :], checks.settings)
                checks.after_break(checks.settings.blocks.after_break)
                fresh = checks.settings.blocks.after_break != "nothing"
            case TrialStep(trial):
                done += 1
                tell(done, steps, trial.stimulus.id)
                await_tracker(stage, checks.settings.tracker.patience_s)
                fresh = _do_requests(checks) or fresh
                if trial.drift_check and not fresh:
                    checks.check_drift()
                run_trial(checks, trial)
                fresh = False
    tell(steps, steps, "done")


def show_page(stage: Stage, title: str, lines: Sequence[str], meaning: str) -> None:
    """Show a page until Space, or for a moment where nobody is there."""
    keys = [] if stage.unattended else [("Space", meaning)]
    page = text_page(stage.screen, stage.display.background, title, lines, keys)
    stage.insist(page, PAGE_S if stage.unattended else None, keys=("space", "return"))


def _do_requests(checks: Checks) -> bool:
    """Do what the operator asked for; return whether the gaze was checked by it."""
    checked = False
    for request in checks.stage.take_requests():
        checks.stage.recorder.message(f"OPERATOR {request}")
        match request:
            case "pause":
                show_page(checks.stage, "Pause", ["We go on in a moment."], "go on")
                if checks.settings.drift_check.every_trials:  # people move in a pause
                    checks.check_drift()
                    checked = True
            case "calibrate":
                checks.calibrate()
                checked = True
            case "drift_check":
                checks.check_drift()
                checked = True
    return checked
