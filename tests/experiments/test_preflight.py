from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from foveola.data_schema import Screen
from foveola.experiments import load_settings
from foveola.experiments.preflight import (
    check_clock,
    check_disk,
    check_dropped,
    check_eyes,
    check_geometry,
    check_memory,
    check_names,
    check_power,
    check_rate,
    check_refresh,
    check_size_cm,
    check_size_px,
    check_stimuli,
    check_tracker_clock,
    findings,
    forecast_bytes,
    forecast_s,
)
from foveola.experiments.preflight_facts import (
    blank_delays,
    display_size_mm,
    idle_delays,
    measure_clock,
    measure_disk,
    measure_names,
    measure_stimuli,
    measure_window,
)
from foveola.experiments.preflight_records import (
    ClockFacts,
    DiskFacts,
    Facts,
    MemoryFacts,
    NameFacts,
    PowerFacts,
    StimulusFacts,
    TrackerFacts,
    WindowFacts,
)
from foveola.tracking import MonotonicClock

Write = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[2]

SCREEN = Screen(
    width_px=1920, height_px=1080, width_cm=52.7, height_cm=29.6, distance_cm=60, refresh_hz=60
)
WINDOW = WindowFacts((1920, 1080), 59.95, 120, 0, software=False, size_mm=(527, 296))
TRACKER = TrackerFacts(
    name="EyeLink 1000 Plus",
    nominal_hz=1000,
    rate_hz=999.9,
    longest_gap_s=0.001,
    seen=(("left", 0.98), ("right", 0.97)),
    round_trip_s=0.0002,
    drift_ppm=20,
)


@pytest.mark.parametrize(
    ("measured_hz", "verdict"), [(59.94, "ok"), (61.0, "ok"), (62.0, "fail"), (30.0, "fail")]
)
def test_the_refresh_agrees_within_two_percent(measured_hz: float, verdict: str) -> None:
    found = check_refresh(SCREEN, replace(WINDOW, refresh_hz=measured_hz))
    assert found.verdict == verdict
    assert ("screen.refresh_hz" in found.remedy) == (verdict == "fail")


def test_where_a_processor_draws_no_refresh_is_judged() -> None:
    window = replace(WINDOW, refresh_hz=600.0, dropped=60, software=True)
    assert check_refresh(SCREEN, window).verdict == "warn"
    assert check_dropped(window).verdict == "ok"


@pytest.mark.parametrize(("dropped", "verdict"), [(0, "ok"), (1, "warn"), (2, "warn"), (3, "fail")])
def test_dropped_frames_are_counted(dropped: int, verdict: str) -> None:
    assert check_dropped(replace(WINDOW, dropped=dropped)).verdict == verdict


def test_the_screen_has_the_size_that_the_settings_say() -> None:
    larger = replace(WINDOW, screen_px=(2560, 1440))
    assert check_size_px(SCREEN, WINDOW, "fullscreen").verdict == "ok"
    assert check_size_px(SCREEN, larger, "fullscreen").verdict == "fail"
    assert check_size_px(SCREEN, larger, "windowed").verdict == "ok"
    smaller = replace(WINDOW, screen_px=(1280, 720))
    assert check_size_px(SCREEN, smaller, "windowed").verdict == "fail"


@pytest.mark.parametrize(
    ("size_mm", "verdict"),
    [((527, 296), "ok"), ((550, 310), "warn"), ((600, 337), "fail"), (None, "skipped")],
)
def test_the_screen_is_as_large_as_its_display_says(
    size_mm: tuple[int, int] | None, verdict: str
) -> None:
    window = replace(WINDOW, size_mm=size_mm)
    assert check_size_cm(SCREEN, window, "fullscreen").verdict == verdict


def test_a_window_is_a_part_of_its_screen() -> None:
    half = Screen(width_px=960, height_px=540, width_cm=26.35, height_cm=14.8, distance_cm=60)
    assert check_size_cm(half, WINDOW, "windowed").verdict == "ok"
    assert check_size_cm(half, WINDOW, "fullscreen").verdict == "fail"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "ok"),
        ({"height_cm": 33.0}, "fail"),
        ({"distance_cm": 30.0}, "warn"),
        ({"distance_cm": 6.0}, "fail"),
        ({"distance_cm": 600.0}, "fail"),
    ],
)
def test_the_geometry_is_possible(changes: dict[str, float], verdict: str) -> None:
    assert check_geometry(SCREEN.model_copy(update=changes)).verdict == verdict


