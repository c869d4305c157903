import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_layouts import save_image, save_mat

from foveola.data_schema import FileFormatError
from foveola.fixation_maps.mit1003 import import_mit300, import_mit1003
from foveola.fixation_maps.mit1003_fixations import acceleration, mit1003_fixations


def scanpath(*fixations, saccade=6, seed=0):
    """Raw gaze of fixations (x, y, samples) with saccades of some samples between them."""
    random = np.random.default_rng(seed)
    parts = []
    for i, (x, y, count) in enumerate(fixations):
        if i:
            before = np.array(fixations[i - 1][:2], float)
            share = (1 - np.cos(np.linspace(0, np.pi, saccade + 2)[1:-1])) / 2
            parts.append(before + share[:, None] * (np.array([x, y]) - before))
        parts.append(np.array([x, y]) + random.normal(0, 0.3, (count, 2)))
    return np.concatenate(parts)


def test_fixations_are_found_where_gaze_rested():
    gaze = scanpath((20, 10, 100), (300, 200, 80), (50, 250, 120))
    found = mit1003_fixations(gaze[:, 0], gaze[:, 1])
    assert len(found.first) == 3
    np.testing.assert_allclose(found.x_px, [20, 300, 50], atol=1)
    np.testing.assert_allclose(found.y_px, [10, 200, 250], atol=1)
    assert found.first[0] == 0
    assert found.last[-1] == len(gaze) - 1


def test_the_acceleration_is_the_difference_of_two_windows():
    gaze = scanpath((0, 0, 20), (40, 0, 20))
    step = np.hypot(np.diff(gaze[:, 0], prepend=gaze[0, 0]), np.diff(gaze[:, 1], prepend=0))
    step[0] = 0
    smooth = np.array([step[max(0, i - 3) : i + 1].sum() / 4 for i in range(len(step))])
    expected = np.zeros(len(step))
    for k in range(1, len(step) - 5):
        expected[k] = (smooth[k + 1 : k + 6].sum() - smooth[k : k + 5].sum()) / (4 / 240)
    np.testing.assert_allclose(acceleration(gaze[:, 0], gaze[:, 1]), expected, atol=1e-8)


def test_two_saccades_50_ms_apart_are_one_and_what_is_left_at_the_end_belongs_to_the_last():
    near = scanpath((0, 0, 100), (200, 0, 4), (400, 0, 100))
    assert len(mit1003_fixations(near[:, 0], near[:, 1]).first) == 2
    ends = scanpath((0, 0, 100), (300, 0, 10))
    found = mit1003_fixations(ends[:, 0], ends[:, 1])
    assert len(found.first) == 1
    assert found.last[0] < 100


def test_a_trial_without_saccades_is_one_fixation_without_its_lost_samples():
    x_px, y_px = np.full(50, 7.0), np.full(50, 8.0)
    x_px[:5] = y_px[:5] = np.nan
    found = mit1003_fixations(x_px, y_px)
    assert (found.x_px.tolist(), found.y_px.tolist()) == ([7], [8])
    assert (found.first.tolist(), found.last.tolist()) == ([0], [49])
    assert len(mit1003_fixations(np.empty(0), np.empty(0)).first) == 0
    assert np.isnan(mit1003_fixations(np.full(3, np.nan), np.full(3, np.nan)).x_px).all()


def test_a_rise_without_braking_is_no_saccade_unless_the_trial_ends_in_it():
    speeding = np.concatenate([np.zeros(60), np.cumsum(np.arange(60) * 2.0)])
    found = mit1003_fixations(speeding, np.zeros(120))
    assert len(found.first) == 1
    assert found.last[0] < 119


