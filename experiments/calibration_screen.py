"""Calibration of the tracker, and its validation on other targets, until a result is accepted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foveola.data_schema import Calibration

from .calibration_review import PAGE_KEYS, Action, Attempt, Review, answered
from .calibration_settings import CalibrationSettings
from .calibrator import CalibrationImpossibleError, Calibrator
from .pages import text_page
from .picture import Picture
from .reason_menu import ask_reason
from .result_layout import hit, result_layout
from .result_page import result_page
from .stage import Heard, SessionEnded, Stage

RESULT_S = 2.0


def calibrate(
    stage: Stage,
    settings: CalibrationSettings,
    generator: np.random.Generator,
    *,
    automatic: bool,
) -> Calibration:
    """Calibrate and validate until the result is accepted; every attempt is recorded.

    A validation below both thresholds is accepted at once where nobody need judge it
    (``automatic``), else by a key. One above is repeated, mended point by point, or accepted with a
    reason; in an unattended session it is repeated, and after the last attempt accepted, which the
    reason tells. A tracker that is calibrated elsewhere is only validated.

    Parameters
    ----------
    stage : Stage
        Where it happens.
    settings : CalibrationSettings
        Layout, targets, thresholds and attempts.
    generator : numpy.random.Generator
        Shuffles the targets.
    automatic : bool
        Whether a good result needs no key.

    Returns
    -------
    Calibration
        The accepted validation.
    """
    session = _Session(stage, settings, generator, automatic=automatic)
    try:
        return session.run()
    except SessionEnded:
        session.judge(*session.open, accepted=False, reason="the session was ended")
        raise
    finally:
        stage.display.pointer(visible=False)


class _Session:
    """One calibration, over all its attempts."""

    def __init__(
        self,
        stage: Stage,
        settings: CalibrationSettings,
        generator: np.random.Generator,
        *,
        automatic: bool,
    ) -> None:
        self._stage = stage
        self._settings = settings
        self._automatic = automatic
        self._calibrator = Calibrator(stage, settings, generator)
        capabilities = stage.recorder.capabilities
        self._keeps = capabilities.keeps_calibrations
        self._kind = capabilities.calibration
        self._kept: tuple[Attempt, ...] = ()
        self._number = 0
        #: What was recorded and is not judged yet.
        self.open: list[Calibration] = []

    def run(self) -> Calibration:
        """Make attempts until one is accepted; return its validation."""
        while True:
            review = self._attempted()
            if review is None:
                continue
            alone = self._stage.unattended or (review.good and self._automatic and not self._kept)
            accepted = self._shown_alone(review) if alone else self._decided(review)
            if accepted is not None:
                return accepted

    def judge(self, *which: Calibration | None, accepted: bool, reason: str) -> None:
        """Record once more what was recorded when it was made, now with what became of it."""
        update = {"accepted": accepted, "reason": reason}
        for one in which:
            if one is not None:
                self._stage.add_calibration(one.model_copy(update=update))
                self.open.remove(one)

    def _attempted(self) -> Review | None:
        """Calibrate and validate; None where nothing came of it, and it begins again."""
        self._number += 1
        stage = self._stage
        if self._kind != "none":
            stage.recorder.message(f"CALIBRATION attempt {self._number} {self._settings.layout}")
        try:
            calibration = self._calibrator.calibrate(self._number)
        except CalibrationImpossibleError as error:
            if stage.unattended and self._number >= self._settings.attempts:
                raise
            return self._told(error)
        self._record(calibration)
        newest = self._validated(self._number, calibration)
        attempts = (*self._kept, newest)
        return Review(self._settings, self._kind, self._keeps, attempts, len(attempts) - 1)

    def _validated(self, number: int, calibration: Calibration | None) -> Attempt:
        """Validate the calibration that is applied now."""
        validation = self._calibrator.validate(number)
        self._record(validation)
        return Attempt(number, calibration, validation, self._state())

    def _state(self) -> object:
        return self._stage.recorder.calibration_state() if self._keeps else None

    def _record(self, calibration: Calibration | None) -> None:
        """Record a calibration or validation at once; what becomes of it follows."""
        if calibration is None:
            return
        self._stage.add_calibration(calibration)
        self.open.append(calibration)
        if calibration.kind == "validation":
            mean, largest = calibration.mean_error_deg(), calibration.max_error_deg()
            self._stage.recorder.message(
                f"VALIDATION attempt {calibration.attempt} mean {mean:.2f} max {largest:.2f} deg",
                calibration.time_s,
            )

    def _shown_alone(self, review: Review) -> Calibration | None:
        """Show the result for a moment; return the validation where it is accepted."""
        self._stage.insist(self._page(review, alone=True), RESULT_S)
        if review.good:
            return self._accepted(review, "")
        if self._number >= self._settings.attempts:
            reason = f"above the limits after {self._number} attempts, unattended"
            return self._accepted(review, reason)
        self._left(review.attempt, "above the limits, repeated unattended")
        return None

    def _decided(self, review: Review) -> Calibration | None:
        """Let the operator decide; None where it is calibrated once more."""
        selected = review
        while True:
            selected, action = self._asked(selected)
            attempt = selected.attempt
            match action.name:
                case "accept":
                    reason = "" if selected.good else ask_reason(self._stage)
                    if reason is not None:
                        return self._accepted(selected, reason)
                case "redo_all":
                    self._kept = selected.attempts[:-1]
                    self._left(attempt, "repeated by the operator")
                    return None
                case "keep":
                    self._kept = selected.attempts
                    return None
                case "choose":
                    selected = self._chosen(selected, action.number)
                case "validate":
                    self.judge(attempt.validation, accepted=False, reason="validated again")
                    again = self._validated(attempt.number, attempt.calibration)
                    selected = selected.with_attempt(again)
                case "redo":
                    try:
                        selected = selected.with_attempt(self._redone(selected, action.number))
                    except CalibrationImpossibleError as error:
                        self._kept = selected.attempts[:-1]
                        self._left(attempt, "a point could not be redone")
                        earlier = self._told(error)
                        if earlier is None:
                            return None
                        selected = earlier

    def _chosen(self, review: Review, index: int) -> Review:
        """Bring a kept calibration back, and show it."""
        review = replace(review, shown=index, selected=0, digits="")
        self._stage.recorder.restore_calibration(review.attempt.state)
        self._stage.recorder.message(f"CALIBRATION attempt {review.attempt.number} restored")
        return review

    def _redone(self, review: Review, number: int) -> Attempt:
        """Redo one point; what was measured and calibrated before is recorded as replaced."""
        attempt, target = review.attempt, review.targets[number - 1]
        self._stage.recorder.message(f"CALIBRATION redo target {number}")
        calibration, validation = self._calibrator.redo(attempt.validation, target)
        replaced = attempt.calibration if calibration else None
        reason = f"target {number} was redone"
        self.judge(replaced, attempt.validation, accepted=False, reason=reason)
        self._record(calibration)
        self._record(validation)
        kept = calibration or attempt.calibration
        return Attempt(attempt.number, kept, validation, self._state())

    def _left(self, attempt: Attempt, reason: str) -> None:
        self.judge(attempt.calibration, attempt.validation, accepted=False, reason=reason)

    def _accepted(self, review: Review, reason: str) -> Calibration:
        """Judge everything that is open: the attempt that is shown is accepted, no other."""
        attempt = review.attempt
        self.judge(attempt.calibration, attempt.validation, accepted=True, reason=reason)
        other = f"attempt {attempt.number} was chosen"
        self.judge(*self.open, accepted=False, reason=other)
        self._stage.recorder.message(f"CALIBRATION accepted attempt {attempt.number}")
        return attempt.validation.model_copy(update={"accepted": True, "reason": reason})

    def _asked(self, review: Review) -> tuple[Review, Action]:
        """Show the page until an action is asked for."""
        stage, asked = self._stage, list[Action]()
        layout = result_layout(stage.screen)
        page = self._page(review)

        def over(heard: Heard) -> bool:
            nonlocal review, page
            hits = (hit(layout, stage.screen, review, click) for click in heard.clicks)
            for event in (*heard.keys, *(one for one in hits if one is not None)):
                before = review
                review, action = answered(review, event)
                if action is not None:
                    asked.append(action)
                    return True
                if review != before:
                    page = self._page(review)
            return False

        stage.display.prepare(page)
        stage.display.pointer(visible=True)
        try:
            stage.listen(lambda _elapsed_s: [page], over, keys=PAGE_KEYS)
        finally:
            stage.display.pointer(visible=False)
        return review, asked[0]

    def _page(self, review: Review, *, alone: bool = False) -> Picture:
        stage = self._stage
        checks = [one for one in stage.calibrations if one.kind == "drift_check"]
        background = stage.display.background
        return result_page(stage.screen, background, review, checks, alone=alone)

    def _told(self, error: CalibrationImpossibleError) -> Review | None:
        """Show why the calibration failed; a key repeats it, or goes back to those kept before."""
        stage = self._stage
        stage.recorder.message(f"CALIBRATION failed: {error.what}")
        keys = [] if stage.unattended else [("A", "calibrate again")]
        if self._kept:
            keys.append(("←", f"back to attempt {self._kept[-1].number}"))
        lines = [error.what, error.remedy]
        page = text_page(stage.screen, stage.display.background, "No calibration", lines, keys)
        meant = ("a", "left") if self._kept else ("a",)
        shown = stage.insist(page, RESULT_S if stage.unattended else None, keys=meant)
        if shown.key != "left":
            return None
        newest = len(self._kept) - 1
        kept = Review(
            self._settings, self._kind, self._keeps, self._kept, newest, points_held=False
        )
        return self._chosen(kept, newest)
