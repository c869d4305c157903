"""Sessions that were broken off and are continued."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_stages import texts

from foveola.data_schema import (
    FoveolaError,
    Recording,
    read_fixation_set,
    read_recording,
    sha256_of,
    write_fixation_set,
)
from foveola.experiments import (
    TRACKERS,
    ExperimentSettings,
    answers_of,
    load_settings,
    resume_session,
    run_session,
    schedule,
    session_files,
)
from foveola.experiments.session_lock import session_lock
from foveola.fixation_maps.recordings import fixations_from_recordings
from foveola.tracking import JournalReader, JournalRecord

Write = Callable[..., Path]

#: Kills its own process: at the first flip of a trial's image, or so many flips after it.
KILLED = """
import os, signal, sys
from foveola.experiments import load_settings, resume_session, run_session, trial
from foveola.experiments.virtual_display import VirtualDisplay

index, flips, run = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
made = {}
photograph = trial.photograph
def named(path, stimulus, placement):
    picture = photograph(path, stimulus, placement)
    made[picture] = len(made)
    return picture
trial.photograph = named
flip, count = VirtualDisplay.flip, 0
def killing(display):
    global count
    time_s = flip(display)
    if any(made.get(picture) == index for picture in display._shown):
        count += 1
        if count > flips:
            os.kill(os.getpid(), signal.SIGKILL)
    return time_s
