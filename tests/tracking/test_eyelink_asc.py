"""EyeLink ASC files: real ones load whole, odd ones as they mean, broken ones with a reason."""

import gzip
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveola.data_schema import (
    EventKind,
    Eye,
    FileFormatError,
    FoveolaError,
    Screen,
    read_recording,
    write_recording,
)
from foveola.tracking import read_eyelink_asc, unpacked_file

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "eyelink"
FILES = {
    "bino1000.asc.gz": (3467, 4, 4, 40),
    "bino250.asc.gz": (910, 4, 4, 28),
    "eyelink_binocular_example.asc": (368, 1, 1, 8),
    "eyelink_monocular_2khz_example.asc": (16, 1, 5, 3),
    "eyelinkparser_20trials_1000hz.asc.gz": (92740, 20, 20, 135),
    "left_eye.asc.gz": (70291, 4, 4, 465),
    "mono2000.asc.gz": (8976, 4, 4, 22),
    "mono250.asc.gz": (914, 4, 4, 14),
    "monoRemote500.asc.gz": (41582, 4, 4, 599),
}
#: Damaged files for each real one; set higher for a long run.
MUTATIONS = int(os.environ.get("FOVEOLA_MUTATIONS", "40"))
GEOMETRY = {"screen_cm": (40.0, 30.0), "distance_cm": 60.0}

MONO = """\
** CONVERTED FROM C:\\Users\\someone\\x.edf using edfapi 4.2.1 Win32 on Fri Mar 10 2023
** DATE: Wed Mar  8 09:25:20 2023
** EYELINK II CL v6.12 Feb  1 2018 (EyeLink Portable Duo)
** SERIAL NUMBER: CLU-DAB50
**

MSG\t90 DISPLAY_COORDS 0 0 1919 1079
START\t100 \tLEFT\tSAMPLES\tEVENTS
PRESCALER\t1
VPRESCALER\t1
PUPIL\tAREA
EVENTS\tGAZE\tLEFT\tRATE\t1000.00\tTRACKING\tCR\tFILTER\t2
SAMPLES\tGAZE\tLEFT\tRATE\t1000.00\tTRACKING\tCR\tFILTER\t2
100\t  10.5\t  20.25\t 900.0\t...
101\t  -1.5\t  2.3e+06\t 901.0\t...
102\t   .\t   .\t    0.0\t...
END\t103 \tSAMPLES\tEVENTS\tRES\t  35.19\t  35.15
"""


