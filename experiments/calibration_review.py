"""What is decided on the result page: pure logic, of keys and clicks alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from foveola.data_schema import Calibration

from .calibration_settings import CalibrationSettings
from .validation_summary import Place, is_good, targets_of


@dataclass(frozen=True)
class Attempt:
    """A calibration and its validation.

    Attributes
    ----------
    number : int
        From 1.
    calibration : Calibration or None
        The residuals; None for a tracker that is calibrated elsewhere.
    validation : Calibration
        Its validation.
    state : object
        The tracker's calibration, where it keeps calibrations.
    """

    number: int
    calibration: Calibration | None
    validation: Calibration
    state: object = None


@dataclass(frozen=True)
class Review:
    """What the result page shows.

    Attributes
    ----------
    settings : CalibrationSettings
        With the thresholds.
    kind : {"points", "device", "none"}
        How the tracker is calibrated.
    keeps : bool
        Whether the tracker can bring an earlier calibration back.
    attempts : tuple of Attempt
        Those that were kept and the newest, in order.
    shown : int
        Index of the one that is shown, and applied.
    selected : int
        Number of the chosen target, from 1; 0: none.
    digits : str
        What was typed of a target's number.
    points_held : bool
        Whether the tracker still holds the points of the newest attempt; not so where it began
        another one, of which nothing came.
    """

    settings: CalibrationSettings
    kind: Literal["points", "device", "none"]
    keeps: bool
    attempts: tuple[Attempt, ...]
    shown: int
    selected: int = 0
    digits: str = ""
    points_held: bool = True

    @property
    def attempt(self) -> Attempt:
        """The attempt that is shown."""
        return self.attempts[self.shown]

    def with_attempt(self, attempt: Attempt) -> Review:
        """The same with the attempt that is shown replaced."""
        attempts = (*self.attempts[: self.shown], attempt, *self.attempts[self.shown + 1 :])
        return replace(self, attempts=attempts, selected=0, digits="")

    @property
    def newest(self) -> bool:
        """Whether it shows the newest attempt."""
        return self.shown == len(self.attempts) - 1

    @property
    def good(self) -> bool:
        """Whether it is accepted without a reason."""
        return is_good(self.attempt.validation, self.settings)

    @property
    def targets(self) -> list[Place]:
        """Targets of its validation, in order of their numbers."""
        return targets_of(self.attempt.validation)

    @property
    def can_redo(self) -> bool:
        """Whether its points can be redone: the tracker holds those of the newest attempt."""
        return (self.newest and self.points_held) or self.kind != "points"


class Action(NamedTuple):
    """What is to be done; for a point the number of its target, for a choice the index."""

    name: Literal["accept", "redo", "redo_all", "validate", "keep", "choose"]
    number: int = 0


def keys_of(review: Review) -> list[tuple[str, str]]:
    """Caps of the keys at the page's foot, and what they do now."""
    keys = [("Enter", "accept" if review.good else "accept, with a reason")]
    if review.selected and review.can_redo:
        keys.append(("R", f"redo target {review.selected}"))
    if review.kind != "none" and review.newest:
        keys.append(("A", "redo all"))
    keys.append(("V", "validate again"))
    if review.keeps and review.kind != "none":
        keys.append(("K", "keep, try again"))
    if review.shown > 0:
        keys.append(("←", "earlier"))
    if not review.newest:
        keys.append(("→", "later"))
    return keys


#: Names of the keys by their caps.
KEY_NAMES = {
    "Enter": "return", "R": "r", "A": "a", "V": "v", "K": "k", "←": "left", "→": "right",
}  # fmt: skip
#: What has a meaning on the page.
PAGE_KEYS = frozenset({*KEY_NAMES.values(), "up", "down", "backspace", *"0123456789"})

_ACTIONS: dict[str, Action] = {
    "return": Action("accept"),
    "a": Action("redo_all"),
    "v": Action("validate"),
    "k": Action("keep"),
}


def answered(review: Review, event: str | int) -> tuple[Review, Action | None]:
    """Answer one key, or a click on the target of that number.

    Parameters
    ----------
    review : Review
        What the page shows.
    event : str or int
        The key's name, or the target's number.

    Returns
    -------
    review : Review
        What it shows now.
    action : Action or None
        What is to be done; None: nothing, or only to show the page.
    """
    if isinstance(event, int):
        return (review, Action("redo", event)) if review.can_redo else (review, None)
    if event.isdigit():
        return _typed(review, event), None
    if event in ("up", "down"):
        return _stepped(review, 1 if event == "down" else -1), None
    if event == "backspace":
        return replace(review, selected=0, digits=""), None
    if event not in {KEY_NAMES[cap] for cap, _ in keys_of(review)}:
        return review, None
    if event == "r":
        return review, Action("redo", review.selected)
    if event in ("left", "right"):
        return review, Action("choose", review.shown + (1 if event == "right" else -1))
    return review, _ACTIONS[event]


def _typed(review: Review, digit: str) -> Review:
    """Take a digit of a target's number: 1 and then 3 chooses 13, where there are so many."""
    for digits in (review.digits + digit, digit):
        if 1 <= int(digits) <= len(review.targets):
            return replace(review, selected=int(digits), digits=digits)
    return replace(review, digits="")


def _stepped(review: Review, step: int) -> Review:
    count = len(review.targets)
    start = review.selected or (0 if step > 0 else count + 1)
    return replace(review, selected=(start - 1 + step) % count + 1, digits="")
