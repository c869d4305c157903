"""The EyeLink before a host in memory that hands out pylink's own objects, and before pylink."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_experiment import make_images
from made_eyelink_host import SCREEN, EyeLinkBench, MadeEyeLink
from PIL import Image

from foveola.data_schema import FoveolaError, MissingExtraError, Stimulus
from foveola.tracking import (
    EyeLinkSettings,
    EyeLinkTracker,
    Scene,
)
from foveola.tracking.eyelink_backdrop import HostBackdrop, mosaic
from foveola.tracking.eyelink_link import HostProbe, import_pylink, open_link
from foveola.tracking.eyelink_messages import LONGEST, message_parts
from foveola.tracking.eyelink_samples import WRAP_MS, DeviceTime, mapped_times
from foveola.tracking.eyelink_setup import host_version, setup_commands
from foveola.tracking.running_clock import RunningClock
from foveola.tracking.tracker import ClockPair

STIMULUS = Stimulus(id="a.png", path="images/a.png", width_px=320, height_px=240)


@pytest.fixture
def bench():
    bench = EyeLinkBench()
    yield bench
    bench.tracker.close()


# Connecting


def test_without_a_host_it_is_told_with_a_remedy():
    with pytest.raises(FoveolaError, match=r"No EyeLink answers at 127\.0\.0\.1") as caught:
        EyeLinkTracker(EyeLinkSettings(host="127.0.0.1")).connect(SCREEN)
    assert "100.1.1.2" in caught.value.remedy


def test_the_dummy_mode_of_the_library_is_no_tracker():
    pylink = import_pylink()
    tracker = EyeLinkTracker(link=lambda _host: pylink.EyeLink(None))
    with pytest.raises(FoveolaError, match="dummy mode"):
        tracker.connect(SCREEN)


def test_every_call_is_one_that_pylink_takes(tmp_path):
    """A whole life before pylink's own link in dummy mode, which checks names and arguments."""
    pylink = import_pylink()

    class SeeminglyReal(pylink.EyeLink):
        def isConnected(self):  # noqa: N802
            return 1

        def getTrackerVersion(self):  # noqa: N802
            return 3

        def getTrackerVersionString(self):  # noqa: N802
            return "EYELINK CL 5.15"

    tracker = EyeLinkTracker(EyeLinkSettings(), link=lambda _host: SeeminglyReal(None))
    tracker.connect(SCREEN)
    name = tracker.open_record("free-viewing_01")
    tracker.start()
    tracker.message("TRIALID 1")
    tracker.show(Scene(0.0, target_px=(320, 240)))
    assert len(tracker.read()) == 0
    tracker.stop()
    with pytest.raises(FoveolaError, match=f"{name} did not arrive whole .nothing arrived"):
        tracker.fetch_record(tmp_path / "01.edf")
    tracker.close()


def test_the_host_in_memory_has_no_method_that_pylink_has_not():
    pylink = import_pylink()
    ours = {name for name in vars(MadeEyeLink) if name != name.lower() and name[0] != "_"}
    assert len(ours) > 20
    assert all(hasattr(pylink.EyeLink, name) for name in ours)


def test_without_pylink_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylink", None)
    with pytest.raises(MissingExtraError, match=r"foveola\[eyelink\]"):
        open_link("100.1.1.1")


