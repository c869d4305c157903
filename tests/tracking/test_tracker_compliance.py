"""What every tracker must do. A tracker joins by a line in TRACKERS."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from made_eyelink_host import made_eyelink
from made_lsl import MadeStream, waited
from made_tobii import MadeDevice, made_module

from foveola.data_schema import (
    GAZE_DTYPE,
    FoveolaError,
    Observer,
    Recording,
    Screen,
    provenance,
)
from foveola.tracking import (
    LslSettings,
    LslTracker,
    MonotonicClock,
    MouseTracker,
    ReplayTracker,
    Scene,
    SimulatedSettings,
    SimulatedTracker,
    TobiiSettings,
    TobiiTracker,
    Tracker,
    VirtualClock,
    calibration_targets,
    fit_clock,
)

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)


@dataclass
class Bench:
    """A tracker on the test bench, with the recorder's clock and a way to let time pass."""

    tracker: Tracker
    clock: Callable[[], float]
    wait: Callable[[float], None]
    close: Callable[[], None] = lambda: None


def simulated(**chosen) -> Bench:
    clock = VirtualClock(3.0)
    tracker: Tracker = SimulatedTracker(SimulatedSettings(**chosen), clock, seed=4)
    return Bench(tracker, clock, clock.advance)


def replay(**chosen) -> Bench:
    """A recording of six seconds of a simulated eye, on a device clock of its own."""
    source = simulated(**chosen)
    info = source.tracker.connect(SCREEN)
    source.tracker.start()
    source.wait(6.0)
    recording = Recording(
        Observer(id="01"), SCREEN, info, provenance({}, seed=1), samples=source.tracker.read()
    )
    clock = VirtualClock(3.0)
    return Bench(ReplayTracker(recording, clock), clock, clock.advance)


def mouse() -> Bench:
    """A pointer that is seen at each of sixty flips a second."""
    clock = VirtualClock(3.0)
    tracker = MouseTracker(clock)

    def wait(seconds: float) -> None:
        end_s = clock() + seconds
        for flip in range(int(clock() * 60) + 1, int(end_s * 60) + 1):
            clock.advance(max(0.0, flip / 60 - clock()))
            tracker.pointed(clock(), 100.0 + flip, 50.0)
        clock.advance(max(0.0, end_s - clock()))

    return Bench(tracker, clock, wait)


def tobii(**chosen) -> Bench:
    """A made device behind TittaPy's names and types, whose answers take three polls."""
    clock = VirtualClock(3.0)
    device = MadeDevice(clock)
    device.slow_polls = 3
    tracker = TobiiTracker(
        TobiiSettings(**chosen), clock, modules={"v2": made_module(clock, device)}
    )
    return Bench(tracker, clock, clock.advance)


def lsl(**chosen) -> Bench:
    """A real stream over the loopback device, in real time."""
    stream, clock = MadeStream(**chosen), MonotonicClock()
    tracker = LslTracker(LslSettings(name=stream.name), clock)
    return Bench(tracker, clock, lambda seconds: waited(stream, seconds), stream.close)


def eyelink(**chosen) -> Bench:
    clock = VirtualClock(3.0)
    return Bench(made_eyelink(clock, **chosen)[0], clock, clock.advance)


TRACKERS: dict[str, Callable[[], Bench]] = {
    "simulated": simulated,
    "simulated-mono-2000": lambda: simulated(sampling_rate_hz=2000, eyes="right"),
    "simulated-250": lambda: simulated(sampling_rate_hz=250, eyes="left"),
    "replay": lambda: replay(sampling_rate_hz=500),
    "replay-mono": lambda: replay(sampling_rate_hz=1000, eyes="left"),
    "mouse": mouse,
    "tobii": tobii,
    "tobii-mono": lambda: tobii(eyes="right", sampling_rate_hz=1200.0),
    "lsl": lsl,
    "lsl-unstated": lambda: lsl(stated_hz=0.0),
    "eyelink": eyelink,
    "eyelink-mono-2000": lambda: eyelink(sampling_rate_hz=2000, eyes="right"),
    "eyelink-250": lambda: eyelink(sampling_rate_hz=250, eyes="left"),
}


