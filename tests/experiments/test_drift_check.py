from __future__ import annotations

from pathlib import Path

import numpy as np
from made_stages import BlindTracker, make_stage, recorded, texts

from foveola.experiments.calibration_screen import calibrate
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.drift_check import drift_check
from foveola.experiments.stage import Stage

QUICK = CalibrationSettings(layout="HV5", shrink_s=0.2, settle_s=0.3, collect_s=0.4)


def test_calibrated_gaze_passes_at_once(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, unattended=True)
    calibrate(stage, QUICK, np.random.default_rng(1), automatic=True)
    assert drift_check(stage, QUICK, 1.0)
    checks = [one for one in recorded(stage, tmp_path).calibrations if one.kind == "drift_check"]
    assert [one.accepted for one in checks] == [True]
    assert {(one.target_x_px, one.target_y_px) for one in checks[0].points} == {(320, 240)}
    assert 0 < checks[0].max_error_deg() < 1.0


def test_gaze_that_is_off_is_checked_twice(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, offset_deg=5.0)
    assert not drift_check(stage, QUICK, 0.5)
    recording = recorded(stage, tmp_path)
    assert [one.accepted for one in recording.calibrations] == [False, False]
    assert all(one.max_error_deg() > 0.5 for one in recording.calibrations)
    error_deg = recording.calibrations[0].max_error_deg()
    assert texts(recording)[0] == f"DRIFTCHECK error {error_deg:.2f} deg"


def test_retries_are_a_setting(tmp_path: Path) -> None:
    for retries in (0, 3):
        folder = tmp_path / str(retries)
        folder.mkdir()
        stage = make_stage(folder, offset_deg=5.0)
        assert not drift_check(stage, QUICK, 0.5, retries=retries)
        assert len(recorded(stage, folder).calibrations) == retries + 1


def test_the_series_is_kept_for_the_pages_that_follow(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, unattended=True)
    calibrate(stage, QUICK, np.random.default_rng(1), automatic=True)
    for _ in range(3):
        drift_check(stage, QUICK, 1.0)
    kinds = [one.kind for one in stage.calibrations]
    assert kinds == ["calibration", "validation", "drift_check", "drift_check", "drift_check"]
    series = [(one.kind, one.time_s, one.accepted) for one in stage.calibrations]
    kept = recorded(stage, tmp_path).calibrations
    assert [(one.kind, one.time_s, one.accepted) for one in kept] == series


def test_children_are_rewarded_where_it_passes(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, unattended=True)
    child = QUICK.model_copy(update={"target": "child"})
    calibrate(stage, child, np.random.default_rng(1), automatic=True)
    passed, failed = (_duration_s(stage, child, limit_deg) for limit_deg in (5.0, 1e-9))
    assert passed - failed / 2 > 0.3


def _duration_s(stage: Stage, settings: CalibrationSettings, limit_deg: float) -> float:
    start_s = stage.flip()
    drift_check(stage, settings, limit_deg)
    return stage.flip() - start_s


def test_without_gaze_it_fails(tmp_path: Path) -> None:
    assert not drift_check(make_stage(tmp_path, kind=BlindTracker), QUICK, 1.0)
