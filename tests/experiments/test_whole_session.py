"""A whole session in a real window, from the form to its end, with all that can come between."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from driven_session import ABORTED_IN, ACCEPTED_BECAUSE, PAUSED_IN, REDONE
from PIL import Image

from foveola.data_schema import Calibration, Recording, read_recording, sha256_of
from foveola.experiments import (
    ExperimentSettings,
    load_settings,
    schedule,
    session_files,
)
from foveola.experiments.observer_ids import with_check_digit
from foveola.experiments.targets import on_pixels
from foveola.fixation_maps.recordings import fixations_from_recordings
from foveola.tracking import validation_targets

pytest.importorskip("psychopy")
pytestmark = [
    pytest.mark.window,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("Xvfb") is None or shutil.which("xdotool") is None, reason="no Xvfb, xdotool"
    ),
]

PROGRAM = Path(__file__).parents[1] / "driven_session.py"
OBSERVER = with_check_digit("P01")
#: Thresholds that no calibration stays below.
EXPERIMENT = """\
name = "whole"
stimuli = "images"
seed = 7
duration_s = 1.4
fixation_cross_s = 0.3
window = "windowed"
observer_ids = "checked"
observer_form = true
instructions = [
    "Thank you for coming. You will see seven photographs.",
    "Look at each photograph as you like.\\nBefore each one, look at the cross in the middle.",
]

[screen]
width_px = 1280
height_px = 720
width_cm = 53.1
height_cm = 29.9
distance_cm = 60.0

[calibration]
layout = "HV5"
shrink_s = 0.1
settle_s = 0.3
collect_s = 0.25
max_mean_error_deg = 0.05
max_error_deg = 0.1

[drift_check]
every_trials = 2

[tracker.simulated]
sampling_rate_hz = 500
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ExperimentSettings:
    """The experiment, after its session."""
    folder = tmp_path_factory.mktemp("whole")
    make_images(folder / "images")
    path = folder / "experiment.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    command = [sys.executable, str(PROGRAM), str(path), OBSERVER, str(folder / "screens")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return load_settings(path)


def make_images(folder: Path) -> None:
    folder.mkdir()
    generator = np.random.default_rng(1)
    for number, size in enumerate([(1024, 768), (768, 1024), (1280, 720)] * 2 + [(640, 480)]):
        coarse = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        image.save(folder / f"{number}.png")


@pytest.fixture(scope="module")
def parts(settings: ExperimentSettings) -> tuple[Recording, Recording]:
    first, second = (session_files(settings, OBSERVER, part=part) for part in (1, 2))
    return read_recording(first.recording), read_recording(second.recording)


Parts = tuple[Recording, Recording]


def texts(recording: Recording) -> list[str]:
    return [message.text for message in recording.messages]


def of_kind(recording: Recording, kind: str) -> list[Calibration]:
    return [one for one in recording.calibrations if one.kind == kind]


def test_every_image_is_shown_once_in_its_order(settings: ExperimentSettings, parts: Parts) -> None:
    planned = schedule(settings, OBSERVER, relative_to=Path(settings.data_folder))
    shown = [trial for part in parts for trial in part.trials]
    assert len(planned) == 7
    assert [trial.index for trial in shown] == list(range(7))
    assert [trial.stimulus for trial in shown] == [trial.stimulus.id for trial in planned]
    assert [len(part.trials) for part in parts] == [ABORTED_IN + 1, 6 - ABORTED_IN]
    statuses = {trial.index: trial.status for trial in shown}
    assert [index for index in statuses if statuses[index] != "complete"] == [ABORTED_IN]
    assert statuses[ABORTED_IN] == "interrupted"
    for part in parts:
        ends = [(trial.onset_s, trial.offset_s) for trial in part.trials]
        assert np.isin(ends, part.flips_s).all()


def test_the_form_is_asked_once_and_kept(parts: Parts) -> None:
    for part in parts:
        observer = part.observer
        assert observer.id == OBSERVER
        assert (observer.vision, observer.dominant_eye) == ("glasses", "left")
        consents = observer.consent_record, observer.consent_share, observer.consent_share_raw
        assert consents == (True, True, False)


