"""Small recordings in the exact layouts of the vendors: the same gaze in each of them.

25 samples at 100 Hz from 2 s on; x = 100 + 10 i, y = 500 + 4 i on the left, the right eye 8 px to
the right; sample 5 is lost, sample 10 was never written, and the line of sample 15 is damaged.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from foveola.data_schema import Screen
from foveola.tracking import ImportOptions

SCREEN = Screen(width_px=1000, height_px=800, width_cm=50, height_cm=40, distance_cm=60)
LOST, GAP, DAMAGED = 5, 10, 15
ROWS = [i for i in range(25) if i != GAP]


@dataclass(frozen=True)
class Made:
    """A file, what the user adds, and what is true of it."""

    path: Path
    options: ImportOptions = field(default_factory=lambda: ImportOptions(screen=SCREEN))
    one_place: bool = False
    damaged: bool = True
    message: str = ""
    extra: str = ""
    is_text: bool = True
    offset_px: float = 0.0


def time_s(i: int) -> float:
    return 2 + i / 100


def left(i: int) -> tuple[float, float]:
    return 100.0 + 10 * i, 500.0 + 4 * i


def write(path: Path, lines: list[str], *, encoding: str = "utf-8", end: str = "\r\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode(encoding))
    return path


def tobii_pro_lab(folder: Path) -> Made:
    """Microseconds, decimal commas, UTF-16, rows of events and of the mouse."""
    names = (
        "Recording timestamp [μs]\tSensor\tParticipant name\tEvent\tEvent value\t"
        "Gaze point left X [DACS px]\tGaze point left Y [DACS px]\tGaze point right X [DACS px]\t"
        "Gaze point right Y [DACS px]\tPupil diameter left [mm]\tPupil diameter right [mm]\t"
        "Validity left\tValidity right\tEye movement type\tGaze event duration [ms]\t"
        "Eye movement type index\tFixation point X [DACS px]\tFixation point Y [DACS px]\t"
        "Eye position left X [DACS mm]\tPresented Stimulus name"
    )
    lines = [names, "1990000\t\tAnna\tRecordingStart\t\t" + "\t" * 14 + "\t"]
    for i in ROWS:
        x, y = left(i)
        gaze = f"{x},0\t{y}\t{x + 8}\t{y}".replace(".0", "") + "\t3,25\t3,5\tValid\tValid"
        if i == LOST:
            gaze = "\t\t\t\t\t\tInvalid\tInvalid"
        if i == DAMAGED:
            gaze = gaze.replace("3,25", "3;x")
        kind = f"Fixation\t120\t{1 + i // 12}\t150\t560"
        lines.append(
            f"{round(time_s(i) * 1e6)}\tEye Tracker\tAnna\t\t\t{gaze}\t{kind}\t{i},5\tdog.png"
        )
        if i == 12:
            lines.append("2125000\tMouse\tAnna" + "\t" * 17)
    return Made(
        write(folder / "a.tsv", lines, encoding="utf-16"),
        message="RecordingStart",
        extra="eye_position_left_x_dacs_mm",
    )


def tobii_sdk(folder: Path) -> Made:
    sides = [
        [f"{letter}{name}" for name in ("GazePos2dx", "GazePos2dy", "PupilDm", "Validity")]
        for letter in "LR"
    ]
    lines = ["\t".join(["Time", *sides[0], "LEyePos3dx", *sides[1], "RelTimestamp"])]
    for i in ROWS:
        x, y = left(i)
        cells = [str(round(time_s(i) * 1e6))]
        for shift in (0, 8):
            good = [f"{(x + shift) / 1000:.4f}", f"{y / 800:.4f}", "3.5", "0"]
            cells += ["-1.0000", "-1.0000", "-1.0000", "4"] if i == LOST else good
            cells += [f"{i}.25"] if shift == 0 else []
        lines.append("\t".join([*cells, f"{10 * i}.0" if i != DAMAGED else "x\ty"]))
    return Made(write(folder / "1.tsv", lines, end="\n"), extra="leyepos3dx")


def psychopy_tobii(folder: Path) -> Made:
    lines = [
        "Recording date:\t2017/08/23", "Recording time:\t17:59:45",
        "Recording resolution\t1000 x 800", "Event recording mode:\tSeparated", "",
        "Session Start",
        "TimeStamp\tGazePointXLeft\tGazePointYLeft\tPupilLeft\tValidityLeft\tGazePointXRight\t"
        "GazePointYRight\tPupilRight\tValidityRight\tGazePointX\tGazePointY",
    ]  # fmt: skip
    for i in ROWS:
        x, y = left(i)
        x, y = x - 500, 400 - y
        gaze = f"{x:.4f}\t{y:.4f}\t3.4\t1\t{x + 8:.4f}\t{y:.4f}\t3.4\t1\t{x + 4:.4f}\t{y:.4f}"
        if i == LOST:
            gaze = "nan\tnan\tnan\t0\tnan\tnan\tnan\t0\tnan\tnan"
        lines.append(f"{1000 * time_s(i):.1f}\t{gaze if i != DAMAGED else gaze[:-20]}x")
        if i != DAMAGED:
            lines[-1] = lines[-1][:-1]
    lines += ["TimeStamp\tEvent", "2100.0\tshown", "Session End", ""]
    return Made(write(folder / "a.tsv", lines, end="\n"), message="shown", extra="validityleft")


def smi(folder: Path) -> Made:
    lines = [
        "## [BeGaze]", "## Version:\tBeGaze 3.7.60", "## Sample Rate:\t100",
        "## [Geometry]", "## Calibration Area:\t1000\t800", "## Stimulus Dimension [mm]:\t500\t400",
        "## Head Distance [mm]:\t600", "",
        "Time\tType\tTrial\tL Pupil Diameter [mm]\tR Pupil Diameter [mm]\tL POR X [px]\t"
        "L POR Y [px]\tR POR X [px]\tR POR Y [px]\tTiming\tTrigger",
        "1995000\tMSG\t1\t# Message: dog.png",
    ]  # fmt: skip
    for i in ROWS:
        x, y = left(i)
        gaze = f"3.5\t3.6\t{x:.2f}\t{y:.2f}\t{x + 8:.2f}\t{y:.2f}"
        if i == LOST:
            gaze = "0.00\t0.00\t0.00\t0.00\t0.00\t0.00"
        if i == DAMAGED:
            gaze = gaze.replace("3.5", "3.5.")
        lines.append(f"{round(time_s(i) * 1e6)}\tSMP\t1\t{gaze}\t0\t{i}")
    return Made(write(folder / "a.txt", lines), ImportOptions(), message="dog.png", extra="trigger")


def gazepoint(folder: Path) -> Made:
    lines = [
        "MEDIA_ID,MEDIA_NAME,CNT,TIME(2021/03/05 10:11:12.345),TIMETICK(f=10000000),FPOGX,FPOGY,"
        "FPOGS,FPOGD,FPOGID,FPOGV,BPOGX,BPOGY,BPOGV,CX,LPMM,LPMMV,RPMM,RPMMV,USER,"
    ]
    for i in ROWS:
        x, y = left(i)
        valid = int(i != LOST)
        gaze = f"{x / 1000:.5f},{y / 800:.5f},{valid}" if i != DAMAGED else "1,1"
        fixation = f"0.2,0.7,2.00,{i / 100:.2f},1,1"
        lines.append(
            f"0,dog.png,{i},{time_s(i):.5f},{20_000_000 + i * 100_000},{fixation},{gaze},"
            f"4294967295,3.5,{valid},3.6,{valid},{'shown' if i == 3 else ''},"
        )
    return Made(write(folder / "a.csv", lines), one_place=True, message="shown", extra="cx")


def pupil_core(folder: Path) -> Made:
    lines = [
        "world_timestamp,world_index,gaze_timestamp,x_norm,y_norm,x_scaled,y_scaled,on_surf,"
        "confidence"
    ]
    for i in ROWS:
        x, y = left(i)
        confidence = 0.2 if i == LOST else 0.99
        number = f"{x / 1000:.5f}" if i != DAMAGED else "one"
        lines.append(
            f"{time_s(i)},{i},{time_s(i):.4f},{number},{1 - y / 800:.5f},0,0,True,{confidence}"
        )
    lines[3], lines[4] = lines[4], lines[3]  # it writes gaze of both eyes out of order
    return Made(write(folder / "gaze.csv", lines, end="\n"), one_place=True, extra="confidence")


def eyetribe(folder: Path) -> Made:
    lines = [
        "timestamp\ttime\tfix\tstate\trawx\trawy\tavgx\tavgy\tpsize\tLrawx\tLrawy\tLavgx\tLavgy\t"
        "Lpsize\tLpupilx\tLpupily\tRrawx\tRrawy\tRavgx\tRavgy\tRpsize\tRpupilx\tRpupily"
    ]
    for i in ROWS:
        x, y = left(i)
        a, b = (f"{x}\t{y}", f"{x + 8}\t{y}") if i != LOST else ("0.0\t0.0", "0.0\t0.0")
        cells = f"False\t7\t{a}\t{a}\t20\t{a}\t{a}\t20\t.5\t.5\t{b}\t{b}\t20\t.5\t.5"
        if i == DAMAGED:
            cells = cells.replace("\t7\t", "\t")
        lines.append(f"2014-05-01 10:00:0{i % 10}.000\t{round(time_s(i) * 1000)}\t{cells}")
        if i == 3:
            lines.append("MSG\t2014-05-01 10:00:03.000\t2031\tshown")
    return Made(write(folder / "a.tsv", lines, end="\n"), message="shown", extra="state")


def eyelink_asc(folder: Path) -> Made:
    lines = [
        "** DATE: Wed Mar  8 09:25:20 2023", "MSG\t1990 GAZE_COORDS 0 0 999 799",
        "START\t2000 \tLEFT\tRIGHT\tSAMPLES\tEVENTS",
        "SAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t 100.00\tTRACKING\tCR\tFILTER\t2\tINPUT",
        "MSG\t2031 shown",
    ]  # fmt: skip
    for i in ROWS:
        x, y = left(i)
        gaze = f"{x:.1f}\t{y:.1f}\t900.0\t{x + 8:.1f}\t{y:.1f}\t900.0"
        if i == LOST:
            gaze = ".\t.\t0.0\t.\t.\t0.0"
        lines.append(f"{round(time_s(i) * 1000)}\t{gaze}\t{i}.0\t" + (".....", "..")[i == DAMAGED])
    lines.append("END\t2240 \tSAMPLES\tEVENTS\tRES\t  35.19\t  35.15")
    return Made(write(folder / "a.asc", lines, end="\n"), message="shown", extra="input")


MAPPING = """
time = "t"
time_unit = "ms"
delimiter = ";"
decimal = ","
skip_lines = 1
origin = "centre"
y_up = true
lost = [-9999.0]
make = "Home-made"
message = "event"
stimulus = "picture"
[columns]
left_x_px = "lx"
left_y_px = "ly"
right_x_px = "rx"
right_y_px = "ry"
"""


def generic_csv(folder: Path) -> Made:
    lines = ["# a line that says nothing", "t;lx;ly;rx;ry;light;event;picture"]
    for i in ROWS:
        x, y = left(i)
        x, y = x - 500, 400 - y
        gaze = f"{x};{y};{x + 8};{y}" if i != LOST else "-9999;-9999;-9999;-9999"
        lines.append(
            f"{1000 * time_s(i):.1f};{gaze};{i}.5;".replace(".", ",")
            + f"{'shown' if i == 3 else ''};dog.png"
        )
    lines[2 + ROWS.index(DAMAGED)] += ";more"
    (folder / "map.toml").write_text(MAPPING)
    options = ImportOptions(screen=SCREEN, mapping=folder / "map.toml")
    return Made(write(folder / "a.csv", lines), options, message="shown", extra="light")


def bids(folder: Path) -> Made:
    """As other software writes it: milliseconds, side-cars inherited from above."""
    place = folder / "set" / "sub-07" / "beh"
    place.mkdir(parents=True)
    (folder / "set" / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.11"}')
    shown = {
        "ScreenDistance": 0.6, "ScreenOrigin": ["top", "left"], "ScreenResolution": [1000, 800],
        "ScreenSize": [0.5, 0.4],
    }  # fmt: skip
    (folder / "set" / "task-look_events.json").write_text(
        json.dumps({"StimulusPresentation": shown})
    )
    for eye, side, shift in ((1, "left", 0), (2, "right", 8)):
        stem = place / f"sub-07_task-look_recording-eye{eye}"
        lines = []
        for i in ROWS:
            x, y = left(i)
            gaze = f"{x + shift}\t{y}\t3.5" if i != LOST else "n/a\tn/a\tn/a"
            lines.append(f"{1000 * time_s(i):.1f}\t{gaze}\t{i}")
        if eye == 1:
            lines[ROWS.index(DAMAGED)] = "2150.0\t1\t2"
        else:
            del lines[ROWS.index(DAMAGED)]
        text = "".join(line + "\n" for line in lines)
        Path(f"{stem}_physio.tsv.gz").write_bytes(gzip.compress(text.encode()))
        columns = ["timestamp", "x_coordinate", "y_coordinate", "pupil_size", f"{side}_light"]
        card = {
            "PhysioType": "eyetrack", "SamplingFrequency": 100, "StartTime": 0, "Columns": columns,
            "RecordedEye": side, "SampleCoordinateSystem": "gaze-on-screen",
        }  # fmt: skip
        Path(f"{stem}_physio.json").write_text(json.dumps(card))
    stem = place / "sub-07_task-look"
    Path(f"{stem}_recording-eye1_physioevents.tsv.gz").write_bytes(
        gzip.compress(b"2.031\tn/a\tn/a\tn/a\tshown\n2.05\t0.1\tfixation\t0\tn/a\n")
    )
    Path(f"{stem}_recording-eye1_physioevents.json").write_text(
        json.dumps(
            {
                "Columns": ["onset", "duration", "trial_type", "blink", "message"],
                "OnsetSource": "timestamp",
            }
        )
    )
    Path(f"{stem}_events.tsv").write_text("onset\tduration\tstim_file\n0.01\t0.1\tdog.png\n")
    return Made(
        Path(f"{stem}_recording-eye1_physio.tsv.gz"),
        ImportOptions(),
        message="shown",
        extra="left_light",
        is_text=False,
    )


def titta(folder: Path) -> Made:
    pytest.importorskip("tables", reason="pandas writes Titta's files through it")
    import pandas as pd

    rows = np.array(ROWS)
    frame = pd.DataFrame(
        {
            "device_time_stamp": (rows * 10_000 + 500_000).astype("int64"),
            "system_time_stamp": (rows * 10_000 + 2_000_000).astype("int64"),
            "left_eye_openness": rows + 0.5,
        }
    )
    for side, shift in (("left", 0), ("right", 8)):
        frame[f"{side}_gaze_point_on_display_area_x"] = (100.0 + 10 * rows + shift) / 1000
        frame[f"{side}_gaze_point_on_display_area_y"] = (500.0 + 4 * rows) / 800
        frame[f"{side}_gaze_point_valid"] = rows != LOST
        frame[f"{side}_pupil_diameter"] = 3.5
    messages = pd.DataFrame({"system_time_stamp": [2_030_000, 2_040_000], "msg": ["shown", "off"]})
    messages["msg"] = messages["msg"].astype(object)
    sync = pd.DataFrame(
        {
            "system_request_time_stamp": [1_999_900, 2_199_900],
            "device_time_stamp": [500_000, 700_000],
            "system_response_time_stamp": [2_000_100, 2_200_100],
        }
    )
    path = folder / "a.h5"
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_hdf(path, key="gaze", mode="w")
        messages.to_hdf(path, key="msg", mode="a")
        sync.to_hdf(path, key="time_sync", mode="a")
    return Made(path, damaged=False, message="shown", extra="left_eye_openness", is_text=False)


def _chunk(tag: int, content: bytes) -> bytes:
    content = struct.pack("<H", tag) + content
    return b"\x04" + struct.pack("<I", len(content)) + content


def _samples(times: list[float], values: list[bytes]) -> bytes:
    rows = b"".join(
        b"\x08" + struct.pack("<d", time) + value for time, value in zip(times, values, strict=True)
    )
    return b"\x04" + struct.pack("<I", len(times)) + rows


def xdf(folder: Path) -> Made:
    pytest.importorskip("pyxdf", reason="the extra xdf is not installed")
    labels = ["left_gaze_x", "left_gaze_y", "right_gaze_x", "right_gaze_y", "left_pupil", "light"]
    described = "".join(f"<channel><label>{label}</label></channel>" for label in labels)
    gaze_card = (
        "<?xml version='1.0'?><info><name>Tracker</name><type>Gaze</type><channel_count>6"
        "</channel_count><nominal_srate>100</nominal_srate><channel_format>double64"
        f"</channel_format><desc><channels>{described}</channels></desc></info>"
    )
    mark_card = (
        "<?xml version='1.0'?><info><name>Marks</name><type>Markers</type><channel_count>1"
        "</channel_count><nominal_srate>0</nominal_srate><channel_format>string</channel_format>"
        "<desc></desc></info>"
    )
    rows = []
    for i in ROWS:
        x, y = left(i)
        gaze = [x / 1000, y / 800, (x + 8) / 1000, y / 800, 3.5, i]
        rows.append(struct.pack("<6d", *([np.nan] * 4 + gaze[4:] if i == LOST else gaze)))
    footer = b"<?xml version='1.0'?><info><sample_count>24</sample_count></info>"
    one, two = struct.pack("<I", 1), struct.pack("<I", 2)
    content = b"XDF:" + _chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    content += _chunk(2, one + gaze_card.encode()) + _chunk(2, two + mark_card.encode())
    content += _chunk(3, one + _samples([time_s(i) for i in ROWS], rows))
    content += _chunk(3, two + _samples([2.031], [b"\x01\x05shown"]))
    content += _chunk(6, one + footer) + _chunk(6, two + footer)
    path = folder / "a.xdf"
    path.write_bytes(content)
    return Made(path, damaged=False, message="shown", extra="light", is_text=False)


MADE: dict[str, Callable[[Path], Made]] = {
    "tobii-pro-lab": tobii_pro_lab,
    "tobii-sdk": tobii_sdk,
    "psychopy-tobii": psychopy_tobii,
    "smi": smi,
    "gazepoint": gazepoint,
    "pupil-core": pupil_core,
    "eyetribe": eyetribe,
    "eyelink-asc": eyelink_asc,
    "csv": generic_csv,
    "bids": bids,
    "titta": titta,
    "lsl-xdf": xdf,
}
