"""One suite for every reader: the same gaze in all layouts, real files, and damaged ones."""

import gzip
import importlib.util
import os
from pathlib import Path

import made_imports
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_imports import DAMAGED, GAP, LOST, MADE, ROWS, SCREEN

from foveola.data_schema import (
    FoveolaError,
    MissingExtraError,
    faults_of,
    read_recording,
    write_recording,
)
from foveola.tracking import READERS, ImportOptions, import_recording, reader_of, sniff_format

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REAL = sorted(
    str(path.relative_to(DATA))
    for folder in ("eyelink", "tobii")
    for path in (DATA / folder).rglob("*")
    if path.is_file()
)
OPTIONS = ImportOptions(screen_cm=(40.0, 30.0), distance_cm=60.0, screen_px=(1280, 1024))
#: Damaged files for each format; set higher for a long run.
MUTATIONS = int(os.environ.get("FOVEOLA_MUTATIONS", "20"))


def content_of(path):
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def count_lines(content):
    if content[:2] == b"\xff\xfe":
        content = content.decode("utf-16").encode()
    return content.count(b"\n") + (bool(content) and not content.endswith(b"\n"))


@pytest.fixture(params=MADE)
def made(request, tmp_path):
    return request.param, MADE[request.param](tmp_path)


def test_every_reader_is_held_to_this_suite():
    assert set(MADE) | {"eyelink-edf"} == set(READERS)
    assert all(reader_of(name).TITLE for name in READERS)


def test_the_format_is_sniffed(made):
    name, file = made
    assert sniff_format(file.path, mapped=file.options.mapping is not None) == name


def test_gaze_is_as_it_was(made, tmp_path):
    _, file = made
    result = import_recording(file.path, file.options)
    recording = result.recording
    samples = recording.samples
    rows = np.array([i for i in ROWS if not (file.damaged and i == DAMAGED)])
    np.testing.assert_allclose(samples["time_s"], 2 + rows / 100, atol=1e-9)
    assert recording.tracker.sampling_rate_hz == pytest.approx(100, rel=1e-6)
    assert recording.tracker.eyes == "both"
    x_px, y_px = 100.0 + 10 * rows, 500.0 + 4 * rows
    x_px[rows == LOST] = y_px[rows == LOST] = np.nan
    for side, shift in (("left", 0), ("right", 0 if file.one_place else 8)):
        np.testing.assert_allclose(samples[f"{side}_x_px"], x_px + shift, atol=0.051)
        np.testing.assert_allclose(samples[f"{side}_y_px"], y_px, atol=0.051)
    assert (recording.screen.width_px, recording.screen.distance_cm) == (1000, 60)
    gaps = {GAP, DAMAGED} if file.damaged else {GAP}
    assert result.summary.gaps == len(gaps)
    assert result.summary.loss == pytest.approx(1 / len(rows))
    if file.message:
        assert file.message in [message.text for message in recording.messages]
    if file.extra:
        assert np.isfinite(recording.extra[file.extra]).sum() >= len(rows) - 1
    assert all(len(values) == len(samples) for values in recording.extra.values())


def test_every_line_is_accounted_for(made):
    name, file = made
    summary = import_recording(file.path, file.options).summary
    assert summary.lines["rejected"] == len(summary.rejected) == int(file.damaged)
    if file.is_text:
        assert sum(summary.lines.values()) == count_lines(content_of(file.path))
    if file.damaged:
        ((line, reason),) = summary.rejected
        assert reason
        if name not in ("bids",):
            text = content_of(file.path)
            text = text.decode("utf-16" if text[:2] == b"\xff\xfe" else "utf-8")
            assert text.splitlines()[line - 1]
            accepted = summary.lines["sample"]
            assert accepted == len(ROWS) - 1


