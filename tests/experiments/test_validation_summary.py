from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_validations import PLACES, seen, validation

from foveola.data_schema import Calibration
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.validation_summary import (
    FAIR,
    all_seen,
    eye_summary,
    eyes_of,
    first_value_deg,
    grade_within,
    is_good,
    lost_eyes,
    measured_again,
    point_at,
    targets_of,
)

SETTINGS = CalibrationSettings(max_mean_error_deg=0.5, max_error_deg=1.0)
NAN = math.nan
error = st.floats(0, 5)


@pytest.mark.parametrize(
    ("errors_deg", "grade"),
    [
        ((0.3, 0.6), "good"),
        ((0.5, 0.5), "fair"),  # a threshold is not below itself
        ((0.1, 0.2, 1.0), "fair"),
        ((0.74, 0.74), "fair"),
        ((0.75, 0.75), "poor"),
        ((0.1, 0.1, 0.1, 1.5), "poor"),
        ((0.1, NAN), "poor"),
        ((NAN, NAN), "poor"),
        ((), "poor"),
    ],
)
def test_it_is_graded_against_both_thresholds(errors_deg: tuple[float, ...], grade: str) -> None:
    one = validation(errors_deg)
    assert grade_within(one, SETTINGS) == grade
    assert is_good(one, SETTINGS) == (grade == "good")


def test_an_eye_that_misses_a_target_is_not_good() -> None:
    one = validation((0.1, 0.1))
    assert is_good(one, SETTINGS)
    blind = one.model_copy(update={"points": one.points[:3]})
    assert not is_good(blind, SETTINGS)
    assert lost_eyes(blind, PLACES[1]) == ["right"]
    # Where neither eye had gaze, the target stands in the record without one of them.
    both = one.model_copy(update={"points": (*one.points[:2], seen(PLACES[1], NAN, "both"))})
    assert eyes_of(both) == ["left", "right"]
    assert lost_eyes(both, PLACES[1]) == ["left", "right"]
    assert not all_seen(both)


@given(st.lists(error, min_size=1, max_size=4), st.floats(1.01, 3))
def test_larger_errors_never_grade_better(errors_deg: list[float], times: float) -> None:
    order = ["good", "fair", "poor"]
    smaller = grade_within(validation(errors_deg), SETTINGS)
    larger = grade_within(validation([e * times for e in errors_deg]), SETTINGS)
    assert order.index(larger) >= order.index(smaller)


@given(st.lists(error, min_size=1, max_size=4), st.floats(0.1, 2), st.floats(0.1, 2))
def test_good_is_what_lies_below_and_fair_below_the_stretched_thresholds(
    errors_deg: list[float], mean: float, largest: float
) -> None:
    settings = CalibrationSettings(max_mean_error_deg=mean, max_error_deg=largest)
    found = np.mean(errors_deg), max(errors_deg)
    shares = np.array(found) / (mean, largest)
    if np.any(np.abs(shares - 1) < 1e-9) or np.any(np.abs(shares - FAIR) < 1e-9):
        return  # on the edge the order of the sum decides
    expected = "good" if max(shares) < 1 else "fair" if max(shares) < FAIR else "poor"
    assert grade_within(validation(errors_deg), settings) == expected


@given(st.lists(error | st.just(NAN), min_size=1, max_size=4))
def test_an_eye_is_summed_up_over_the_targets_with_gaze(errors_deg: list[float]) -> None:
    one = eye_summary(validation(errors_deg, ("left",)), "left")
    known = [e for e in errors_deg if math.isfinite(e)]
    assert one.lost == len(errors_deg) - len(known)
    assert one.loss == pytest.approx((0.02 * len(known) + one.lost) / len(errors_deg))
    if known:
        assert one.mean_deg == pytest.approx(np.mean(known))
        assert one.max_deg == max(known)
        assert (one.rms_s2s_deg, one.std_deg) == pytest.approx((0.04, 0.1))
    else:
        assert all(map(math.isnan, one[1:5]))


def redone(errors_deg: list[float], again_deg: float) -> Calibration:
    one = validation(errors_deg)
    points = [seen(PLACES[0], again_deg, eye) for eye in ("left", "right")]
    return one.model_copy(update={"points": measured_again(one, PLACES[0], points)})


@given(st.lists(error, min_size=2, max_size=4), error)
def test_a_target_measured_again_counts_once_and_hides_nothing(
    errors_deg: list[float], again_deg: float
) -> None:
    before, after = validation(errors_deg), redone(errors_deg, again_deg)
    assert targets_of(after) == targets_of(before)
    assert len(after.points) == len(before.points) + 2
    assert [point.error_deg for point in after.points if point.redone] == [errors_deg[0]] * 2
    found = point_at(after, PLACES[0], "left")
    assert found is not None
    assert found.error_deg == again_deg
    assert after.mean_error_deg() == pytest.approx(np.mean([again_deg, *errors_deg[1:]]))
    assert first_value_deg(after, PLACES[0]) == errors_deg[0]
    assert math.isnan(first_value_deg(after, PLACES[1]))


def test_of_several_values_that_were_replaced_the_worst_is_told() -> None:
    twice = redone([0.9, 0.1], 2.0)
    points = measured_again(twice, PLACES[0], [seen(PLACES[0], 0.2)])
    assert first_value_deg(twice.model_copy(update={"points": points}), PLACES[0]) == 2.0
    assert first_value_deg(redone([NAN, 0.1], 0.2), PLACES[0]) == math.inf
