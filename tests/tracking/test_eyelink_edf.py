"""EyeLink EDF: the same as ASC to what ASC rounds away, true times, and damaged files."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from foveola.data_schema import FileFormatError, FoveolaError, MissingExtraError
from foveola.tracking import ImportOptions, eyelink_edf, import_recording

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "eyelink"
OPTIONS = ImportOptions(screen_cm=(40.0, 30.0), distance_cm=60.0)
MUTATIONS = int(os.environ.get("FOVEOLA_EDF_MUTATIONS", "4"))
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("eyelinkio") is None, reason="the extra edf is not installed"
)


def shipped(name):
    """A recording that eyelinkio brings for its own tests."""
    origin = importlib.util.find_spec("eyelinkio").origin
    path = Path(origin).parent / "tests" / "data" / name
    if not path.exists():
        pytest.skip(f"eyelinkio does not bring {name}")
    return path


@pytest.fixture(scope="module")
def both():
    if not DATA.exists():
        pytest.skip("the real recordings are not here")
    return [import_recording(DATA / name, OPTIONS) for name in ("left_eye.asc.gz", "left_eye.edf")]


def test_samples_are_those_of_the_asc_file(both):
    asc, edf = (result.recording.samples for result in both)
    assert len(asc) == len(edf) == 70291
    assert np.array_equal(asc["time_s"], edf["time_s"])
    for name in ("left_x_px", "left_y_px", "right_x_px", "right_y_px"):
        np.testing.assert_allclose(edf[name], asc[name], atol=1e-4)
    seen = np.isfinite(asc["left_x_px"])
    np.testing.assert_array_equal(edf["left_pupil"][seen], asc["left_pupil"][seen])


def test_events_are_those_of_the_asc_file(both):
    asc, edf = (result.recording.events for result in both)
    assert len(asc) == len(edf) == 465
    for name in ("kind", "eye", "onset_s", "duration_s", "pupil"):
        np.testing.assert_array_equal(edf[name], asc[name])
    for name in ("x_px", "y_px", "start_x_px", "start_y_px", "end_x_px", "end_y_px"):
        np.testing.assert_allclose(edf[name], asc[name], atol=1e-4)
    np.testing.assert_allclose(edf["amplitude_deg"], asc["amplitude_deg"], atol=0.0051)
    np.testing.assert_allclose(edf["peak_velocity_deg_s"], asc["peak_velocity_deg_s"], atol=0.51)


def test_all_else_is_that_of_the_asc_file(both):
    asc, edf = (result.recording for result in both)
    assert edf.blocks == asc.blocks
    assert edf.trials == asc.trials
    assert repr(edf.calibrations) == repr(asc.calibrations)
    assert edf.screen.width_px == asc.screen.width_px
    assert (edf.tracker.model, edf.tracker.serial) == (asc.tracker.model, asc.tracker.serial)
    wanted = {(one.time_s, one.text) for one in asc.messages if not one.text.startswith("!CAL")}
    assert wanted <= {(one.time_s, one.text) for one in edf.messages}


def test_more_than_asc_is_kept(both):
    extra = both[1].recording.extra
    assert {"resolution_x_px_per_deg", "left_href_x", "left_raw_x", "input"} <= set(extra)
    assert not any(name.startswith("right") for name in extra)


def test_every_record_is_accounted_for(both):
    lines = both[1].summary.lines
    assert (lines["sample"], lines["event"], lines["message"], lines["block"]) == (
        70291,
        930,
        194,
        8,
    )
    assert lines["rejected"] == 0


def test_true_gaps_stay():
    recording = import_recording(shipped("test_raw.edf"), OPTIONS).recording
    steps_s = np.diff(recording.samples["time_s"])
    assert steps_s.max() == pytest.approx(48.347)
    assert len(recording.blocks) == 2


def test_both_eyes_and_names_that_are_not_ascii(tmp_path):
    path = tmp_path / "Прохор 眼.edf"
    shutil.copyfile(shipped("test_raw_binocular.edf"), path)
    recording = import_recording(path, OPTIONS).recording
    assert recording.tracker.eyes == "both"
    assert np.isfinite(recording.samples["right_x_px"]).mean() > 0.7
    assert recording.observer.id == "Прохор 眼"


def test_damaged_files_give_a_named_error_or_a_summary(tmp_path):
    content = shipped("test_raw.edf").read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "a.edf"
    for _ in range(MUTATIONS):
        damaged = bytearray(content)
        for place in rng.integers(200, len(content), rng.integers(1, 9)).tolist():
            if rng.random() < 0.5:
                damaged[place : place + 1] = rng.bytes(rng.integers(0, 9))
            elif rng.random() < 0.7:
                damaged[place % len(damaged)] = rng.integers(0, 256)
            else:
                del damaged[place:]
        path.write_bytes(damaged)
        try:
            result = import_recording(path, OPTIONS)
        except FoveolaError:
            continue
        samples = result.recording.samples
        assert result.summary.lines["sample"] == len(samples)
        assert np.all(np.diff(samples["time_s"]) > 0)


def test_what_the_library_says_is_passed_on(tmp_path):
    path = tmp_path / "a.edf"
    path.write_bytes(b"SR_RESEARCH_1000FILE\n" + bytes(1000))
    with pytest.raises(FileFormatError, match=r"a\.edf: SR Research's library can't read it"):
        import_recording(path, OPTIONS)
    with pytest.raises(FileFormatError, match="can't be opened"):
        import_recording(tmp_path / "gone.edf", OPTIONS, file_format="eyelink-edf")


def test_a_library_that_hangs_is_ended(tmp_path, monkeypatch):
    def hang(words, timeout, **_):
        raise subprocess.TimeoutExpired(words, timeout)

    monkeypatch.setattr(eyelink_edf.subprocess, "run", hang)
    with pytest.raises(FileFormatError, match="did not end within 1[23][0-9] s"):
        import_recording(shipped("test_raw.edf"), OPTIONS)


def test_the_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(eyelink_edf.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"foveola\[edf\]"):
        import_recording(tmp_path, OPTIONS, file_format="eyelink-edf")