def test_the_recording_is_sound_and_comes_back(made, tmp_path):
    _, file = made
    recording = import_recording(file.path, file.options).recording
    out = tmp_path / "out.h5"
    write_recording(out, recording)
    faults = [fault for fault in faults_of(out) if "is not described" not in fault]
    assert faults == []
    again = read_recording(out)
    assert again.samples.tobytes() == recording.samples.tobytes()
    assert set(again.extra) == set(recording.extra)
    assert all(block.start_s <= block.end_s for block in again.blocks)


def test_nothing_personal_and_no_path_goes_along(made, tmp_path):
    _, file = made
    told = repr(import_recording(file.path, file.options).recording)
    assert "Anna" not in told
    assert str(tmp_path) not in told


def test_what_a_file_is_not_is_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("hello\n")
    with pytest.raises(FoveolaError, match=r"no reader knows .*--format eyelink-edf\|lsl-xdf"):
        import_recording(path)
    with pytest.raises(FoveolaError, match=r"no format 'x'.*Choose one of: eyelink-edf"):
        import_recording(path, file_format="x")
    with pytest.raises(FoveolaError, match="can't be opened"):
        import_recording(tmp_path / "gone")
    for name in READERS:
        with pytest.raises(FoveolaError) as error:
            import_recording(path, OPTIONS, file_format=name)
        assert isinstance(error.value, MissingExtraError) or "a.txt" in str(error.value)


@pytest.mark.parametrize("name", ["tobii-sdk", "gazepoint", "pupil-core", "eyetribe", "titta"])
def test_what_is_not_known_of_the_screen_is_asked_for(tmp_path, name):
    file = MADE[name](tmp_path)
    with pytest.raises(FoveolaError, match="--screen-px WIDTH HEIGHT"):
        import_recording(file.path)


@pytest.mark.skipif(not REAL, reason="the real recordings are not here")
@pytest.mark.parametrize("name", REAL)
def test_real_files_load_and_every_line_is_accounted_for(name):
    path = DATA / name
    if path.suffix == ".edf" and importlib.util.find_spec("eyelinkio") is None:
        pytest.skip("the extra edf is not installed")
    result = import_recording(path, OPTIONS)
    summary = result.summary
    assert summary.samples == len(result.recording.samples) > 0
    assert summary.lines["rejected"] == len(summary.rejected)
    assert np.all(np.diff(result.recording.samples["time_s"]) > 0)
    if path.suffix != ".edf":
        assert sum(summary.lines.values()) == count_lines(content_of(path))
    lost = np.isnan(result.recording.samples["left_x_px"])
    assert np.mean(~lost | ~np.isnan(result.recording.samples["right_x_px"])) > 0.2


SNIPPETS = [b"\t", b",", b"\n", b"\r", b"nan", b"-", b"1e999", b"\0", b"\xff", b'"', b"9" * 30]


def mutated(data, content):
    """A file with one to eight faults."""
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, max(0, len(content) - 1)))
        end = place + data.draw(st.integers(0, 300))
        fault = data.draw(st.sampled_from(["put", "cut", "flip", "double", "end"]))
        if fault == "put":
            content[place:place] = data.draw(st.sampled_from(SNIPPETS))
        elif fault == "cut":
            del content[place:end]
        elif fault == "flip" and content:
            content[place] = data.draw(st.integers(0, 255))
        elif fault == "double":
            content[place:place] = content[place:end]
        else:
            del content[max(place, 100) :]
    return bytes(content)


def check_damaged(path, options, name, *, is_text):
    """A named error, or a recording whose lines are all accounted for."""
    try:
        result = import_recording(path, options, file_format=name)
    except FoveolaError:
        return
    summary = result.summary
    if is_text:
        assert sum(summary.lines.values()) == len(made_lines(path))
    assert len(summary.rejected) <= 1000
    assert np.all(np.diff(result.recording.samples["time_s"]) > 0)
    assert all(block.end_s >= block.start_s for block in result.recording.blocks)


def made_lines(path):
    from foveola.tracking.text_table import read_lines

    return read_lines(path)