@given(st.integers(0, 60), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_fixations_are_ordered_and_apart(count, seed):
    random = np.random.default_rng(seed)
    x_px, y_px = np.cumsum(random.normal(0, 8, (2, count)), axis=1)
    found = mit1003_fixations(x_px, y_px)
    assert (found.first <= found.last).all()
    assert (found.first[1:] > found.last[:-1] + 1).all()
    assert count == 0 or len(found.first) > 0


LONG = "i" + "x" * 80


def mit1003_folder(folder):
    for name, size in (
        ("i10.jpeg", (400, 300)),
        ("i9.jpeg", (300, 400)),
        (f"{LONG}.jpeg", (90, 90)),
    ):
        save_image(folder / "ALLSTIMULI" / name, *size)
    for observer in ("CNG", "ajs"):
        for name in ("i9", "i10", LONG):
            gaze = np.column_stack([scanpath((200, 50, 90), (20, 80, 90)), np.zeros(186)])
            struct = {"imgName": f"{name}.jpeg", "DATA": {"eyeData": gaze}}
            save_mat(folder / "DATA" / observer / f"{name}.mat", **{name[:31]: struct})
    save_image(folder / "ALLFIXATIONMAPS" / "i9_fixMap.jpg")
    return folder


def test_mit1003_is_read_from_raw_gaze(tmp_path):
    fixations = import_mit1003(mit1003_folder(tmp_path / "MIT1003"))
    assert [stimulus.id for stimulus in fixations.stimuli] == [
        "i9.jpeg",
        "i10.jpeg",
        f"{LONG}.jpeg",
    ]
    assert fixations.observers == ("CNG", "ajs")
    assert fixations.stimuli[0].shape == (400, 300)
    assert fixations.info.px_per_deg == 35
    first = fixations.of(1)
    np.testing.assert_allclose(first["x_px"], [200, 20, 200, 20], atol=1)
    assert first["order"].tolist() == [0, 1, 0, 1]
    assert first["onset_s"][0] == 0
    assert first["onset_s"][1] == pytest.approx(96 / 240, abs=0.03)
    assert first["duration_s"].sum() == pytest.approx(2 * 180 / 240, abs=0.08)
    # On the image that is 90 pixels wide the place (200, 50) is off.
    assert fixations.info.off_stimulus == 2
    assert len(fixations.provenance.inputs) == 6


def test_damaged_gaze_is_named(tmp_path):
    folder = mit1003_folder(tmp_path / "MIT1003")
    save_mat(folder / "DATA" / "ajs" / "i9.mat", i9={"DATA": {"other": 1}})
    with pytest.raises(FileFormatError, match=r"i9\.mat: DATA\(1\): the field 'eyeData'.*anew"):
        import_mit1003(folder)
    save_mat(folder / "DATA" / "ajs" / "i9.mat", i9={"DATA": {"eyeData": "text"}})
    with pytest.raises(FileFormatError, match=r"DATA\(1\)\.eyeData: this is no table"):
        import_mit1003(folder)
    save_mat(folder / "DATA" / "ajs" / "i9.mat", i9=3)
    with pytest.raises(FileFormatError, match="it holds 0 structs"):
        import_mit1003(folder)


def test_missing_parts_are_named(tmp_path):
    with pytest.raises(FileFormatError, match=r"ALLSTIMULI: there is no such.*publishes it"):
        import_mit1003(tmp_path)
    save_image(tmp_path / "ALLSTIMULI" / "a.jpeg")
    (tmp_path / "DATA").mkdir()
    with pytest.raises(FileFormatError, match="no observer's folder"):
        import_mit1003(tmp_path)
    (tmp_path / "DATA" / "ajs").mkdir()
    with pytest.raises(FileFormatError, match="no file is named as an image"):
        import_mit1003(tmp_path)


def test_mit300_is_stimuli_alone(tmp_path):
    for i in (1, 2, 10):
        save_image(tmp_path / "BenchmarkIMAGES" / f"i{i}.jpg", grey=100)
    fixations = import_mit300(tmp_path)
    assert [stimulus.id for stimulus in fixations.stimuli] == ["i1.jpg", "i2.jpg", "i10.jpg"]
    # The same content under three names is three stimuli.
    assert len({stimulus.sha256 for stimulus in fixations.stimuli}) == 1
    assert len(fixations.table) == 0
    assert fixations.provenance.parameters["note"]
