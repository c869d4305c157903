"""What every detector says of the events that are no fixations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_gaze import SCREEN, scanpath

from foveola.data_schema import EVENT_DTYPE, EventKind, gaze_samples
from foveola.fixation_maps.detectors import DETECTORS, parameters_of
from foveola.fixation_maps.engbert_kliegl import engbert_kliegl
from foveola.fixation_maps.event_runs import LONGEST_BLINK_S
from foveola.fixation_maps.motion import motion
from foveola.fixation_maps.nystrom_holmqvist import nystrom_holmqvist
from foveola.fixation_maps.remodnav import remodnav

EACH = pytest.mark.parametrize("detect", DETECTORS.values(), ids=DETECTORS.keys())


def of(events, kind):
    return events[events["kind"] == kind]


def pursuit(speed_deg_s, *, seconds=1.5, noise_deg=0.01):
    """A target that is fixated, then followed at a constant speed, then fixated again."""
    random = np.random.default_rng(0)
    time_s = np.arange(round((seconds + 1) * 500)) / 500
    x_deg = np.clip(time_s - 0.5, 0, seconds) * speed_deg_s - 5
    x_px, y_px = SCREEN.deg_to_px(
        x_deg + random.normal(0, noise_deg, len(time_s)), random.normal(0, noise_deg, len(time_s))
    )
    return gaze_samples(time_s, left_x_px=x_px, left_y_px=y_px)


@EACH
@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_events_are_in_order_and_none_lies_over_another(detect, data):
    made = scanpath(seed=data.draw(st.integers(0, 99)), n=6, rate_hz=500)
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(made.samples) - 1))
        made.samples["left_y_px"][start : start + data.draw(st.integers(1, 150))] = np.nan
    events = detect(made.samples, SCREEN)
    assert events.dtype == EVENT_DTYPE
    assert (events["duration_s"] > 0).all()
    ends_s = events["onset_s"] + events["duration_s"]
    assert (events["onset_s"][1:] >= ends_s[:-1] - 1e-6).all()
    assert ends_s.max() <= made.samples["time_s"][-1] + 0.0021


@pytest.mark.parametrize("name", ["ivt", "engbert-kliegl", "motion", "remodnav"])
@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_saccades_have_the_amplitude_and_the_speed_that_they_had(name, rate_hz):
    made = scanpath(seed=8, n=10, rate_hz=rate_hz)
    saccades = of(DETECTORS[name](made.samples, SCREEN), EventKind.SACCADE)
    places = made.places_px
    amplitudes = SCREEN.angle_deg(*places[:-1].T, *places[1:].T)
    assert len(saccades) == 9
    assert np.abs(saccades["amplitude_deg"] - amplitudes).max() < 0.35
    # A minimum-jerk movement is 1.875 times as fast at its peak as on average.
    peaks = 1.875 * amplitudes / (0.021 + 0.0022 * amplitudes)
    assert np.abs(saccades["peak_velocity_deg_s"] / peaks - 1).max() < 0.25


@EACH
def test_a_blink_is_a_blink_and_a_long_loss_is_undefined(detect):
    samples = gaze_samples(np.arange(2000) / 500, left_x_px=900.0, left_y_px=500.0)
    samples["left_x_px"][400:500] = np.nan
    samples["left_x_px"][1000 : 1000 + round(LONGEST_BLINK_S * 500) + 10] = np.nan
    events = detect(samples, SCREEN, blink_margin_s=0.05)
    blinks, losses = of(events, EventKind.BLINK), of(events, EventKind.UNDEFINED)
    assert (len(blinks), len(losses)) == (1, 1)
    assert blinks["onset_s"][0] == pytest.approx(0.75, abs=0.0021)
    assert blinks["duration_s"][0] == pytest.approx(0.3, abs=0.005)
    assert np.isnan(blinks["x_px"][0])
    assert losses["onset_s"][0] == pytest.approx(1.95, abs=0.0021)


@EACH
def test_no_event_but_a_loss_reaches_across_a_pause_of_the_tracker(detect):
    samples = gaze_samples(np.arange(2000) / 500, left_x_px=900.0, left_y_px=500.0)
    samples["time_s"][1000:] += 3.0
    samples["left_x_px"][1000:] = 1200.0
    events = detect(samples, SCREEN)
    fixations = of(events, EventKind.FIXATION)
    assert len(fixations) == 2
    assert fixations["duration_s"].max() <= 2.0 + 1e-6
    assert of(events, EventKind.UNDEFINED)["duration_s"][0] >= 3.0


def test_microsaccades_are_events_where_nothing_is_merged():
    random = np.random.default_rng(0)
    time_s = np.arange(600) / 1000
    x_deg = 0.4 / (1 + np.exp(-(time_s - 0.3) / 0.002)) + random.normal(0, 0.01, 600)
    x_px, y_px = SCREEN.deg_to_px(x_deg, random.normal(0, 0.01, 600))
    samples = gaze_samples(time_s, left_x_px=x_px, left_y_px=y_px)
    merged = engbert_kliegl(samples, SCREEN)
    assert len(of(merged, EventKind.SACCADE)) == 0
    for events in (engbert_kliegl(samples, SCREEN, merge_s=0.0), motion(samples, SCREEN)):
        (saccade,) = of(events, EventKind.SACCADE)
        assert saccade["amplitude_deg"] == pytest.approx(0.4, abs=0.07)
        assert saccade["onset_s"] + saccade["duration_s"] / 2 == pytest.approx(0.3, abs=0.008)


@pytest.mark.parametrize("detect", [motion, remodnav], ids=["motion", "remodnav"])
def test_following_a_target_is_pursuit_and_resting_is_not(detect):
    followed = detect(pursuit(8.0), SCREEN)
    time_s = np.sum(of(followed, EventKind.PURSUIT)["duration_s"])
    assert time_s > 1.0
    still = detect(pursuit(0.0), SCREEN)
    assert len(of(still, EventKind.PURSUIT)) == 0
    assert len(of(still, EventKind.FIXATION)) == 1


@pytest.mark.parametrize(
    "detect", [motion, remodnav, nystrom_holmqvist], ids=["motion", "remodnav", "nystrom-holmqvist"]
)
def test_what_swings_after_a_saccade_is_an_oscillation(detect):
    random = np.random.default_rng(0)
    time_s = np.arange(1000) / 500
    x_deg = 6 / (1 + np.exp(-(time_s - 1) / 0.004))
    after = time_s - 1.02
    x_deg += np.where(after > 0, 0.6 * np.exp(-after / 0.012) * np.sin(after * 2 * np.pi * 40), 0)
    noise = random.normal(0, 0.01, (2, 1000))
    x_px, y_px = SCREEN.deg_to_px(x_deg + noise[0], noise[1])
    events = detect(gaze_samples(time_s, left_x_px=x_px, left_y_px=y_px), SCREEN)
    (saccade,), oscillations = of(events, EventKind.SACCADE), of(events, EventKind.PSO)
    assert len(oscillations) >= 1
    end_s = saccade["onset_s"] + saccade["duration_s"]
    assert oscillations["onset_s"][0] == pytest.approx(end_s, abs=0.01)
    assert len(of(events, EventKind.FIXATION)) == 2


def test_what_is_faster_than_any_eye_is_no_saccade():
    made = scanpath(seed=2, n=3, rate_hz=500)
    place = np.searchsorted(made.samples["time_s"], made.onsets_s[1] + 0.07)
    made.samples["left_x_px"][place] += 1200
    events = nystrom_holmqvist(made.samples, SCREEN)
    saccades = of(events, EventKind.SACCADE)
    assert np.nanmax(saccades["peak_velocity_deg_s"]) < 1000


def test_every_parameter_is_a_number_in_seconds_degrees_or_without_unit():
    for detect in DETECTORS.values():
        for name, value in parameters_of(detect).items():
            assert isinstance(value, float | bool), name
