"""What an observer goes through: instructions, calibration, drift checks, trials, thanks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foveola.data_schema import Trial
from foveola.tracking import Scene

from .calibration_screen import calibrate
from .drift_check import drift_check
from .pages import text_page
from .picture import cross, photograph
from .schedule import ScheduledTrial
from .settings import ExperimentSettings
from .silence import await_tracker
from .stage import SessionEnded, Stage

#: Told how many steps are done, of how many, and what is done now.
OnProgress = Callable[[int, int, str], None]

CROSS_DEG, CROSS_LINE_DEG = 0.6, 0.08
PAGE_S = 2.0


def run_procedure(
    stage: Stage,
    settings: ExperimentSettings,
    trials: Sequence[ScheduledTrial],
    generator: np.random.Generator,
    *,
    automatic: bool,
    tell: OnProgress,
) -> None:
    """Lead the observer through the session.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    settings : ExperimentSettings
        How.
    trials : sequence of ScheduledTrial
        What is shown, in order.
    generator : numpy.random.Generator
        Shuffles the calibration's targets.
    automatic : bool
        Whether a good calibration needs no key.
    tell : callable
        Told of the progress; a step is the calibration or a trial.

    Raises
    ------
    SessionEnded
        If someone ended the session by the Escape key.
    FoveolaError
        If the tracker stopped delivering samples and nobody is there to mend it.
    """
    steps = len(trials) + 1
    screen = stage.screen
    stage.recorder.message(f"DISPLAY_COORDS 0 0 {screen.width_px - 1} {screen.height_px - 1}")
    tell(0, steps, "instructions")
    _page(stage, "Welcome", settings.instructions.split("\n"), "begin")
    tell(0, steps, "calibration")
    calibrate(stage, settings.calibration, generator, automatic=automatic)
    for trial in trials:
        tell(trial.index + 1, steps, trial.stimulus.id)
        await_tracker(stage, settings.tracker.patience_s)
        if trial.drift_check and not drift_check(
            stage,
            settings.calibration,
            settings.drift_check.max_error_deg,
            retries=settings.drift_check.retries,
        ):
            calibrate(stage, settings.calibration, generator, automatic=automatic)
        run_trial(stage, settings, trial)
    _page(stage, "Thank you", ["The session is over."], "close")
    tell(steps, steps, "done")


def run_trial(stage: Stage, settings: ExperimentSettings, trial: ScheduledTrial) -> None:
    """Show the cross, then the image for its time; a trial that is interrupted is kept as such.

    An interrupted image is not shown again: the observer has seen it.
    """
    picture = photograph(trial.path, trial.stimulus, trial.placement)
    stage.display.prepare(picture)  # before the cross, so that it delays no flip
    if settings.fixation_cross_s:
        _show_cross(stage, settings.fixation_cross_s)
    record = Trial(
        index=trial.index,
        stimulus=trial.stimulus.id,
        onset_s=np.nan,
        offset_s=np.nan,
        **_rectangle(trial),
    )

    def begin(onset_s: float) -> None:
        nonlocal record
        record = record.model_copy(update={"onset_s": onset_s})
        stage.recorder.begin_trial(record)
        _announce(stage, trial, onset_s)

    def end(offset_s: float, status: str) -> None:
        update = {"offset_s": offset_s, "status": status}
        stage.recorder.add_trial(record.model_copy(update=update))
        stage.recorder.message(f"!V TRIAL_VAR stimulus {trial.stimulus.id}", offset_s)
        stage.recorder.message(f"TRIAL_RESULT {int(status != 'complete')}", offset_s)

    try:
        shown = stage.hold(
            picture,
            settings.duration_s,
            scene=lambda time_s: Scene(
                time_s, stimulus=trial.stimulus, path=str(trial.path), **_rectangle(trial)
            ),
            on_onset=begin,
        )
    except SessionEnded as ended:
        end(ended.time_s, "interrupted")
        raise
    if shown.interrupted_s is not None:
        end(shown.interrupted_s, "interrupted")
    else:
        end(stage.blank(), "complete")


def _rectangle(trial: ScheduledTrial) -> dict[str, Any]:
    """Where the image stands, as trials and scenes name it."""
    place = trial.placement
    return {
        "image_left_px": place.left_px,
        "image_top_px": place.top_px,
        "image_scale": place.scale,
    }


def _show_cross(stage: Stage, duration_s: float) -> None:
    screen = stage.screen
    centre_px = screen.width_px / 2, screen.height_px / 2
    px_per_deg = screen.px_per_deg()
    # An even width around a centre between pixels, or odd around one on a pixel: sharp edges.
    line_px = 2 * max(1, round(CROSS_LINE_DEG * px_per_deg / 2))
    size_px = 2 * round(CROSS_DEG * px_per_deg / 2)
    stage.insist(
        cross(centre_px, size_px, line_px, stage.display.background),
        duration_s,
        scene=lambda time_s: Scene(time_s, target_px=centre_px),
    )


def _announce(stage: Stage, trial: ScheduledTrial, onset_s: float) -> None:
    """Write the messages that EyeLink's Data Viewer understands."""
    place, scale = trial.placement, trial.placement.scale
    width, height = (round(side * scale) for side in reversed(trial.stimulus.shape))
    x, y = round(place.left_px + width / 2), round(place.top_px + height / 2)
    stage.recorder.message(f"TRIALID {trial.index}", onset_s)
    stage.recorder.message(
        f"!V IMGLOAD CENTER {trial.stimulus.path} {x} {y} {width} {height}", onset_s
    )


def _page(stage: Stage, title: str, lines: Sequence[str], meaning: str) -> None:
    """Show a page until Space, or for a moment where nobody is there."""
    keys = [] if stage.unattended else [("Space", meaning)]
    page = text_page(stage.screen, stage.display.background, title, lines, keys)
    stage.insist(page, PAGE_S if stage.unattended else None, keys=("space", "return"))
