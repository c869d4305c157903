"""Our measures against those of the field's reference implementation, ETDQualitizer."""

import ETDQualitizer as Reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_gaze import SCREEN

from foveola.fixation_maps import gaze_quality_measures as measures

EXACT = {"rel": 1e-9, "abs": 1e-9}
# The gaze of ETDQualitizer's own tests.
EXAMPLES = [
    ([0, 1, -1], [0, 1, -1]),
    ([1, 2, 3], [4, 5, 6]),
    ([1, 2, np.nan, 3], [4, 5, np.nan, 6]),
    ([1, np.nan, 3], [4, 5, np.nan]),
    ([1.0, 2, 4], [1.0, 1, 1]),
    ([1.0, 2, 4], [1.0, 2, 4]),
    ([7.42, 73.96, 53.70, -84.53], [28.59, -37.31, 18.37, -25.95]),
    tuple(np.random.default_rng(0).normal(size=(2, 100_000))),
    tuple(np.random.default_rng(1).normal(size=(2, 500)) * [[2], [0.3]] + [[8], [-12]]),
]
EACH = pytest.mark.parametrize(("x", "y"), EXAMPLES)
ARRAYS = st.lists(st.tuples(st.floats(-40, 40), st.floats(-30, 30)), min_size=3, max_size=30).map(
    lambda rows: np.array(rows).T
)


def arrays(x, y):
    x, y = np.array(x, float), np.array(y, float)
    lost = np.isnan(x) | np.isnan(y)
    # The reference takes both axes to be lost at once.
    return np.where(lost, np.nan, x), np.where(lost, np.nan, y)


@EACH
@pytest.mark.parametrize("target", [(0, 0), (5, -7), (-12.5, 9.25)])
def test_accuracy_is_the_references(x, y, target):
    x, y = arrays(x, y)
    assert measures.accuracy(x, y, *target) == pytest.approx(
        Reference.accuracy(x, y, *target), **EXACT
    )


@EACH
def test_precision_is_the_references(x, y):
    x, y = arrays(x, y)
    assert measures.std(x, y) == pytest.approx(Reference.std(x, y), **EXACT)
    if np.isfinite(np.diff(x)).any():
        assert measures.rms_s2s(x, y) == pytest.approx(Reference.rms_s2s(x, y), **EXACT)


@pytest.mark.parametrize(("x", "y"), [EXAMPLES[6], EXAMPLES[7], EXAMPLES[8]])
@pytest.mark.parametrize("share", [0.5, 0.68, 0.95])
def test_the_ellipse_is_the_references(x, y, share):
    area, orientation, major, minor, ratio = Reference.bcea(np.array(x), np.array(y), share)
    major, minor = max(major, minor), min(major, minor)
    ours = measures.bcea(x, y, share)
    assert (ours.area_deg2, ours.major_deg, ours.minor_deg) == pytest.approx(
        (area, major, minor), **EXACT
    )
    assert ours.major_deg / ours.minor_deg == pytest.approx(ratio, **EXACT)
    turned = np.radians(ours.orientation_deg - orientation)
    assert abs(np.sin(turned)) < 1e-9
    assert -90 <= ours.orientation_deg <= 90


@EACH
def test_loss_and_rate_are_the_references(x, y):
    a, b = np.array(x, float), np.array(y, float)
    assert measures.loss_by_validity(a, b) * 100 == pytest.approx(
        Reference.data_loss_from_invalid(a, b), **EXACT
    )
    assert measures.loss_by_count(a, b, 2.0, 3.0) * 100 == pytest.approx(
        Reference.data_loss_from_expected(a, b, 2.0, 3.0), **EXACT
    )
    assert measures.effective_rate_hz(a, b, 0.4) == pytest.approx(
        Reference.effective_frequency(a, b, 0.4), **EXACT
    )


def test_duration_and_windows_are_the_references():
    x, y = np.random.default_rng(2).normal(size=(2, 3000)) * 0.2 + [[10], [-4]]
    times = np.arange(3000) / 500
    reference = Reference.DataQuality(x, y, times, "degrees")
    assert measures.duration_s(times) == pytest.approx(reference.get_duration(), **EXACT)
    rms_deg, std_deg = measures.precision_in_windows(x, y, 100)
    assert rms_deg == pytest.approx(
        reference.precision_using_moving_window(100, "RMS-S2S"), **EXACT
    )
    assert std_deg == pytest.approx(reference.precision_using_moving_window(100, "STD"), **EXACT)


def test_angles_on_the_screen_are_the_references():
    width_mm, height_mm = SCREEN.width_cm * 10, SCREEN.height_cm * 10
    reference = Reference.ScreenConfiguration(
        width_mm, height_mm, SCREEN.width_px, SCREEN.height_px, SCREEN.distance_cm * 10
    )
    x_px, y_px = np.random.default_rng(3).uniform(0, 1, (2, 50)) * [[1920], [1080]]
    # Their origin is the point straight ahead.
    theirs = np.array(reference.pix_to_deg(x_px - 960, y_px - 540))
    np.testing.assert_allclose(SCREEN.px_to_deg(x_px, y_px), theirs, atol=1e-9)


@given(gaze=ARRAYS, share=st.floats(0.05, 0.99))
def test_the_ellipse_grows_with_its_share_and_turns_with_gaze(gaze, share):
    ours, turned = measures.bcea(*gaze, share), measures.bcea(-gaze[1], gaze[0], share)
    assert turned.area_deg2 == pytest.approx(ours.area_deg2, rel=1e-6, abs=1e-4)
    assert ours.area_deg2 <= measures.bcea(*gaze, 0.995).area_deg2
    assert ours.major_deg >= ours.minor_deg >= 0


def test_without_gaze_there_is_no_measure_and_no_warning():
    lost = np.full(4, np.nan)
    assert np.isnan(measures.accuracy(lost, lost, 0, 0)).all()
    assert np.isnan(measures.std(lost, lost)).all()
    assert np.isnan(measures.rms_s2s(lost, lost)).all()
    assert np.isnan(measures.bcea(lost, lost)).all()
    assert np.isnan(measures.precision_in_windows(lost, lost, 2)).all()
    assert np.isnan(measures.precision_in_windows(lost[:2], lost[:2], 2)).all()
    assert measures.loss_by_validity(lost, lost) == 1
    assert np.isnan(measures.loss_by_validity([], []))
    assert np.isnan(measures.loss_by_count([], [], 0, 500))
    assert np.isnan(measures.effective_rate_hz([], [], 0))
    assert np.isnan(measures.duration_s([1.0]))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"share of 1\.5"):
        measures.bcea([1, 2, 3], [1, 2, 4], 1.5)
    with pytest.raises(ValueError, match="window of 1 sample"):
        measures.precision_in_windows([1, 2, 3], [1, 2, 4], 1)