def real(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real file {name} is not here")
    return path


def text_of(path):
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("latin-1")


def read(tmp_path, text, **options):
    path = tmp_path / "a.asc"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_eyelink_asc(path, **(GEOMETRY | options))


def lines_of(text):
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def plainly_parsed(text):
    """Samples by the most pedestrian means: an independent reading to compare with."""
    rows, sides, inside = [], [], False
    for line in text.split("\n"):
        words = line.split()
        if line.startswith("SAMPLES"):
            inside, sides = True, [side for side in ("LEFT", "RIGHT") if side in words]
        elif line.startswith(("START", "END")):
            inside = False
        elif inside and line[:1].isdigit():
            row = dict.fromkeys(("LEFT", "RIGHT"), [np.nan] * 3)
            for i, side in enumerate(sides):
                values = [np.nan if w == "." else float(w) for w in words[1 + 3 * i : 4 + 3 * i]]
                row[side] = [*values[:2], values[2] or np.nan]
            rows.append([float(words[0]), *row["LEFT"], *row["RIGHT"]])
    return np.array(rows)


@pytest.mark.parametrize("name", FILES)
def test_real_files_load_whole(name):
    path = real(name)
    result = read_eyelink_asc(path, **GEOMETRY)
    recording, summary = result.recording, result.summary
    samples = recording.samples
    assert (summary.samples, summary.blocks, summary.trials, summary.events) == FILES[name]
    assert summary.lines["rejected"] == 0
    assert sum(summary.lines.values()) == lines_of(text_of(path))
    expected = plainly_parsed(text_of(path))
    doubled = name == "mono2000.asc.gz"
    np.testing.assert_allclose(
        samples["device_time_s"] * 1000, expected[:, 0], atol=0.5001 if doubled else 1e-9
    )
    columns = [f"{side}_{what}" for side in ("left", "right") for what in ("x_px", "y_px", "pupil")]
    for i, column in enumerate(columns, start=1):
        np.testing.assert_allclose(samples[column], expected[:, i], rtol=1e-15)
    assert np.all(np.diff(samples["time_s"]) > 0)
    assert np.array_equal(samples["time_s"], samples["device_time_s"])


def test_a_real_binocular_recording_in_detail(tmp_path):
    result = read_eyelink_asc(real("bino1000.asc.gz"), observer="07", **GEOMETRY)
    recording = result.recording
    first = recording.samples[0]
    assert first.item() == (7427.362, 7427.362, 502.3, 411.1, 1103.0, 512.8, 395.9, 1094.0)
    assert (recording.screen.width_px, recording.screen.height_px) == (1024, 768)
    tracker = recording.tracker
    assert (tracker.make, tracker.firmware, tracker.serial) == ("SR Research", "v5.03", "CLG-BAF18")
    assert (tracker.sampling_rate_hz, tracker.eyes) == (1000.0, "both")
    assert recording.observer.id == "07"
    assert recording.blocks[0].start_s == 7427.362
    assert recording.blocks[0].end_s == 7428.228
    calibration, validation, drift = recording.calibrations[:3]
    assert (calibration.kind, calibration.layout, calibration.accepted) == (
        "calibration",
        "HV13",
        True,
    )
    assert len(validation.points) == 26
    assert validation.reason.startswith("LEFT GOOD ERROR 0.35 avg. 0.48 max")
    left = [point.error_deg for point in validation.points if point.eye == "left"]
    assert max(left) == 0.48
    point = validation.points[0]
    assert (point.target_x_px, point.gaze_x_px, point.gaze_y_px) == (512, 496.7, 382.0)
    assert (drift.kind, len(drift.points)) == ("drift_check", 2)
    left_fixation = recording.events[
        (recording.events["kind"] == EventKind.FIXATION) & (recording.events["eye"] == Eye.LEFT)
    ][0]
    assert left_fixation[["onset_s", "duration_s", "x_px", "y_px", "pupil"]].item() == (
        7427.371,
        0.733,
        496.7,
        402.8,
        1070.0,
    )
    trial = recording.trials[0]
    assert trial.variables["direction"] == "Left"
    assert (trial.onset_s, trial.offset_s, trial.status) == (7427.307, 7428.283, "complete")
    texts = {message.text for message in recording.messages}
    assert "INPUT 0" in texts
    assert "benacland" not in repr(recording)
    write_recording(tmp_path / "a.h5", recording)
    assert len(read_recording(tmp_path / "a.h5").samples) == 3467


def test_what_offsets_before_messages_mean():
    recording = read_eyelink_asc(real("left_eye.asc.gz"), **GEOMETRY).recording
    (message,) = [one for one in recording.messages if one.text == "!V DRAW_LIST graphics/VC_1.vcl"]
    assert message.time_s == pytest.approx(860.610)


def test_older_converters_write_each_millisecond_twice_at_2000_hz():
    samples = read_eyelink_asc(real("mono2000.asc.gz"), **GEOMETRY).recording.samples
    assert samples["time_s"][:4].tolist() == [8258.957, 8258.9575, 8258.958, 8258.9585]


def test_a_small_file_in_detail(tmp_path):
    result = read(tmp_path, MONO)
    recording = result.recording
    assert recording.samples["left_x_px"][:2].tolist() == [10.5, -1.5]
    assert recording.samples["left_y_px"][:2].tolist() == [20.25, 2.3e6]
    assert np.isnan(recording.samples[["left_x_px", "left_y_px", "left_pupil"]][2].tolist()).all()
    assert np.isnan(recording.samples["right_x_px"]).all()
    assert recording.tracker.model == "EyeLink Portable Duo"
    assert recording.tracker.software == "edfapi 4.2.1"
    assert recording.tracker.eyes == "left"
    assert recording.observer.id == "a"
    assert recording.screen == Screen(
        width_px=1920, height_px=1080, width_cm=40, height_cm=30, distance_cm=60
    )
    assert recording.provenance.parameters["recorded"] == "Wed Mar  8 09:25:20 2023"
    assert recording.provenance.inputs[0].name == "a.asc"
    assert result.summary.loss == pytest.approx(1 / 3)


def with_samples(header, *samples):
    """The small file with another SAMPLES line and other samples."""
    text = re.sub(r"(?m)^SAMPLES.*$", "SAMPLES\t" + header, MONO)
    return re.sub(r"(?ms)^100\t.*?(?=^END)", "".join(f"{one}\n" for one in samples), text)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("GAZE\tLEFT\tRATE\t1000.00", "100 1.0 2.0 3.0 ..."),
        ("GAZE\tLEFT\tRATE\t1000.00", "100 1.0 2.0 3.0 I.C"),
        ("GAZE\tLEFT\tRATE\t1000.00", "100 1.0 2.0 3.0"),
        ("GAZE\tLEFT\tRATE\t1000.00", "100 1.0 2.0 3.0 127.0 ..."),
        ("GAZE\tLEFT\tRATE\t1000.00", "  100   1 +2.0\t3.0 ... \r"),
        ("GAZE\tLEFT\tVEL\tRATE\t1000.00", "100 1.0 2.0 3.0 -4.5 . ..."),
        ("GAZE\tLEFT\tVEL\tRES\tRATE\t1000.00\tINPUT", "100 1.0 2.0 3.0 4 5 6 7 127.0 ..."),
        ("GAZE\tLEFT\tRES\tRATE\t1000.00", "100 1.0 2.0 3.0 35.1 35.2 0.0 ..."),
        ("GAZE\tLEFT\tHTARGET\tRATE\t500.00", "100 1 2 3 ... 5069.0 3637.0 577.5 ............."),
        ("GAZE\tLEFT\tHTARGET\tRATE\t500.00", "100 1 2 3 ... . . . M............"),
        ("GAZE\tLEFT\tHTARGET\tRATE\t500.00", "100 1 2 3 ... 1 2 3 ................."),
    ],
)
def test_columns_of_every_kind_are_read(tmp_path, header, line):
    result = read(tmp_path, with_samples(header, line))
    (sample,) = result.recording.samples
    assert sample.item()[:5] == (0.1, 0.1, 1.0, 2.0, 3.0)


