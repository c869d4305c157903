from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import Screen
from foveola.tracking.tracker_noise import ColouredNoise, Distortion, noise_mixture
from foveola.tracking.validation import rms_s2s_deg, std_deg

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 2000.0])
@pytest.mark.parametrize(("rms_deg", "sd_deg"), [(0.05, 0.07), (0.1, 0.08), (0.14, 0.1)])
def test_measured_precision_is_the_one_asked_for(rms_deg, sd_deg, rate_hz):
    white_deg, coloured_deg = noise_mixture(rms_deg, sd_deg, 0.05, rate_hz)
    random = np.random.default_rng(5)
    n = int(200 * rate_hz)
    white = ColouredNoise(random, white_deg, 0.0, rate_hz, 2).next(n)
    coloured = ColouredNoise(random, coloured_deg, 0.05, rate_hz, 2).next(n)
    x_px, y_px = SCREEN.deg_to_px(*(white + coloured).T)
    assert rms_s2s_deg(x_px, y_px, SCREEN) == pytest.approx(rms_deg, rel=0.02)
    assert std_deg(x_px, y_px, SCREEN) == pytest.approx(sd_deg, rel=0.05)


@pytest.mark.parametrize(("rms_deg", "sd_deg"), [(0.2, 0.1), (0.001, 0.1), (0.1, 0.0)])
def test_impossible_precision_is_refused_with_what_is_possible(rms_deg, sd_deg):
    with pytest.raises(ValueError, match="choose an RMS-S2S from"):
        noise_mixture(rms_deg, sd_deg, 0.05, 1000.0)


def test_no_noise_is_possible():
    assert noise_mixture(0.0, 0.0, 0.05, 1000.0) == (0.0, 0.0)


@given(st.lists(st.integers(0, 40), max_size=8), st.floats(0.0, 1.0))
def test_noise_does_not_depend_on_how_it_is_asked_for(sizes, tau_s):
    whole = ColouredNoise(np.random.default_rng(2), 0.1, tau_s, 1000.0, 3).next(sum(sizes))
    noise = ColouredNoise(np.random.default_rng(2), 0.1, tau_s, 1000.0, 3)
    parts = np.concatenate([np.empty((0, 3)), *(noise.next(n) for n in sizes)])
    np.testing.assert_allclose(parts, whole, rtol=0, atol=1e-15)


def test_coloured_noise_is_stationary_from_its_first_value():
    firsts = [
        ColouredNoise(np.random.default_rng(i), 0.1, 60.0, 1000.0, 1).next(1)[0, 0]
        for i in range(500)
    ]
    assert np.std(firsts) == pytest.approx(0.1, rel=0.1)


def test_distortion_grows_away_from_the_centre():
    distortion = Distortion(np.random.default_rng(0), 0.0, 0.05, 0.5, 0.1)
    gaze_deg = np.array([[0.0, 0.0], [5.0, 5.0], [15.0, 10.0]])
    moved = np.hypot(*(distortion(gaze_deg) - gaze_deg).T)
    assert moved[0] == 0
    assert moved[0] < moved[1] < moved[2]


def test_distortion_can_be_none():
    gaze_deg = np.random.default_rng(0).normal(0, 10, (20, 2))
    distortion = Distortion(np.random.default_rng(0), 0, 0, 0, 0)
    assert np.array_equal(distortion(gaze_deg), gaze_deg)
