"""What happens between trials when the tracker has fallen silent: the session waits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from foveola.data_schema import FoveolaError
from foveola.tracking import RecorderStatus

from .pages import text_page
from .picture import Picture
from .stage import Stage

#: A tracker that has delivered nothing for so long is waited for.
SILENCE_S = 1.0
LOOK_S = 0.5


def await_tracker(stage: Stage, patience_s: float) -> None:
    """Go on at once where the tracker delivers samples; else tell it, and wait.

    An attended session waits as long as it takes: Space goes on once samples come again, Esc ends
    it. An unattended one waits for a time.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    patience_s : float
        How long an unattended session waits.

    Raises
    ------
    SessionEnded
        If someone ended the session by the Escape key.
    FoveolaError
        If nobody is there and the tracker stays silent.
    """
    if not is_silent(status := stage.recorder.status()):
        return
    begin_s = stage.blank()
    told = " ".join(_told(status))
    stage.recorder.message(f"SESSION waits for the tracker: {told}", begin_s)
    if stage.unattended:
        _wait_alone(stage, patience_s)
    else:
        _wait_for_key(stage)
    end_s = stage.blank()
    stage.recorder.message(f"SESSION goes on after {end_s - begin_s:.1f} s", end_s)


def is_silent(status: RecorderStatus) -> bool:
    """Whether the tracker has delivered nothing for too long."""
    return status.since_last_s > SILENCE_S


def _wait_alone(stage: Stage, patience_s: float) -> None:
    waited_s = 0.0
    while is_silent(status := stage.recorder.status()):
        if waited_s >= patience_s:
            raise FoveolaError(
                f"The tracker is silent, and the session waited {waited_s:.0f} s for it. "
                + " ".join(_told(status)),
                remedy="Check the tracker and its cable; what was recorded is kept. Waiting longer "
                "is [tracker] patience_s in the settings.",
            )
        stage.insist(_page(stage, status), LOOK_S)
        waited_s += LOOK_S


def _wait_for_key(stage: Stage) -> None:
    """Show what is the matter until Space is pressed and samples come again."""
    while True:
        pages: dict[str, Picture] = {}

        def page(_elapsed_s: float, pages: dict[str, Picture] = pages) -> Sequence[Picture]:
            status = stage.recorder.status()
            key = "silent" if is_silent(status) else "back"
            if key not in pages:
                pages[key] = _page(stage, status) if key == "silent" else _back_page(stage)
            return [pages[key]]

        stage.insist(page, None, keys=("space", "return"))
        if not is_silent(stage.recorder.status()):
            return


def _page(stage: Stage, status: RecorderStatus) -> Picture:
    keys = [] if stage.unattended else [("Space", "retry"), ("Esc", "end")]
    lines = [
        *_told(status),
        "Check that it is switched on and its cable is in.",
        "Everything recorded so far is kept.",
    ]
    background = stage.display.background
    return text_page(stage.screen, background, "The eye tracker is silent", lines, keys)


def _back_page(stage: Stage) -> Picture:
    lines = [
        "It delivers samples again.",
        "If the observer has moved, press C to calibrate.",
    ]
    keys = [("Space", "go on"), ("C", "calibrate"), ("Esc", "end")]
    background = stage.display.background
    return text_page(stage.screen, background, "The eye tracker is back", lines, keys)


def _told(status: RecorderStatus) -> list[str]:
    """What is known of the silence, in sentences."""
    parts = [
        f"It has delivered no samples for {status.since_last_s:.1f} s."
        if math.isfinite(status.since_last_s)
        else "It has delivered no sample at all."
    ]
    parts += [f"Last message: {status.problem}."] if status.problem else []
    parts += [status.error] if status.error else []
    return parts