def test_binocular_columns_with_velocity_and_head(tmp_path):
    header = "GAZE\tLEFT\tRIGHT\tVEL\tRES\tHTARGET\tRATE\t1000.00\tTRACKING\tCR\tFILTER\t2\tINPUT"
    line = "100 1 2 3 4 5 6 . . . -7 35 36 127.0 .C.C. 1.0 2.0 3.0 M............."
    recording = read(tmp_path, with_samples(header, line + "...")).recording
    (sample,) = recording.samples
    assert sample.item()[2:] == (1, 2, 3, 4, 5, 6)
    assert {name: values[0] for name, values in recording.extra.items()} == {
        "input": 127,
        "right_velocity_y_deg_s": -7,
        "resolution_x_px_per_deg": 35,
        "resolution_y_px_per_deg": 36,
        "target_x": 1,
        "target_y": 2,
        "target_distance_mm": 3,
        "sample_flags": 0b01010,
        "target_flags": 1,
    }


def test_coordinates_that_are_not_of_gaze_are_kept_under_their_own_names(tmp_path):
    lines = "100 -1.5 20.25 900 ...", "101 1 2 3 4 I.."
    recording = read(tmp_path, with_samples("HREF\tLEFT\tRATE\t1000.00", *lines)).recording
    assert np.isnan(recording.samples["left_x_px"]).all()
    assert recording.samples["left_pupil"].tolist() == [900, 3]
    assert recording.extra["left_href_x"].tolist() == [-1.5, 1]
    assert recording.extra["left_href_y"].tolist() == [20.25, 2]
    assert np.isnan(recording.extra["input"][0])
    assert recording.extra["input"][1] == 4
    assert recording.extra["sample_flags"].tolist() == [0, 1]


@pytest.mark.parametrize("width", [1, 64, 100, 1000])
def test_windows_of_any_width_give_the_same_recording(tmp_path, monkeypatch, width):
    path = real("mono250.asc.gz")
    plain = tmp_path / "mono250.asc"
    plain.write_bytes(gzip.decompress(path.read_bytes())[:40_000])
    whole = read_eyelink_asc(plain, **GEOMETRY)
    monkeypatch.setattr(unpacked_file, "WINDOW_BYTES", width)
    pieces = read_eyelink_asc(plain, **GEOMETRY)
    assert pieces.recording.samples.tobytes() == whole.recording.samples.tobytes()
    assert pieces.recording.messages == whole.recording.messages
    assert pieces.summary == whole.summary


