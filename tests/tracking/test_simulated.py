from __future__ import annotations

import json
import time

import numpy as np
import pydantic
import pytest

from foveola.data_schema import (
    EventKind,
    FoveolaError,
    Screen,
    Stimulus,
    read_truth,
    write_truth,
)
from foveola.tracking import (
    ObserverSettings,
    Scene,
    SimulatedSettings,
    SimulatedTracker,
    VirtualClock,
    calibration_targets,
    fit_clock,
    target_errors,
    validation_targets,
)
from foveola.tracking.validation import rms_s2s_deg, std_deg

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
CENTRE_PX = (960.0, 540.0)
STILL = ObserverSettings(drift_deg2_s=0, microsaccade_rate_hz=0, blink_rate_hz=0)
PERFECT = {"offset_deg": 0, "gain": 0, "curvature_deg": 0, "residual_deg": 0, "wander_deg": 0}
QUIET = PERFECT | {"rms_s2s_deg": 0, "std_deg": 0, "disparity_deg": 0, "time_jitter_s": 0}


def even(scene):
    return np.full(scene.stimulus.shape, 1 / np.prod(scene.stimulus.shape))


class Lab:
    """A simulated tracker, its clock, and an observer told where to look."""

    def __init__(self, seed=0, **chosen):
        self.clock = VirtualClock(10.0)
        self.tracker = SimulatedTracker(
            SimulatedSettings(**chosen), self.clock, seed=seed, priority=even
        )
        self.tracker.connect(SCREEN)
        self.tracker.start()

    def look(self, target_px, duration_s=1.4):
        self.tracker.show(Scene(self.clock(), target_px=target_px))
        return self.go_on(duration_s)

    def go_on(self, duration_s):
        self.clock.advance(duration_s)
        return self.tracker.read()

    def calibrate(self, layout="HV9"):
        self.tracker.begin_calibration()
        for target_px in calibration_targets(layout, SCREEN):
            self.look(target_px)
            self.tracker.collect(target_px)
        return self.tracker.apply_calibration()

    def validate(self):
        points = []
        for target_px in validation_targets("HV9", SCREEN):
            points += target_errors(self.look(target_px)[-500:], target_px, SCREEN)
        return points


@pytest.mark.parametrize("rate_hz", [250, 1000, 2000])
def test_precision_comes_out_as_set(rate_hz):
    lab = Lab(
        sampling_rate_hz=rate_hz,
        rms_s2s_deg=0.05,
        std_deg=0.08,
        disparity_deg=0,
        observer=STILL,
        **PERFECT,
    )
    samples = lab.go_on(120.0)
    for side in ("left", "right"):
        gaze_px = samples[f"{side}_x_px"], samples[f"{side}_y_px"]
        assert rms_s2s_deg(*gaze_px, SCREEN) == pytest.approx(0.05, rel=0.02)
        assert std_deg(*gaze_px, SCREEN) == pytest.approx(0.08, rel=0.05)


def test_the_noise_of_the_eyes_is_independent():
    samples = Lab(disparity_deg=0, observer=STILL, **PERFECT).go_on(60.0)
    correlation = np.corrcoef(samples["left_x_px"], samples["right_x_px"])[0, 1]
    assert abs(correlation) < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_calibration_removes_the_offset_in_part(seed):
    lab = Lab(seed)
    before = lab.validate()
    lab.calibrate()
    after = lab.validate()
    mean_before, mean_after = (
        np.mean([point.error_deg for point in points]) for points in (before, after)
    )
    assert mean_before > 1
    assert 0.05 < mean_after < 0.5
    assert max(point.error_deg for point in after) < 1.5


def test_residuals_flatter_accuracy():
    lab = Lab(3)
    residuals = lab.calibrate()
    accuracy = lab.validate()
    assert np.mean([p.error_deg for p in residuals]) < np.mean([p.error_deg for p in accuracy])


def test_beginning_a_calibration_takes_the_old_one_away():
    lab = Lab(1, observer=STILL)
    lab.calibrate()
    (good, _) = target_errors(lab.look(CENTRE_PX)[-500:], CENTRE_PX, SCREEN)
    lab.tracker.begin_calibration()
    (raw, _) = target_errors(lab.go_on(0.5), CENTRE_PX, SCREEN)
    assert good.error_deg < 0.5 < raw.error_deg


