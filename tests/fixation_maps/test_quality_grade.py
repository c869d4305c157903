"""Grades of made-up sessions, check by check."""

from pathlib import Path

import numpy as np
import pytest
from made_session import checked, made_session

from foveola import data_schema as ds
from foveola.fixation_maps.gaze_quality import quality_of
from foveola.fixation_maps.ivt import ivt
from foveola.fixation_maps.quality_grade import (
    Check,
    Limits,
    accuracy_check,
    graded,
    limits_of,
    overall,
)

CUT = ds.gaze_samples(np.delete(np.arange(0, 12, 1 / 250), slice(250, 1000)), left_x_px=1)
PRACTICE = ds.Trial(index=0, stimulus="a.png", onset_s=1.0, offset_s=3.0, practice=True)


def checks_of(path: Path) -> dict[str, Check]:
    return {one.name: one for one in quality_of(ds.read_recording(path), ivt).checks}


@pytest.mark.parametrize(
    ("changes", "name", "grade"),
    [
        ({}, "Accuracy", "good"),
        ({"error_px": 45.0}, "Accuracy", "fair"),
        ({"error_px": 80.0}, "Accuracy", "poor"),
        ({"calibrations": ()}, "Accuracy", "unknown"),
        (
            {"calibrations": (checked(1, "validation", accepted=False, error_px=1),)},
            "Accuracy",
            "poor",
        ),
        ({}, "Precision", "good"),
        ({"samples": ds.gaze_samples([])}, "Precision", "unknown"),
        ({}, "Data loss", "good"),
        ({"samples": ds.gaze_samples([])}, "Data loss", "poor"),
        ({}, "Sampling rate", "good"),
        ({"samples": ds.gaze_samples([])}, "Sampling rate", "unknown"),
        ({}, "Gaps", "good"),
        ({"samples": CUT}, "Gaps", "poor"),
        ({}, "Clocks", "good"),
        ({"clock": ds.ClockFit()}, "Clocks", "unknown"),
        ({"clock": ds.ClockFit(residual_s=0.005, pairs=9)}, "Clocks", "fair"),
        ({"flips_s": np.empty(0)}, "Screen", "unknown"),
        ({}, "Screen", "good"),
        ({}, "Trials", "poor"),
        ({"trials": ()}, "Trials", "unknown"),
        ({"trials": (PRACTICE,)}, "Trials", "unknown"),
    ],
)
def test_grades(tmp_path: Path, changes: dict, name: str, grade: str) -> None:
    assert checks_of(made_session(tmp_path / "r.h5", **changes))[name].grade == grade


@pytest.mark.parametrize(
    ("degrees", "grade"),
    [
        ((0.4, 0.9), "good"),
        ((0.2, 1.49), "good"),
        ((0.2, 1.5), "fair"),
        ((1.0, 1.0), "fair"),
        ((1.0, 2.0), "fair"),
        ((0.1, 2.01), "poor"),
        ((1.51, 1.51), "poor"),
        ((0.1, float("nan")), "poor"),
    ],
)
def test_accuracy_has_the_thresholds_of_eyelink(degrees: tuple[float, ...], grade: str) -> None:
    points = tuple(
        ds.TargetError(target_x_px=1, target_y_px=1, eye="left", error_deg=one) for one in degrees
    )
    one = ds.Calibration(time_s=1, kind="validation", layout="HV9", accepted=True, points=points)
    assert accuracy_check([one], Limits()).grade == grade


def test_a_target_without_gaze_is_poor(tmp_path: Path) -> None:
    blind = ds.TargetError(target_x_px=1, target_y_px=1, eye="both", loss=1.0)
    seen = checked(1, "validation", accepted=True, error_px=1)
    for points, found in (((blind,), "no gaze at any"), ((*seen.points, blind), "at 1 of 7")):
        one = seen.model_copy(update={"points": points})
        path = made_session(tmp_path / f"{len(points)}.h5", calibrations=(one,))
        accuracy = checks_of(path)["Accuracy"]
        assert accuracy.grade == "poor"
        assert found in accuracy.found


def test_loss_is_that_of_trials_and_counts_what_never_came(tmp_path: Path) -> None:
    trial = ds.Trial(index=0, stimulus="a.png", onset_s=3.0, offset_s=4.0)
    loss = checks_of(made_session(tmp_path / "a.h5", trials=(trial,)))["Data loss"]
    assert (loss.grade, loss.found) == ("fair", "10.0% within trials")
    times_s = np.delete(np.arange(0, 12, 1 / 250), slice(800, 900))
    gone = ds.gaze_samples(times_s, left_x_px=1, left_y_px=1)
    loss = checks_of(made_session(tmp_path / "b.h5", trials=(trial,), samples=gone))["Data loss"]
    assert (loss.grade, loss.found) == ("poor", "40.0% within trials")
    whole = checks_of(made_session(tmp_path / "c.h5", trials=()))["Data loss"]
    assert whole.found == "0.8% of all samples expected"


def test_the_worst_grade_counts_and_accuracy_must_be_known() -> None:
    def of(*grades: str) -> str:
        return overall([Check("", grade, "", "") for grade in grades])  # type: ignore[arg-type]

    assert of("good", "unknown", "good") == "good"
    assert of("good", "fair", "good") == "fair"
    assert of("unknown", "fair") == "unknown"
    assert of("unknown", "poor") == "poor"
    assert of() == "unknown"
    assert [graded(v, (1, 2)) for v in (1, 2, 2.1, float("nan"))] == [
        "good", "fair", "poor", "unknown",
    ]  # fmt: skip


def test_limits_move_together_and_wrong_ones_are_named() -> None:
    assert limits_of({}) == Limits()
    assert limits_of({"loss": 0.10}).loss == pytest.approx((0.10, 0.30))
    assert limits_of({"excluded": 0.2}).excluded == (0.2, 0.2)
    assert limits_of({"excluded": 0.05}).excluded == (0.05, 0.10)
    with pytest.raises(ds.FoveolaError, match=r"'accuracy'.*accuracy_deg"):
        limits_of({"accuracy": 1})
    with pytest.raises(ds.FoveolaError, match="gap_s can't be -1"):
        limits_of({"gap_s": -1})