@pytest.fixture(params=TRACKERS)
def bench(request):
    bench = TRACKERS[request.param]()
    yield bench
    bench.tracker.close()
    bench.close()


@pytest.fixture
def running(bench):
    bench.info = bench.tracker.connect(SCREEN)
    bench.tracker.start()
    return bench


def test_it_is_what_it_declares(bench):
    declared = bench.tracker.capabilities
    info = bench.tracker.connect(SCREEN)
    assert info.make
    assert not declared.sampling_rates_hz or info.sampling_rate_hz in declared.sampling_rates_hz
    assert info.eyes in declared.eyes
    assert info.simulated == declared.simulated


def test_it_can_do_what_it_declares(bench):
    declared, tracker = bench.tracker.capabilities, bench.tracker
    assert hasattr(tracker, "restore_calibration") == declared.keeps_calibrations
    assert hasattr(tracker, "fetch_record") == declared.records_on_device
    assert hasattr(tracker, "calibrate_on_device") == (declared.calibration == "device")


def test_a_record_of_the_device_comes_here_whole_and_never_over_another(bench, tmp_path):
    if not bench.tracker.capabilities.records_on_device:
        pytest.skip("its device keeps no record")
    bench.tracker.connect(SCREEN)
    names = [bench.tracker.open_record("a-session-with-a-long-name_01") for _ in range(3)]
    assert len(set(names)) == 3
    bench.tracker.start()
    bench.wait(0.2)
    bench.tracker.message("TRIALID 1")
    bench.tracker.stop()
    path = tmp_path / "session.edf"
    bench.tracker.fetch_record(path)
    content = path.read_bytes()
    assert b"TRIALID 1" in content
    with pytest.raises(FoveolaError):
        bench.tracker.fetch_record(path)
    assert path.read_bytes() == content


def test_samples_come_once_in_order_at_the_rate_it_says(running):
    batches = []
    for _ in range(40):
        running.wait(0.025)
        batches.append(running.tracker.read())
    samples = np.concatenate(batches)
    assert samples.dtype == GAZE_DTYPE
    assert np.all(np.diff(samples["time_s"]) > 0)
    assert np.all(np.diff(samples["device_time_s"]) > 0)
    span_s = samples["time_s"][-1] - samples["time_s"][0]
    assert (len(samples) - 1) / span_s == pytest.approx(running.info.sampling_rate_hz, rel=0.01)
    assert span_s > 0.9


def test_samples_are_never_of_the_future_nor_of_the_time_before(running):
    start_s = running.clock()
    running.wait(0.2)
    samples = running.tracker.read()
    assert samples["time_s"][0] >= start_s - 1 / running.info.sampling_rate_hz
    assert samples["time_s"][-1] <= running.clock() + 1e-6  # devices count microseconds


def test_an_eye_that_is_not_tracked_is_missing(running):
    running.wait(0.5)
    samples = running.tracker.read()
    for side in ("left", "right"):
        x_px = samples[f"{side}_x_px"]
        assert np.isfinite(x_px).any() == (running.info.eyes in (side, "both"))


def test_clock_pairs_join_the_clocks(running):
    pairs, batches = [], []
    for _ in range(30):
        running.wait(0.1)
        before_s = running.clock()
        pairs.append(running.tracker.clock_pair())
        assert before_s - 0.1 <= pairs[-1].host_s <= running.clock() + 0.1
        assert pairs[-1].round_trip_s >= 0
        batches.append(running.tracker.read())
    samples, fit = np.concatenate(batches), fit_clock(pairs)
    host_s = fit.offset_s + (1 + fit.drift_ppm * 1e-6) * samples["device_time_s"]
    assert np.abs(host_s - samples["time_s"]).max() < 0.002


@pytest.fixture
def calibrated_by_points(running):
    if running.tracker.capabilities.calibration != "points":
        pytest.skip("it is not calibrated point by point from here")
    return running


