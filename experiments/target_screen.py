"""One target before the observer: it is shown until the gaze rests on it."""

from __future__ import annotations

from foveola.data_schema import GazeSamples
from foveola.tracking import Scene

from .calibration_settings import CalibrationSettings
from .gaze_rest import has_gaze, rests
from .stage import Heard, Stage
from .targets import REWARD_S, Target, make_target

Place = tuple[float, float]

#: Between two showings of a target at the same place.
PAUSE_S = 0.3
#: A tracker that works on a point for longer has stopped.
LONGEST_WORK_S = 10.0


def prepare_targets(stage: Stage, settings: CalibrationSettings) -> None:
    """Draw all frames, and hand them to the display, before a target is shown."""
    for number in range(4 if settings.target == "child" else 1):
        _target(stage, settings, number).prepare(stage.display)


def look_at(
    stage: Stage, target_px: Place, settings: CalibrationSettings, number: int = 0
) -> GazeSamples:
    """Show a target until the gaze rests on it; return the gaze that rested.

    It is shown for ``shrink_s + settle_s + collect_s`` at least. By itself it then waits for gaze
    that rests, ``timeout_s`` at most; Space takes what there is. At the pace of a key it waits for
    Space.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    target_px : (x, y)
        Where the target stands: a corner of pixels, as :func:`on_pixels` gives it.
    settings : CalibrationSettings
        Which target, and times.
    number : int
        Which of a child's figures.

    Returns
    -------
    ndarray of GAZE_DTYPE, shape (n,)
        The samples of the last ``collect_s``.
    """
    recorder = stage.recorder
    soonest_s = settings.shrink_s + settings.settle_s + settings.collect_s
    soonest_s -= 1.5 / stage.display.refresh_hz  # the flip that takes it away comes one later
    by_key = settings.pace == "key" and not stage.unattended
    latest_s = float("inf") if by_key else soonest_s + settings.timeout_s
    rate_hz = recorder.status().rate_hz
    taken_s = float("inf")

    def over(heard: Heard) -> bool:
        nonlocal taken_s
        if "space" in heard.keys:
            taken_s = heard.elapsed_s
        if heard.elapsed_s < soonest_s:
            return False
        if taken_s <= heard.elapsed_s or heard.elapsed_s >= latest_s:
            return True
        seen = recorder.recent(settings.collect_s)
        return not by_key and rests(seen, rate_hz, stage.screen, settings)

    stage.listen(
        _target(stage, settings, number).at(target_px),
        over,
        scene=lambda time_s: Scene(time_s, target_px=target_px),
        keys=("space",),
    )
    return recorder.recent(settings.collect_s)


def look_again(stage: Stage, samples: GazeSamples, settings: CalibrationSettings) -> bool:
    """Whether a target must be shown once more: its gaze is too little, or does not rest.

    Without any gaze it need not: the observer will not be found by another try, or the tracker
    delivers none while it calibrates and judges for itself.
    """
    rate_hz = stage.recorder.status().rate_hz
    again = has_gaze(samples) and not rests(samples, rate_hz, stage.screen, settings)
    if again:
        stage.insist(None, PAUSE_S)
    return again


def wait_for_tracker(
    stage: Stage, target_px: Place, settings: CalibrationSettings, number: int = 0
) -> bool:
    """Leave the target there while the tracker works on the point; False where it never ends."""
    if not stage.recorder.collecting():
        return True
    working = True

    def over(heard: Heard) -> bool:
        nonlocal working
        working = stage.recorder.collecting()
        return not working or heard.elapsed_s > LONGEST_WORK_S

    stage.listen(
        _target(stage, settings, number).resting(target_px),
        over,
        scene=lambda time_s: Scene(time_s, target_px=target_px),
        keys=("space",),
    )
    return not working


def reward(stage: Stage, target_px: Place, settings: CalibrationSettings, number: int = 0) -> None:
    """Show the reward of a target that has one."""
    target = _target(stage, settings, number)
    if target.reward:
        stage.insist(
            target.rewarding(target_px),
            REWARD_S,
            scene=lambda time_s: Scene(time_s, target_px=target_px),
        )


def _target(stage: Stage, settings: CalibrationSettings, number: int) -> Target:
    return make_target(
        settings.target,
        number % 4 if settings.target == "child" else 0,
        stage.screen.px_per_deg(),
        settings.shrink_s,
        stage.display.background,
    )
