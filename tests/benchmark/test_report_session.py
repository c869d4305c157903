from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from made_gaze import SCREEN
from made_session import checked, made_session
from report_page import Page

from foveola import data_schema as ds
from foveola.benchmark.report_charts import FIRST, INK, MOST_ROWS, QUIET, SECOND, Chart, chart_text
from foveola.benchmark.report_folder import ENTRIES
from foveola.benchmark.report_session import write_session_report
from foveola.benchmark.report_session_charts import MAGNIFIED, arrow_maps, session_charts
from foveola.benchmark.report_session_data import session_data
from foveola.benchmark.report_session_methods import session_methods
from foveola.fixation_maps.detectors import DETECTORS
from foveola.fixation_maps.gaze_quality_files import report_quality

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_session(tmp_path_factory.mktemp("session") / "demo_01.h5")


def test_trials_are_measured(recording: Path) -> None:
    data = session_data(recording)
    assert [one.samples for one in data.trials] == [500, 500, 500, 500]
    assert data.trials[0].loss == 0
    # Lost from 3.1 to 3.2 s, before the second trial begins at 3.5 s: no trial sees it.
    assert data.loss == 0
    assert data.losses_s == pytest.approx([0.1])
    assert [one.late_flips for one in data.trials] == [0, 0, 0, 0]
    assert [one.excluded for one in data.trials] == ["", "", "", "it was interrupted"]
    assert data.rate_hz == pytest.approx(250)
    assert data.expected == 3000


def test_loss_and_late_flips_are_those_of_their_trial(tmp_path: Path) -> None:
    trial = ds.Trial(index=0, stimulus="a.png", onset_s=3.0, offset_s=4.0)
    data = session_data(made_session(tmp_path / "r.h5", trials=(trial,)))
    assert data.trials[0].loss == pytest.approx(0.1)
    assert data.trials[0].longest_loss_s == pytest.approx(0.1)
    assert data.trials[0].late_flips == 1
    assert data.trials[0].flips == 60


def test_the_grade_is_that_of_quality(recording: Path, tmp_path: Path) -> None:
    data = session_data(recording)
    of_quality, _ = report_quality(recording, DETECTORS["motion"])
    page = Page(write_session_report(recording, tmp_path / "out"))
    assert data.quality.checks == of_quality.checks
    assert of_quality.grade == "poor"  # one of four trials was interrupted
    for check in of_quality.checks:
        assert check.found in page.text
        assert check.limits in page.text


def test_targets_that_were_measured_again_are_told_and_count_once(tmp_path: Path) -> None:
    seen = checked(1, "validation", accepted=True, error_px=1)
    first = checked(1, "validation", accepted=True, error_px=90).points[0]
    points = (first.model_copy(update={"redone": True}), *seen.points)
    again = seen.model_copy(update={"points": points})
    once, twice = (
        session_data(made_session(tmp_path / f"{len(one.points)}.h5", calibrations=(one,)))
        for one in (seen, again)
    )
    assert once.quality.checks[0] == twice.quality.checks[0]
    assert arrow_maps(once)[0].rows == arrow_maps(twice)[0].rows
    assert "In them 1 target was measured again." in session_methods(twice)
    assert "measured again" not in session_methods(once)


def test_charts_are_valid_for_plotly_and_have_tables(recording: Path) -> None:
    data = session_data(recording)
    charts = session_charts(data)
    assert list(charts) == ["timeline", "accuracy", "drift", "loss", "intervals", "gaps", "flips"]
    for chart in (*charts.values(), *arrow_maps(data)):
        figure = json.loads(chart.figure)
        for variable in (FIRST, SECOND, QUIET, INK):  # the page puts their colours here
            figure = json.loads(json.dumps(figure).replace(f'"{variable}"', '"#123456"'))
        go.Figure(figure)  # raises on what plotly does not know
        assert len(chart.rows) > 0
        assert {len(row) for row in chart.rows} == {len(chart.head)}


def test_arrows_point_from_targets_to_gaze(recording: Path) -> None:
    rejected, accepted = arrow_maps(session_data(recording))
    assert rejected.title == "Validation 1: rejected"
    arrows = accepted.layout["annotations"]
    assert len(arrows) == 6
    assert (arrows[0]["ax"], arrows[0]["ay"]) == (960, 540)
    assert (arrows[0]["x"], arrows[0]["y"]) == (960 + MAGNIFIED * 12, 540)
    assert (arrows[3]["x"], arrows[3]["y"]) == (960, 540 + MAGNIFIED * 12)


def test_drift_is_signed_in_degrees(recording: Path) -> None:
    drift = session_charts(session_data(recording))["drift"]
    right, up = drift.data
    px_per_deg = SCREEN.px_per_deg()
    # The left eye is 10 px to the right, the right eye 10 px below: half of each on average.
    assert right["y"][0] == pytest.approx(5 / px_per_deg, rel=0.02)
    assert up["y"][0] == pytest.approx(-5 / px_per_deg, rel=0.02)


