"""What every detector must do, and what each does of its own."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_gaze import SCREEN, scanpath

from foveola.data_schema import FIXATION_DTYPE, Eye, FoveolaError, fixations_of, gaze_samples
from foveola.fixation_maps.detectors import (
    DETECTORS,
    detector_of,
    parameters_of,
    parse_parameters,
)
from foveola.fixation_maps.engbert_kliegl import engbert_kliegl
from foveola.fixation_maps.ivt import ivt

#: Detectors whose borders are soft by nature: I-DT's field takes in the ends of saccades, and the
#: smoothing of Nystrom and Holmqvist leaves a glissade behind the fastest of them.
SOFT = ("idt", "nystrom-holmqvist", "remodnav", "i2mc")


def fixations_by(detect):
    def fixations(*arguments, **settings):
        return fixations_of(detect(*arguments, **settings))

    fixations.soft = detect in [DETECTORS[name] for name in SOFT]
    return fixations


MERGING = pytest.mark.parametrize(
    "detect", [fixations_by(DETECTORS[name]) for name in ("ivt", "engbert-kliegl")]
)
EACH = pytest.mark.parametrize(
    "detect", [fixations_by(detect) for detect in DETECTORS.values()], ids=DETECTORS.keys()
)


def agree(found, made, *, soft=False, place_deg=0.1, time_s=0.006):
    """Whether every true fixation was found, once, where and when it was."""
    if soft:
        place_deg, time_s = 0.3, 0.06
    assert len(found) == len(made.onsets_s)
    apart = SCREEN.angle_deg(found["x_px"], found["y_px"], *made.places_px.T)
    assert apart.max() < place_deg
    assert np.abs(found["onset_s"] - made.onsets_s).max() < time_s
    assert np.abs(found["duration_s"] - made.durations_s).max() < 2 * time_s


@EACH
@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0, 2000.0])
@pytest.mark.parametrize("eyes", ["right", "both"])
def test_every_fixation_is_found_at_every_rate(detect, rate_hz, eyes):
    made = scanpath(seed=3, rate_hz=rate_hz, eyes=eyes)
    found = detect(made.samples, SCREEN)
    assert found.dtype == FIXATION_DTYPE
    agree(found, made, soft=detect.soft, time_s=max(0.007, 2 / rate_hz))
    assert set(found["eye"]) == {Eye.RIGHT if eyes == "right" else Eye.BOTH}
    assert found["dispersion_deg"].max() < (0.2 if detect.soft else 0.1)


@EACH
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10000))
def test_every_fixation_is_found_whatever_the_path(detect, seed):
    made = scanpath(seed=seed, n=8, rate_hz=500)
    agree(detect(made.samples, SCREEN), made, soft=detect.soft, time_s=0.008)


@EACH
def test_gaze_without_any_noise_has_its_fixations(detect):
    made = scanpath(seed=1, noise_deg=0.0)
    agree(detect(made.samples, SCREEN), made, soft=detect.soft, time_s=0.009)


@EACH
def test_a_constant_gaze_is_one_fixation(detect):
    samples = gaze_samples(np.arange(1000) / 1000, left_x_px=900.0, left_y_px=500.0)
    found = detect(samples, SCREEN)
    assert found["duration_s"].tolist() == [pytest.approx(1.0)]
    assert (found["x_px"][0], found["dispersion_deg"][0]) == (900.0, pytest.approx(0, abs=1e-6))


@MERGING
def test_a_microsaccade_does_not_split_a_fixation(detect):
    random = np.random.default_rng(0)
    time_s = np.arange(600) / 1000
    x_deg = 0.4 / (1 + np.exp(-(time_s - 0.3) / 0.002)) + random.normal(0, 0.01, 600)
    x_px, y_px = SCREEN.deg_to_px(x_deg, random.normal(0, 0.01, 600))
    samples = gaze_samples(time_s, left_x_px=x_px, left_y_px=y_px)
    assert len(detect(samples, SCREEN)) == 1
    assert len(fixations_by(partial(engbert_kliegl, merge_deg=0.1))(samples, SCREEN)) == 2


@EACH
def test_a_short_loss_does_not_split_a_fixation_and_a_blink_does(detect):
    def with_loss(end):
        samples = gaze_samples(np.arange(1000) / 1000, left_x_px=900.0, left_y_px=500.0)
        samples["left_x_px"][400:end] = np.nan
        return detect(samples, SCREEN, blink_margin_s=0.05)

    assert len(with_loss(430)) == 1
    blinked = with_loss(600)
    assert len(blinked) == 2
    assert blinked["onset_s"][1] == pytest.approx(0.65)
    assert blinked["duration_s"][0] == pytest.approx(0.35)


@EACH
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_fixations_are_made_of_gaze_that_was_there(detect, data):
    made = scanpath(seed=data.draw(st.integers(0, 50)), n=5, rate_hz=500)
    samples = made.samples
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(samples) - 1))
        samples["left_x_px"][start : start + data.draw(st.integers(1, 200))] = np.nan
    found = detect(samples, SCREEN, min_duration_s=0.06)
    ends = found["onset_s"] + found["duration_s"]
    assert (found["onset_s"][1:] >= ends[:-1] - 1e-9).all()
    for one, end in zip(found, ends, strict=True):
        first, last = np.searchsorted(samples["time_s"], [one["onset_s"], end - 0.001])
        x_px = samples["left_x_px"][first:last]
        assert np.isfinite([x_px[0], x_px[-1]]).all()
        assert np.nanmin(x_px) - 1e-9 <= one["x_px"] <= np.nanmax(x_px) + 1e-9
        lost = np.isnan(x_px)
        assert lost.mean() < 0.9
        assert one["duration_s"] >= 0.06 - 1e-6


@EACH
@pytest.mark.parametrize("n", [0, 1, 2, 500])
def test_lost_gaze_alone_gives_no_fixation_and_no_warning(detect, n):
    assert len(detect(gaze_samples(np.arange(n) / 500), SCREEN)) == 0


@EACH
def test_the_samples_are_left_as_they_were(detect):
    samples = scanpath(n=3).samples
    before = samples.tobytes()
    detect(samples, SCREEN)
    assert samples.tobytes() == before


@EACH
def test_what_is_shorter_than_the_minimum_is_left_out(detect):
    made = scanpath(seed=2, durations_s=(0.1, 0.3))
    found = detect(made.samples, SCREEN, min_duration_s=0.2)
    assert (found["duration_s"] >= 0.2 - 1e-6).all()
    if not detect.soft:
        assert len(found) == np.count_nonzero(made.durations_s >= 0.2)


def test_ivts_threshold_is_an_angular_velocity():
    x_px, y_px = SCREEN.deg_to_px(np.arange(500) / 1000 * 20 - 5, np.zeros(500))
    pursuit = gaze_samples(np.arange(500) / 1000, left_x_px=x_px, left_y_px=y_px)
    assert len(fixations_by(ivt)(pursuit, SCREEN, velocity_threshold_deg_s=20.1)) == 1
    assert len(fixations_by(ivt)(pursuit, SCREEN, velocity_threshold_deg_s=19.9)) == 0


def test_engbert_and_kliegls_threshold_follows_the_noise():
    quiet, noisy = (scanpath(seed=4, noise_deg=noise) for noise in (0.01, 0.15))
    assert len(fixations_by(engbert_kliegl)(quiet.samples, SCREEN)) == 12
    assert len(fixations_by(engbert_kliegl)(noisy.samples, SCREEN)) == 12


def test_a_saccade_of_one_eye_alone_does_not_count_with_both_eyes():
    made = scanpath(seed=5, n=3, eyes="both")
    still = int(np.searchsorted(made.samples["time_s"], made.onsets_s[1] + 0.06))
    made.samples["left_x_px"][still : still + 15] += 100
    found = fixations_by(engbert_kliegl)(made.samples, SCREEN, binocular=True, merge_s=0.0)
    alone = fixations_by(engbert_kliegl)(made.samples, SCREEN, merge_s=0.0, min_duration_s=0.01)
    assert len(found) == 3
    assert len(alone) > 3


def test_with_one_eye_lost_the_other_one_counts():
    made = scanpath(seed=6, eyes="both")
    third = len(made.samples) // 3
    made.samples["left_y_px"][third : 2 * third] = np.nan
    agree(fixations_by(engbert_kliegl)(made.samples, SCREEN, binocular=True), made)
    mono = scanpath(seed=6, eyes="right")
    agree(fixations_by(engbert_kliegl)(mono.samples, SCREEN, binocular=True), mono)


def test_parameters_are_set_by_name():
    detect = detector_of("ivt", {"merge_deg": 0.7})
    assert parameters_of(detect) == parameters_of(ivt) | {"merge_deg": 0.7}
    assert parse_parameters([" merge_deg = 0.7", "binocular=True"]) == {
        "merge_deg": 0.7,
        "binocular": True,
    }


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: detector_of("iht"), r"'iht'.*ivt, idt, engbert-kliegl"),
        (lambda: detector_of("ivt", {"merge": 1}), r"'merge'.*merge_deg"),
        (lambda: parse_parameters(["merge_deg"]), r"'merge_deg' sets no.*merge_deg=0\.5"),
        (lambda: parse_parameters(["merge_deg=wide"]), r"merge_deg=wide"),
    ],
)
def test_what_can_not_be_is_named_with_what_can(call, message):
    with pytest.raises(FoveolaError, match=message):
        call()
