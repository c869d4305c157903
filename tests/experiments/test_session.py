from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_experiment import SIZES_PX, make_images, write_experiment
from made_stages import SilentTracker

from foveola.data_schema import (
    ClockFit,
    ClockJump,
    FileFormatError,
    FoveolaError,
    Recording,
    read_recording,
    read_truth,
)
from foveola.experiments import (
    TRACKERS,
    ExperimentSettings,
    load_settings,
    run_session,
    session_files,
    session_summary,
)
from foveola.tracking import Capabilities, SimulatedTracker, finalise

Write = Callable[..., Path]


@pytest.fixture
def settings(write_toml: Write) -> ExperimentSettings:
    return load_settings(write_toml())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole session, run once for the tests that only read it."""
    folder = tmp_path_factory.mktemp("whole")
    make_images(folder / "images")
    path = write_experiment(folder, add="\n[drift_check]\nevery_trials = 2\n")
    return run_session(load_settings(path), "01", display="virtual")


def texts(recording: Recording) -> list[str]:
    return [message.text for message in recording.messages]


def test_every_image_is_shown_once_in_the_seeded_order(whole: Path) -> None:
    recording = read_recording(whole)
    assert sorted(trial.stimulus for trial in recording.trials) == sorted(SIZES_PX)
    assert [trial.index for trial in recording.trials] == [0, 1, 2, 3]
    assert {trial.status for trial in recording.trials} == {"complete"}
    assert [stimulus.id for stimulus in recording.stimuli] == [
        trial.stimulus for trial in recording.trials
    ]


def test_images_last_as_long_as_the_settings_say(whole: Path) -> None:
    recording = read_recording(whole)
    for trial in recording.trials:
        assert trial.offset_s - trial.onset_s == pytest.approx(0.5, abs=1e-9)
        assert np.isclose(recording.flips_s, trial.onset_s).any()
        assert np.isclose(recording.flips_s, trial.offset_s).any()


def test_the_image_rectangle_is_kept(whole: Path) -> None:
    recording = read_recording(whole)
    by_name = {trial.stimulus: trial for trial in recording.trials}
    small, wide = by_name["a.png"], by_name["d.png"]
    assert (small.image_left_px, small.image_top_px, small.image_scale) == (160, 120, 1)
    assert (wide.image_left_px, wide.image_top_px) == (0, 133)
    assert wide.image_scale == pytest.approx(640 / 900)


def test_no_sample_is_lost(whole: Path) -> None:
    recording = read_recording(whole)
    device_s = recording.samples["device_time_s"]
    assert np.allclose(np.diff(device_s), 1 / 500, atol=1e-9)
    assert recording.samples["time_s"][0] < 0.02
    assert recording.samples["time_s"][-1] > recording.flips_s[-1] - 0.01


def test_messages_are_those_of_data_viewer(whole: Path) -> None:
    recording = read_recording(whole)
    found = texts(recording)
    assert found[0] == "DISPLAY_COORDS 0 0 639 479"
    assert [text for text in found if text.startswith("TRIALID")] == [
        f"TRIALID {i}" for i in range(4)
    ]
    assert "!V IMGLOAD CENTER ../images/a.png 320 240 320 240" in found
    assert "!V IMGLOAD CENTER ../images/d.png 320 240 640 213" in found
    assert found.count("TRIAL_RESULT 0") == 4
    at = {message.text: message.time_s for message in recording.messages}
    assert [at[f"TRIALID {trial.index}"] for trial in recording.trials] == [
        trial.onset_s for trial in recording.trials
    ]


def test_calibration_validation_and_drift_checks_are_kept(whole: Path) -> None:
    kinds = [one.kind for one in read_recording(whole).calibrations if one.accepted]
    assert kinds[:2] == ["calibration", "validation"]
    assert kinds.count("drift_check") == 1


def test_provenance_says_how_and_holds_no_folder(whole: Path) -> None:
    recording = read_recording(whole)
    kept = recording.provenance
    assert kept.seed == 7
    assert kept.parameters["experiment"]["calibration"]["layout"] == "HV5"
    assert kept.parameters["display"] == "virtual"
    assert {"python", "numpy"} <= set(kept.versions)
    assert str(whole.parent) not in json.dumps(kept.model_dump(mode="json"))
    assert recording.screen.refresh_hz == 60
    assert recording.tracker.simulated


def test_the_truth_is_written_beside(whole: Path) -> None:
    truth = read_truth(whole.with_name("small_01.truth.h5"))
    recording = read_recording(whole)
    assert {one.id for one in truth.stimuli} == {one.id for one in recording.stimuli}
    assert truth.events["onset_s"][0] <= recording.trials[0].onset_s
    assert truth.events["onset_s"][-1] > recording.trials[-1].onset_s


def test_the_observer_looked_at_what_was_shown(whole: Path) -> None:
    recording = read_recording(whole)
    for trial in recording.trials:
        stimulus = recording.stimulus(trial.stimulus)
        assert stimulus is not None
        late = recording.samples_between(trial.onset_s + 0.3, trial.offset_s)
        x = (late["left_x_px"] - trial.image_left_px) / trial.image_scale
        y = (late["left_y_px"] - trial.image_top_px) / trial.image_scale
        seen = np.isfinite(x)
        on = (x > -20) & (x < stimulus.width_px + 20) & (y > -20) & (y < stimulus.height_px + 20)
        assert np.mean(on[seen]) > 0.95


def test_the_summary_is_true(whole: Path) -> None:
    recording = read_recording(whole)
    rows = session_summary(recording)
    assert rows["Observer"] == "01"
    assert rows["Trials"] == "4 complete"
    assert rows["Samples"] == f"{len(recording.samples):,}"
    assert rows["Rate"].startswith("500.0 Hz over ")
    assert rows["Loss"].endswith("%")
    assert "simulated: no eye was tracked" in rows["Tracker"]
    assert rows["Accuracy"].startswith("mean 0.")
    assert rows["Flips"] == f"{len(recording.flips_s):,} at 60.0 Hz, 0 late during trials"
    assert "Clock" not in rows
    jump = ClockJump(time_s=3.0, size_s=0.5)
    jumped = replace(recording, clock=ClockFit(jumps=(jump,)))
    assert session_summary(jumped)["Clock"] == jump.words()


def test_the_same_seed_gives_the_same_recording(settings: ExperimentSettings, whole: Path) -> None:
    again = settings.model_copy(
        update={"drift_check": settings.drift_check.model_copy(update={"every_trials": 2})}
    )
    one, other = read_recording(whole), read_recording(run_session(again, "01", display="virtual"))
    assert np.array_equal(one.samples.view("u1"), other.samples.view("u1"))
    assert one.trials == other.trials
    assert one.messages == other.messages


def test_another_observer_sees_another_order_and_looks_elsewhere(
    settings: ExperimentSettings, whole: Path
) -> None:
    orders = {tuple(trial.stimulus for trial in read_recording(whole).trials)}
    for name in ("02", "03", "04"):
        recording = read_recording(run_session(settings, name, display="virtual"))
        orders.add(tuple(trial.stimulus for trial in recording.trials))
    assert len(orders) > 1


def test_progress_is_told(settings: ExperimentSettings) -> None:
    told: list[tuple[int, int, str]] = []
    run_session(settings, "01", display="virtual", on_progress=lambda *step: told.append(step))
    assert told[0] == (0, 5, "instructions")
    assert told[1] == (0, 5, "calibration")
    assert [done for done, _, _ in told[2:]] == [1, 2, 3, 4, 5]
    assert told[-1] == (5, 5, "done")


def test_escape_keeps_everything_and_marks_the_trial(settings: ExperimentSettings) -> None:
    # Instructions until 0.5 s; 9 targets of 0.9 s; the result for 2 s; the cross for 0.2 s.
    presses = [(0.5, "space"), (11.1, "escape"), (11.5, "y")]
    told: list[str] = []
    path = run_session(
        settings,
        "01",
        display="virtual",
        presses=presses,
        on_progress=lambda _done, _all, text: told.append(text),
    )
    recording = read_recording(path)
    assert [trial.status for trial in recording.trials] == ["interrupted"]
    assert recording.trials[0].offset_s == pytest.approx(11.1, abs=0.05)
    assert {"ESCAPE asked", "ESCAPE confirmed", "TRIAL_RESULT 1"} <= set(texts(recording))
    assert told[-1] == "ended by the Escape key"
    assert recording.samples["time_s"][-1] > 11.4
    assert session_summary(recording)["Trials"] == "0 complete, 1 interrupted"


def test_escape_declined_goes_on_with_the_next_image(settings: ExperimentSettings) -> None:
    presses = [(0.5, "space"), (11.1, "escape"), (11.5, "n"), (60.0, "space")]
    recording = read_recording(run_session(settings, "01", display="virtual", presses=presses))
    assert [trial.status for trial in recording.trials] == ["interrupted"] + ["complete"] * 3
    assert len({trial.stimulus for trial in recording.trials}) == 4
    assert recording.flips_s[-1] >= 60.0


def test_a_failed_drift_check_calibrates_again(write_toml: Write) -> None:
    path = write_toml(add="\n[drift_check]\nevery_trials = 2\nmax_error_deg = 0.001\n")
    recording = read_recording(run_session(load_settings(path), "01", display="virtual"))
    kinds = [one.kind for one in recording.calibrations]
    first = kinds.index("drift_check")
    assert kinds[first : first + 3] == ["drift_check", "drift_check", "calibration"]
    assert [trial.status for trial in recording.trials] == ["complete"] * 4


def test_without_a_cross_the_image_comes_at_once(write_toml: Write) -> None:
    path = write_toml({"fixation_cross_s = 0.2": "fixation_cross_s = 0"})
    recording = read_recording(run_session(load_settings(path), "01", display="virtual"))
    gaps_s = [
        b.onset_s - a.offset_s for a, b in zip(recording.trials, recording.trials[1:], strict=False)
    ]
    assert np.allclose(gaps_s, 1 / 60)


def test_nothing_is_ever_overwritten(settings: ExperimentSettings) -> None:
    path = run_session(settings, "01", display="virtual")
    before = path.read_bytes()
    with pytest.raises(FoveolaError, match=r"small_01\.h5 exists and is never overwritten"):
        run_session(settings, "01", display="virtual")
    assert path.read_bytes() == before
    second = run_session(settings, "01", display="virtual", session="2")
    assert second.name == "small_01_2.h5"
    assert read_recording(second).observer.session == "2"


def test_a_session_that_was_cut_off_is_named(settings: ExperimentSettings) -> None:
    files = session_files(settings, "01")
    files.journal.parent.mkdir()
    files.journal.touch()
    with pytest.raises(FoveolaError, match="foveola recover") as caught:
        run_session(settings, "01", display="virtual")
    assert "--session 2" in caught.value.remedy


@pytest.mark.parametrize("name", ["", "a b", "../x", "ü", "a_b", "-x", "x" * 65])
def test_ids_are_words(settings: ExperimentSettings, name: str) -> None:
    with pytest.raises(FoveolaError, match="can't be the id of the observer"):
        session_files(settings, name)


def test_a_data_folder_that_cannot_be_made(settings: ExperimentSettings, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(FoveolaError, match="Set data_folder"):
        run_session(settings, "01", display="virtual")


def test_unknown_trackers_are_named_with_those_there_are(settings: ExperimentSettings) -> None:
    with pytest.raises(FoveolaError, match="no tracker 'eyelnk'. Available: .*eyelink.*simulated"):
        run_session(settings, "01", tracker_name="eyelnk", display="virtual")
    assert not session_files(settings, "01").journal.exists()


def test_only_a_simulated_tracker_runs_faster_than_real_time(
    settings: ExperimentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Real(SimulatedTracker):
        @property
        def capabilities(self) -> Capabilities:
            return Capabilities(sampling_rates_hz=(500.0,), eyes=("both",))

    monkeypatch.setitem(TRACKERS, "real", lambda _settings, clock, seed: Real(None, clock))
    with pytest.raises(FoveolaError, match="Leave out --fast"):
        run_session(settings, "01", tracker_name="real", display="virtual")


def test_a_tracker_that_stays_silent_ends_the_session_and_the_data_are_kept(
    settings: ExperimentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        TRACKERS,
        "silent",
        lambda settings, clock, seed: SilentTracker(settings.tracker.simulated, clock, seed=seed),
    )
    # The calibration is over before it falls silent.
    monkeypatch.setattr(SilentTracker, "until_s", 12.0)
    with pytest.raises(FoveolaError, match="waited 60 s for it. It has delivered no") as caught:
        run_session(settings, "01", tracker_name="silent", display="virtual")
    assert "cable" in caught.value.remedy
    recording = read_recording(session_files(settings, "01").recording)
    assert recording.samples["time_s"][-1] == pytest.approx(12.0, abs=0.01)
    told = [text for text in texts(recording) if text.startswith(("TRACKER", "SESSION"))]
    assert told[0].startswith("TRACKER no samples for 0.2")
    assert told[1].startswith("SESSION waits for the tracker: It has delivered no samples for")


UNPLUGGED = "\n[[tracker.simulated.unplugged]]\nat_s = {}\nfor_s = 3.0\n"


def test_an_unplugged_tracker_is_waited_for_and_its_trial_is_marked(write_toml: Write) -> None:
    settings = load_settings(write_toml(add=UNPLUGGED.format(12.2)))
    recording = read_recording(run_session(settings, "01", display="virtual"))
    assert [trial.status for trial in recording.trials] == ["complete"] * 4
    gaps_s = [trial.longest_gap_s for trial in recording.trials]
    # Two images are shown before a second of silence is over; then the session waits.
    assert gaps_s == pytest.approx([0.5, 0.5, 0.0, 0.0], abs=0.003)
    found = texts(recording)
    assert "TRACKER no data: unplugged at 12.20 s" in found
    assert "TRACKER back after 3.00 s" in found
    assert any(text.startswith("SESSION goes on after") for text in found)
    steps_s = np.diff(recording.samples["device_time_s"])
    assert np.sort(steps_s)[-1] == pytest.approx(3.0, abs=0.003)
    assert np.allclose(np.sort(steps_s)[:-1], 1 / 500, atol=1e-9)


def test_an_attended_session_waits_for_a_key(write_toml: Write) -> None:
    settings = load_settings(write_toml(add=UNPLUGGED.format(11.2)))
    # The first Space comes while the tracker is still away; the second after it is back.
    presses = [(0.5, "space"), (13.5, "space"), (17.0, "space"), (60.0, "space")]
    recording = read_recording(run_session(settings, "01", display="virtual", presses=presses))
    at_s = {message.text.split(" after")[0]: message.time_s for message in recording.messages}
    assert at_s["SESSION goes on"] == pytest.approx(17.0, abs=0.1)
    assert [trial.status for trial in recording.trials] == ["complete"] * 4


def test_a_session_can_be_replayed_as_another_one(
    settings: ExperimentSettings, whole: Path
) -> None:
    # Nobody looks at the targets now: one attempt is enough.
    once = settings.calibration.model_copy(update={"attempts": 1})
    settings = settings.model_copy(update={"calibration": once})
    path = run_session(
        settings, "01", tracker_name=f"replay:{whole}", display="virtual", session="2"
    )
    one, other = read_recording(whole), read_recording(path)
    n = min(len(one.samples), len(other.samples))
    assert n > 5000
    assert np.array_equal(
        one.samples["left_x_px"][:n], other.samples["left_x_px"][:n], equal_nan=True
    )
    assert np.array_equal(one.samples["device_time_s"][:n], other.samples["device_time_s"][:n])
    assert other.tracker.simulated
    assert other.tracker.model.startswith("replay of small_01.h5")
    kept = json.dumps(other.provenance.model_dump(mode="json"))
    assert str(whole.parent) not in kept
    assert other.provenance.parameters["tracker"] == "replay"


def test_a_broken_image_is_found_before_the_session(
    settings: ExperimentSettings, images: Path
) -> None:
    path = images / "b.png"
    path.write_bytes(path.read_bytes()[:2000])  # its header is whole, its pixels are not
    with pytest.raises(FileFormatError, match=r"b\.png"):
        run_session(settings, "01", display="virtual")
    assert not any(file.exists() for file in session_files(settings, "01"))


KILLED = """
import os, signal, sys
from foveola.experiments import TRACKERS, load_settings, run_session
from foveola.tracking import SimulatedTracker

