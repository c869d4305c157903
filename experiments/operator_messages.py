"""What a session tells its operator's view, what the view asks of it, and how both travel.

A message is a JSON object on a line of its own. What a session tells consists of parts by name;
a part that is not in a message has not changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Longer lines are no messages of ours; a page's picture takes some 100 kB.
MAX_LINE_BYTES = 4 * 2**20

#: Time, then x and y of the left eye and of the right, in screen px; NaN where an eye is lost.
GazePoint = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class SessionPart:
    """What stays the same for a whole session.

    Attributes
    ----------
    experiment, observer, session, tracker : str
        Names and ids.
    simulated : bool
        Whether no eye is tracked.
    sampling_rate_hz, bytes_per_sample : float
        Nominal rate, and what a sample takes on the disk.
    refresh_hz : float
        Of the stimulus' screen, as it was measured.
    screen_px : (width, height)
        Of the stimulus' screen.
    background : (red, green, blue)
        Colour of the stimulus' screen.
    window_px : (left, top, width, height)
        Where the stimulus' window lies on the desktop.
    trials : int
        How many there are.
    limits_deg : (mean, largest)
        Errors that a validation must stay below.
    drift_limit_deg : float
        Error that a drift check bears.
    folder : str
        Where the recording is written.
    unattended : bool
        Whether the view closes by itself at the end.
    """

    experiment: str
    observer: str
    session: str
    tracker: str
    simulated: bool
    sampling_rate_hz: float
    bytes_per_sample: int
    refresh_hz: float
    screen_px: tuple[int, int]
    background: tuple[int, int, int]
    window_px: tuple[int, int, int, int]
    trials: int
    limits_deg: tuple[float, float]
    drift_limit_deg: float
    folder: str
    unattended: bool


@dataclass(frozen=True)
class ScenePart:
    """What the observer sees: an image, a target, a page, or nothing.

    Attributes
    ----------
    kind : {"image", "target", "page", "blank"}
        Which of them.
    name : str
        Id of the image; title of the page.
    path : str
        File of the image, which the view reads itself.
    place : (left, top, scale)
        Of the image on the screen, in px, and screen px per image px.
    target_px : (x, y) or None
        Place of the target.
    page_png : str
        The page in small, a PNG in base64.
    typing : bool
        Whether letters are typed there, so that they ask for nothing.
    """

    kind: str = "blank"
    name: str = ""
    path: str = ""
    place: tuple[float, float, float] = (0.0, 0.0, 1.0)
    target_px: tuple[float, float] | None = None
    page_png: str = ""
    typing: bool = False


@dataclass(frozen=True)
class ProgressPart:
    """How far the session has come.

    Attributes
    ----------
    trial : int
        Number of the trial that runs or ran last, from 1; 0 before the first.
    block : int
        Its block, from 0.
    practice : bool
        Whether it is no data.
    left_s : float
        Estimated time to the end; NaN where it is unknown.
    doing : str
        What goes on, in words.
    requested : tuple of str
        What the operator asked for and has not come to pass.
    """

    trial: int = 0
    block: int = 0
    practice: bool = False
    left_s: float = float("nan")
    doing: str = ""
    requested: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccuracyPart:
    """A validation.

    Attributes
    ----------
    layout : str
        As HV9.
    grade : str
        good, fair or poor, against the limits that were set.
    mean_deg, largest_deg : float
        Errors over targets and eyes.
    accepted : bool
        Whether it holds now.
    reason : str
        Why, where the rule was overridden.
    points : tuple of (target_x, target_y, eye, gaze_x, gaze_y, error_deg)
        Each target and eye.
    """

    layout: str
    grade: str
    mean_deg: float
    largest_deg: float
    accepted: bool
    reason: str
    points: tuple[tuple[float, float, str, float, float, float], ...]


@dataclass(frozen=True)
class DriftPart:
    """The drift checks so far: the largest error of each, in degrees, and whether it was borne."""

    errors_deg: tuple[float, ...] = ()
    accepted: tuple[bool, ...] = ()


@dataclass(frozen=True)
class HealthPart:
    """How tracker, journal and screen do.

    Attributes
    ----------
    time_s : float
        On the recorder's clock.
    rate_hz, loss : float
        Measured over the last seconds; NaN where there is nothing to measure.
    since_last_s : float
        Seconds since the newest sample.
    samples, waiting, dropped : int
        Samples taken; waiting for the disk; lost.
    late_flips : int
        Flips that came more than half a refresh too late.
    problem, error : str
        What the tracker and the disk said last.
    """

    time_s: float = 0.0
    rate_hz: float = float("nan")
    loss: float = float("nan")
    since_last_s: float = float("inf")
    samples: int = 0
    waiting: int = 0
    dropped: int = 0
    late_flips: int = 0
    problem: str = ""
    error: str = ""


@dataclass(frozen=True)
class EndPart:
    """How the session ended: being saved, over, or nothing yet."""

    saving: bool = False
    over: bool = False
    words: str = ""


def encoded(parts: Mapping[str, Any]) -> bytes:
    """Write a message: parts, which may be records of this file, by name."""
    table = {
        name: asdict(part) if hasattr(part, "__dataclass_fields__") else part
        for name, part in parts.items()
    }
    return json.dumps(table, separators=(",", ":")).encode() + b"\n"


class LineReader:
    """Takes bytes as they come, and gives whole messages."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun that is not whole."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Messages that the bytes complete.

        Raises
        ------
        ValueError
            If they are none of ours.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            raise ValueError("a line without an end")
        messages = [json.loads(line) for line in lines if line]
        if not all(isinstance(message, dict) for message in messages):
            raise ValueError("a line that is no message")
        return messages
