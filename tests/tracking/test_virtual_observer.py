from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from foveola.data_schema import EventKind, Screen, Stimulus
from foveola.tracking import ObserverSettings, Scene, VirtualObserver

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
IMAGE = Stimulus(id="image", width_px=400, height_px=300)
STILL = ObserverSettings(
    drift_deg2_s=0, microsaccade_rate_hz=0, target_scatter_deg=0, blink_rate_hz=0
)


def blobs(scene):
    """Four Gaussian blobs on an even ground, about as peaked as what people look at."""
    height, width = scene.stimulus.shape
    y, x = np.mgrid[:height, :width] + 0.5
    density = np.full((height, width), 0.01)
    for cx, cy in ((0.3, 0.3), (0.65, 0.25), (0.5, 0.6), (0.8, 0.75)):
        square = (x - cx * width) ** 2 + (y - cy * height) ** 2
        density += np.exp(-square / (2 * (0.035 * width) ** 2))
    return density / density.sum()


def picture(time_s=0.0, scale=3.0, left=360.0, top=90.0, stimulus=IMAGE):
    return Scene(time_s, stimulus=stimulus, image_left_px=left, image_top_px=top, image_scale=scale)


def observed(scenes, until_s, chosen=None, seed=0, rate_hz=1000.0):
    observer = VirtualObserver(SCREEN, chosen, seed=seed, priority=blobs)
    for scene in scenes:
        observer.show(scene)
    times_s = np.arange(0, until_s, 1 / rate_hz)
    gaze_deg, shut = observer.gaze_deg(times_s)
    return observer, times_s, gaze_deg, shut


def of_kind(events, kind):
    return events[events["kind"] == kind]