@pytest.mark.parametrize(
    ("rate_hz", "nominal_hz", "gap_s", "verdict", "words"),
    [
        (999.9, 1000, 0.001, "ok", "999.9 Hz"),
        (900.0, 1000, 0.001, "fail", "900.0 Hz"),
        (999.9, 1000, 0.3, "fail", "One gap lasted 300 ms"),
        (249.0, 250, 0.004, "ok", "249.0 Hz"),
        (120.0, 120, 0.008, "fail", "at 250 Hz or more"),
        (math.nan, 1000, math.nan, "fail", "no samples"),
    ],
)
def test_the_tracker_is_as_fast_as_it_should_be(
    rate_hz: float, nominal_hz: float, gap_s: float, verdict: str, words: str
) -> None:
    tracker = replace(TRACKER, rate_hz=rate_hz, nominal_hz=nominal_hz, longest_gap_s=gap_s)
    found = check_rate(tracker)
    assert found.verdict == verdict
    assert words in found.words
    assert bool(found.remedy) == (verdict == "fail")


def test_a_slow_tracker_is_borne_with_a_reason() -> None:
    slow = replace(TRACKER, rate_hz=120.0, nominal_hz=120.0)
    assert "--allow-slow-tracker" in check_rate(slow).remedy
    found = check_rate(slow, "a pilot")
    assert found.verdict == "warn"
    assert "a pilot" in found.words
    # A tracker that is slower than it says is not borne.
    assert check_rate(replace(slow, rate_hz=60.0), "a pilot").verdict == "fail"


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ((("left", 0.98), ("right", 0.97)), "ok"),
        ((("left", 0.98), ("right", 0.6)), "warn"),
        ((("left", 0.98), ("right", 0.0)), "fail"),
        ((("left", 0.0), ("right", 0.0)), "fail"),
        ((("right", 0.9),), "ok"),
    ],
)
def test_the_eyes_are_seen(seen: tuple[tuple[str, float], ...], verdict: str) -> None:
    assert check_eyes(replace(TRACKER, seen=seen)).verdict == verdict


@pytest.mark.parametrize(
    ("round_trip_s", "drift_ppm", "verdict"),
    [
        (0.0002, 20, "ok"),
        (0.005, 20, "warn"),
        (0.05, 20, "fail"),
        (0.0002, -5000, "fail"),
    ],
)
def test_the_trackers_clock_is_sane(round_trip_s: float, drift_ppm: float, verdict: str) -> None:
    tracker = replace(TRACKER, round_trip_s=round_trip_s, drift_ppm=drift_ppm)
    assert check_tracker_clock(tracker).verdict == verdict


def test_clock_disk_names_memory_and_stimuli() -> None:
    assert check_clock(ClockFacts(True, 1e-7)).verdict == "ok"
    assert check_clock(ClockFacts(True, 0.016)).verdict == "fail"
    assert check_clock(ClockFacts(False, 1e-7)).verdict == "fail"
    assert check_disk(DiskFacts("data", 2.0e9), 1.0e9).verdict == "ok"
    assert check_disk(DiskFacts("data", 1.9e9), 1.0e9).verdict == "fail"
    assert "Free 0.1 GB" in check_disk(DiskFacts("data", 1.9e9), 1.0e9).remedy
    assert check_disk(DiskFacts("data", 0.0, "It can't be written."), 1.0).verdict == "fail"
    assert check_names(NameFacts(), None).verdict == "ok"
    device = replace(TRACKER, keeps_record=True)
    assert "device's own record" in check_names(NameFacts(), device).words
    assert check_names(NameFacts(("a_01.h5",)), device).verdict == "fail"
    assert [check_memory(MemoryFacts(gb * 1e9)).verdict for gb in (8, 1, 0.5)] == [
        "ok",
        "warn",
        "fail",
    ]
    broken = StimulusFacts(9, tuple((f"{i}.png", "it is cut off.") for i in range(7)))
    words = check_stimuli(broken).words
    assert words == "7 of 9 can't be read: 0.png, 1.png, 2.png, 3.png, 4.png and 2 more."


@pytest.mark.parametrize(
    ("power", "verdicts"),
    [
        (PowerFacts(math.inf), ["ok", "ok"]),
        (PowerFacts(7200.0, "The desktop"), ["ok", "ok"]),
        (PowerFacts(600.0, "The desktop"), ["ok", "fail"]),
        (PowerFacts(math.inf, on_battery=True), ["fail", "ok"]),
        (PowerFacts(), ["ok", "skipped"]),
    ],
)
def test_nothing_darkens_the_screen_during_a_session(
    power: PowerFacts, verdicts: list[str]
) -> None:
    assert [one.verdict for one in check_power(power, 3600.0)] == verdicts