def test_a_right_eye_alone_is_the_right_eye(tmp_path):
    samples = read(tmp_path, MONO.replace("LEFT", "RIGHT")).recording.samples
    assert samples["right_x_px"][0] == 10.5
    assert np.isnan(samples["left_x_px"]).all()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("103 1.0 2.0", "too few columns"),
        ("103 1.0 2.0 ...", "too few columns"),
        ("103 1.0 2.0 3.0 4.0 5.0 ...", "too many columns"),
        ("103 1.0 2.0 3.0 ... 1", "too many columns"),
        ("103 1.0 2..0 3.0 ...", "no number"),
        ("103 1.0 2-0 3.0 ...", "no number"),
        ("103 1.0 - 3.0 ...", "no number"),
        ("103 1.0 2,0 3.0 ...", "no number"),
        ("103 1.0 2e999 3.0 ...", "no number"),
        ("103 1.0 2e 3.0 ...", "no number"),
        ("103 1.0 1234567890123456789 3.0 ...", "no number"),
        ("10x 1.0 2.0 3.0 ...", "no number"),
        ("103 1.0 2.0 3.0 4x ...", "no number"),
        ("103 1.0 2.0 3.0", "without the flags"),
        ("103 1.0 2.0 3.0 ..", "without the flags"),
        ("103 1.0 2.0 3.0 .....", "without the flags"),
        ("102 1.0 2.0 3.0 ...", "was there before"),
        ("101 1.0 2.0 3.0 ...", "goes back"),
        ("99999 1.0 2.0 3.0 ...", "far from START or END"),
        ("SFIX L", "beginning that has not three words"),
        ("SFIX X 100", "neither L nor R"),
        ("EFIX L 100 101 2 1.0 2.0", "event with too few columns"),
        ("EFIX L 100 101 2 1.0 x 3.0", "no number: 'x'"),
        ("EFIX L 100 101 2 1.0 nan 3.0", "no number: 'nan'"),
        ("EFIX L 100 101 2 1.0 1_0 3.0", "no number"),
        ("EFIX L 101 100 2 1.0 2.0 3.0", "whose duration"),
        ("EFIX L 100 101 90 1.0 2.0 3.0", "whose duration"),
        ("EFIX L -100 101 90 1.0 2.0 3.0", "a time that can't be"),
        ("MSG hello", "a message without a time"),
        ("INPUT 101", "input or button"),
        ("BUTTON x 1 1", "input or button"),
        ("FOO 1 2", "unknown kind: 'FOO 1 2'"),
        ("\x00\x01", "unknown kind"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, line, reason):
    text = MONO.replace("END\t103", f"{line}\nEND\t103")
    summary = read(tmp_path, text).summary
    ((number, told),) = summary.rejected
    assert number == 17
    assert reason in told
    assert summary.lines["rejected"] == 1
    assert sum(summary.lines.values()) == lines_of(text)
    assert summary.samples == 3


def test_a_time_that_jumps_ahead_costs_one_sample(tmp_path):
    lines = [f"{time} {time}.0 2.0 3.0 ..." for time in (100, 101, 902, 103, 104)]
    result = read(tmp_path, with_samples("GAZE\tLEFT\tRATE\t1000.00", *lines))
    assert result.recording.samples["left_x_px"].tolist() == [100, 101, 103, 104]
    assert result.summary.rejected == (
        (16, "a sample whose time jumps ahead of those that follow"),
    )
    assert result.summary.gaps == 1


def test_a_cut_first_sample_does_not_speak_for_the_others(tmp_path):
    text = MONO.replace("900.0\t...", "90")
    assert read(tmp_path, text).summary.samples == 3


def test_stamps_in_half_and_whole_milliseconds_stay_in_order(tmp_path):
    lines = [f"{time} 1.0 2.0 3.0 ..." for time in ("100", "100", "100.2", "100", "101", "101.5")]
    result = read(tmp_path, with_samples("GAZE\tLEFT\tRATE\t2000.00", *lines))
    assert np.all(np.diff(result.recording.samples["time_s"]) > 0)
    assert result.summary.samples + result.summary.lines["rejected"] == 6


def test_blocks_without_start_or_end(tmp_path):
    second = MONO[MONO.index("START") :].replace("\n10", "\n20")
    no_end = MONO[: MONO.index("END")] + second.replace("START\t100", "START\t200").replace(
        "END\t103", "END\t203"
    )
    blocks = read(tmp_path, no_end).recording.blocks
    assert [(one.start_s, one.end_s) for one in blocks] == [(0.1, 0.102), (0.2, 0.203)]
    no_start = MONO.replace("START\t100 \tLEFT\tSAMPLES\tEVENTS\n", "")
    summary = read(tmp_path, no_start).summary
    assert (summary.samples, summary.blocks) == (3, 1)
    assert [reason for _, reason in summary.rejected] == ["an EVENTS line outside of a block"]
    twice = MONO + "END\t104\n101 1 2 3 ...\n"
    reasons = [reason for _, reason in read(tmp_path, twice).summary.rejected]
    assert reasons == ["an END without a START", "a sample outside of a block, or a number alone"]
    early = read(tmp_path, MONO.replace("END\t103", "END\t50"))
    assert early.summary.rejected[0] == (17, "an END before its START")
    assert early.recording.blocks[0].end_s == 0.102


