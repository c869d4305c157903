"""Open a window for a second and tell what it is worth, in a process of its own.

A graphics driver that crashes takes its process with it:
``python -m foveola.experiments.window_check``.
"""

from __future__ import annotations

import json
import sys
from typing import NamedTuple

import numpy as np

from foveola.data_schema import FoveolaError, Screen
from foveola.tracking.clock import MonotonicClock

from .psychopy_display import PsychoPyDisplay
from .xvfb import display_missing, ensure_display

FLIPS = 120
#: A flip is late where it took so many times the usual interval.
LATE = 1.5


class WindowCheck(NamedTuple):
    """What a window showed."""

    width_px: int
    height_px: int
    virtual_screen: bool
    refresh_hz: float
    flips: int
    late_flips: int


def check_window(width_px: int = 640, height_px: int = 480) -> WindowCheck:
    """Open a window, flip for a while, and measure.

    Raises
    ------
    FoveolaError
        If no window opens.
    """
    virtual_screen = display_missing()
    ensure_display(width_px, height_px)
    screen = Screen(
        width_px=width_px, height_px=height_px, width_cm=20, height_cm=15, distance_cm=60
    )
    display = PsychoPyDisplay(screen, MonotonicClock(), (128, 128, 128), fullscreen=False)
    try:
        display.show()
        intervals_s = np.diff([display.flip() for _ in range(FLIPS + 1)])
    finally:
        display.close()
    usual_s = float(np.median(intervals_s))
    late = int(np.count_nonzero(intervals_s > LATE * usual_s))
    return WindowCheck(width_px, height_px, virtual_screen, 1 / usual_s, FLIPS, late)


if __name__ == "__main__":
    try:
        print(json.dumps(check_window()._asdict()))
    except FoveolaError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