def test_the_forecast_grows_with_the_experiment(write_toml: Write) -> None:
    settings = load_settings(write_toml())
    few, many = Facts(stimuli=StimulusFacts(10)), Facts(stimuli=StimulusFacts(1000))
    # 0.5 s and 0.2 s by the settings, and what lies between trials.
    assert forecast_s(settings, many) - forecast_s(settings, few) == pytest.approx(990 * 1.7)
    fast = replace(many, tracker=replace(TRACKER, nominal_hz=2000.0))
    assert forecast_bytes(settings, fast) == pytest.approx(2 * forecast_bytes(settings, many))


def test_what_was_not_measured_is_not_called_good(write_toml: Write) -> None:
    found = findings(load_settings(write_toml()), Facts(why={"names": "no observer is named"}))
    assert {one.name: one.verdict for one in found}.pop("geometry") == "ok"
    others = [one for one in found if one.name != "geometry"]
    assert len(others) == 9
    assert {one.verdict for one in others} == {"skipped"}
    assert "no observer is named" in next(one.words for one in others if one.name == "names")


def test_a_window_that_does_not_open_is_told(write_toml: Write) -> None:
    facts = Facts(window=WindowFacts(error="No window could be opened."))
    found = findings(load_settings(write_toml()), facts)
    assert [(one.name, one.verdict) for one in found if one.verdict == "fail"] == [
        ("window", "fail")
    ]


XRANDR = """\
Screen 0: minimum 320 x 200, current 3840 x 1200, maximum 16384 x 16384
DP-1 disconnected (normal left inverted right x axis y axis)
HDMI-1 connected primary 1920x1080+0+0 (normal left inverted right) 527mm x 296mm
   1920x1080     60.00*+  50.00    59.94
DP-2 connected 1920x1200+1920+0 (normal left inverted right) 0mm x 0mm
"""


def test_what_a_display_says_of_its_size_is_found() -> None:
    assert display_size_mm(XRANDR, (1920, 1080)) == (527, 296)
    assert display_size_mm(XRANDR, (1920, 1200)) is None
    assert display_size_mm(XRANDR, (1280, 720)) is None
    assert display_size_mm("", (1920, 1080)) is None


XSET = """\
Screen Saver:
  prefer blanking:  yes    allow exposures:  yes
  timeout:  {timeout}    cycle:  600
Colors:
  default colormap:  0x20    BlackPixel:  0x0    WhitePixel:  0xffffff
DPMS (Energy Star):
  Standby: {standby}    Suspend: 0    Off: 900
  DPMS is {dpms}
  Monitor is On
"""


def test_what_darkens_the_screen_is_found() -> None:
    on = dict(blank_delays(XSET.format(timeout=600, standby=300, dpms="Enabled")))
    assert on == {"The X server's screen saver": 600.0, "Power saving (DPMS)": 300.0}
    off = dict(blank_delays(XSET.format(timeout=0, standby=300, dpms="Disabled")))
    assert off == {"The X server's screen saver": math.inf}
    assert blank_delays("") == []
    assert idle_delays("uint32 300\n") == [("The desktop", 300.0)]
    assert idle_delays("uint32 0\n") == [("The desktop", math.inf)]
    assert idle_delays("No such schema\n") == []


def test_this_machine_is_measured(write_toml: Write, tmp_path: Path) -> None:
    settings = load_settings(write_toml())
    assert check_clock(measure_clock()).verdict == "ok"
    disk = measure_disk(tmp_path / "not" / "made" / "yet")
    assert disk.free_bytes == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
    assert measure_stimuli(settings) == StimulusFacts(4)
    (tmp_path / "there.h5").touch()
    paths = [tmp_path / "there.h5", tmp_path / "free.h5"]
    assert measure_names(lambda: paths).taken == ("there.h5",)


@pytest.mark.window
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no Xvfb")
def test_a_real_window_is_measured(write_toml: Write) -> None:
    pytest.importorskip("psychopy")
    facts = measure_window(load_settings(write_toml()), MonotonicClock())
    assert facts.error == ""
    assert facts.flips == 120
    assert facts.refresh_hz > 0
    assert facts.screen_px[0] >= 640


def test_every_planted_fault_is_named() -> None:
    drill = ROOT / "drills" / "planted_preflight_faults.py"
    command = [sys.executable, str(drill)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "16 of 16 planted faults named" in done.stdout
