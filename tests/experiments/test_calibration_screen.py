from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from made_stages import BlindTracker, make_stage, recorded, texts

from foveola.data_schema import Calibration, TargetError
from foveola.experiments.calibration_screen import (
    CalibrationImpossibleError,
    calibrate,
    is_good,
    shrinking_target,
)
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.stage import SessionEnded, Stage

QUICK = CalibrationSettings(layout="HV5", shrink_s=0.2, settle_s=0.3, collect_s=0.4)
#: The thresholds of QUICK made so that nothing stays below them.
STRICT = QUICK.model_copy(update={"max_mean_error_deg": 1e-6, "attempts": 2})


def run(stage: Stage, settings: CalibrationSettings, *, automatic: bool = True) -> Calibration:
    return calibrate(stage, settings, np.random.default_rng(1), automatic=automatic)


def point(error_deg: float, x_px: float = 0, eye: Literal["left", "right"] = "left") -> TargetError:
    return TargetError(target_x_px=x_px, target_y_px=1, eye=eye, error_deg=error_deg)


def validation_of(*points: TargetError) -> Calibration:
    return Calibration(time_s=0, kind="validation", layout="HV9", accepted=False, points=points)


@pytest.mark.parametrize(
    ("errors_deg", "good"),
    [
        ((0.3, 0.6), True),
        ((0.5, 0.5), False),
        ((0.1, 1.0), False),
        ((0.1, float("nan")), False),
        ((), False),
    ],
)
def test_a_validation_is_judged_by_both_thresholds(
    errors_deg: tuple[float, ...], good: bool
) -> None:
    validation = validation_of(*(point(error, x) for x, error in enumerate(errors_deg)))
    assert is_good(validation, CalibrationSettings()) is good


def test_an_eye_that_misses_a_target_is_not_good() -> None:
    points = [point(0.1, x, eye) for x in (1, 2) for eye in ("left", "right")]
    assert is_good(validation_of(*points), CalibrationSettings())
    assert not is_good(validation_of(*points[:3]), CalibrationSettings())


def test_calibration_removes_most_of_the_offset(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, offset_deg=3.0, unattended=True)
    accepted = run(stage, QUICK)
    recording = recorded(stage, tmp_path)
    calibration, validation = recording.calibrations
    assert (calibration.kind, validation.kind) == ("calibration", "validation")
    assert validation == accepted
    assert validation.accepted
    assert calibration.accepted
    assert accepted.reason == ""
    assert accepted.mean_error_deg() < 0.5
    assert len({(one.target_x_px, one.target_y_px) for one in calibration.points}) == 5
    assert {one.eye for one in validation.points} == {"left", "right"}
    targets = {(one.target_x_px, one.target_y_px) for one in validation.points}
    assert not targets & {(one.target_x_px, one.target_y_px) for one in calibration.points}


def test_unattended_it_is_accepted_after_the_last_attempt_with_a_reason(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, unattended=True)
    accepted = run(stage, STRICT)
    assert accepted.reason == "above the limits after 2 attempts, unattended"
    recording = recorded(stage, tmp_path)
    assert [one.accepted for one in recording.calibrations] == [False, False, True, True]
    assert texts(recording) == ["CALIBRATION attempt 1 HV5", "CALIBRATION attempt 2 HV5"]


def test_an_operator_repeats_and_then_accepts(tmp_path: Path) -> None:
    # The result page of an HV5 is shown after 9 targets of 0.9 s each.
    stage = make_stage(tmp_path, [(9.0, "r"), (18.5, "return")])
    accepted = run(stage, STRICT)
    assert accepted.reason == "accepted by the operator although above the limits"
    first, *_, last = recorded(stage, tmp_path).calibrations
    assert (first.accepted, first.reason) == (False, "repeated by the operator")
    assert last.accepted


def test_a_real_tracker_waits_for_the_operator_even_where_all_is_good(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(20.0, "return")])
    accepted = run(stage, QUICK, automatic=False)
    assert accepted.reason == ""
    assert stage.flip() > 20.0


def test_escape_shows_the_target_again(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.5, "escape"), (1.0, "n")], unattended=True)
    assert run(stage, QUICK).mean_error_deg() < 0.5


def test_ended_at_the_result_it_is_kept_as_not_accepted(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(9.0, "escape"), (9.5, "y")])
    with pytest.raises(SessionEnded):
        run(stage, STRICT)
    kept = recorded(stage, tmp_path).calibrations
    assert [one.kind for one in kept] == ["calibration", "validation"]
    assert [one.reason for one in kept] == ["the session was ended"] * 2
    assert not any(one.accepted for one in kept)


def test_no_gaze_is_told_and_repeated_and_then_raised(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, kind=BlindTracker, unattended=True)
    with pytest.raises(CalibrationImpossibleError, match="Look at the targets"):
        run(stage, STRICT)
    assert texts(recorded(stage, tmp_path)) == [
        "CALIBRATION attempt 1 HV5",
        "CALIBRATION failed: The left eye can't be calibrated.",
        "CALIBRATION attempt 2 HV5",
    ]


def test_no_gaze_waits_for_the_operator(tmp_path: Path) -> None:
    presses = [(6.0, "r"), (12.0, "escape"), (12.5, "y")]
    stage = make_stage(tmp_path, presses, kind=BlindTracker)
    with pytest.raises(SessionEnded):
        run(stage, QUICK)
    found = texts(recorded(stage, tmp_path))
    assert found.count("CALIBRATION failed: The left eye can't be calibrated.") == 2


def test_the_target_shrinks_to_the_size_of_the_paper(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    target = shrinking_target(stage, (320.0, 240.0), 0.7)
    widths = [target(elapsed_s)[0].image.width for elapsed_s in np.linspace(0, 1, 20)]
    assert widths == sorted(widths, reverse=True)
    px_per_deg = stage.screen.px_per_deg()
    assert widths[0] == pytest.approx(2.0 * px_per_deg, abs=6)
    assert widths[-1] == pytest.approx(0.6 * px_per_deg, abs=6)
    assert target(0.9)[0] is target(1.0)[0]
    assert shrinking_target(stage, (320.0, 240.0), 0.0)(0.0)[0].image.width == widths[-1]