def test_a_target_collected_twice_counts_once():
    lab = Lab(eyes="left", **QUIET)
    lab.tracker.begin_calibration()
    lab.look((100.0, 100.0))
    lab.tracker.collect(CENTRE_PX)
    lab.look(CENTRE_PX)
    lab.tracker.collect(CENTRE_PX)
    (residual,) = lab.tracker.apply_calibration()
    assert (residual.target_x_px, residual.target_y_px) == CENTRE_PX
    (point,) = target_errors(lab.go_on(0.3), CENTRE_PX, SCREEN)
    assert point.error_deg < 0.2


def test_a_target_looked_at_with_shut_eyes_is_left_out():
    blind = ObserverSettings(blink_rate_hz=1000, blink_s=5.0, blink_sd_s=0)
    lab = Lab(observer=blind)
    lab.tracker.begin_calibration()
    lab.go_on(2.0)
    lab.tracker.collect(CENTRE_PX)
    with pytest.raises(FoveolaError, match="left eye can't be calibrated.*Collect points"):
        lab.tracker.apply_calibration()


def run(steps_s, seed=2):
    lab = Lab(seed, time_jitter_s=1e-5)
    image = Stimulus(id="a", width_px=300, height_px=200)
    lab.tracker.show(Scene(10.2, stimulus=image, image_left_px=100, image_top_px=50))
    lab.tracker.show(Scene(12.0, target_px=(50.0, 900.0)))
    batches = [lab.go_on(step_s) for step_s in steps_s]
    return np.concatenate(batches), lab.tracker.truth()


def test_samples_do_not_depend_on_how_often_they_are_read():
    at_once, truth = run([4.0])
    random = np.random.default_rng(0)
    steps_s = random.exponential(0.01, 2000)
    steps_s = [*steps_s[np.cumsum(steps_s) < 4], 0.0]
    steps_s[-1] = 4 - sum(steps_s)
    piecemeal, same_truth = run(steps_s)
    n = min(len(at_once), len(piecemeal))
    assert abs(len(at_once) - len(piecemeal)) <= 1
    for name in at_once.dtype.names:
        np.testing.assert_allclose(piecemeal[name][:n], at_once[name][:n], rtol=0, atol=1e-8)
    assert len(same_truth.events) == len(truth.events)
    for name in ("onset_s", "duration_s", "x_px", "amplitude_deg"):
        np.testing.assert_allclose(
            same_truth.events[name][:-1], truth.events[name][:-1], rtol=0, atol=1e-8
        )


def test_other_seeds_are_other_observers():
    assert not np.array_equal(
        run([2.0], seed=1)[0]["left_x_px"], run([2.0], seed=2)[0]["left_x_px"], equal_nan=True
    )


def test_no_sample_is_skipped_in_an_hour_of_a_fast_clock():
    lab = Lab(eyes="left", sampling_rate_hz=250, clock_drift_ppm=50, observer=STILL)
    counts = np.concatenate([lab.go_on(97.3)["device_time_s"] for _ in range(37)]) * 250
    np.testing.assert_allclose(np.diff(counts), 1, atol=1e-6)
    assert len(counts) == pytest.approx(97.3 * 37 * 250 * (1 + 50e-6), abs=2)


def test_device_clock_has_its_offset_and_drift():
    lab = Lab(clock_offset_s=100.0, clock_drift_ppm=50, clock_round_trip_s=0.0005)
    pairs = []
    for _ in range(600):
        lab.clock.advance(6.0)
        pairs.append(lab.tracker.clock_pair())
    fit = fit_clock(pairs)
    assert fit.drift_ppm == pytest.approx(-50, abs=0.05)
    late_s = fit.offset_s + (1 + fit.drift_ppm * 1e-6) * (100.0 + 3610 * (1 + 50e-6)) - 3610
    assert abs(late_s) < 5e-5
    assert 0 < fit.residual_s < 5e-4


def test_time_is_the_device_time_on_the_recorders_clock():
    lab = Lab(clock_offset_s=-5.0, clock_drift_ppm=300, time_jitter_s=1e-4)
    samples = lab.go_on(20.0)
    true_s = (samples["device_time_s"] + 5.0) / (1 + 300e-6)
    jitter_s = samples["time_s"] - true_s
    assert np.abs(jitter_s).max() <= 2e-4 + 1e-9
    assert np.std(jitter_s) == pytest.approx(1e-4, rel=0.2)
    assert np.all(np.diff(samples["time_s"]) > 0)