@pytest.mark.parametrize("name", [name for name in MADE if name not in ("eyelink-asc", "bids")])
def test_damaged_files_give_a_named_error_or_a_summary(name, tmp_path_factory):
    folder = tmp_path_factory.mktemp(name)
    file = MADE[name](folder)
    content = file.path.read_bytes()

    @settings(
        max_examples=MUTATIONS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def mutate(data):
        file.path.write_bytes(mutated(data, content))
        check_damaged(file.path, file.options, name, is_text=file.is_text)

    mutate()


@pytest.mark.parametrize(
    "suffix", ["physio.tsv.gz", "physio.json", "physioevents.tsv.gz", "events"]
)
def test_damaged_bids_files_give_a_named_error_or_a_summary(suffix, tmp_path):
    file = made_imports.bids(tmp_path)
    (tmp_path / "set" / "dataset_description.json").touch()
    victim = next(path for path in sorted(file.path.parent.iterdir()) if suffix in path.name)
    packed = victim.suffix == ".gz"
    content = content_of(victim)

    @settings(
        max_examples=MUTATIONS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def mutate(data):
        damaged = mutated(data, content)
        victim.write_bytes(gzip.compress(damaged) if packed else damaged)
        check_damaged(file.path, file.options, "bids", is_text=False)

    mutate()


@pytest.mark.skipif(not REAL, reason="the real recordings are not here")
@pytest.mark.parametrize("name", [one for one in REAL if one.startswith("tobii")])
def test_damaged_real_files_give_a_named_error_or_a_summary(name, tmp_path_factory):
    content = b"\n".join((DATA / name).read_bytes().split(b"\n")[:300])
    path = tmp_path_factory.mktemp("real") / "a.tsv"
    file_format = sniff_format(DATA / name)

    @settings(
        max_examples=MUTATIONS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def mutate(data):
        path.write_bytes(mutated(data, content))
        check_damaged(path, OPTIONS, file_format, is_text=True)

    mutate()


def test_screens_given_by_hand_win(tmp_path):
    file = MADE["smi"](tmp_path)
    recording = import_recording(file.path, ImportOptions(screen=SCREEN, observer="x")).recording
    assert recording.screen == SCREEN
    assert recording.observer.id == "x"


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("time = ", "this is no TOML"),
        ('time = "t"', "columns: Field required"),
        ('time = "t"\n[columns]\nx = "lx"', "unknown: x.*left_x_px"),
        ('time = "t"\n[columns]\nleft_pupil = "lx"', "no column of gaze"),
        ('time = "no"\n[columns]\nleft_x_px = "lx"', "missing: no"),
        (
            'time = "t"\nskip_lines = 99\n[columns]\nleft_x_px = "lx"',
            "line 100: .*no line",
        ),
    ],
)
def test_mappings_that_cannot_be_used_are_named(tmp_path, mapping, reason):
    file = MADE["csv"](tmp_path)
    file.options.mapping.write_text(mapping)
    with pytest.raises(FoveolaError, match=reason):
        import_recording(file.path, file.options)


def test_older_exports_of_tobii_state_no_units(tmp_path):
    names = "Recording timestamp\tGaze point X\tGaze point Y\tEvent\tEyetracker timestamp"
    rows = [f"{20 * i}\t{i}\t{2 * i}\t\t{20_000 * i}" for i in range(9)]
    path = made_imports.write(tmp_path / "a.tsv", [names, *rows, "95\t\t\tkey\t"])
    result = import_recording(path, OPTIONS)
    samples = result.recording.samples
    np.testing.assert_allclose(samples["time_s"], np.arange(9) * 0.02)
    np.testing.assert_allclose(samples["device_time_s"], np.arange(9) * 0.02)
    assert samples["left_x_px"].tolist() == samples["right_x_px"].tolist() == list(range(9))
    assert [one.text for one in result.recording.messages] == ["key"]
    assert result.summary.lines["event"] == 1
