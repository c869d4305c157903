import json

import numpy as np
import pytest
from made_gaze import SCREEN, scanpath
from made_recordings import recording_of

from foveola.data_schema import (
    Block,
    Calibration,
    ClockFit,
    ClockJump,
    TargetError,
    write_recording,
)
from foveola.fixation_maps.gaze_quality import quality_of
from foveola.fixation_maps.gaze_quality_files import report_quality, words_of
from foveola.fixation_maps.ivt import ivt
from foveola.fixation_maps.main_sequence import main_sequence
from foveola.fixation_maps.quality_grade import limits_of

SEEN = {"eye": "left", "gaze_y_px": 100}
POINTS = (
    TargetError(target_x_px=960, target_y_px=100, gaze_x_px=970, error_deg=0.26, **SEEN),
    TargetError(target_x_px=200, target_y_px=100, gaze_x_px=230, error_deg=0.7, **SEEN),
    TargetError(target_x_px=1700, target_y_px=100, eye="left", gaze_x_px=1710, error_deg=0.48),
)


def grades(found):
    return {check.name: check.grade for check in found.checks}


def recording(**changes):
    made = scanpath(seed=3, n=25, noise_deg=0.03, eyes="both", start_s=10.0)
    validation = Calibration(
        time_s=1.0, kind="validation", layout="HV9", accepted=True, points=POINTS
    )
    older = validation.model_copy(update={"points": POINTS[:1]})
    settings = {
        "samples": made.samples,
        "calibrations": (older, validation),
        "trials": (),
        "clock": ClockFit(offset_s=2.0, drift_ppm=5.0, residual_s=1e-4, pairs=20),
    }
    return recording_of(**(settings | changes))[0]


def test_the_accepted_validation_counts_without_points_measured_again():
    kept = recording().calibrations[1]
    points = (POINTS[0].model_copy(update={"redone": True}), *POINTS[:2])
    chosen = kept.model_copy(update={"points": points})
    later = kept.model_copy(update={"time_s": 9.0, "accepted": False})
    assert quality_of(recording(calibrations=(chosen, later)), ivt).targets == POINTS[:2]


def test_measures_are_those_of_what_was_made():
    found = quality_of(recording(), ivt)
    made = recording().samples
    assert found.samples == len(made)
    assert found.duration_s == pytest.approx(len(made) / 1000)
    assert [eye.eye for eye in found.eyes] == ["left", "right"]
    for eye in found.eyes:
        assert eye.loss_by_validity == 0
        assert eye.loss_by_count == pytest.approx(0, abs=1e-9)
        assert eye.effective_rate_hz == pytest.approx(1000)
        # Of independent noise on two axes, RMS-S2S is twice the noise, and STD root two times.
        assert eye.rms_s2s_deg == pytest.approx(0.06, rel=0.1)
        assert eye.std_deg == pytest.approx(0.03 * np.sqrt(2), rel=0.25)
        # The ellipse of P = 0.68 has 2.279 pi sigma squared.
        assert eye.bcea_deg2 == pytest.approx(2.279 * np.pi * 0.03**2, rel=0.3)
    assert found.targets == POINTS
    assert found.gaps_s.tolist() == []
    assert found.sequence.saccades == 24
    assert found.sequence.explained > 0.9
    assert found.rate_hz == pytest.approx(1000)
    assert (found.grade, found.verdict) == ("good", "Good: all 6 checks are good.")
    assert grades(found) == dict.fromkeys(
        ("Accuracy", "Precision", "Data loss", "Sampling rate", "Gaps", "Clocks"), "good"
    ) | {"Screen": "unknown", "Trials": "unknown"}


def test_losses_and_gaps_are_told_apart_and_add_up():
    samples = recording().samples.copy()
    samples["left_x_px"][1000:1300] = np.nan
    kept = np.delete(samples, slice(2000, 2400))
    found = quality_of(recording(samples=kept), ivt)
    left, right = found.eyes
    total = len(samples)
    assert left.loss_by_validity == pytest.approx(300 / (total - 400))
    assert left.loss_by_count == pytest.approx(700 / total)
    assert right.loss_by_validity == 0
    assert right.loss_by_count == pytest.approx(400 / total)
    assert left.losses_s == pytest.approx([0.3])
    assert found.gaps_s == pytest.approx([0.4])
    assert found.verdict.startswith("Fair: data loss fair (")
    assert "; gaps fair (the longest lasts 0.400 s)" in found.verdict


