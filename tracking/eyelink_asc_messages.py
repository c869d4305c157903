"""Understands messages of EyeLink ASC files: calibrations, drift checks, trials and the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from foveola.data_schema import (
    Calibration,
    Eyes,
    FileFormatError,
    Screen,
    Stimulus,
    TargetError,
    Trial,
    image_stimulus,
)

from .eyelink_asc_content import AscMessage

_NUMBER = r"(-?\d{1,9}(?:\.\d{1,9})?)"
_FOUR = r"[\s,]+".join([_NUMBER] * 4)
_AT = rf"(LEFT|RIGHT)\s+at\s+{_NUMBER},{_NUMBER}\s+OFFSET\s+{_NUMBER} deg\.\s+{_NUMBER},{_NUMBER}"
RESULT = re.compile(r"!CAL (CALIBRATION|VALIDATION) (\S+)\s+(?:LR|L|R)\s+(.*)")
POINT = re.compile(rf"VALIDATE (?:LR|L|R)\s+\S*POINT \d+\s+{_AT}")
DRIFT = re.compile(rf"DRIFTCORRECT (?:LR|L|R)\s+{_AT}")
DRIFT_FAILED = re.compile(r"DRIFTCORRECT (?:LR|L|R)\s.*\b(ABORTED|REPEATING)")
#: What belongs together is written within a few milliseconds.
TOGETHER_S = 0.05
COORDINATES = tuple(
    re.compile(rf"{name}\s*=?\s*{_FOUR}\s*$", re.IGNORECASE)
    for name in ("GAZE_COORDS", "DISPLAY_COORDS", "screen_pixel_coords")
)
PHYSICAL = re.compile(rf"screen_phys_coords\s*=?\s*{_FOUR}\s*$", re.IGNORECASE)
DISTANCE = re.compile(rf"screen_distance\s*=?\s*{_NUMBER}(?:[\s,]+{_NUMBER})?\s*$", re.IGNORECASE)
#: The words that begin and end a trial, the first pair that a file uses counts.
TRIAL_WORDS = (("TRIALID", "TRIAL_RESULT"), ("start_trial", "stop_trial"))
ONSET = re.compile(
    r"(SYNCTIME|DISPLAY[ _]ON|(?:image|picture|stim\w*)[ _]on(?:set)?)\b", re.IGNORECASE
)
OFFSET = re.compile(
    r"(blank_screen|DISPLAY[ _]OFF|(?:image|picture|stim\w*)[ _]off(?:set)?)\b", re.IGNORECASE
)
IMAGE = re.compile(r"!V IMGLOAD (CENTER|TOP_LEFT|FILL)\s+(.+?)((?:\s+-?\d{1,6}(?:\.\d+)?){0,4})$")
VARIABLE = re.compile(r"(?:!V TRIAL_VAR|var)\s+(\S+)\s*(.*)")
STIMULUS_VARIABLES = re.compile(
    r"(image|img|picture|pic|stimulus|stim|photo)(_?(name|file|id|path))?|file_?name", re.IGNORECASE
)


def calibrations_of(messages: Iterable[AscMessage]) -> tuple[Calibration, ...]:
    """Calibrations, validations with their points, and drift checks that messages tell of.

    The pixels of an OFFSET are gaze minus target. EyeLink's own grade decides what counts as
    accepted: GOOD or FAIR; it is kept in the reason.
    """
    found: list[Calibration] = []
    for message in messages:
        time_s, text = message.time_ms / 1000, message.text
        if match := RESULT.match(text):
            grade = " ".join(match[3].split())
            accepted = bool(re.search(r"\b(GOOD|FAIR)\b", grade))
            kind = "calibration" if match[1] == "CALIBRATION" else "validation"
            one = Calibration(
                time_s=time_s, kind=kind, layout=match[2], accepted=accepted, reason=grade
            )
        elif match := POINT.match(text):
            one = Calibration(
                time_s=time_s, kind="validation", layout="", accepted=True, points=(_point(match),)
            )
        elif match := DRIFT.match(text):
            one = Calibration(
                time_s=time_s, kind="drift_check", layout="", accepted=True, points=(_point(match),)
            )
        elif match := DRIFT_FAILED.match(text):
            one = Calibration(
                time_s=time_s, kind="drift_check", layout="", accepted=False, reason=match[1]
            )
        else:
            continue
        if found and _belong_together(found[-1], one):
            one = _joined(found.pop(), one)
        found.append(one)
    return tuple(found)


def _point(match: re.Match[str]) -> TargetError:
    eye: Eyes = "left" if match[1] == "LEFT" else "right"
    x_px, y_px, error_deg, dx_px, dy_px = (float(match[i]) for i in range(2, 7))
    return TargetError(
        target_x_px=x_px,
        target_y_px=y_px,
        eye=eye,
        gaze_x_px=x_px + dx_px,
        gaze_y_px=y_px + dy_px,
        error_deg=error_deg,
    )


def _belong_together(one: Calibration, other: Calibration) -> bool:
    return (
        one.kind == other.kind
        and other.layout in (one.layout, "")
        and abs(other.time_s - one.time_s) <= TOGETHER_S
    )


def _joined(one: Calibration, other: Calibration) -> Calibration:
    """One record of both eyes, or of a result and its points."""
    return one.model_copy(
        update={
            "accepted": one.accepted and other.accepted,
            "reason": "; ".join(reason for reason in (one.reason, other.reason) if reason),
            "points": one.points + other.points,
        }
    )


@dataclass
class _Showing:
    """A trial as its messages tell of it, before it is a record."""

    start_s: float
    onset_s: float = np.nan
    offset_s: float = np.nan
    end_s: float = np.nan
    image: re.Match[str] | None = None
    image_s: float = np.nan
    variables: dict[str, str] = field(default_factory=dict)


def trials_of(
    messages: Sequence[AscMessage], screen: Screen, end_s: float, folder: Path
) -> tuple[tuple[Trial, ...], tuple[Stimulus, ...]]:
    """Trials that messages tell of, and the stimuli that could be found.

    A trial begins with TRIALID and ends with TRIAL_RESULT (or start_trial and stop_trial, or is
    an image that was loaded, where a file has no such words). Its stimulus is the image of
    ``!V IMGLOAD``, else a variable named as images are. Its onset is a message such as SYNCTIME
    or DISPLAY ON, else the image's, else the trial's own.

    Parameters
    ----------
    messages : sequence of AscMessage
        In the order of the file.
    screen : Screen
        On which images lie.
    end_s : float
        Time of the last sample: a trial without an end lasts till then.
    folder : Path
        Images are looked for in this folder.
    """
    showings = _showings(messages)
    ended = any(np.isfinite(showing.end_s) for showing in showings)
    trials, stimuli = [], dict[str, Stimulus]()
    for index, showing in enumerate(showings):
        name = _stimulus_name(showing)
        if name and name not in stimuli and (stimulus := _stimulus(folder, name)):
            stimuli[name] = stimulus
        onset_s = _first_known(showing.onset_s, showing.image_s, showing.start_s)
        next_s = showings[index + 1].start_s if index + 1 < len(showings) else end_s
        offset_s = _first_known(showing.offset_s, showing.end_s, next_s)
        left_px, top_px, scale = _placed(showing.image, screen, stimuli.get(name))
        trials.append(
            Trial(
                index=index,
                stimulus=name,
                onset_s=onset_s,
                offset_s=max(onset_s, offset_s),
                image_left_px=left_px,
                image_top_px=top_px,
                image_scale=scale,
                status="interrupted" if ended and np.isnan(showing.end_s) else "complete",
                variables=showing.variables,
            )
        )
    return tuple(trials), tuple(stimuli.values())


def _showings(messages: Sequence[AscMessage]) -> list[_Showing]:
    begin, end = next(
        (words for words in TRIAL_WORDS if any(_is(one.text, words[0]) for one in messages)),
        ("!V IMGLOAD", "TRIAL_RESULT"),
    )
    found: list[_Showing] = []
    for message in messages:
        text, time_s = message.text, message.time_ms / 1000
        if _is(text, begin):
            found.append(_Showing(time_s))
            if not text.startswith("!V"):
                found[-1].variables[begin] = text[len(begin) :].strip()
        if not found:
            continue
        showing = found[-1]
        if _is(text, end):
            showing.end_s = _first_known(showing.end_s, time_s)
        elif (match := IMAGE.match(text)) and showing.image is None:
            showing.image, showing.image_s = match, time_s
        elif match := VARIABLE.match(text):
            showing.variables[match[1]] = match[2]
        elif ONSET.match(text):
            showing.onset_s = _first_known(showing.onset_s, time_s)
        elif OFFSET.match(text):
            showing.offset_s = _first_known(showing.offset_s, time_s)
    return found


def _is(text: str, word: str) -> bool:
    return text.startswith(word) and not text[len(word) : len(word) + 1].strip()


def _first_known(*times_s: float) -> float:
    return next((time_s for time_s in times_s if np.isfinite(time_s)), np.nan)


def _stimulus_name(showing: _Showing) -> str:
    if showing.image:
        return showing.image[2].replace("\\", "/")
    names = (name for name in showing.variables if STIMULUS_VARIABLES.fullmatch(name))
    return next((showing.variables[name] for name in names if showing.variables[name]), "")


def _stimulus(folder: Path, name: str) -> Stimulus | None:
    """Stimulus whose file lies in the folder; what lies elsewhere is not opened."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\0" in name:
        return None
    path = folder / relative
    try:
        return image_stimulus(path, stimulus_id=name, relative_to=folder)
    except FileFormatError:
        return None