def test_methods_state_every_figure(recording: Path) -> None:
    text = session_methods(session_data(recording))
    for part in (
        "Gaze was recorded with Made (firmware v5) of both eyes at 250 Hz (measured 250.00 Hz); "
        "100.0% of the samples held gaze.",
        "1920 × 1080 px at 60 Hz on 53 × 30 cm, 60 cm from the eyes (37.8 px per degree",
        "Light: [state the light in the room].",
        "calibrated once (HV3), 1 accepted. Of 2 validations on other targets 1 was accepted "
        "(mean below 0.5° and largest below 1°).",
        "left eye 0.3",
        "RMS-S2S 0.020°, STD 0.100°",
        "Drift was checked 2 times",
        "1 checks failed",
        "4 trials, 1 left out (1 because it was interrupted); data loss per trial: median 0.0%",
        "During trials 0 of 4",
        "12 pairs of times (drift 20.3 ppm, 30 µs RMS left)",
        "detected by ivt (velocity threshold 30 deg/s, window 0.02 s",
        "a Gaussian of 1 degree (37.8 px of the stimulus)",
        "No rule was overridden.",
        f"Foveola {ds.foveola_version()}",
    ):
        assert part in text


def test_methods_of_a_bare_recording_say_what_is_not_known(tmp_path: Path) -> None:
    bare = {
        "trials": (), "calibrations": (), "clock": ds.ClockFit(), "flips_s": np.empty(0),
        "blocks": (), "samples": ds.gaze_samples([]),
    }  # fmt: skip
    path = made_session(tmp_path / "r.h5", **bare)
    text = session_methods(session_data(path))
    for part in (
        "No calibration is described",
        "Drift was not checked.",
        "The recording holds no trial.",
        "flips of the screen were not recorded",
        "clocks of tracker and computer were not compared",
        "Fixations were not detected: ",
    ):
        assert part in text
    page = Page(write_session_report(path, tmp_path / "out"))
    assert "its accuracy is not known" in page.text
    assert "The recording holds no samples." in page.text


def test_the_light_of_the_settings_is_stated(tmp_path: Path) -> None:
    stated = ds.provenance({"experiment": {"light": "dim, 20 lux at the eyes."}}, seed=5)
    path = made_session(tmp_path / "r.h5", provenance=stated)
    assert " Light: dim, 20 lux at the eyes. " in session_methods(session_data(path))


def test_jumps_of_the_clock_are_told(tmp_path: Path) -> None:
    jump = ds.ClockJump(time_s=7.5, size_s=0.1)
    clock = ds.ClockFit(drift_ppm=1.0, residual_s=1e-5, pairs=30, outliers=2, jumps=(jump,))
    path = made_session(tmp_path / "r.h5", clock=clock)
    assert f"During the session {jump.words()}." in session_methods(session_data(path))
    page = Page(write_session_report(path, tmp_path / "out"))
    assert jump.words() in page.text
    assert "Pairs left out, far off the line" in page.text


def test_overrides_are_told(tmp_path: Path) -> None:
    one = checked(60, "validation", accepted=True, error_px=1, reason="operator <b>")
    path = made_session(tmp_path / "r.h5", calibrations=(one,))
    assert "Deviations from the protocol: operator <b>." in session_methods(session_data(path))
    page = Page(write_session_report(path, tmp_path / "out"))
    assert "The validation at 1.0 min: operator <b>." in page.text


def test_page_holds_grade_charts_and_only_our_files(tmp_path: Path) -> None:
    path = made_session(
        tmp_path / "r.h5", stimulus=HOSTILE, observer=ds.Observer(id="x\u202ey", session=HOSTILE)
    )
    index = write_session_report(path, tmp_path / "out")
    page = Page(index)
    assert {p.name for p in index.parent.iterdir()} <= ENTRIES
    assert [Path(s["src"] or "").name for s in page.all("script")] == [
        "report.js", "report_charts.js",
    ]  # fmt: skip
    assert HOSTILE in page.text
    assert "\u202e" not in page.text
    assert len([d for d in page.all("div") if "data-figure" in d]) == 9
    assert "poor" in page.text
    assert str(tmp_path).encode() not in index.read_bytes()
    # Again: the older report gives way.
    assert write_session_report(path, tmp_path / "out") == index


def test_names_in_charts_are_no_markup() -> None:
    assert chart_text("<b>a\u202e") == "&lt;b&gt;a[U+202E]"


def test_a_long_table_is_cut_and_says_so() -> None:
    chart = Chart("t", "n", [], {}, ("a",), [("1",)] * (MOST_ROWS + 7))
    assert (len(chart.table), chart.left_out) == (MOST_ROWS, 7)


def test_what_is_not_finite_is_a_gap() -> None:
    chart = Chart("t", "n", [{"y": [np.nan, 1.0, np.float64("inf"), np.int64(3)]}], {})
    assert json.loads(chart.figure)["data"] == [{"y": [None, 1.0, None, 3]}]
