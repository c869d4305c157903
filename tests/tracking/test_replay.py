"""A replay is the recording itself, moved in time."""

import numpy as np
import pytest

from foveola.data_schema import (
    FoveolaError,
    Observer,
    Recording,
    Screen,
    TrackerInfo,
    gaze_samples,
    provenance,
    write_recording,
)
from foveola.tracking import ReplayTracker, VirtualClock

SCREEN = Screen(width_px=800, height_px=600, width_cm=40, height_cm=30, distance_cm=60)
#: Uneven, with a gap of half a second.
TIMES_S = 100 + np.concatenate([np.arange(50) * 0.01 + 0.001 * (np.arange(50) % 2), [1.0, 1.01]])


def recording(**changes):
    samples = gaze_samples(
        TIMES_S, device_time_s=2 * TIMES_S, left_x_px=np.arange(52.0), left_y_px=30.0
    )
    samples["left_x_px"][7] = np.nan
    values = {
        "observer": Observer(id="01"),
        "screen": SCREEN,
        "tracker": TrackerInfo(make="Made", model="M1", sampling_rate_hz=100, eyes="left"),
        "provenance": provenance({}, seed=1),
        "samples": samples,
    }
    return Recording(**(values | changes))


def replayed(source, screen=SCREEN, duration_s=2.0, step_s=0.013):
    clock = VirtualClock(5.0)
    tracker = ReplayTracker(source, clock)
    tracker.info = tracker.connect(screen)
    tracker.start()
    batches, told = [], []
    while clock() < 5.0 + duration_s:
        batches.append(tracker.read())
        told += tracker.problems()
        clock.advance(step_s)
    return tracker, np.concatenate(batches), told


def test_samples_keep_spacing_gaps_and_device_times(tmp_path):
    write_recording(tmp_path / "made_01.h5", recording())
    tracker, samples, told = replayed(tmp_path / "made_01.h5")
    assert np.allclose(samples["time_s"], TIMES_S - 100 + 5.0, atol=1e-9)
    assert np.array_equal(samples["device_time_s"], 2 * TIMES_S)
    assert np.array_equal(samples["left_x_px"], recording().samples["left_x_px"], equal_nan=True)
    assert told == ["the replayed recording made_01.h5 is over"]
    assert tracker.info.model == "replay of made_01.h5 (Made M1)"
    assert tracker.info.simulated


def test_a_clock_pair_tells_the_device_time_of_now_and_beyond_the_end():
    clock = VirtualClock(5.0)
    tracker = ReplayTracker(recording(), clock)
    tracker.connect(SCREEN)
    tracker.start()
    clock.advance(0.2)
    assert tracker.clock_pair().device_s == pytest.approx(2 * 100.2, abs=0.002)
    clock.advance(2.0)
    assert tracker.clock_pair().device_s == pytest.approx(2 * 101.01 + 2.2 - 1.01)


def test_another_screen_scales_the_gaze_and_says_so():
    wide = SCREEN.model_copy(update={"width_px": 1600})
    _, samples, told = replayed(recording(), wide)
    assert samples["left_x_px"][:3].tolist() == [0, 2, 4]
    assert samples["left_y_px"][0] == 30
    assert told[0] == "gaze is scaled from 800 x 600 px to 1600 x 600"


def test_without_device_times_the_recorded_time_is_one():
    samples = recording().samples.copy()
    samples["device_time_s"] = np.nan
    _, replay, _ = replayed(recording(samples=samples))
    assert np.array_equal(replay["device_time_s"], TIMES_S)


def test_no_recording_and_an_empty_one_are_refused(tmp_path):
    with pytest.raises(FoveolaError, match="not said which recording") as caught:
        ReplayTracker("")
    assert "--tracker replay:FILE.h5" in caught.value.remedy
    with pytest.raises(FoveolaError, match=r"no\.h5"):
        ReplayTracker(tmp_path / "no.h5")
    with pytest.raises(FoveolaError, match="holds no samples"):
        ReplayTracker(recording(samples=gaze_samples([])))
