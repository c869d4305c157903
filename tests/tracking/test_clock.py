from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.tracking import ClockPair, MonotonicClock, VirtualClock, fit_clock


def test_monotonic_clock_counts_from_its_making():
    before = time.monotonic_ns()
    clock = MonotonicClock()
    first, second = clock(), clock()
    assert before <= clock.origin_ns
    assert 0 <= first <= second <= (time.monotonic_ns() - before) / 1e9


def test_virtual_clock_goes_on_only_when_told():
    clock = VirtualClock(5.0)
    assert clock() == clock() == 5.0
    clock.advance(0.25)
    assert clock() == 5.25


@pytest.mark.parametrize("seconds", [-0.001, float("nan")])
def test_virtual_clock_never_goes_back(seconds):
    with pytest.raises(ValueError, match="can't go on by"):
        VirtualClock().advance(seconds)


@given(
    offset_s=st.floats(-1e6, 1e6),
    drift_ppm=st.floats(-500, 500),
    start_s=st.floats(0, 1e5),
)
def test_fit_recovers_an_exact_line(offset_s, drift_ppm, start_s):
    device_s = start_s + np.linspace(0, 3600, 40)
    host_s = offset_s + (1 + drift_ppm * 1e-6) * device_s
    fit = fit_clock([ClockPair(h, d, 0.001) for h, d in zip(host_s, device_s, strict=True)])
    back_s = fit.offset_s + (1 + fit.drift_ppm * 1e-6) * device_s
    assert np.abs(back_s - host_s).max() < 1e-6
    assert fit.pairs == 40
    assert fit.residual_s < 1e-6


def test_slow_round_trips_do_not_pull_the_line():
    random = np.random.default_rng(0)
    device_s = np.arange(0.0, 3600.0, 10.0)
    host_s = 100.0 + (1 + 50e-6) * device_s
    trips_s = 0.0002 + random.exponential(0.0001, len(device_s))
    busy = random.random(len(device_s)) < 0.3
    trips_s[busy] += 0.02
    host_s = host_s + trips_s * random.uniform(0.3, 0.5, len(device_s))
    fit = fit_clock([ClockPair(h, d, r) for h, d, r in zip(host_s, device_s, trips_s, strict=True)])
    assert fit.drift_ppm == pytest.approx(50, abs=0.1)
    assert abs(fit.offset_s + (1 + fit.drift_ppm * 1e-6) * 3600 - 100 - 3600 * (1 + 50e-6)) < 2e-4
    assert fit.pairs == len(device_s) // 2


def test_no_pairs_mean_equal_clocks():
    fit = fit_clock([])
    assert (fit.offset_s, fit.drift_ppm, fit.pairs) == (0.0, 0.0, 0)


def test_one_moment_gives_the_offset_alone():
    fit = fit_clock([ClockPair(7.5, 2.0, 0.001), ClockPair(7.5, 2.0, 0.001)])
    assert (fit.offset_s, fit.drift_ppm, fit.residual_s, fit.pairs) == (5.5, 0.0, 0.0, 2)


def test_pairs_must_be_finite():
    with pytest.raises(ValueError, match="finite"):
        fit_clock([ClockPair(1.0, float("nan"), 0.001)])


def hour(jumps=(), random=None):
    """An hour of pairs, one a second; the device's clock jumps by sizes at times."""
    random = random or np.random.default_rng(3)
    host_s = np.arange(3600.0)
    trips_s = random.gamma(4, 0.0001, 3600)
    device_s = 700 + (1 + 50e-6) * (host_s + trips_s * random.uniform(-0.5, 0.5, 3600))
    for at_s, size_s in jumps:
        device_s[host_s >= at_s] += size_s
    return host_s, device_s, trips_s


def pairs_of(host_s, device_s, trips_s):
    return [ClockPair(*row) for row in zip(host_s, device_s, trips_s, strict=True)]


def test_outliers_with_quick_trips_are_left_out_and_counted():
    host_s, device_s, trips_s = hour()
    wrong = np.arange(7, 3600, 50)
    device_s[wrong] += np.where(wrong % 4 == 1, 0.2, -0.003)
    trips_s[wrong] = 1e-6
    fit = fit_clock(pairs_of(host_s, device_s, trips_s))
    assert fit.outliers == len(wrong)
    assert fit.jumps == ()
    true_s = 700 + (1 + 50e-6) * host_s
    assert np.abs(fit.host_time_s(true_s, host_s) - host_s).max() < 5e-5


def test_jumps_are_named_with_time_and_size():
    jumps = [(600.0, 2.5), (1800.0, -0.002), (1900.0, -7.0)]
    host_s, device_s, trips_s = hour(jumps)
    fit = fit_clock(pairs_of(host_s, device_s, trips_s))
    assert [jump.time_s for jump in fit.jumps] == pytest.approx([600, 1800, 1900], abs=1)
    assert [jump.size_s for jump in fit.jumps] == pytest.approx([2.5, -0.002, -7.0], abs=1e-4)
    away = np.all([np.abs(host_s - at_s) > 2 for at_s, _ in jumps], axis=0)
    true_s = 700 + (1 + 50e-6) * host_s
    for at_s, size_s in jumps:
        true_s[host_s >= at_s] += size_s
    assert np.abs(fit.host_time_s(true_s, host_s) - host_s)[away].max() < 1e-4
    assert fit.drift_ppm == pytest.approx(-50, abs=0.1)


def test_a_step_as_small_as_the_noise_is_no_jump():
    host_s, device_s, trips_s = hour([(1800.0, 0.0003)])
    assert fit_clock(pairs_of(host_s, device_s, trips_s)).jumps == ()
    random = np.random.default_rng(0)
    noisy_s = device_s + random.normal(0, 0.005, 3600)
    assert fit_clock(pairs_of(host_s, noisy_s, trips_s)).jumps == ()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 11])
def test_few_pairs_make_a_line_without_jumps(count):
    host_s, device_s, trips_s = (column[:count] for column in hour())
    fit = fit_clock(pairs_of(host_s, device_s, trips_s))
    assert fit.jumps == ()
    assert np.abs(fit.host_time_s(device_s, host_s) - host_s).max() < 5e-4
