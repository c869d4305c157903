"""An unplugged simulated tracker: a gap on both clocks, told at once, and nothing else changed."""

import numpy as np
import pytest

from foveola.data_schema import Screen
from foveola.tracking import SimulatedSettings, SimulatedTracker, Unplugged, VirtualClock
from foveola.tracking.silence import SilenceWatch

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)


def recorded(unplugged, step_s=0.01, duration_s=6.0):
    clock = VirtualClock(3.0)
    tracker = SimulatedTracker(
        SimulatedSettings(sampling_rate_hz=500, unplugged=unplugged), clock, seed=4
    )
    tracker.connect(SCREEN)
    tracker.start()
    batches, told = [], []
    for _ in range(round(duration_s / step_s)):
        clock.advance(step_s)
        batches.append(tracker.read())
        told += [(clock(), text) for text in tracker.problems()]
    return np.concatenate(batches), told


def test_the_gap_is_on_both_clocks_and_all_else_is_as_without_it():
    spans = (Unplugged(at_s=1.0, for_s=0.2), Unplugged(at_s=2.0, for_s=2.0))
    samples, told = recorded(spans)
    whole, _ = recorded(())
    within = np.zeros(len(whole), bool)
    true_s = (whole["device_time_s"] - 4711.0) / (1 + 20e-6)
    for span in spans:
        within |= (true_s >= 3.0 + span.at_s) & (true_s < 3.0 + span.at_s + span.for_s)
    assert np.array_equal(samples.view("u1"), whole[~within].view("u1"))
    for clock in ("time_s", "device_time_s"):
        gaps_s = np.sort(np.diff(samples[clock]))[-2:]
        assert gaps_s == pytest.approx([0.2, 2.0], abs=0.003)
    texts = [text for _, text in told]
    assert texts == [
        "no data: unplugged at 4.00 s",
        "back after 0.20 s",
        "no data: unplugged at 5.00 s",
        "back after 2.00 s",
    ]
    assert [time_s for time_s, _ in told] == pytest.approx([4.0, 4.2, 5.0, 7.0], abs=0.011)


def test_how_often_it_is_read_changes_nothing():
    spans = (Unplugged(at_s=0.5, for_s=0.7),)
    one, other = recorded(spans, step_s=0.01)[0], recorded(spans, step_s=0.5)[0]
    assert np.array_equal(one.view("u1"), other.view("u1"))


def test_a_calibration_point_of_which_nothing_was_seen_is_lost():
    clock = VirtualClock()
    tracker = SimulatedTracker(
        SimulatedSettings(unplugged=(Unplugged(at_s=0.5, for_s=2.0),)), clock, seed=4
    )
    tracker.connect(SCREEN)
    tracker.start()
    tracker.begin_calibration()
    for _ in range(200):
        clock.advance(0.01)
        tracker.read()
    tracker.collect((960.0, 540.0))
    assert len(tracker._points[960.0, 540.0]) == 0


def test_silence_is_told_once_and_its_end_with_its_length():
    samples, _ = recorded((Unplugged(at_s=1.0, for_s=2.0),))
    watch = SilenceWatch(500.0)
    watch.begin(3.0)
    told = []
    for now_s in np.arange(3.01, 9.0, 0.01):
        taken = samples[(samples["time_s"] > now_s - 0.01) & (samples["time_s"] <= now_s)]
        told += [(now_s, text)] if (text := watch.look(taken, now_s)) else []
    first, last = told
    assert first[1] in ("no samples for 0.25 s", "no samples for 0.26 s")
    assert first[0] == pytest.approx(4.25, abs=0.021)
    assert last[1] == "samples again after 2.00 s"


def test_a_slow_stream_may_be_slow():
    watch = SilenceWatch(4.0)
    watch.begin(0.0)
    assert watch.look(np.empty(0), 1.2) == ""
    assert watch.look(np.empty(0), 1.3) == "no samples for 1.30 s"