def test_the_redone_point_is_flagged(settings: ExperimentSettings, parts: Parts) -> None:
    x_px, y_px = on_pixels(validation_targets("HV5", settings.screen)[REDONE - 1])
    accepted = next(one for one in of_kind(parts[0], "validation") if one.accepted)
    redone = [point for point in accepted.points if point.redone]
    assert {point.eye for point in redone} == {"left", "right"}
    assert {(point.target_x_px, point.target_y_px) for point in redone} == {(x_px, y_px)}
    held = {(point.target_x_px, point.target_y_px) for point in accepted.holding}
    assert len(held) == 4  # it was measured again
    replaced = of_kind(parts[0], "validation")[0]
    assert (replaced.accepted, replaced.reason) == (False, f"target {REDONE} was redone")


def test_reasons_are_kept(settings: ExperimentSettings, parts: Parts) -> None:
    accepted = [one for part in parts for one in of_kind(part, "validation") if one.accepted]
    assert tuple(one.reason for one in accepted) == ACCEPTED_BECAUSE
    for one in accepted:
        assert one.mean_error_deg() > settings.calibration.max_mean_error_deg


def test_drift_that_is_too_large_is_followed_by_a_calibration(parts: Parts) -> None:
    checks = of_kind(parts[0], "drift_check")
    # Twice before trial 2, as the observer slipped; once after the pause, though trial 4 was due.
    assert [one.accepted for one in checks] == [False, False, True]
    assert [one.max_error_deg() > 1 for one in checks] == [True, True, False]
    trials = parts[0].trials
    failed, passed = [one.time_s for one in checks[:2]], checks[2].time_s
    assert trials[1].offset_s < min(failed) < max(failed) < trials[2].onset_s
    assert trials[PAUSED_IN].offset_s < passed < trials[ABORTED_IN].onset_s
    anew = [one.time_s for one in of_kind(parts[0], "calibration") if one.accepted]
    assert len(anew) == 2
    assert failed[-1] < anew[-1] < trials[2].onset_s
    # Before trial 6 alone.
    assert [one.accepted for one in of_kind(parts[1], "drift_check")] == [True]


def test_the_pause_and_the_end_are_told(parts: Parts) -> None:
    said = texts(parts[0])
    wanted = [
        f"TRIALID {PAUSED_IN}",
        "OPERATOR asked: pause",
        "OPERATOR pause",
        f"TRIALID {ABORTED_IN}",
        "ESCAPE asked",
        "ESCAPE confirmed",
    ]
    assert [text for text in said if text in wanted] == wanted
    assert said.count("TRIAL_RESULT 1") == 1
    assert not {"OPERATOR pause", "ESCAPE asked"} & set(texts(parts[1]))


def test_no_sample_is_missing_and_the_journals_stay(
    settings: ExperimentSettings, parts: Parts
) -> None:
    for number, part in enumerate(parts, 1):
        assert np.allclose(np.diff(part.samples["device_time_s"]), 1 / 500, atol=1e-9)
        assert session_files(settings, OBSERVER, part=number).journal.stat().st_size > 100_000
    first = session_files(settings, OBSERVER).journal
    inputs = {one.name: one.sha256 for one in parts[1].provenance.inputs}
    assert inputs[first.name] == sha256_of(first)
    begun = parts[1].provenance.parameters["session"]
    assert (begun["part"], begun["first_trial"]) == (2, ABORTED_IN + 1)


def test_fixations_take_both_parts(settings: ExperimentSettings, parts: Parts) -> None:
    files = [session_files(settings, OBSERVER, part=part).recording for part in (1, 2)]
    found = fixations_from_recordings(files)
    assert found.observers == (OBSERVER,)
    seen = {found.stimuli[i].id for i in np.unique(found.table["stimulus"])}
    complete = {one.stimulus for part in parts for one in part.trials if one.status == "complete"}
    assert seen == complete
    keys = found.table[["stimulus", "observer", "order"]].tolist()
    assert len(set(keys)) == len(keys)


def test_every_kind_of_screen_was_seen(settings: ExperimentSettings) -> None:
    folder = Path(settings.data_folder).parent / "screens"
    pictures = {path.stem.partition("_")[2]: path for path in sorted(folder.iterdir())}
    assert set(pictures) >= {
        "before_we_begin",
        "welcome",
        "instructions",
        "target",
        "validation_result",
        "reason",
        "reason_in_own_words",
        "we_calibrate_again",
        "pause",
        *(f"trial_{index}" for index in range(7)),
        "end_the_session_",
        "welcome_back",
        "thank_you",
    }
    for path in pictures.values():
        with Image.open(path) as image:
            assert image.size == (settings.screen.width_px, settings.screen.height_px)
