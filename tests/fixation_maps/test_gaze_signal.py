import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_gaze import SCREEN

from foveola.data_schema import Eye, gaze_samples
from foveola.fixation_maps.gaze_signal import gaze_signal, runs_of
from foveola.fixation_maps.gaze_velocity import angular_velocity


def steady_turn(rate_hz=500.0, velocity_deg_s=(7.0, 0.0), start_deg=(10.0, 8.0), n=60):
    """Gaze that turns at a constant rate along azimuth and elevation."""
    time_s = np.arange(n) / rate_hz
    x_px, y_px = SCREEN.deg_to_px(
        start_deg[0] + velocity_deg_s[0] * time_s, start_deg[1] + velocity_deg_s[1] * time_s
    )
    return gaze_samples(time_s, left_x_px=x_px, left_y_px=y_px)


@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0, 2000.0])
def test_velocity_is_the_exact_angle_over_time_in_the_corner_too(rate_hz):
    elevation = 8.0
    velocity = angular_velocity(gaze_signal(steady_turn(rate_hz), SCREEN), 0.02)
    # On a circle of latitude the angle shrinks with the cosine of the elevation.
    expected = 7.0 * np.cos(np.radians(elevation))
    np.testing.assert_allclose(np.hypot(*velocity.T), expected, rtol=1e-4)
    np.testing.assert_allclose(velocity[:, 0], expected, rtol=1e-4)

    down = steady_turn(rate_hz, velocity_deg_s=(0.0, 5.0))
    velocity = angular_velocity(gaze_signal(down, SCREEN), 0.02)
    np.testing.assert_allclose(velocity[:, 1], 5.0, rtol=1e-9)


def test_with_two_samples_a_side_it_is_the_estimate_of_engbert_and_kliegl():
    random = np.random.default_rng(0)
    x_deg = np.cumsum(random.normal(0, 0.01, 30))
    x_px, y_px = SCREEN.deg_to_px(x_deg, 0.0)
    samples = gaze_samples(np.arange(30) / 500, left_x_px=x_px, left_y_px=y_px)
    velocity = angular_velocity(gaze_signal(samples, SCREEN), 0.01)
    expected = (x_deg[4:] + x_deg[3:-1] - x_deg[1:-3] - x_deg[:-4]) / 6 * 500
    np.testing.assert_allclose(velocity[2:-2, 0], expected, rtol=1e-5, atol=1e-6)


def test_velocity_never_reaches_across_a_gap():
    samples = steady_turn(velocity_deg_s=(0.0, 0.0))
    samples["left_x_px"][20:] += 300
    samples["left_x_px"][20:23] = np.nan
    velocity = angular_velocity(gaze_signal(samples, SCREEN), 0.02)
    assert np.isnan(velocity[20:23]).all()
    np.testing.assert_allclose(velocity[[*range(20), *range(23, 60)]], 0, atol=1e-6)


def test_missing_samples_break_a_stretch_as_lost_ones_do():
    samples = steady_turn()
    signal = gaze_signal(np.delete(samples, np.arange(30, 40)), SCREEN)
    assert signal.stretch.tolist() == [0] * 30 + [1] * 20


def test_a_sample_alone_has_no_velocity():
    samples = steady_turn(n=30)
    samples["left_x_px"][[9, 11]] = np.nan
    signal = gaze_signal(samples, SCREEN)
    velocity = angular_velocity(signal, 0.02)
    assert signal.stretch[10] == 1
    assert np.isnan(velocity[10]).all()


def test_the_edges_of_blinks_are_left_out_and_short_losses_are_not():
    samples = steady_turn(n=300)
    samples["left_x_px"][100:150] = np.nan  # 100 ms
    samples["left_x_px"][250:260] = np.nan  # 20 ms
    signal = gaze_signal(samples, SCREEN, blink_s=0.075, blink_margin_s=0.049)
    lost = np.flatnonzero(signal.stretch < 0)
    assert lost.tolist() == [*range(75, 175), *range(250, 260)]


def test_a_loss_at_the_ends_is_a_blink_too():
    samples = steady_turn(n=300)
    samples["left_x_px"][:50] = samples["left_x_px"][250:] = np.nan
    kept = np.flatnonzero(gaze_signal(samples, SCREEN, blink_margin_s=0.049).stretch >= 0)
    assert (kept[0], kept[-1]) == (75, 224)


def test_the_line_of_two_eyes_has_no_step_where_one_is_lost():
    samples = steady_turn(velocity_deg_s=(0.0, 0.0))
    samples["right_x_px"], samples["right_y_px"] = samples["left_x_px"] + 30, samples["left_y_px"]
    samples["left_x_px"][10:20] = np.nan
    samples["right_y_px"][30:40] = np.nan
    signal = gaze_signal(samples, SCREEN)
    assert signal.eye is Eye.BOTH
    assert set(signal.stretch) == {0}
    np.testing.assert_allclose(signal.x_px[:30], signal.x_px[0], atol=1e-9)
    np.testing.assert_allclose(signal.y_px, signal.y_px[0], atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_samples_are_no_trouble(n):
    signal = gaze_signal(steady_turn(n=n), SCREEN)
    assert angular_velocity(signal, 0.02).shape == (n, 2)
    assert len(signal.stretch) == n


def test_lost_gaze_alone_is_no_trouble():
    signal = gaze_signal(gaze_samples(np.arange(50) / 500), SCREEN)
    assert (signal.stretch == -1).all()
    assert np.isnan(angular_velocity(signal, 0.02)).all()


@given(st.lists(st.booleans(), max_size=40))
def test_runs_are_where_the_mask_is_true(values):
    mask = np.array(values, bool)
    starts, ends = runs_of(mask)
    again = np.zeros(len(mask), bool)
    for start, end in zip(starts, ends, strict=True):
        again[start:end] = True
    assert (again == mask).all()
    assert (starts[1:] > ends[:-1]).all()


@given(st.data())
@settings(deadline=None)
def test_stretches_hold_valid_neighbours_alone(data):
    n = data.draw(st.integers(2, 60))
    samples = steady_turn(n=n)
    lost = data.draw(st.lists(st.integers(0, n - 1), max_size=30))
    samples["left_x_px"][lost] = np.nan
    signal = gaze_signal(samples, SCREEN, blink_s=0.02, blink_margin_s=0.01)
    valid = np.isfinite(signal.x_px)
    assert not (signal.stretch[~valid] >= 0).any()
    for number in range(signal.stretch.max() + 1):
        members = np.flatnonzero(signal.stretch == number)
        assert (np.diff(members) == 1).all()