def test_rates_and_eyes_may_change_between_blocks(tmp_path):
    second = (
        "START\t300 \tLEFT\tRIGHT\tSAMPLES\tEVENTS\n"
        "SAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t 500.00\tTRACKING\tCR\n"
        "300 1 2 3 4 5 6 .....\n302 1 2 3 4 5 6 .....\n310 1 2 3 4 5 6 .....\nEND\t312\n"
    )
    result = read(tmp_path, MONO + second)
    first, other = result.recording.blocks
    assert (first.sampling_rate_hz, first.eyes) == (1000.0, "left")
    assert (other.sampling_rate_hz, other.eyes) == (500.0, "both")
    assert result.recording.tracker.eyes == "both"
    assert result.summary.gaps == 1


@pytest.mark.parametrize(
    ("samples_line", "reason"),
    [
        ("GAZES\tLEFT\tRATE\t1000.00", "line 14: none of 3 samples .* of neither GAZE, HREF"),
        ("GAZE\tRATE\t1000.00", "names no eye"),
        ("GAZE\tLEFT\tRATE\t0", "a RATE of"),
        ("GAZE\tLEFT\tRATE", "none of 3|RATE"),
    ],
)
def test_a_block_whose_columns_are_not_known_is_refused(tmp_path, samples_line, reason):
    text = re.sub(r"(?m)^EVENTS.*\n", "", MONO)
    text = re.sub(r"(?m)^SAMPLES.*$", "SAMPLES\t" + samples_line, text)
    with pytest.raises(FileFormatError) as error:
        read(tmp_path, text)
    assert re.search(reason.replace("line 14", "line 12"), str(error.value))


def test_events_of_every_kind(tmp_path):
    events = (
        "SFIX L 100\nEFIX L 100\t101\t2\t -5.5\t .\t 900\t 35.1\t 35.2\n"
        "SSACC L 101\nESACC L 101\t102\t2\t .\t .\t 2.3e+06\t 1\t 7.68\t 400\n"
        "EBLINK R 100\t102\t3\nSFIX L 102\nBUTTON\t101\t5\t1\n"
    )
    result = read(tmp_path, MONO.replace("END\t103", events + "END\t103"))
    fixation, blink, saccade = result.recording.events
    assert (fixation["kind"], fixation["x_px"], fixation["pupil"]) == (1, -5.5, 900)
    assert np.isnan(fixation["y_px"])
    assert (blink["kind"], blink["eye"], blink["duration_s"]) == (EventKind.BLINK, 2, 0.003)
    assert saccade[["end_x_px", "amplitude_deg", "peak_velocity_deg_s"]].item() == (
        2.3e6,
        7.68,
        400,
    )
    assert result.summary.cut_events == 1
    assert "BUTTON 5 1" in [message.text for message in result.recording.messages]
    href = MONO.replace("EVENTS\tGAZE\tLEFT", "EVENTS\tHREF\tLEFT")
    result = read(tmp_path, href.replace("END\t103", events + "END\t103"))
    assert np.isnan(result.recording.events["x_px"]).all()


def test_messages_in_either_encoding_and_with_offsets(tmp_path):
    lines = (
        "MSG\t101 Grüße\n".encode()
        + "MSG\t101 Grüße\n".encode("latin-1")
        + b"MSG 102.5 -8 shown\nMSG\t103 12 apples\nMSG\t104 20240102 date\nMSG\t105 7\nMSG\t106\n"
    )
    result = read(tmp_path, MONO.encode() + lines)
    found = [(one.time_s, one.text) for one in result.recording.messages if one.time_s > 0.0905]
    assert sorted(found) == [
        (0.091, "apples"),
        (0.101, "Grüße"),
        (0.101, "Grüße"),
        (0.104, "20240102 date"),
        (0.105, "7"),
        (0.106, ""),
        (0.1105, "shown"),
    ]
    assert result.summary.shifted_messages == 2