def test_time_between_blocks_is_no_loss():
    samples = recording().samples.copy()
    half = len(samples) // 2
    samples["time_s"][half:] += 60.0
    times = samples["time_s"]
    blocks = tuple(
        Block(start_s=times[first], end_s=times[last], sampling_rate_hz=1000, eyes="both")
        for first, last in ((0, half - 1), (half, -1))
    )
    found = quality_of(recording(samples=samples, blocks=blocks), ivt)
    assert found.duration_s == pytest.approx(len(samples) / 1000)
    assert found.gaps_s.tolist() == []
    assert found.eyes[0].loss_by_count == pytest.approx(0, abs=1e-9)


def test_limits_are_the_users():
    found = quality_of(recording(), ivt, limits=limits_of({"accuracy_deg": 0.4}))
    assert grades(found)["Accuracy"] == "fair"
    assert "accuracy fair (mean 0.42°, largest 0.70°)" in found.verdict
    assert found.checks[0].limits.startswith(
        "good: mean < 0.4° and largest < 1.5°; fair: at most 0.6°"
    )


def test_what_is_unknown_is_said_and_not_judged():
    found = quality_of(recording(calibrations=(), clock=ClockFit()), ivt)
    assert grades(found)["Accuracy"] == grades(found)["Clocks"] == "unknown"
    assert (found.grade, found.verdict) == (
        "unknown", "No grade: 4 checks are good, but no validation is known.",
    )  # fmt: skip
    empty = quality_of(recording(samples=recording().samples[:0], calibrations=()), ivt)
    assert empty.verdict.startswith("Nothing could be graded")
    assert set(grades(empty).values()) - {"good"} == {"unknown"}


def test_the_accepted_validation_counts_not_the_last():
    accepted = recording().calibrations[1]
    later = accepted.model_copy(update={"accepted": False, "points": POINTS[1:2]})
    found = quality_of(recording(calibrations=(accepted, later)), ivt)
    assert found.targets == POINTS
    assert quality_of(recording(calibrations=(later,)), ivt).targets == POINTS[1:2]


def test_jumps_of_the_clock_are_told():
    jump = ClockJump(time_s=12.0, size_s=-0.25)
    found = quality_of(recording(clock=ClockFit(residual_s=1e-4, pairs=9, jumps=(jump,))), ivt)
    clocks = next(check for check in found.checks if check.name == "Clocks")
    assert clocks.found.endswith("the tracker's clock fell back by 250.00 ms shortly before 12.0 s")


def test_the_report_is_json_words_and_a_figure(tmp_path):
    path = tmp_path / "a.h5"
    write_recording(path, recording())
    found, files = report_quality(path, ivt, tmp_path / "out", detector="ivt")
    text, figure = files
    assert [file.name for file in files] == ["a.quality.json", "a.quality.png"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    content = json.loads(text.read_text())
    assert content["verdict"] == found.verdict
    assert content["eyes"][0]["rms_s2s_deg"] == found.eyes[0].rms_s2s_deg
    assert content["targets"][2]["rms_s2s_deg"] is None
    assert content["grade"] == "good"
    assert [check["grade"] for check in content["checks"]][:2] == ["good", "good"]
    assert content["events"]["saccade"] == 24
    assert content["provenance"]["parameters"]["detector"] == "ivt"
    words = words_of(found)
    assert "  good    accuracy: mean 0.42°, largest 0.70° (good: mean < 1° and" in words
    assert "target (200, 100) px, left: 0.70 deg" in words
    assert "offset 2.000000 s, drift 5.00 ppm, residual 100 us, 20 pairs" in words
    assert report_quality(path, ivt)[1] == []


@pytest.mark.parametrize("changes", [{"calibrations": ()}, {"samples": recording().samples[:300]}])
def test_a_figure_of_little_is_still_drawn(tmp_path, changes):
    path = tmp_path / "a.h5"
    write_recording(path, recording(**changes))
    found, files = report_quality(path, ivt, tmp_path)
    assert files[1].exists()
    assert "main sequence" in words_of(found)


def test_few_saccades_do_not_make_a_main_sequence():
    events = ivt(scanpath(n=4).samples, SCREEN)
    assert main_sequence(events).saccades == 3
    assert np.isnan(main_sequence(events).limit_deg_s)
