"""The cross before each image; it may wait for the gaze to rest on it."""

from __future__ import annotations

import numpy as np

from foveola.data_schema import Eye, GazeSamples, Screen, gaze_of
from foveola.tracking import Scene

from .checks import Checks
from .picture import Picture, cross
from .protocol_settings import GazeStartSettings
from .stage import Stage

CROSS_DEG, CROSS_LINE_DEG = 0.6, 0.08
#: So much of the time must have gaze: a blink is no rest.
ENOUGH_GAZE = 0.8
#: A few samples may be noise.
NEARLY_ALL = 0.95
#: Waiting is given up at this time-out; the first is followed by the rule of the settings, the
#: others by a calibration.
LAST_ROUND = 3


def show_cross(checks: Checks) -> dict[str, str]:
    """Show the cross for its time, and where the settings say so until the gaze rests on it.

    Where the gaze does not come in time, the settings' rule follows, and the cross once more; then
    a calibration; then the image comes all the same.

    Returns
    -------
    dict
        Variables of the trial: whether the gaze was on the cross, and how long that took.
    """
    stage, settings = checks.stage, checks.settings
    rule = settings.gaze_start
    if not rule.enabled:
        if settings.fixation_cross_s:
            _hold_cross(stage, settings.fixation_cross_s, None, 0.0)
        return {}
    for round_ in range(1, LAST_ROUND + 1):
        longest_s = settings.fixation_cross_s + rule.timeout_s
        waited_s = _hold_cross(stage, longest_s, rule, settings.fixation_cross_s)
        if waited_s is not None:
            return {"gaze_start": "met", "gaze_start_s": f"{waited_s:.3f}"}
        stage.recorder.message(f"GAZE START timed out, round {round_}")
        if round_ == 1:
            checks.after_break(rule.on_timeout)
        elif round_ < LAST_ROUND:
            checks.calibrate()
    return {"gaze_start": "timed out"}


def _hold_cross(
    stage: Stage, longest_s: float, rule: GazeStartSettings | None, at_least_s: float
) -> float | None:
    """Show the cross; return how long until the gaze was there, None where it did not come."""
    screen = stage.screen
    centre_px = screen.width_px / 2, screen.height_px / 2
    began_s = last_s = np.nan

    def scene(time_s: float) -> Scene:
        nonlocal began_s
        began_s = time_s
        return Scene(time_s, target_px=centre_px)

    def rests(time_s: float) -> bool:
        nonlocal last_s
        last_s = time_s
        if rule is None or time_s - began_s < max(at_least_s, rule.hold_s):
            return False
        return rests_on(stage.recorder.recent(rule.hold_s), centre_px, screen, rule)

    shown = stage.insist(_cross(stage, centre_px), longest_s, scene=scene, until=rests)
    return last_s - began_s if shown.met else None


def rests_on(
    samples: GazeSamples, centre_px: tuple[float, float], screen: Screen, rule: GazeStartSettings
) -> bool:
    """Whether the gaze of the last moment lies near a place, and there was gaze most of the time.

    Parameters
    ----------
    samples : ndarray of GAZE_DTYPE
        Of the last ``rule.hold_s`` seconds.
    centre_px : (x, y)
        The place.
    screen : Screen
        Its geometry.
    rule : GazeStartSettings
        How near, and for how long.
    """
    if len(samples) < 2:
        return False
    x_px, y_px = gaze_of(samples, Eye.BOTH)
    seen = np.isfinite(x_px) & np.isfinite(y_px)
    covered_s = samples["time_s"][-1] - samples["time_s"][0]
    if np.mean(seen) < ENOUGH_GAZE or covered_s < ENOUGH_GAZE * rule.hold_s:
        return False
    apart_deg = screen.angle_deg(x_px[seen], y_px[seen], *centre_px)
    return bool(np.mean(apart_deg <= rule.within_deg) >= NEARLY_ALL)


def _cross(stage: Stage, centre_px: tuple[float, float]) -> Picture:
    px_per_deg = stage.screen.px_per_deg()
    # An even width around a centre between pixels, or odd around one on a pixel: sharp edges.
    line_px = 2 * max(1, round(CROSS_LINE_DEG * px_per_deg / 2))
    size_px = 2 * round(CROSS_DEG * px_per_deg / 2)
    return cross(centre_px, size_px, line_px, stage.display.background)