def _placed(
    image: re.Match[str] | None, screen: Screen, stimulus: Stimulus | None
) -> tuple[float, float, float]:
    """Left and top edge and scale of an image on the screen; edges NaN where unknown."""
    if image is None:
        return 0.0, 0.0, 1.0
    numbers = [float(word) for word in image[3].split()]
    if image[1] == "FILL":
        return 0.0, 0.0, screen.width_px / stimulus.width_px if stimulus else 1.0
    x_px, y_px = numbers[:2] if len(numbers) >= 2 else (0.0, 0.0)
    width_px, height_px = numbers[2:] if len(numbers) == 4 else (np.nan, np.nan)
    if not width_px > 0:
        width_px, height_px = (
            (stimulus.width_px, stimulus.height_px) if stimulus else (np.nan, np.nan)
        )
    scale = width_px / stimulus.width_px if stimulus else 1.0
    if image[1] == "CENTER":
        return x_px - width_px / 2, y_px - height_px / 2, scale
    return x_px, y_px, scale


@dataclass(frozen=True)
class AscScreen:
    """What messages tell of the screen; NaN where they do not.

    Coordinates are those of the gaze: its origin may lie elsewhere than the screen's corner.
    """

    left_px: float = 0.0
    top_px: float = 0.0
    width_px: int = 0
    height_px: int = 0
    width_cm: float = np.nan
    height_cm: float = np.nan
    distance_cm: float = np.nan
    changes_at: int = 0