VirtualDisplay.flip = killing
{"run": run_session, "resume": resume_session}[run](
    load_settings(sys.argv[1]), "01", display="virtual"
)
"""

#: Someone who leaves every page at once.
SPACES = [(0.5 * number, "space") for number in range(1, 400)]


def killed_at(path: Path, index: int, flips: int = 10, verb: str = "run") -> None:
    """Run or resume a session, and kill it at the image of that place in this part."""
    command = [sys.executable, "-c", KILLED, str(path), str(index), str(flips), verb]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


@pytest.fixture
def path(write_toml: Write) -> Path:
    return write_toml({"seed = 7": "seed = 7\nrepeats = 2"}, add="\n[blocks]\ntrials = 3\n")


def resumed(settings: ExperimentSettings, **given) -> Recording:
    path = resume_session(settings, "01", display="virtual", **given)
    assert path is not None
    return read_recording(path)


def planned(settings: ExperimentSettings) -> list[str]:
    trials = schedule(settings, "01", relative_to=Path(settings.data_folder))
    return [trial.stimulus.id for trial in trials]


def test_a_killed_session_goes_on_with_what_was_not_shown(path: Path) -> None:
    settings = load_settings(path)
    killed_at(path, 2)
    killed_at(path, 3, verb="resume")
    third = resumed(settings)
    files = [session_files(settings, "01", part=part) for part in (1, 2, 3)]
    parts = [read_recording(one.recording) for one in files]
    assert [one.recording.name for one in files] == [
        "small_01.h5",
        "small_01_part2.h5",
        "small_01_part3.h5",
    ]
    trials = [trial for part in parts for trial in part.trials]
    assert [trial.index for trial in trials] == list(range(8))
    assert [trial.stimulus for trial in trials] == planned(settings)
    assert [trial.index for trial in trials if trial.status == "interrupted"] == [2, 6]
    assert not any("maybe_seen" in trial.variables for trial in trials)
    assert texts(third)[0].startswith("DISPLAY_COORDS")
    assert "BREAK after block 2 of 3" not in texts(third)  # the break-off was the break
    assert resume_session(settings, "01", display="virtual") is None


def test_a_part_names_the_parts_before_it_with_their_hashes(path: Path) -> None:
    killed_at(path, 1)
    settings = load_settings(path)
    second = resumed(settings)
    first = session_files(settings, "01").journal
    names = {one.name: one.sha256 for one in second.provenance.inputs}
    assert names[first.name] == sha256_of(first)
    session = second.provenance.parameters["session"]
    assert (session["part"], session["first_trial"], session["trials"]) == (2, 2, 8)
    begun = read_recording(session_files(settings, "01").recording).provenance.parameters
    assert session["settings_sha256"] == begun["session"]["settings_sha256"]


def test_killed_between_the_flip_and_its_record_it_is_marked(path: Path) -> None:
    settings = load_settings(path)
    killed_at(path, 2, flips=0)
    journal = session_files(settings, "01").journal
    indices = [
        record.content["trial"]["index"]
        for record in JournalReader(journal)
        if isinstance(record, JournalRecord) and record.content["kind"] == "trial"
    ]
    assert max(indices) == 1  # the image was on the screen, and the journal does not know
    second = resumed(settings)
    assert [trial.index for trial in second.trials] == list(range(2, 8))
    assert [trial.variables for trial in second.trials] == [{"maybe_seen": "1"}] + [{}] * 5


def test_killed_before_any_image_it_begins_anew(path: Path, write_toml: Write) -> None:
    settings = load_settings(path)
    files = session_files(settings, "01")
    files.journal.parent.mkdir()
    files.journal.touch()  # killed before the first block was written
    recording = resumed(settings)
    assert [trial.index for trial in recording.trials] == list(range(8))
    assert recording.provenance.parameters["session"]["part"] == 2
    assert not files.recording.exists()
    assert resume_session(settings, "01", display="virtual") is None


def test_a_journal_cut_within_its_first_block_tells_nothing(path: Path) -> None:
    settings = load_settings(path)
    files = session_files(settings, "01")
    files.journal.parent.mkdir()
    files.journal.write_bytes(b"\xabFVJ1\r\n\x1a and no more")
    assert len(resumed(settings).trials) == 8


def test_a_session_ended_by_escape_goes_on(path: Path) -> None:
    settings = load_settings(path)
    presses = [(0.5, "space"), (11.1, "escape"), (11.5, "y")]
    run_session(settings, "01", display="virtual", presses=presses)
    with pytest.raises(FoveolaError, match="was not finished") as caught:
        run_session(settings, "01", display="virtual")
    assert "foveola resume EXPERIMENT.toml --observer 01" in caught.value.remedy
    recording = resumed(settings, presses=SPACES)
    assert [trial.index for trial in recording.trials] == list(range(1, 8))


def test_what_is_complete_is_not_continued(path: Path) -> None:
    settings = load_settings(path)
    run_session(settings, "01", display="virtual")
    assert resume_session(settings, "01", display="virtual") is None
    with pytest.raises(FoveolaError, match="exists and is never overwritten. Choose"):
        run_session(settings, "01", display="virtual")


def test_there_must_be_a_session(path: Path) -> None:
    with pytest.raises(FoveolaError, match="no session of observer 01 to go on with"):
        resume_session(load_settings(path), "01", display="virtual")


def test_a_session_that_still_runs_is_left_alone(path: Path) -> None:
    settings = load_settings(path)
    killed_at(path, 1)
    with (
        session_lock(session_files(settings, "01").journal),
        pytest.raises(FoveolaError, match="still runs"),
    ):
        resume_session(settings, "01", display="virtual")
    assert not session_files(settings, "01").recording.exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("duration_s = 0.5", "duration_s = 0.6", r"duration_s \(was 0.5, is 0.6\)"),
        ('layout = "HV5"', 'layout = "HV9"', r'calibration.layout \(was "HV5", is "HV9"\)'),
        ("seed = 7", "seed = 8", r"seed \(was 7, is 8\)"),
        (
            'stimuli = "images"',
            'stimuli = ["images/a.png", "images/b.png"]',
            "without c.png, d.png",
        ),
    ],
)
def test_changed_settings_are_named(path: Path, old: str, new: str, told: str) -> None:
    killed_at(path, 1)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(FoveolaError, match=told) as caught:
        resume_session(load_settings(path), "01", display="virtual")
    assert "--session 2" in caught.value.remedy


def test_changed_images_are_named(path: Path, images: Path) -> None:
    killed_at(path, 1)
    (images / "c.png").write_bytes((images / "b.png").read_bytes())
    with pytest.raises(FoveolaError, match=r"the content of c\.png"):
        resume_session(load_settings(path), "01", display="virtual")


def test_another_order_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(path, 1)
    monkeypatch.setattr("foveola.experiments.earlier_parts.plan_sha256", lambda _trials: "another")
    with pytest.raises(FoveolaError, match="the order of the images: it was made by Foveola"):
        resume_session(load_settings(path), "01", display="virtual")


def test_another_tracker_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(path, 1)
    monkeypatch.setitem(TRACKERS, "other", TRACKERS["simulated"])
    with pytest.raises(FoveolaError, match="began with the tracker simulated, not other"):
        resume_session(load_settings(path), "01", display="virtual", tracker_name="other")


def test_a_recording_without_its_journal_is_told(path: Path) -> None:
    settings = load_settings(path)
    killed_at(path, 1)
    resumed(settings)
    session_files(settings, "01", part=2).journal.unlink()
    with pytest.raises(FoveolaError, match=r"small_01_part2\.h5 has no journal beside it"):
        resume_session(settings, "01", display="virtual")


def test_the_observer_is_not_asked_again(path: Path) -> None:
    text = path.read_text().replace("seed = 7", "seed = 7\nobserver_form = true")
    path.write_text(text)
    settings = load_settings(path)
    presses = [(0.5, "space"), (11.1, "escape"), (11.5, "y")]
    known = answers_of("glasses", "left", "record,share")
    run_session(settings, "01", display="virtual", presses=presses, answers=known)
    again = resumed(settings, presses=SPACES)
    assert again.observer.vision == "glasses"
    assert (again.observer.consent_share, again.observer.consent_share_raw) == (True, False)


def test_fixations_take_all_parts_of_an_observer(path: Path, tmp_path: Path) -> None:
    settings = load_settings(path)
    killed_at(path, 5)
    resumed(settings)
    run_session(settings, "02", display="virtual")
    recordings = sorted(Path(settings.data_folder).glob("*[0-9].h5"))
    assert len(recordings) == 3
    write_fixation_set(tmp_path / "all.h5", fixations_from_recordings(recordings))
    fixations = read_fixation_set(tmp_path / "all.h5")
    assert fixations.observers == ("01", "02")
    table = fixations.table
    keys = table[["stimulus", "observer", "order"]]
    assert len(set(keys.tolist())) == len(keys)  # no two showings collide


@pytest.mark.parametrize("name", ["part2", "Part10"])
def test_no_session_takes_the_name_of_a_part(path: Path, name: str) -> None:
    with pytest.raises(FoveolaError, match="can't be the id of the session"):
        session_files(load_settings(path), "01", name)
