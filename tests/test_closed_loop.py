"""From a simulated tracker whose truth is known to fixations and maps, judged against the truth.

True and found fixations are matched one to one by their overlap in time: the pair that overlaps
longest is matched first, then the longest of those left. Nothing is tuned on the truth: the
detectors run with their defaults, which are the published ones.
"""

from typing import NamedTuple

import numpy as np
import pytest
from made_gaze import SCREEN
from scipy import ndimage

from foveola import data_schema as ds
from foveola.fixation_maps.density import density_map
from foveola.fixation_maps.detectors import DETECTORS
from foveola.fixation_maps.recordings import fixations_from_recordings
from foveola.tracking.simulated import SimulatedSettings, SimulatedTracker
from foveola.tracking.tracker import Scene

# The others are held to their truth one by one, in test_detectors.
CHOSEN = ("ivt", "engbert-kliegl", "motion")
OBSERVERS, SECONDS, SCALE = 30, 4.0, 1.5
STIMULI = tuple(ds.Stimulus(id=f"{i}", width_px=800, height_px=600) for i in range(2))
LEFT_PX, TOP_PX = (1920 - 800 * SCALE) / 2, (1080 - 600 * SCALE) / 2
TARGETS = [(x * 1920, y * 1080) for y in (0.1, 0.5, 0.9) for x in (0.1, 0.5, 0.9)]


def true_density(seed):
    """Six peaks of different height and width at random places."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:600, :800]
    density = np.full((600, 800), 1e-7)
    for _ in range(6):
        row, column = random.uniform(0.1, 0.9, 2) * (600, 800)
        width = random.uniform(15, 60)
        distance = ((rows - row) ** 2 + (columns - column) ** 2) / (2 * width**2)
        density += random.uniform(0.3, 1) * np.exp(-distance)
    return density / density.sum()


DENSITIES = {stimulus.id: true_density(i) for i, stimulus in enumerate(STIMULI)}


def session(seed, **settings) -> tuple[ds.Recording, ds.SimulatedTruth]:
    """One observer: calibration on nine points, then every stimulus after a central target."""
    now_s = [10.0]
    tracker = SimulatedTracker(
        SimulatedSettings(**settings),
        clock=lambda: now_s[0],
        seed=seed,
        priority=lambda scene: DENSITIES[scene.stimulus.id],
    )
    info = tracker.connect(SCREEN)
    tracker.start()
    tracker.begin_calibration()
    for target_px in TARGETS:
        tracker.show(Scene(now_s[0], target_px=target_px))
        now_s[0] += 1.2
        tracker.collect(target_px)
    tracker.apply_calibration()
    tracker.read()
    batches, trials = [], []
    for i, stimulus in enumerate(STIMULI):
        tracker.show(Scene(now_s[0], target_px=(960, 540)))
        now_s[0] += 1.0
        place = {"image_left_px": LEFT_PX, "image_top_px": TOP_PX, "image_scale": SCALE}
        onset_s = now_s[0]
        tracker.show(Scene(onset_s, stimulus=stimulus, **place))
        now_s[0] += SECONDS
        batches.append(tracker.read())
        trials.append(
            ds.Trial(index=i, stimulus=stimulus.id, onset_s=onset_s, offset_s=now_s[0], **place)
        )
    recording = ds.Recording(
        observer=ds.Observer(id=f"{seed:02d}"),
        screen=SCREEN,
        tracker=info,
        provenance=ds.provenance(seed=seed),
        stimuli=STIMULI,
        trials=tuple(trials),
        samples=np.concatenate(batches),
    )
    return recording, tracker.truth()


@pytest.fixture(scope="module")
def sessions():
    return [session(seed, rms_s2s_deg=0.05, sampling_rate_hz=1000) for seed in range(OBSERVERS)]


class Agreement(NamedTuple):
    found: float
    places_deg: np.ndarray
    onsets_s: np.ndarray


def overlaps(true, found):
    true_end, found_end = (one["onset_s"] + one["duration_s"] for one in (true, found))
    later_onset = np.maximum(true["onset_s"][:, None], found["onset_s"])
    return np.minimum(true_end[:, None], found_end) - later_onset


def matched(true, found) -> list[tuple[int, int]]:
    overlap_s = overlaps(true, found)
    pairs, free_true, free_found = [], set(range(len(true))), set(range(len(found)))
    for flat in np.argsort(-overlap_s, axis=None):
        i, j = (int(index) for index in np.unravel_index(flat, overlap_s.shape))
        if overlap_s[i, j] <= 0:
            break
        if i in free_true and j in free_found:
            pairs.append((i, j))
            free_true.remove(i)
            free_found.remove(j)
    return pairs


def agreement(sessions, detect) -> Agreement:
    """Compare what a detector finds with what was done, for true fixations longer than 80 ms."""
    expected, places_deg, onsets_s = 0, [], []
    for recording, truth in sessions:
        samples = recording.samples
        true = ds.fixations_of(truth.events)
        ends_s = true["onset_s"] + true["duration_s"]
        recorded = (true["onset_s"] >= samples["time_s"][0]) & (ends_s <= samples["time_s"][-1])
        true = true[recorded]
        found = ds.fixations_of(detect(samples, recording.screen))
        long = true["duration_s"] > 0.08
        expected += np.count_nonzero(long)
        for i, j in matched(true, found):
            if long[i]:
                one, other = true[i], found[j]
                place = (one["x_px"], one["y_px"], other["x_px"], other["y_px"])
                places_deg.append(float(SCREEN.angle_deg(*place)))
                onsets_s.append(other["onset_s"] - one["onset_s"])
    return Agreement(len(places_deg) / expected, np.array(places_deg), np.array(onsets_s))


@pytest.mark.parametrize("name", CHOSEN)
def test_what_was_fixated_is_found_where_and_when_it_was(sessions, name):
    result = agreement(sessions, DETECTORS[name])
    assert len(result.onsets_s) > 400
    assert result.found >= 0.97
    assert np.median(result.places_deg) < 0.25
    assert np.median(np.abs(result.onsets_s)) < 0.010


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize(
    "settings",
    [
        {"sampling_rate_hz": 250, "eyes": "left"},
        {"sampling_rate_hz": 500, "eyes": "right"},
        {"sampling_rate_hz": 2000, "eyes": "both"},
    ],
)
def test_any_rate_and_either_eye_will_do(name, settings):
    result = agreement([session(seed, **settings) for seed in range(4)], DETECTORS[name])
    assert result.found >= 0.97
    assert np.median(np.abs(result.onsets_s)) < 0.010


@pytest.mark.parametrize("name", CHOSEN)
def test_thirty_observers_recover_the_density_they_drew_from(sessions, name, tmp_path):
    paths = []
    for recording, _ in sessions:
        paths.append(tmp_path / f"{recording.observer.id}.h5")
        ds.write_recording(paths[-1], recording)
    fixations = fixations_from_recordings(paths, name)
    assert fixations.info.source == "simulated"
    sigma_px = fixations.info.px_per_deg
    for i, stimulus in enumerate(fixations.stimuli):
        recovered = density_map(*ds.pixel_of(fixations.of(i)), stimulus.shape, sigma_px)
        blurred = ndimage.gaussian_filter(DENSITIES[stimulus.id], sigma_px)
        assert np.corrcoef(recovered.ravel(), blurred.ravel())[0, 1] >= 0.95