@pytest.mark.parametrize(
    ("coordinates", "pixels"),
    [
        ("GAZE_COORDS 0.00 0.00 1919.00 1079.00", (1920, 1080)),
        ("GAZE_COORDS 0.00 0.00 1920.00 1080.00", (1920, 1080)),
        ("!CMD 0 screen_pixel_coords = 0 0 1365 767", (1366, 768)),
        ("GAZE_COORDS 0 0 1024.0, 768.0", (1024, 768)),
    ],
)
def test_pixels_of_the_screen(tmp_path, coordinates, pixels):
    screen = read(
        tmp_path, MONO.replace("DISPLAY_COORDS 0 0 1919 1079", coordinates)
    ).recording.screen
    assert (screen.width_px, screen.height_px) == pixels


def test_size_and_distance_from_the_file(tmp_path):
    physical = (
        "MSG\t91 !CMD 0 screen_phys_coords = -266.0 149.0 266.0 -149.0\n"
        "MSG\t91 !CMD 0 screen_distance = 600 660\n"
    )
    text = MONO.replace("START", physical + "START", 1)
    screen = read(tmp_path, text, screen_cm=None, distance_cm=None).recording.screen
    assert (screen.width_cm, screen.height_cm) == (53.2, 29.8)
    above_cm = (60**2 - 66**2 + 29.8**2) / (2 * 29.8)
    assert screen.distance_cm == pytest.approx(np.sqrt(60**2 - above_cm**2))
    one = text.replace("600 660", "605")
    assert read(tmp_path, one, distance_cm=None).recording.screen.distance_cm == 60.5


def test_what_is_not_known_of_the_screen_is_asked_for(tmp_path):
    with pytest.raises(FileFormatError, match=r"a\.asc: .* --screen-cm WIDTH HEIGHT --distance-cm"):
        read(tmp_path, MONO, distance_cm=None)
    bare = MONO.replace("DISPLAY_COORDS", "DISPLAY")
    with pytest.raises(FileFormatError, match="--screen-px"):
        read(tmp_path, bare)
    assert read(tmp_path, bare, screen_px=(800, 600)).recording.screen.width_px == 800
    with pytest.raises(FileFormatError, match=r"distance_cm: .*greater than 0"):
        read(tmp_path, MONO, distance_cm=-60.0)
    screen = Screen(width_px=8, height_px=6, width_cm=4, height_cm=3, distance_cm=6)
    assert read(tmp_path, bare, screen=screen).recording.screen == screen


def test_an_origin_off_the_corner_moves_everything(tmp_path):
    text = MONO.replace("DISPLAY_COORDS 0 0 1919 1079", "GAZE_COORDS 100 50 2019 1129")
    text = text.replace("END\t103", "EFIX L 100\t101\t2\t 110\t 70\t 900\nEND\t103")
    text += "MSG\t120 DRIFTCORRECT L LEFT  at 200,150  OFFSET 0.5 deg.  -1.0,2.0 pix.\n"
    recording = read(tmp_path, text).recording
    assert recording.screen.width_px == 1920
    assert recording.samples[["left_x_px", "left_y_px"]][0].item() == (-89.5, -29.75)
    assert recording.events[["x_px", "y_px"]][0].item() == (10, 20)
    point = recording.calibrations[0].points[0]
    assert (point.target_x_px, point.target_y_px, point.gaze_x_px) == (100, 100, 99)


def test_coordinates_that_change_are_noted(tmp_path):
    text = MONO + "MSG\t200 DISPLAY_COORDS 0 0 1023 767\n"
    assert read(tmp_path, text).summary.notes == (
        f"GAZE_COORDS change at line {lines_of(text)}; the first ones are used.",
    )


def trial_file(*messages):
    return MONO.replace("END\t103", "".join(f"MSG\t{one}\n" for one in messages) + "END\t103")