def test_pylink_is_imported_only_where_it_is_needed_and_in_silence():
    code = (
        "import sys, foveola.experiments, foveola.tracking as t\n"
        "assert 'pylink' not in sys.modules\n"
        "from foveola.tracking.eyelink_link import import_pylink\n"
        "import_pylink()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b""


def test_the_host_is_told_of_screen_rate_eyes_and_data(bench):
    info = bench.tracker.connect(SCREEN)
    commands = bench.host.commands
    assert "screen_pixel_coords = 0 0 639 479" in commands
    assert "screen_phys_coords = -160.0 120.0 160.0 -120.0" in commands
    assert "screen_distance = 612 612" in commands
    assert "sample_rate = 1000" in commands
    assert "binocular_enabled = YES" in commands
    assert "heuristic_filter = 1 2" in commands
    assert any("file_sample_data" in one and "HTARGET" in one for one in commands)
    assert (info.make, info.firmware) == ("SR Research", "EYELINK CL 5.15")
    assert info.software.startswith("pylink 2.")


def test_an_eyelink_ii_gets_no_words_of_later_ones():
    version = host_version(2, "EYELINK II 2.31")
    commands = setup_commands(EyeLinkSettings(sampling_rate_hz=500, eyes="left"), SCREEN, version)
    assert not any("HTARGET" in one or "elcl" in one for one in commands)
    assert "active_eye = LEFT" in commands
    with pytest.raises(FoveolaError, match="does not sample at 1000 Hz"):
        setup_commands(EyeLinkSettings(), SCREEN, version)
    with pytest.raises(FoveolaError, match="EyeLink I"):
        host_version(1, "EYELINK I")


def test_the_hosts_distance_is_read_back_as_the_screens(bench):
    """As the importer of EDF files reads it."""
    from foveola.tracking.eyelink_asc_lines import AscMessage
    from foveola.tracking.eyelink_asc_messages import asc_screen

    bench.tracker.connect(SCREEN)
    told = asc_screen([AscMessage(0, one, 0) for one in bench.host.commands])
    assert (told.width_px, told.height_px) == (640, 480)
    assert told.width_cm == pytest.approx(32)
    assert told.distance_cm == pytest.approx(60, abs=0.1)


def test_a_rate_that_the_host_does_not_take_is_refused(bench):
    bench.host.fixed["sample_rate"] = "500"
    with pytest.raises(FoveolaError, match="samples at 500 Hz") as caught:
        bench.tracker.connect(SCREEN)
    assert "sampling_rate_hz = 500" in caught.value.remedy


def test_a_command_that_the_host_refuses_is_told(bench):
    bench.host.refused = {"saccade_motion_threshold"}
    bench.tracker.connect(SCREEN)
    assert any("refused 'saccade_motion_threshold" in one for one in bench.tracker.problems())


# Samples


def test_lost_gaze_is_nan_and_the_pupil_too(bench):
    bench.start()
    seen, _ = bench.run(0.2)
    bench.host.shut = True
    shut, _ = bench.run(0.2)
    last = shut[-100:]
    for name in ("left_x_px", "right_y_px", "left_pupil", "right_pupil"):
        assert np.isfinite(seen[name]).all()
        assert np.isnan(last[name]).all()


@pytest.mark.parametrize("added", [False, True])
def test_half_milliseconds_at_2000_hz(added):
    bench = EyeLinkBench(sampling_rate_hz=2000)
    bench.host.add_half_to_time = added
    samples, _ = bench.start().run(0.5)
    bench.tracker.close()
    steps_ms = np.diff(samples["device_time_s"]) * 1000
    assert steps_ms == pytest.approx(np.full(len(steps_ms), 0.5), abs=1e-6)


def test_what_the_link_loses_is_counted_and_told_once(bench):
    before, _ = bench.start().run(2.0)
    bench.host.lose(12)
    after, told = bench.run(2.0)
    samples = np.concatenate([before, after])
    lost = [one for one in told if "lost on the link" in one]
    assert lost == [
        "12 samples lost on the link, by its own account at 1 places; "
        "the EDF file on the Host PC is not touched"
    ]
    assert round(np.diff(samples["device_time_s"]).max() * 1000) == 13


def test_events_of_the_host_are_passed_over(bench):
    bench.start()
    bench.host.see_fixation()
    samples, told = bench.run(0.5)
    assert len(samples) > 400
    assert told == []


def test_the_wrong_eye_is_told(bench):
    bench.host.eyes = "left"
    _, told = bench.start().run(0.1)
    assert told == ["WRONG EYE: the host tracks left, not both"]


def test_samples_whose_time_goes_back_are_left_out_and_told(bench):
    bench.start().run(1.5)
    bench.host.queue.append(bench.host.sample(5))
    samples, told = bench.run(1.5)
    assert np.all(np.diff(samples["device_time_s"]) > 0)
    assert any("1 samples left out because their time went back" in one for one in told)


def test_the_counter_of_the_host_may_wrap():
    time = DeviceTime()
    assert time.unwrapped_ms(WRAP_MS - 2) == WRAP_MS - 2
    assert time.unwrapped_ms(1.0) == WRAP_MS + 1
    assert time.unwrapped_ms(WRAP_MS - 1) == WRAP_MS - 1
    assert time.unwrapped_ms(2.5) == WRAP_MS + 2.5


def test_times_are_true_to_a_fraction_of_a_millisecond(bench):
    bench.host.drift = 80e-6
    samples, _ = bench.start().run(60.0)
    true_s = (samples["device_time_s"] - bench.host.offset_s) / (1 + bench.host.drift)
    error_ms = np.abs(samples["time_s"] - true_s) * 1000
    assert error_ms.max() < 0.5
    assert error_ms[len(error_ms) // 2 :].max() < 0.2
    assert np.all(np.diff(samples["time_s"]) > 0)


# The link that fails


def test_after_a_short_silence_samples_come_again(bench):
    bench.start().run(0.5)
    bench.host.unplugged = True
    samples, _ = bench.run(0.4)
    assert len(samples) == 0
    bench.host.unplugged = False
    samples, _ = bench.run(0.4)
    assert len(samples) > 350


def test_a_host_that_is_gone_is_taken_up_again_with_a_gap(bench):
    before, _ = bench.start().run(0.5)
    bench.host.unplugged, bench.host.state = True, 0
    during, told = bench.run(1.0)
    assert len(during) == 0
    assert told[0] == "the link to the Host PC is gone"
    assert math.isnan(bench.tracker.clock_pair().device_s)
    bench.tracker.message("into the void")
    bench.host.unplugged = False
    after, told = bench.run(1.0)
    assert "the link to the Host PC is back" in told
    gap_s = after["device_time_s"][0] - before["device_time_s"][-1]
    assert gap_s == pytest.approx(1.0, abs=0.05)
    assert after["time_s"][0] - before["time_s"][-1] == pytest.approx(gap_s, abs=0.01)


def test_a_host_that_is_there_without_its_software_is_not_asked_all_the_time(bench, monkeypatch):
    bench.start().run(0.5)
    bench.host.unplugged, bench.host.state = True, 0
    asked = []

    def refuse(host):
        asked.append(host)
        raise RuntimeError("Could not connect")

    monkeypatch.setattr(bench.host, "open", refuse)
    monkeypatch.setattr(bench.tracker._probe, "answered", lambda: True)
    _, told = bench.run(45.0)
    assert asked == ["100.1.1.1"] * 2
    assert told.count("the host is there, but does not record (Could not connect)") == 2


@pytest.mark.parametrize(("code", "answers"), [("0", True), ("1", False)])
def test_a_probe_asks_without_waiting(code, answers):
    probe = HostProbe("100.1.1.1")
    probe._command = [sys.executable, "-c", f"raise SystemExit({code})"]
    assert not probe.answered()  # it has only begun to ask
    probe._process.wait()
    assert probe.answered() == answers
    assert not probe.answered()
    probe.close()
    probe._command = ["no such program"]
    assert not probe.answered()


def test_a_host_that_is_gone_spoils_neither_stop_nor_close(bench):
    bench.start().run(0.5)
    bench.host.unplugged, bench.host.state = True, 0
    bench.tracker.stop()
    assert len(bench.tracker.read()) == 0
    bench.tracker.close()


# Clocks


def test_a_jump_of_the_hosts_clock_is_named(bench):
    bench.start().run(3.0)
    bench.host.offset_s += 0.25
    for _ in range(8):
        bench.tracker.clock_pair()
    (told,) = bench.tracker.problems()
    assert re.fullmatch(r"the host's clock jumped by -2(49|50)\.\d ms", told)


@given(
    st.lists(st.floats(0.0001, 0.004), min_size=1, max_size=50),
    st.floats(-0.004, 0.004),
    st.floats(0, 0.003),
)
def test_mapped_times_keep_their_order_between_the_last_one_and_now(steps_s, off_s, late_s):
    times_s = 100 + off_s + np.cumsum(steps_s)
    last_s = 100.0
    now_s = max(100.001, times_s[-1] - late_s)
    mapped = mapped_times(times_s, last_s, now_s)
    assert mapped[0] > last_s
    assert np.all(np.diff(mapped) > 0)
    assert mapped[-1] <= now_s + 1e-9


@given(st.lists(st.floats(-0.004, 0.004), min_size=2, max_size=80))
def test_a_running_clock_grows(errors_s):
    clock, seen = RunningClock(), []
    for second, error_s in enumerate(errors_s):
        clock.add(ClockPair(50 + second + error_s, 1000.0 + second, 0.001))
        seen.append(clock.host_s(1000.0 + second + np.arange(100) / 100))
    assert np.all(np.diff(np.concatenate(seen)) > -1e-9)


# Messages


@given(st.text(max_size=600))
def test_no_part_of_a_message_is_lost(text):
    parts = message_parts(text)
    assert all(len(part) <= LONGEST and part.isascii() for part in parts)
    assert all(part.isprintable() for part in parts if part)
    escaped = "".join(
        one if " " <= one <= "~" else one.encode("unicode_escape").decode() for one in text
    )
    if len(parts) == 1:
        assert parts[0] == escaped
    else:
        assert "".join(part.partition("] ")[2] for part in parts) == escaped


def test_messages_lie_in_the_record_until_the_link_fails(bench):
    bench.tracker.connect(SCREEN)
    name = bench.tracker.open_record("free-viewing_01")
    bench.tracker.start()
    bench.tracker.message("!V IMGLOAD CENTER ../images/a.png 320 240 320 240")
    bench.tracker.message("größer " + "x" * 300)
    content = bench.host.files[name].decode("ascii")
    assert "add_file_preamble_text 'FOVEOLA free-viewing_01'" in content
    assert "!V IMGLOAD CENTER ../images/a.png 320 240 320 240" in content
    assert "[1/3] gr\\xf6\\xdfer xxx" in content
    bench.host.unplugged = True
    bench.tracker.message("lost")
    assert any("the link failed" in one for one in bench.tracker.problems())


# The host's picture


def test_the_backdrop_is_drawn_command_by_command(bench, tmp_path):
    make_images(tmp_path / "images")
    bench.start()
    scene = Scene(
        bench.clock(),
        stimulus=STIMULUS,
        path=str(tmp_path / "images" / "a.png"),
        image_left_px=160,
        image_top_px=120,
    )
    already = len(bench.host.commands)
    bench.tracker.show(scene)
    assert len(bench.host.commands) == already  # nothing is sent while a flip may wait
    bench.run(0.02, 0.02)
    assert bench.host.commands[already:] == ["clear_screen 0"]
    bench.tracker._backdrop._picture.result()
    bench.run(3.0)
    drawn = bench.host.commands[already:]
    assert drawn[1] == "draw_box 160 120 480 360 15"
    assert drawn[2] == "record_status_message 'a.png'"
    assert drawn[3].startswith("draw_filled_box 160 120 480 360 ")
    assert 4 < len(drawn) < 300
    bench.tracker.show(Scene(bench.clock(), target_px=(320, 240)))
    bench.run(0.1)
    assert bench.host.commands[-2:] == ["clear_screen 0", "draw_cross 320 240 15"]


def test_a_mosaic_shows_the_image(tmp_path):
    """Drawn by the commands, it is the image in four greys."""
    ramp = np.tile(np.linspace(0, 255, 200), (100, 1)).astype(np.uint8)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    greys = {0: 0, 8: 1, 7: 2, 15: 3}
    canvas = np.full((300, 500), -1)
    for command in mosaic(tmp_path / "ramp.png", (50, 100, 450, 300)):
        left, top, right, bottom, colour = map(int, command.split()[1:])
        canvas[top:bottom, left:right] = greys[colour]
    assert np.all(canvas[100:300, 50:450] >= 0)
    assert canvas[200, [60, 180, 320, 440]].tolist() == [0, 1, 2, 3]
    assert np.all(canvas[:100] == -1)


def test_an_image_that_cannot_be_read_leaves_the_frame(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    assert mosaic(tmp_path / "a.png", (0, 0, 10, 10)) == []
    backdrop = HostBackdrop("none")
    backdrop.show(Scene(0.0, stimulus=STIMULUS))
    assert backdrop.next_command() == ""
    backdrop.close()