SCRIPT = [
    Scene(0.4, target_px=(300.0, 300.0)),
    picture(1.5),
    Scene(4.1),
    Scene(4.3, target_px=(960.0, 540.0)),
    picture(5.0, scale=1.0),
]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=30), st.integers(0, 3))
def test_path_does_not_depend_on_how_it_is_asked_for(sizes, seed):
    times_s = np.arange(0, 7, 0.0005)
    whole = VirtualObserver(SCREEN, seed=seed, priority=blobs)
    for scene in SCRIPT:
        whole.show(scene)
    gaze_deg, shut = whole.gaze_deg(times_s)

    observer = VirtualObserver(SCREEN, seed=seed, priority=blobs)
    waiting = list(SCRIPT)
    edges = np.cumsum(np.resize(sizes, 1 + len(times_s) // int(np.mean(sizes))))
    edges = np.union1d(edges, np.searchsorted(times_s, [scene.time_s for scene in SCRIPT]))
    parts = []
    for batch in np.split(times_s, edges[edges < len(times_s)]):
        while waiting and len(batch) and waiting[0].time_s <= batch[0]:
            observer.show(waiting.pop(0))
        parts.append(observer.gaze_deg(batch))
    np.testing.assert_allclose(np.concatenate([p[0] for p in parts]), gaze_deg, atol=1e-12)
    assert np.array_equal(np.concatenate([p[1] for p in parts]), shut)
    assert observer.events().tobytes() == whole.events().tobytes()


def test_same_seed_same_path_and_other_seed_another():
    paths = [observed(SCRIPT, 6, seed=seed)[2] for seed in (1, 1, 2)]
    assert np.array_equal(paths[0], paths[1])
    assert not np.array_equal(paths[0], paths[2])


def test_path_is_continuous():
    _, times_s, gaze_deg, _ = observed(SCRIPT, 7, rate_hz=2000)
    speed = np.hypot(*np.diff(gaze_deg, axis=0).T) / np.diff(times_s)
    assert speed.max() < 800


def test_the_past_is_not_asked_for_again():
    observer, *_ = observed([], 1.0)
    with pytest.raises(ValueError, match="is asked for after"):
        observer.gaze_deg(np.array([0.5]))
    gaze_deg, shut = observer.gaze_deg(np.array([]))
    assert gaze_deg.shape == (0, 2)
    assert shut.shape == (0,)


def test_a_target_is_reached_after_the_latency_and_kept():
    _, times_s, gaze_deg, _ = observed([Scene(1.0, target_px=(300.0, 800.0))], 4, STILL)
    target_deg = np.array(SCREEN.px_to_deg(300.0, 800.0))
    away_deg = np.hypot(*(gaze_deg - target_deg).T)
    left_s = times_s[np.argmax(np.hypot(*gaze_deg.T) > 0.01)]
    assert 1.15 <= left_s <= 1.26
    assert np.all(away_deg[times_s > 1.4] < 1e-9)


def test_a_scene_told_late_is_still_reacted_to():
    observer = VirtualObserver(SCREEN, STILL, priority=blobs)
    observer.gaze_deg(np.array([2.0]))
    observer.show(Scene(1.0, target_px=(300.0, 300.0)))
    gaze_deg, _ = observer.gaze_deg(np.array([2.0, 2.3]))
    np.testing.assert_allclose(gaze_deg, [[0, 0], np.array(SCREEN.px_to_deg(300, 300))], atol=1e-9)


def test_latencies_lie_between_150_and_250_ms():
    scenes = [Scene(1.0 * i, target_px=(400.0 if i % 2 else 1500.0, 500.0)) for i in range(1, 60)]
    observer, *_ = observed(scenes, 60, STILL)
    onsets_s = of_kind(observer.events(), EventKind.SACCADE)["onset_s"]
    latencies_s = onsets_s - np.floor(onsets_s)
    assert len(onsets_s) == 59
    assert latencies_s.min() >= 0.15 - 1e-9
    assert latencies_s.max() <= 0.25 + 1e-9
    assert np.std(latencies_s) > 0.01


def test_an_empty_screen_is_stared_at():
    observer, _, gaze_deg, _ = observed([Scene(0.5)], 20, STILL)
    assert np.all(gaze_deg == 0)
    assert len(of_kind(observer.events(), EventKind.SACCADE)) == 0
    assert len(of_kind(observer.events(), EventKind.FIXATION)) == 1


def test_fixations_lie_on_the_image_as_it_lies_on_the_screen():
    observer, *_ = observed([picture(scale=1.0, left=1300.0, top=700.0)], 20, STILL)
    fixations = of_kind(observer.events(), EventKind.FIXATION)[1:]
    assert len(fixations) > 40
    assert np.all((fixations["x_px"] >= 1300) & (fixations["x_px"] <= 1700))
    assert np.all((fixations["y_px"] >= 700) & (fixations["y_px"] <= 1000))


def test_thirty_observers_recover_the_density():
    counts = np.zeros(IMAGE.shape)
    for seed in range(30):
        observer, *_ = observed([Scene(0.0, target_px=(960, 540)), picture(1.0)], 5.0, seed=seed)
        events = observer.events()
        seen = of_kind(events, EventKind.FIXATION)
        seen = seen[seen["onset_s"] >= 1.0]
        x, y = ((seen["x_px"] - 360) / 3).astype(int), ((seen["y_px"] - 90) / 3).astype(int)
        inside = (x >= 0) & (x < 400) & (y >= 0) & (y < 300)
        np.add.at(counts, (y[inside], x[inside]), 1)
    sigma_px = SCREEN.px_per_deg() / 3
    recovered = gaussian_filter(counts, sigma_px, mode="constant")
    ((stimulus, density),) = observer.densities()
    assert stimulus == IMAGE
    true = gaussian_filter(density, sigma_px, mode="constant")
    assert np.corrcoef(recovered.ravel(), true.ravel())[0, 1] >= 0.95


def test_return_is_inhibited():
    def returns(inhibition):
        chosen = ObserverSettings(return_inhibition=inhibition, nearness_deg=1000)
        even = np.full(IMAGE.shape, 1 / (300 * 400))
        observer = VirtualObserver(SCREEN, chosen, priority=lambda _: even)
        observer.show(picture(scale=1.5))
        observer.gaze_deg(np.arange(0, 300, 0.05))
        seen = of_kind(observer.events(), EventKind.FIXATION)[1:]
        back = SCREEN.angle_deg(
            seen["x_px"][2:], seen["y_px"][2:], seen["x_px"][:-2], seen["y_px"][:-2]
        )
        return np.mean(back < 2)

    assert returns(0.95) < 0.7 * returns(0.0)


def test_saccades_are_on_the_main_sequence():
    observer, *_ = observed([picture()], 60)
    events = observer.events()
    saccades = of_kind(events, EventKind.SACCADE)
    amplitude_deg = saccades["amplitude_deg"]
    assert amplitude_deg.min() > 0.9
    np.testing.assert_allclose(
        saccades["duration_s"], 0.021 + 0.0022 * amplitude_deg, atol=0.0022 * 0.5
    )
    np.testing.assert_allclose(
        amplitude_deg,
        SCREEN.angle_deg(
            saccades["start_x_px"],
            saccades["start_y_px"],
            saccades["end_x_px"],
            saccades["end_y_px"],
        ),
    )
    assert np.all(saccades["peak_velocity_deg_s"] < 800)


def test_truth_agrees_with_the_path():
    observer, times_s, gaze_deg, shut = observed(SCRIPT, 8)
    x_px, y_px = SCREEN.deg_to_px(*gaze_deg.T)
    events = observer.events()
    assert np.all(np.diff(events["onset_s"]) >= 0)
    for event in of_kind(events, EventKind.FIXATION):
        end_s = event["onset_s"] + event["duration_s"]
        inside = (times_s >= event["onset_s"]) & (times_s < end_s)
        assert not shut[inside].any()
        assert np.mean(x_px[inside]) == pytest.approx(event["x_px"], abs=0.5)
        assert np.mean(y_px[inside]) == pytest.approx(event["y_px"], abs=0.5)
        assert event["dispersion_deg"] < 1
    for event in of_kind(events, EventKind.SACCADE):
        at = np.searchsorted(times_s, event["onset_s"] + [0, event["duration_s"]])
        np.testing.assert_allclose(x_px[at], [event["start_x_px"], event["end_x_px"]], atol=3)


def test_every_moment_is_a_fixation_a_saccade_or_a_blink():
    observer, times_s, *_ = observed([picture()], 30)
    covered = np.zeros(len(times_s), int)
    for event in observer.events():
        end_s = event["onset_s"] + event["duration_s"]
        hidden = event["kind"] == EventKind.SACCADE and any(
            blink["onset_s"] < event["onset_s"] < blink["onset_s"] + blink["duration_s"]
            for blink in of_kind(observer.events(), EventKind.BLINK)
        )
        if not hidden:
            covered[(times_s >= event["onset_s"]) & (times_s < end_s)] += 1
    assert covered.max() == 1
    assert np.mean(covered) > 0.995


def test_blinks_come_as_often_as_asked_and_shut_the_eyes():
    observer, times_s, _, shut = observed([picture()], 300, rate_hz=250)
    blinks = of_kind(observer.events(), EventKind.BLINK)
    assert 35 < len(blinks) < 75
    assert np.mean(blinks["duration_s"]) == pytest.approx(0.2, abs=0.03)
    assert np.mean(shut) == pytest.approx(np.sum(blinks["duration_s"]) / 300, rel=0.05)
    for blink in blinks:
        assert shut[np.searchsorted(times_s, blink["onset_s"] + 0.05)]


def test_blinks_interrupt_a_long_look_at_a_target():
    observer, *_ = observed([Scene(0.1, target_px=(500.0, 500.0))], 60, rate_hz=250)
    events = observer.events()
    blinks = of_kind(events, EventKind.BLINK)
    assert len(blinks) > 4
    assert len(of_kind(events, EventKind.FIXATION)) == len(blinks) + 2
    assert len(of_kind(events, EventKind.SACCADE)) == 1


def test_fixation_durations_are_human():
    observer, *_ = observed([picture()], 300, rate_hz=50)
    seen = of_kind(observer.events(), EventKind.FIXATION)
    assert np.mean(seen["duration_s"]) == pytest.approx(0.29, abs=0.015)
    assert seen["duration_s"][1:-1].min() >= 0.06


def test_microsaccades_are_small_and_hold_the_eye_at_its_place():
    chosen = STILL.model_copy(update={"microsaccade_rate_hz": 2.0, "drift_deg2_s": 0.011})
    observer, times_s, gaze_deg, _ = observed([Scene(0.1, target_px=(960.0, 540.0))], 60, chosen)
    speed = np.hypot(*np.diff(gaze_deg, axis=0).T) * 1000
    assert 14 < speed.max() < 50
    assert np.hypot(*gaze_deg[times_s > 1].T).mean() < 0.5
    assert len(of_kind(observer.events(), EventKind.SACCADE)) == 0


def test_all_within_a_microsaccade_is_looked_at_from_one_place():
    def one_pixel(scene):
        density = np.zeros(scene.stimulus.shape)
        density[150, 200] = 1
        return density

    observer = VirtualObserver(SCREEN, STILL, priority=one_pixel)
    observer.show(picture(left=0.0))
    observer.gaze_deg(np.arange(0, 10, 0.01))
    fixations = of_kind(observer.events(), EventKind.FIXATION)
    assert len(fixations) == 2
    assert fixations["duration_s"][1] > 9
    assert fixations["x_px"][1] == pytest.approx(601.5, abs=2)


def test_an_unfinished_saccade_is_not_told():
    chosen = STILL.model_copy(update={"latency_sd_s": 0.0})
    observer, *_ = observed([Scene(1.0, target_px=(100.0, 100.0))], 1.211, chosen)
    events = observer.events()
    assert events["kind"].tolist() == [EventKind.FIXATION]
    assert events["duration_s"][0] == pytest.approx(1.2)