def collect(bench, targets):
    for target_px in targets:
        bench.tracker.show(Scene(bench.clock(), target_px=target_px))
        bench.wait(1.5)
        bench.tracker.read()
        bench.tracker.collect(target_px)
        while bench.tracker.collecting():
            bench.wait(0.01)


def test_calibration_returns_a_residual_for_every_target_and_eye(calibrated_by_points):
    running = calibrated_by_points
    targets = calibration_targets("HV9", SCREEN)
    running.tracker.begin_calibration()
    collect(running, targets)
    residuals = running.tracker.apply_calibration()
    eyes = ("left", "right") if running.info.eyes == "both" else (running.info.eyes,)
    found = {(r.target_x_px, r.target_y_px, r.eye) for r in residuals}
    assert found == {(*target_px, eye) for target_px in targets for eye in eyes}
    assert all(math.isnan(r.error_deg) or 0 <= r.error_deg < 2 for r in residuals)


def test_a_point_is_redone_after_the_others_were_applied(calibrated_by_points):
    running = calibrated_by_points
    targets = calibration_targets("HV5", SCREEN)
    running.tracker.begin_calibration()
    collect(running, targets)
    first = running.tracker.apply_calibration()
    collect(running, targets[2:3])
    again = running.tracker.apply_calibration()
    assert {(r.target_x_px, r.target_y_px, r.eye) for r in again} == {
        (r.target_x_px, r.target_y_px, r.eye) for r in first
    }


def test_an_earlier_calibration_is_brought_back(calibrated_by_points):
    running = calibrated_by_points
    if not running.tracker.capabilities.keeps_calibrations:
        pytest.skip("it keeps no calibrations")
    states = []
    for layout in ("HV5", "HV9"):
        running.tracker.begin_calibration()
        collect(running, calibration_targets(layout, SCREEN))
        running.tracker.apply_calibration()
        states.append(running.tracker.calibration_state())
    assert repr(states[0]) != repr(states[1])
    running.tracker.restore_calibration(states[0])
    assert repr(running.tracker.calibration_state()) == repr(states[0])


def test_further_columns_belong_to_the_samples(running):
    if not running.tracker.capabilities.gives_more:
        pytest.skip("it gives no more than gaze")
    for seconds in (0.1, 0.0, 0.2):
        running.wait(seconds)
        samples = running.tracker.read()
        assert len(running.tracker.more_columns()) == len(samples)
        for record in running.tracker.more_records():
            assert np.isfinite(record.time_s)


def test_nothing_is_wrong_with_it_that_it_does_not_say_in_words(running):
    running.wait(0.1)
    running.tracker.read()
    problems = running.tracker.problems()
    assert all(isinstance(problem, str) and problem for problem in problems)
    assert running.tracker.problems() == ()


def test_calibration_without_points_is_refused_with_a_remedy(running):
    running.tracker.begin_calibration()
    with pytest.raises(FoveolaError) as caught:
        running.tracker.apply_calibration()
    assert caught.value.remedy


def test_what_came_before_the_stop_is_still_read_and_nothing_after(running):
    running.wait(0.1)
    running.tracker.stop()
    running.wait(0.1)
    assert len(running.tracker.read()) >= 0.08 * running.info.sampling_rate_hz
    running.wait(0.1)
    assert len(running.tracker.read()) == 0


def test_it_can_be_started_again_and_the_gap_stays(running):
    running.wait(0.1)
    running.tracker.stop()
    before = running.tracker.read()
    running.wait(0.5)
    again_s = running.clock()
    running.tracker.start()
    running.wait(0.1)
    after = running.tracker.read()
    assert after["time_s"][0] >= again_s - 1 / running.info.sampling_rate_hz
    assert after["device_time_s"][0] - before["device_time_s"][-1] > 0.4


def test_messages_of_any_script_are_taken(running):
    running.tracker.message("TRIALID 1")
    running.tracker.message("фовеола 中心窩 \n" + "x" * 500)


def test_closing_twice_is_harmless(running):
    running.tracker.close()
    running.tracker.close()


def test_calls_out_of_order_are_refused(bench):
    bench.tracker.connect(SCREEN)
    with pytest.raises(ValueError, match="start the tracker first"):
        bench.tracker.read()