def test_trials_with_images(tmp_path):
    from PIL import Image

    (tmp_path / "images").mkdir()
    Image.new("L", (200, 100)).save(tmp_path / "images" / "b.png")
    recording = read(
        tmp_path,
        trial_file(
            "95 TRIALID 1",
            "100 -1 SYNCTIME",
            "100 !V IMGLOAD CENTER images\\b.png 960 540 400 200",
            "101 !V TRIAL_VAR condition free viewing",
            "102 TRIAL_RESULT 0",
            "103 TRIALID 2",
            "104 !V IMGLOAD CENTER gone.png 960 540",
            "105 blank_screen",
            "106 TRIAL_RESULT 0",
            "107 TRIALID 3",
            "107 !V TRIAL_VAR image_name c.png",
            "108 TRIAL_RESULT 0",
            "109 TRIALID 4",
            "109 !V IMGLOAD TOP_LEFT ../secret.png 10 20",
        ),
    ).recording
    first, second, third, fourth = recording.trials
    assert (first.stimulus, first.onset_s, first.offset_s) == ("images/b.png", 0.101, 0.102)
    assert (first.image_left_px, first.image_top_px, first.image_scale) == (760, 440, 2)
    assert first.variables == {"TRIALID": "1", "condition": "free viewing"}
    (stimulus,) = recording.stimuli
    assert (stimulus.id, stimulus.width_px) == ("images/b.png", 200)
    assert (second.stimulus, second.onset_s, second.offset_s) == ("gone.png", 0.104, 0.105)
    assert np.isnan(second.image_left_px)
    assert (third.stimulus, third.image_left_px) == ("c.png", 0)
    assert (fourth.image_left_px, fourth.image_top_px) == (10, 20)
    assert [one.status for one in recording.trials] == ["complete"] * 3 + ["interrupted"]


def test_trials_of_files_without_trial_ids(tmp_path):
    from PIL import Image

    Image.new("L", (960, 540)).save(tmp_path / "b.png")
    recording = read(
        tmp_path, trial_file("100 !V IMGLOAD FILL b.png", "102 !V IMGLOAD FILL gone.png")
    ).recording
    assert [(one.stimulus, one.onset_s, one.offset_s) for one in recording.trials] == [
        ("b.png", 0.1, 0.102),
        ("gone.png", 0.102, 0.103),
    ]
    assert [one.image_scale for one in recording.trials] == [2, 1]
    assert {one.status for one in recording.trials} == {"complete"}


def test_failed_calibrations_and_checks(tmp_path):
    calibrations = read(
        tmp_path,
        trial_file(
            "80 !CAL CALIBRATION HV9 L LEFT    GOOD",
            "90 !CAL VALIDATION HV9 L ABORTED",
            "200 !CAL VALIDATION HV9 L LEFT  POOR ERROR 3.58 avg. 3.73 max  OFFSET 3.5 deg.",
            "200 VALIDATE L POINT 0  LEFT  at 640,512  OFFSET 3.73 deg.  47.5,218.0 pix.",
            "900 DRIFTCORRECT L ABORTED",
        ),
    ).recording.calibrations
    assert [(one.kind, one.accepted, len(one.points)) for one in calibrations] == [
        ("calibration", True, 0),
        ("validation", False, 0),
        ("validation", False, 1),
        ("drift_check", False, 0),
    ]
    assert calibrations[1].reason == "ABORTED"
    assert calibrations[2].max_error_deg() == 3.73


