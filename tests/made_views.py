"""States of the operator's view, as a session would tell them: for tests and for looking at."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from foveola.data_schema import Screen
from foveola.experiments.operator_messages import (
    AccuracyPart,
    DriftPart,
    EndPart,
    HealthPart,
    ProgressPart,
    ScenePart,
    SessionPart,
)
from foveola.experiments.operator_state import OperatorState
from foveola.experiments.operator_watch import small_png
from foveola.experiments.pages import text_page

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53.1, height_cm=29.9, distance_cm=60)
GREY = (128, 128, 128)


def session_part(folder: Path, **changes: Any) -> SessionPart:
    facts: dict[str, Any] = {
        "experiment": "free-viewing",
        "observer": "017-4",
        "session": "2",
        "tracker": "EyeLink 1000 Plus",
        "simulated": False,
        "sampling_rate_hz": 1000.0,
        "bytes_per_sample": 96,
        "refresh_hz": 60.0,
        "screen_px": (1920, 1080),
        "background": GREY,
        "window_px": (0, 0, 1920, 1080),
        "trials": 120,
        "limits_deg": (0.5, 1.0),
        "drift_limit_deg": 1.0,
        "folder": str(folder),
        "unattended": False,
    }
    return SessionPart(**(facts | changes))


def photograph(folder: Path) -> Path:
    """A picture with light and dark places, on which gaze must stand out."""
    path = folder / "harbour_041.png"
    if not path.exists():
        generator = np.random.default_rng(4)
        coarse = generator.integers(0, 256, (9, 16, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((1600, 900), Image.Resampling.BICUBIC).save(path)
    return path


def gaze(now_s: float, *, lost: str = "") -> list[list[float]]:
    """Half a second of two eyes: a fixation, a saccade, a fixation."""
    points = []
    for i in range(36):
        time_s = now_s - 0.6 + i / 60
        step = 1 / (1 + math.exp(-(i - 20) * 2.2))
        x, y = 700 + 520 * step + 6 * math.sin(i), 420 + 160 * step + 5 * math.cos(2 * i)
        left = (math.nan, math.nan) if lost in ("left", "both") else (x, y)
        right = (math.nan, math.nan) if lost in ("right", "both") else (x + 24, y + 9)
        points.append([time_s, *left, *right])
    return points


def accuracy(scale: float, *, lost: bool = False, **changes: Any) -> AccuracyPart:
    """A validation of HV9 whose errors are so many times those of a good one."""
    generator = np.random.default_rng(2)
    points = []
    for x in (290.0, 960.0, 1630.0):
        for y in (165.0, 540.0, 915.0):
            for eye in ("left", "right"):
                dx, dy = generator.normal(0, 9 * scale, 2)
                error = math.hypot(dx, dy) / 37.8
                points.append((x, y, eye, x + dx, y + dy, error))
    if lost:
        points[5] = (*points[5][:3], math.nan, math.nan, math.nan)
    errors = [one[5] for one in points if math.isfinite(one[5])]
    facts: dict[str, Any] = {
        "layout": "HV9",
        "grade": "good" if scale < 1.5 and not lost else "poor",
        "mean_deg": float(np.mean(errors)),
        "largest_deg": max(errors),
        "accepted": True,
        "reason": "",
        "points": tuple(points),
    }
    return AccuracyPart(**(facts | changes))


HEALTH = HealthPart(
    time_s=100.0,
    rate_hz=999.8,
    loss=0.021,
    since_last_s=0.004,
    samples=812_340,
    late_flips=0,
)


def view_states(folder: Path) -> dict[str, OperatorState]:
    """The states that a designer should look at, by name."""

    def state(**parts: Any) -> OperatorState:
        one = OperatorState(session=session_part(folder), heard_s=math.inf, free_bytes=412.6e9)
        one.accuracy, one.health = accuracy(1.0), HEALTH
        one.drift = DriftPart((0.31, 0.28, 1.42, 0.36, 0.44), (True, True, False, True, True))
        one.progress = ProgressPart(trial=42, block=1, left_s=1312, doing="Trial")
        one.trail.extend(tuple(point) for point in parts.pop("trail", gaze(100.0)))
        for name, part in parts.items():
            setattr(one, name, part)
        return one

    image = ScenePart("image", "harbour_041.png", str(photograph(folder)), (160.0, 90.0, 1.0))
    page = text_page(SCREEN, GREY, "Pause", ["Rest your eyes."], [("Space", "go on")])
    pause = ScenePart("page", page.title, page_png=small_png(page.image))
    silent = HealthPart(
        **vars(HEALTH)
        | {"since_last_s": 1.3, "loss": math.nan, "rate_hz": 940.2}
        | {"problem": "The link to the host computer is gone.", "late_flips": 3}
    )
    full = HealthPart(
        **vars(HEALTH) | {"waiting": 18_204, "dropped": 312, "error": "No space left on device"}
    )
    return {
        "waiting": OperatorState(),
        "calibration": state(
            scene=ScenePart("target", target_px=(290.0, 165.0)),
            progress=ProgressPart(doing="Calibration attempt 2 HV9"),
            accuracy=None,
            drift=DriftPart(),
        ),
        "trial": state(scene=image),
        "asked": state(
            scene=image,
            progress=ProgressPart(42, 1, False, 1312, "Trial", ("pause", "drift_check")),
        ),
        "confirming": state(scene=image, confirming=True),
        "silent": state(scene=image, health=silent, trail=gaze(100.0, lost="both")),
        "disk-full": state(scene=image, health=full, free_bytes=2.1e8),
        "paused": state(scene=pause),
        "poor": state(
            scene=ScenePart("blank"),
            accuracy=accuracy(4.0, lost=True, accepted=False),
            progress=ProgressPart(doing="Calibration attempt 1 HV9"),
        ),
        "finished": state(
            trail=[],
            scene=ScenePart("blank"),
            end=EndPart(over=True, words="120 of 120 trials, all saved"),
        ),
        "broken-off": state(scene=image, connected=False),
    }
