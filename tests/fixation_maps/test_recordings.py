import numpy as np
import pytest
from killed_task import KilledTask
from made_recordings import STIMULUS, recording_file, recording_of, true_places

from foveola.data_schema import (
    FileFormatError,
    FoveolaError,
    Stimulus,
    TrackerInfo,
    provenance,
    write_recording,
)
from foveola.fixation_maps import parallel_sessions
from foveola.fixation_maps.recordings import fixations_from_recordings
from foveola.fixation_maps.session_fixations import TrialRules


def test_fixations_are_in_stimulus_pixels_and_in_time_since_the_onset(tmp_path):
    recording, made = recording_of()
    write_recording(tmp_path / "r.h5", recording)
    fixations = fixations_from_recordings([tmp_path / "r.h5"], name="mine")
    table = fixations.table
    assert table["order"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(
        np.stack([table["x_px"], table["y_px"]], 1), true_places(made, 2, 8), atol=1.5
    )
    onsets_s = made.onsets_s[2:9] - recording.trials[0].onset_s
    np.testing.assert_allclose(table["onset_s"], onsets_s, atol=0.006)
    # The last one is cut where the stimulus disappears.
    assert table["duration_s"][-1] == pytest.approx(0.1, abs=0.006)
    assert fixations.info.name == "mine"
    assert fixations.info.px_per_deg == pytest.approx(recording.screen.px_per_deg() / 2)
    assert fixations.info.source == "gaze"
    assert fixations.stimuli == (STIMULUS,)
    parameters = fixations.provenance.parameters
    assert parameters["detector"] == "ivt"
    assert parameters["detector_parameters"]["velocity_threshold_deg_s"] == 30
    assert fixations.provenance.inputs[0].name == "r.h5"


def shifted(recording, seconds):
    trial = recording.trials[0]
    return trial.model_copy(update={"onset_s": trial.onset_s + seconds})


def test_a_fixation_under_way_at_the_onset_is_dropped_or_cut(tmp_path):
    recording, made = recording_of()
    late = shifted(recording, 0.15)  # the third fixation began 100 ms before
    write_recording(tmp_path / "r.h5", recording_of(trials=(late,))[0])
    dropped = fixations_from_recordings([tmp_path / "r.h5"])
    assert len(dropped.table) == 6
    assert dropped.table["order"][0] == 0
    assert dropped.table["onset_s"][0] > 0.1
    cut = fixations_from_recordings([tmp_path / "r.h5"], rules=TrialRules(before_onset="cut"))
    assert len(cut.table) == 7
    assert cut.table["onset_s"][0] == pytest.approx(0, abs=0.001)
    assert cut.table["duration_s"][0] == pytest.approx(made.durations_s[2] - 0.1, abs=0.006)


def test_the_first_fixation_is_left_out_on_request_and_the_order_tells(tmp_path):
    path = recording_file(tmp_path, "r.h5")
    fixations = fixations_from_recordings([path], rules=TrialRules(drop_first=True))
    assert fixations.table["order"].tolist() == [1, 2, 3, 4, 5, 6]
    assert fixations.info.first_dropped


def test_fixations_off_the_stimulus_are_dropped_and_counted(tmp_path):
    recording, made = recording_of()
    left = made.places_px[2:9, 0].min() + 1
    trial = recording.trials[0].model_copy(
        update={"image_left_px": left, "image_top_px": 0.0, "image_scale": 1.0}
    )
    wide = STIMULUS.model_copy(update={"width_px": 1920, "height_px": 1080})
    write_recording(tmp_path / "r.h5", recording_of(trials=(trial,), stimuli=(wide,))[0])
    fixations = fixations_from_recordings([tmp_path / "r.h5"])
    assert fixations.info.off_stimulus == 1
    assert len(fixations.table) == 6
    assert fixations.table["x_px"].min() >= 0


def test_interrupted_trials_are_left_out_unless_asked_for(tmp_path):
    recording, _ = recording_of()
    stopped = recording.trials[0].model_copy(update={"status": "interrupted"})
    unknown = recording.trials[0].model_copy(update={"stimulus": ""})
    write_recording(tmp_path / "r.h5", recording_of(trials=(stopped, unknown))[0])
    with pytest.raises(FileFormatError, match=r"none of its 2 trials.*Leave the file out"):
        fixations_from_recordings([tmp_path / "r.h5"])
    fixations = fixations_from_recordings([tmp_path / "r.h5"], rules=TrialRules(interrupted=True))
    assert len(fixations.table) == 7


def test_a_trial_without_samples_has_no_fixations(tmp_path):
    recording, _ = recording_of()
    later = recording.trials[0].model_copy(update={"onset_s": 900.0, "offset_s": 903.0})
    write_recording(tmp_path / "r.h5", recording_of(trials=(later,))[0])
    assert len(fixations_from_recordings([tmp_path / "r.h5"]).table) == 0


def test_observers_are_told_apart_by_id_and_sessions_of_one_are_one(tmp_path):
    paths = [
        recording_file(tmp_path, "b1.h5", seed=0, observer="b", session="1"),
        recording_file(tmp_path, "b2.h5", seed=1, observer="b", session="2"),
        recording_file(tmp_path, "a.h5", seed=2, observer="a"),
    ]
    fixations = fixations_from_recordings(paths)
    assert fixations.observers == ("a", "b")
    assert np.bincount(fixations.table["observer"]).tolist() == [7, 14]


def test_showings_of_one_stimulus_to_one_observer_do_not_collide(tmp_path):
    trial = recording_of()[0].trials[0]
    again = trial.model_copy(update={"index": 1, "repeat": 1})
    # The later showing stands in the file that is named first.
    part = provenance({"session": {"part": 1}})
    later = recording_of(seed=1, trials=(again,), provenance=part)[0]
    write_recording(tmp_path / "2.h5", later)
    write_recording(tmp_path / "1.h5", recording_of(seed=0, trials=(trial,))[0])
    paths = [tmp_path / "2.h5", tmp_path / "1.h5"]
    both = fixations_from_recordings(paths).table
    assert both["order"].tolist() == list(range(len(both)))
    assert len(both) > 7
    first = fixations_from_recordings(paths, rules=TrialRules(repeats="first")).table
    assert len(first) == 7
    np.testing.assert_array_equal(first, both[:7])


def test_practice_never_enters_a_set(tmp_path):
    trial = recording_of()[0].trials[0]
    practice = trial.model_copy(update={"index": 1, "practice": True})
    write_recording(tmp_path / "r.h5", recording_of(trials=(trial, practice))[0])
    assert len(fixations_from_recordings([tmp_path / "r.h5"]).table) == 7


def test_a_part_of_a_session_without_trials_is_no_fault(tmp_path):
    part = provenance({"session": {"part": 1}})
    write_recording(tmp_path / "1.h5", recording_of(trials=(), provenance=part)[0])
    with pytest.raises(FoveolaError, match="No recording could be used"):
        fixations_from_recordings([tmp_path / "1.h5"])
    second = recording_file(tmp_path, "2.h5", provenance=part)
    fixations = fixations_from_recordings([tmp_path / "1.h5", second])
    assert len(fixations.table) == 7
    assert len(fixations.provenance.inputs) == 2


def test_one_simulated_tracker_makes_the_set_simulated(tmp_path):
    tracker = TrackerInfo(make="Made", sampling_rate_hz=1000, eyes="left", simulated=True)
    paths = [
        recording_file(tmp_path, "a.h5"),
        recording_file(tmp_path, "b.h5", seed=1, observer="b", tracker=tracker),
    ]
    assert fixations_from_recordings(paths).info.source == "simulated"


def test_images_at_different_scales_have_no_common_pixels_per_degree(tmp_path):
    recording, _ = recording_of()
    nearer = recording.trials[0].model_copy(update={"image_scale": 1.9})
    write_recording(tmp_path / "r.h5", recording_of(trials=(recording.trials[0], nearer))[0])
    assert np.isnan(fixations_from_recordings([tmp_path / "r.h5"]).info.px_per_deg)


def test_images_at_different_scales_have_pixels_per_degree_of_their_own(tmp_path):
    recording, _ = recording_of()
    other = STIMULUS.model_copy(update={"id": "b.png"})
    half = recording.trials[0].model_copy(update={"image_scale": 0.5, "stimulus": "b.png"})
    both = recording_of(trials=(recording.trials[0], half), stimuli=(STIMULUS, other))[0]
    write_recording(tmp_path / "r.h5", both)
    fixations = fixations_from_recordings([tmp_path / "r.h5"])
    assert np.isnan(fixations.info.px_per_deg)
    screen = recording.screen.px_per_deg()
    assert fixations.px_per_deg(0) == pytest.approx(screen / 2)
    assert fixations.px_per_deg(1) == pytest.approx(screen / 0.5)


@pytest.mark.parametrize("changes", [{"sha256": "b" * 64}, {"width_px": 961}])
def test_one_id_for_two_images_is_an_error_that_names_both_files(tmp_path, changes):
    first = recording_file(tmp_path, "a.h5")
    other = STIMULUS.model_copy(update=changes)
    second = recording_file(tmp_path, "b.h5", seed=1, stimuli=(other,))
    with pytest.raises(FileFormatError, match=r"b\.h5.*'a\.png'.*a\.h5.*names") as caught:
        fixations_from_recordings([first, second])
    assert caught.value.place == "/stimuli"


def test_a_stimulus_without_a_hash_takes_that_of_its_namesake(tmp_path):
    bare = STIMULUS.model_copy(update={"sha256": ""})
    paths = [
        recording_file(tmp_path, "a.h5", stimuli=(bare,)),
        recording_file(tmp_path, "b.h5", seed=1),
    ]
    assert fixations_from_recordings(paths).stimuli == (STIMULUS,)


def test_stimulus_paths_still_lead_to_the_images(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    placed = STIMULUS.model_copy(update={"path": "../images/a.png"})
    first = recording_file(tmp_path / "x", "a.h5", stimuli=(placed,))
    other = Stimulus(id="z.png", path="z.png", width_px=960, height_px=540)
    trial = recording_of()[0].trials[0].model_copy(update={"stimulus": "z.png"})
    second = recording_file(tmp_path / "y", "b.h5", seed=1, stimuli=(other,), trials=(trial,))
    fixations = fixations_from_recordings([first, second])
    found = [fixations.stimulus_path(i).resolve() for i in range(2)]
    assert found == [(tmp_path / "images/a.png").resolve(), (tmp_path / "y/z.png").resolve()]


def test_the_same_recording_twice_is_an_error(tmp_path):
    path = recording_file(tmp_path, "a.h5")
    (tmp_path / "copy.h5").write_bytes(path.read_bytes())
    with pytest.raises(FileFormatError, match=r"copy\.h5.*same recording as .*a\.h5"):
        fixations_from_recordings([path, tmp_path / "copy.h5"])


def test_an_undescribed_stimulus_names_its_row(tmp_path):
    path = recording_file(tmp_path, "a.h5", stimuli=())
    with pytest.raises(FileFormatError, match=r"/trials, row 0, stimulus.*'a\.png'"):
        fixations_from_recordings([path])


def test_one_bad_file_does_not_stop_the_rest(tmp_path):
    bad = tmp_path / "bad.h5"
    bad.write_bytes(b"nonsense")
    faults = []
    paths = [bad, recording_file(tmp_path, "good.h5")]
    fixations = fixations_from_recordings(paths, on_fault=faults.append)
    assert len(fixations.table) == 7
    assert [fault.path for fault in faults] == [bad]
    assert len(fixations.provenance.inputs) == 1
    with pytest.raises(FileFormatError, match=r"bad\.h5"):
        fixations_from_recordings(paths)
    with pytest.raises(FoveolaError, match="No recording could be used"):
        fixations_from_recordings([bad], on_fault=faults.append)


def test_an_unknown_detector_is_named_before_any_file_is_read():
    with pytest.raises(FoveolaError, match="no detector 'iht'"):
        fixations_from_recordings([], "iht")


def test_observers_need_no_common_order_of_stimuli(tmp_path):
    # The second observer saw another image first; indices are those of the sorted ids.
    other = Stimulus(id="0.png", width_px=960, height_px=540)
    trial = recording_of(seed=1)[0].trials[0]
    both = (trial.model_copy(update={"stimulus": "0.png"}), trial)
    first = recording_file(tmp_path, "a.h5")
    second = recording_file(tmp_path, "b.h5", seed=1, stimuli=(other, STIMULUS), trials=both)
    fixations = fixations_from_recordings([first, second])
    assert [stimulus.id for stimulus in fixations.stimuli] == ["0.png", "a.png"]
    assert len(fixations.of(0)) == 7
    assert len(fixations.of(1)) == 14


def test_several_processes_give_the_same_set_as_one(tmp_path):
    paths = [
        recording_file(tmp_path, f"{one}.h5", seed=i, observer=one) for i, one in enumerate("dbca")
    ]
    bad = tmp_path / "bad.h5"
    bad.write_bytes(b"nonsense")
    faults = []
    sets = [
        fixations_from_recordings([*paths, bad], on_fault=faults.append, jobs=jobs)
        for jobs in (1, 2)
    ]
    assert sets[0].table.tobytes() == sets[1].table.tobytes()
    assert sets[0].observers == sets[1].observers
    assert [one.name for one in sets[0].provenance.inputs] == [
        one.name for one in sets[1].provenance.inputs
    ]
    assert [fault.path for fault in faults] == [bad, bad]


def test_what_was_done_before_a_stop_is_not_done_again(tmp_path, monkeypatch):
    paths = [recording_file(tmp_path, f"{i}.h5", seed=i, observer=str(i)) for i in range(3)]
    parts, done = tmp_path / "parts", []
    read = parallel_sessions.read_session

    def reading(path, *arguments):
        done.append(path)
        return read(path, *arguments)

    def stopped_after_two(outcomes):
        yield next(outcomes)
        yield next(outcomes)
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel_sessions, "read_session", reading)
    with pytest.raises(KeyboardInterrupt):
        fixations_from_recordings(paths, parts=parts, track=stopped_after_two)
    assert done == paths[:2]
    resumed = fixations_from_recordings(paths, parts=parts)
    assert done == paths
    assert resumed.table.tobytes() == fixations_from_recordings(paths).table.tobytes()
    # Other parameters are other work; a damaged part is made anew.
    fixations_from_recordings(paths[:1], parameters={"merge_deg": 1.0}, parts=parts)
    assert len(done) == 3 + 3 + 1
    for part in parts.glob("0-*.npz"):
        part.write_bytes(b"cut")
    fixations_from_recordings(paths, parts=parts)
    assert len(done) == 8


def test_an_unexpected_fault_is_named_with_its_file_and_the_rest_goes_on(tmp_path, monkeypatch):
    paths = [recording_file(tmp_path, f"{i}.h5", seed=i, observer=str(i)) for i in range(2)]
    read = parallel_sessions.read_session

    def failing(path, *arguments):
        if path == paths[0]:
            raise ZeroDivisionError("oops")
        return read(path, *arguments)

    monkeypatch.setattr(parallel_sessions, "read_session", failing)
    faults = []
    fixations = fixations_from_recordings(paths, on_fault=faults.append)
    assert fixations.observers == ("1",)
    assert "0.h5" in str(faults[0])
    assert "ZeroDivisionError: oops" in str(faults[0])


def test_a_process_that_dies_takes_its_own_file_alone_with_it(tmp_path):
    paths = [tmp_path / name for name in ("a.h5", "bad.h5", "c.h5")]
    task = KilledTask()
    outcomes = dict(parallel_sessions.sessions_of(paths, task, jobs=2))
    assert set(outcomes) == set(paths)
    assert "the process that read it died" in str(outcomes[paths[1]])
    assert (outcomes[paths[0]], outcomes[paths[2]]) == ("a.h5", "c.h5")