def event_lines():
    """Lines of events whose durations fit or not, and messages between them."""
    times = st.integers(100, 130).map(str)
    numbers = st.sampled_from(["960.5", "-12.25", ".", "0", "7.", "1e3", "1919.0"])
    begins = st.tuples(st.sampled_from(["SFIX", "SSACC", "SBLINK"]), st.sampled_from("LRX"), times)
    ends = st.tuples(
        st.sampled_from(["EFIX", "ESACC", "EBLINK"]),
        st.sampled_from("LR"),
        times,
        times,
        st.integers(0, 12).map(str),
        st.lists(numbers, max_size=9).map("\t".join),
    )
    others = st.sampled_from(
        [
            ("MSG", "105 hello"),
            ("END", "120", "SAMPLES"),
            ("START", "121", "LEFT"),
            ("EVENTS", "HREF", "LEFT", "RATE", "500.00"),
        ]
    )
    return st.lists(begins | ends | others, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(event_lines())
def test_plain_events_are_read_as_those_that_are_not(tmp_path, lines):
    # A plus sign before its time leaves a line to the code that takes lines one by one.
    plain = "".join("\t".join(words) + "\n" for words in lines)
    odd = re.sub(r"(?m)^([SE](?:FIX|SACC|BLINK)\t.\t)(?=\d)", r"\1+", plain)
    results = [read(tmp_path, MONO + text) for text in (plain, odd)]
    events = [str(result.recording.events.tolist()) for result in results]
    assert events[0] == events[1]
    summaries = [result.summary for result in results]
    for name in ("lines", "cut_events", "notes", "messages", "rejected"):
        assert getattr(summaries[0], name) == getattr(summaries[1], name)


def test_figures_of_events_that_are_not_kept_are_named(tmp_path):
    event = "EFIX L 100 101 2 10.0 20.0 900 35.1 35.2\nEBLINK L 101 102 2\n"
    assert any("1 events have further columns" in note for note in notes(tmp_path, MONO + event))
    href = MONO.replace("EVENTS\tGAZE", "EVENTS\tHREF")
    assert any("The places of 1 events" in note for note in notes(tmp_path, href + event))
    assert not notes(tmp_path, MONO + event.replace(" 35.1 35.2", ""))


def notes(tmp_path, text):
    return read(tmp_path, text).summary.notes


def test_events_and_messages_alone_are_a_recording(tmp_path):
    text = re.sub(r"(?m)^10[0-2]\t.*\n", "", MONO)
    result = read(tmp_path, text)
    assert (result.summary.samples, result.summary.blocks) == (0, 1)
    assert np.isnan(result.summary.loss)


def test_files_that_are_no_asc_files(tmp_path):
    with pytest.raises(FileFormatError, match="can't be opened"):
        read_eyelink_asc(tmp_path / "gone.asc")
    with pytest.raises(FileFormatError, match="no EyeLink ASC file"):
        read(tmp_path, "")
    with pytest.raises(FileFormatError, match=r"an EDF file.* edf2asc"):
        read(tmp_path, b"SR_RESEARCH_COMBINED_FILE_FORMAT")
    with pytest.raises(FileFormatError, match="no block has a RATE"):
        read(tmp_path, "MSG 1 GAZE_COORDS 0 0 99 99\nSTART 1 LEFT\nEND 2\n")


def test_packed_files_that_are_damaged_or_bombs(tmp_path, monkeypatch):
    path = tmp_path / "a.asc.gz"
    path.write_bytes(gzip.compress(MONO.encode()))
    assert read_eyelink_asc(path, **GEOMETRY).recording.observer.id == "a"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileFormatError, match="damaged or cut"):
        read_eyelink_asc(path)
    path.write_bytes(gzip.compress(bytes(80_000_000)))
    with pytest.raises(FileFormatError, match="unpacks to more than"):
        read_eyelink_asc(path)
    monkeypatch.setattr(unpacked_file, "MAX_BYTES", 100)
    with pytest.raises(FileFormatError, match="too many"):
        read_eyelink_asc(path)


SNIPPETS = [
    "START\t7\tLEFT\n",
    "END\n",
    "SAMPLES\tGAZE\tRIGHT\tRATE\t500\n",
    "\r",
    " ",
    ".",
    "\t",
    "-",
    "e9",
    "nan",
    "\0",
    "MSG\t1 -5 x\n",
    "EFIX L 1 2 3\n",
    "!V IMGLOAD CENTER a 1 2\n",
    "\x0bEND ",
    "\n 12 13\n",
    "GAZE_COORDS 0 0 0 0",
    "9" * 30,
    "é",
    "\n",
]


@pytest.mark.parametrize(
    "name", ["bino250.asc.gz", "mono250.asc.gz", "eyelink_binocular_example.asc"]
)
@settings(
    max_examples=MUTATIONS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_mutated_real_files_give_an_error_or_a_summary(tmp_path, name, data):
    content = bytearray(text_of(real(name)).encode("latin-1"))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        end = place + data.draw(st.integers(0, 300))
        fault = data.draw(st.sampled_from(["put", "cut", "flip", "double", "end"]))
        if fault == "put":
            content[place:place] = data.draw(st.sampled_from(SNIPPETS)).encode("latin-1")
        elif fault == "cut":
            del content[place:end]
        elif fault == "flip":
            content[place] = data.draw(st.integers(0, 255))
        elif fault == "double":
            content[place:place] = content[place:end]
        else:
            del content[max(place, 4000) :]
    path = tmp_path / "mutated.asc"
    path.write_bytes(content)
    try:
        result = read_eyelink_asc(path, **GEOMETRY)
    except FoveolaError:
        return
    summary = result.summary
    lines = bytes(content).count(b"\n") + (not content.endswith(b"\n"))
    assert sum(summary.lines.values()) == lines
    assert len(summary.rejected) == min(1000, summary.lines["rejected"])
    assert np.all(np.diff(result.recording.samples["time_s"]) > 0)
    assert all(block.end_s >= block.start_s for block in result.recording.blocks)
    assert all(trial.offset_s >= trial.onset_s for trial in result.recording.trials)
