"""What the virtual observer did is found again in the samples of the simulated tracker."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.optimize import linear_sum_assignment

from foveola.data_schema import EventKind, Screen, Stimulus
from foveola.fixation_maps.engbert_kliegl import engbert_kliegl
from foveola.fixation_maps.ivt import ivt
from foveola.tracking import (
    Scene,
    SimulatedSettings,
    SimulatedTracker,
    VirtualClock,
    calibration_targets,
)

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
IMAGE = Stimulus(id="image", width_px=480, height_px=270)
SCALE = 4.0
SETTINGS = SimulatedSettings(sampling_rate_hz=1000, rms_s2s_deg=0.05)


def blobs(scene):
    """Five Gaussian blobs on an even ground, about as peaked as what people look at."""
    height, width = scene.stimulus.shape
    y, x = np.mgrid[:height, :width] + 0.5
    density = np.full((height, width), 0.01)
    for cx, cy in ((0.3, 0.3), (0.65, 0.25), (0.45, 0.6), (0.8, 0.7), (0.15, 0.75)):
        square = (x - cx * width) ** 2 + (y - cy * height) ** 2
        density += np.exp(-square / (2 * (0.03 * width) ** 2))
    return density / density.sum()


def session(seed, trials, duration_s=5.0):
    """Calibrate, then look at the image from a central cross; return samples, truth, onsets."""
    clock = VirtualClock()
    tracker = SimulatedTracker(SETTINGS, clock, seed=seed, priority=blobs)
    tracker.connect(SCREEN)
    tracker.start()
    tracker.begin_calibration()
    for target_px in calibration_targets("HV9", SCREEN):
        tracker.show(Scene(clock(), target_px=target_px))
        clock.advance(1.2)
        tracker.collect(target_px)
    tracker.apply_calibration()
    tracker.read()
    onsets_s = []
    for _ in range(trials):
        tracker.show(Scene(clock(), target_px=(960.0, 540.0)))
        clock.advance(0.8)
        onsets_s.append(clock())
        tracker.show(Scene(clock(), stimulus=IMAGE, image_scale=SCALE))
        clock.advance(duration_s)
    tracker.stop()
    return tracker.read(), tracker.truth(), np.array(onsets_s)


def matched(true, found):
    """Pairs of indices, one to one, of fixations that overlap, with the most overlap in all."""
    start_s = np.maximum(true["onset_s"][:, np.newaxis], found["onset_s"])
    end_s = np.minimum(
        (true["onset_s"] + true["duration_s"])[:, np.newaxis],
        found["onset_s"] + found["duration_s"],
    )
    overlap_s = np.maximum(end_s - start_s, 0)
    rows, columns = linear_sum_assignment(overlap_s, maximize=True)
    there = overlap_s[rows, columns] > 0
    return rows[there], columns[there]


@pytest.mark.parametrize("detector", [ivt, engbert_kliegl])
def test_true_fixations_are_found_where_and_when_they_were(detector):
    n_true = n_found = 0
    place_deg, late_s = [], []
    for seed in range(3):
        samples, truth, onsets_s = session(seed, trials=8)
        events = truth.events
        true = events[(events["kind"] == EventKind.FIXATION) & (events["duration_s"] > 0.08)]
        true = true[true["onset_s"] >= onsets_s[0]]
        found = detector(samples, SCREEN)
        rows, columns = matched(true, found)
        n_true, n_found = n_true + len(true), n_found + len(rows)
        true, found = true[rows], found[columns]
        place_deg.append(SCREEN.angle_deg(true["x_px"], true["y_px"], found["x_px"], found["y_px"]))
        late_s.append(np.abs(found["onset_s"] - true["onset_s"]))
    assert n_true > 300
    assert n_found >= 0.97 * n_true
    assert np.median(np.concatenate(place_deg)) < 0.25
    assert np.median(np.concatenate(late_s)) < 0.010


def test_the_density_is_recovered_from_the_samples_of_thirty_observers():
    counts = np.zeros(IMAGE.shape)
    for seed in range(30):
        samples, truth, onsets_s = session(seed, trials=1)
        found = ivt(samples, SCREEN)
        found = found[found["onset_s"] >= onsets_s[0]]
        x, y = (found["x_px"] / SCALE).astype(int), (found["y_px"] / SCALE).astype(int)
        inside = (x >= 0) & (x < IMAGE.width_px) & (y >= 0) & (y < IMAGE.height_px)
        np.add.at(counts, (y[inside], x[inside]), 1)
    sigma_px = SCREEN.px_per_deg() / SCALE
    recovered = gaussian_filter(counts, sigma_px, mode="constant")
    true = gaussian_filter(truth.densities[0], sigma_px, mode="constant")
    assert np.corrcoef(recovered.ravel(), true.ravel())[0, 1] >= 0.95