def test_blinks_lose_gaze_and_pupil_of_both_eyes():
    lab = Lab(observer=ObserverSettings(blink_rate_hz=1.0))
    samples = lab.go_on(30.0)
    events = lab.tracker.truth().events
    shut = np.zeros(len(samples), bool)
    for blink in events[events["kind"] == EventKind.BLINK]:
        inside = samples["time_s"] >= blink["onset_s"]
        shut |= inside & (samples["time_s"] < blink["onset_s"] + blink["duration_s"])
    lost = np.isnan(samples["left_x_px"])
    assert lost.any()
    assert np.sum(lost != shut) <= 0.002 * len(samples)
    for name in ("left_y_px", "left_pupil", "right_x_px", "right_y_px", "right_pupil"):
        assert np.array_equal(np.isnan(samples[name]), lost)


def test_pupils_are_plausible():
    samples = Lab(observer=STILL).go_on(60.0)
    for side in ("left", "right"):
        pupil_mm = samples[f"{side}_pupil"]
        assert np.mean(pupil_mm) == pytest.approx(3.5, abs=0.2)
        assert 2 < pupil_mm.min() < pupil_mm.max() < 5
        assert np.abs(np.diff(pupil_mm)).max() < 0.1


def test_without_faults_gaze_is_the_truth():
    lab = Lab(observer=STILL, **QUIET)
    lab.look((300.0, 200.0))
    samples = lab.go_on(1.0)
    last = lab.tracker.truth().events[-1]
    assert last["kind"] == EventKind.FIXATION
    for side in ("left", "right"):
        np.testing.assert_allclose(samples[f"{side}_x_px"], last["x_px"], atol=1e-6)
        np.testing.assert_allclose(samples[f"{side}_y_px"], last["y_px"], atol=1e-6)


def test_the_eyes_differ_a_little():
    samples = Lab(observer=STILL, **(QUIET | {"disparity_deg": 0.1})).go_on(100.0)
    apart_deg = SCREEN.angle_deg(
        samples["left_x_px"], samples["left_y_px"], samples["right_x_px"], samples["right_y_px"]
    )
    assert 0.02 < np.mean(apart_deg) < 0.2
    np.testing.assert_allclose(samples["left_y_px"], samples["right_y_px"], atol=0.1)


def test_truth_is_written_beside_a_recording(tmp_path):
    _, truth = run([3.0])
    write_truth(tmp_path / "truth.h5", truth)
    back = read_truth(tmp_path / "truth.h5")
    assert back.events.tobytes() == truth.events.tobytes()
    assert [stimulus.id for stimulus in back.stimuli] == ["a"]
    assert back.densities[0].shape == (200, 300)
    assert back.provenance.seed == 2
    chosen = back.provenance.parameters["simulated"]
    assert SimulatedSettings.model_validate(chosen) == SimulatedSettings()


def test_truth_of_nothing_is_empty():
    tracker = SimulatedTracker()
    with pytest.raises(ValueError, match="connect the tracker first"):
        tracker.truth()
    tracker.connect(SCREEN)
    truth = tracker.truth()
    assert len(truth.events) == 0
    assert truth.stimuli == ()


def test_settings_are_json():
    text = SimulatedSettings(eyes="left", observer=STILL).model_dump_json()
    json.loads(text, parse_constant=pytest.fail)
    assert SimulatedSettings.model_validate_json(text).observer == STILL


@pytest.mark.parametrize(
    "chosen",
    [{"sampling_rate_hz": 60}, {"eyes": "third"}, {"rms_s2s_deg": 0.3}, {"unknown": 1}],
)
def test_impossible_settings_are_refused(chosen):
    with pytest.raises(pydantic.ValidationError):
        SimulatedSettings(**chosen)


def test_a_stimulus_that_cannot_be_seen_is_named():
    clock = VirtualClock()
    tracker = SimulatedTracker(clock=clock)
    tracker.connect(SCREEN)
    tracker.start()
    tracker.show(Scene(0.0, stimulus=Stimulus(id="a", width_px=3, height_px=2)))
    clock.advance(0.1)
    with pytest.raises(FoveolaError, match="no image to look at"):
        tracker.read()


def test_it_runs_in_real_time_by_itself():
    tracker = SimulatedTracker()
    tracker.connect(SCREEN)
    tracker.start()
    time.sleep(0.05)
    assert len(tracker.read()) >= 40
    tracker.close()