def asc_screen(messages: Sequence[AscMessage]) -> AscScreen:
    """Screen that messages tell of.

    The largest coordinate is the number of pixels in some files and one less in others: no usual
    screen has an odd number of pixels, so an odd one is one less.
    """
    left_px = top_px = 0.0
    width_px = height_px = changes_at = 0
    for pattern in COORDINATES:
        found = [(match, one.line) for one in messages if (match := pattern.search(one.text))]
        if found:
            first = [float(found[0][0][i]) for i in range(1, 5)]
            left_px, top_px = first[:2]
            width_px, height_px = _pixels(first[2] - left_px), _pixels(first[3] - top_px)
            changes_at = next((line for one, line in found if one[0] != found[0][0][0]), 0)
            break
    physical = next((m for one in messages if (m := PHYSICAL.search(one.text))), None)
    left, top, right, bottom = (
        (float(physical[i]) for i in range(1, 5)) if physical else [np.nan] * 4
    )
    width_cm, height_cm = abs(right - left) / 10, abs(top - bottom) / 10
    distance = next((m for one in messages if (m := DISTANCE.search(one.text))), None)
    return AscScreen(
        left_px=left_px,
        top_px=top_px,
        width_px=width_px,
        height_px=height_px,
        width_cm=width_cm,
        height_cm=height_cm,
        distance_cm=_distance_cm(distance, height_cm),
        changes_at=changes_at,
    )


def _pixels(largest: float) -> int:
    whole = round(largest)
    return whole + 1 if whole % 2 else whole


def _distance_cm(match: re.Match[str] | None, height_cm: float) -> float:
    """Distance to the screen's plane; EyeLink states those to its top and bottom edge, in mm."""
    if match is None:
        return np.nan
    top_cm = float(match[1]) / 10
    if match[2] is None:
        return top_cm
    bottom_cm = float(match[2]) / 10
    above_cm = (top_cm**2 - bottom_cm**2 + height_cm**2) / (2 * height_cm) if height_cm > 0 else 0.0
    squared = top_cm**2 - above_cm**2
    return float(np.sqrt(squared)) if squared > 0 else np.nan