class Killed(SimulatedTracker):
    def message(self, text):
        super().message(text)
        if text == "TRIALID " + sys.argv[2]:
            self.end_s = self._clock() + 1.0

    def read(self):
        if self._clock() > getattr(self, "end_s", float("inf")):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read()

TRACKERS["killed"] = lambda settings, clock, seed: Killed(
    settings.tracker.simulated, clock, seed=seed
)
settings = load_settings(sys.argv[1]).model_copy(update={"duration_s": 3.0})
run_session(settings, "01", tracker_name="killed", display="virtual")
"""


@pytest.mark.parametrize("trial", [1, 3])
def test_what_was_recorded_before_a_kill_opens(write_toml: Write, trial: int) -> None:
    path = write_toml()
    command = [sys.executable, "-c", KILLED, str(path), str(trial - 1)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    files = session_files(load_settings(path), "01")
    assert not files.recording.exists()
    summary = finalise(files.journal, files.recording)
    recording = read_recording(files.recording)
    assert [one.status for one in recording.trials[:-1]] == ["complete"] * (trial - 1)
    assert recording.trials[-1].status == "interrupted"
    assert np.allclose(np.diff(recording.samples["device_time_s"]), 1 / 500, atol=1e-9)
    assert len(recording.samples) == summary.samples
    assert recording.samples["time_s"][-1] > recording.trials[-1].onset_s
