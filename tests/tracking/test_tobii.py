"""What TittaPy tells becomes the project's own, and nothing of it is lost."""

import importlib
import pickle
from pathlib import Path

import numpy as np
import pytest
from made_tobii import DEVICE_AHEAD_S, SYSTEM_AHEAD_S, MadeDevice, made_module, titta_v2

from foveola.data_schema import (
    FoveolaError,
    Message,
    MissingExtraError,
    Observer,
    RecordingHeader,
    Screen,
    provenance,
    read_recording,
)
from foveola.tracking import (
    EyeImage,
    JournalReader,
    JournalRecord,
    MonotonicClock,
    Recorder,
    TobiiSettings,
    TobiiTracker,
    VirtualClock,
    calibration_targets,
    finalise,
)

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)


@pytest.fixture
def clock():
    return VirtualClock(3.0)


@pytest.fixture
def device(clock):
    return MadeDevice(clock)


def tracker_of(device, **chosen):
    clock = device.clock
    modules = {"v2": made_module(clock, device)}
    return TobiiTracker(TobiiSettings(**chosen), clock, modules=modules)


def running(device, **chosen):
    tracker = tracker_of(device, **chosen)
    tracker.info = tracker.connect(SCREEN)
    tracker.start()
    return tracker


def test_the_installed_library_has_the_names_that_are_relied_on():
    titta = titta_v2()
    binary = Path(titta.__file__).read_bytes()
    for piece in (
        *("device_time_stamp", "system_time_stamp", "_gaze_point_", "in_user_coordinates"),
        *("on_display_area", "_gaze_origin_", "_eye_openness_", "_pupil_"),
        *("system_request_time_stamp", "system_response_time_stamp", "left_user_position_valid"),
        *("notification_type", "output_frequency", "errors_or_warnings", "status_string"),
        *("_position_on_display_area", "position_on_display_area_x", "calibration_result"),
    ):
        assert piece.encode() in binary, piece
    assert b"track_box" not in binary
    for method in vars(MadeDevice):
        if not method.startswith("_") and method not in ("system_us",):
            assert hasattr(titta.EyeTracker, method), method
    from foveola.tracking.tobii_streams import PROBLEMS

    assert set(PROBLEMS) <= set(titta.notification_type.__members__)


def test_no_tracker_is_told_with_a_remedy_by_the_real_library():
    titta_v2()
    with pytest.raises(FoveolaError, match="There is no Tobii tracker") as caught:
        TobiiTracker(TobiiSettings(sdk="v2")).connect(SCREEN)
    assert "Eye Tracker Manager" in caught.value.remedy
    with pytest.raises(FoveolaError, match="at nowhere can't be reached .*Error code"):
        TobiiTracker(TobiiSettings(address="nowhere")).connect(SCREEN)


def test_the_real_librarys_clock_is_that_of_the_recorder():
    module = titta_v2()
    tracker = TobiiTracker(TobiiSettings(sdk="v2"))
    tracker._library, tracker._device = module, object()
    before_s = tracker._clock()
    system_s = module.get_system_timestamp() / 1e6 + tracker._clock_ahead_s()
    assert before_s - 1e-4 <= system_s <= tracker._clock() + 1e-4


def test_a_missing_library_names_the_extra(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"TittaPy is not installed.*foveola\[tobii\]"):
        TobiiTracker().connect(SCREEN)


def test_it_can_go_into_a_process_of_its_own():
    tracker = TobiiTracker(TobiiSettings(serial="none"), MonotonicClock())
    assert tracker.capabilities.own_process
    again = pickle.loads(pickle.dumps(tracker))  # noqa: S301, our own
    assert again.settings == tracker.settings


def test_several_trackers_are_named_and_a_serial_chooses(clock):
    one, other = MadeDevice(clock), MadeDevice(clock)
    other.serial_number, other.model = "TPNA1-9", "Tobii Pro Nano"
    modules = {"v2": made_module(clock, one, other)}
    with pytest.raises(FoveolaError, match="several .*Spectrum TPSP1-010203, Tobii Pro Nano TPNA1"):
        TobiiTracker(TobiiSettings(), clock, modules=modules).connect(SCREEN)
    chosen = TobiiTracker(TobiiSettings(serial="TPNA1-9"), clock, modules=modules)
    info = chosen.connect(SCREEN)
    assert (info.make, info.model, info.serial) == ("Tobii", "Tobii Pro Nano", "TPNA1-9")
    assert info.software == "TittaPy 2.1.0, Tobii Pro SDK 2.1.0.1"
    with pytest.raises(FoveolaError, match="no Tobii tracker X, but Tobii Pro Nano TPNA1-9, Tobii"):
        TobiiTracker(TobiiSettings(serial="X"), clock, modules=modules).connect(SCREEN)


def test_the_older_library_is_asked_where_the_newer_finds_none(clock, device):
    modules = {"v2": made_module(clock), "v1": made_module(clock, device)}
    tracker = TobiiTracker(TobiiSettings(), clock, modules=modules)
    assert tracker.connect(SCREEN).serial == device.serial_number
    by_address = TobiiTracker(
        TobiiSettings(address="tet-tcp://169.254.0.0"), clock, modules=modules
    )
    assert by_address.connect(SCREEN).serial == device.serial_number


def test_rate_and_mode_are_set_or_those_that_there_are_named(device):
    running(device, sampling_rate_hz=1200, tracking_mode="monkey")
    assert (device.frequency, device.tracking_mode) == (1200, "monkey")
    with pytest.raises(FoveolaError, match="can't track at 500 Hz") as caught:
        tracker_of(device, sampling_rate_hz=500).connect(SCREEN)
    assert "60, 150, 300, 600, 1200" in caught.value.remedy
    with pytest.raises(FoveolaError, match="no tracking mode 'great ape'"):
        tracker_of(device, tracking_mode="great ape").connect(SCREEN)


def test_gaze_is_in_screen_pixels_and_what_is_invalid_is_missing(device, clock):
    tracker = running(device)
    clock.advance(0.5)
    samples, more = tracker.read(), tracker.more_columns()
    numbers = np.round(samples["time_s"] * 600).astype(int)
    valid = numbers % 10 != 9
    assert np.array_equal(np.isfinite(samples["left_x_px"]), valid)
    assert np.array_equal(np.isfinite(samples["right_pupil"]), valid)
    x_px = numbers % 1000 / 1000 * SCREEN.width_px
    assert samples["left_x_px"][valid] == pytest.approx(x_px[valid], abs=1e-3)
    assert samples["left_y_px"][valid] == pytest.approx(0.25 * 1080)
    assert samples["right_y_px"][valid] == pytest.approx(0.75 * 1080)
    assert samples["left_pupil"][valid] == pytest.approx(3.25)
    ahead_s = samples["device_time_s"] - samples["time_s"]
    assert ahead_s == pytest.approx(SYSTEM_AHEAD_S + DEVICE_AHEAD_S, abs=2e-6)
    assert len(more.dtype.names) + 8 == len(device._gaze_of(np.arange(1))) == 38
    assert more["left_eye_openness_diameter"].tolist() == [10.5] * len(samples)
    assert np.array_equal(more["right_gaze_point_valid"], valid)
    assert ("openness", True) in device.calls
    assert ("start", "eye_image") not in device.calls


def test_what_comes_beside_the_gaze_is_kept_with_its_own_times(device, clock):
    tracker = running(device)
    now_us = device.system_us()
    device.waiting["external_signal"] = [(now_us + 1234, 7)]
    device.waiting["notification"] = [
        (now_us + 50, "connection_lost", None, None),
        (now_us + 60, "device_faults", None, "lamp"),
        (now_us + 70, "gaze_output_frequency_changed", 300.0, None),
        (now_us + 80, "calibration_changed", None, None),
    ]
    clock.advance(1.0)
    tracker.read()
    at_s = {one.text: one.time_s for one in tracker.more_records() if isinstance(one, Message)}
    ttl = f"TOBII TTL 7 value_changed device {now_us + 1234 + 77_000_000} us"
    assert at_s[ttl] == pytest.approx(3.001234, abs=1e-6)
    assert at_s["TOBII NOTIFICATION connection_lost"] == pytest.approx(3.00005, abs=1e-6)
    assert "TOBII NOTIFICATION device_faults lamp" in at_s
    assert "TOBII NOTIFICATION gaze_output_frequency_changed 300 Hz" in at_s
    assert sum(text.startswith("TOBII TIMESYNC request 100") for text in at_s) == 11
    assert "TOBII POSITION left 0.500 0.500 0.500 right none" in at_s
    assert tracker.problems() == (
        "the connection to the Tobii tracker is lost",
        "the Tobii tracker reports a fault: lamp",
        "the sampling rate of the Tobii tracker was changed: 300 Hz",
    )
    pair = tracker.clock_pair()
    assert pair.round_trip_s == pytest.approx(0.0004)
    assert pair.device_s - pair.host_s == pytest.approx(SYSTEM_AHEAD_S + DEVICE_AHEAD_S, abs=1e-6)


def test_a_notification_that_the_library_cannot_hand_over_is_told(device, clock):
    tracker = running(device)
    device.waiting["notification"] = [(device.system_us(), "display_area_changed", None, None)]
    clock.advance(0.1)
    assert len(tracker.read()) == 61
    assert tracker.problems() == ("the Tobii tracker told something that TittaPy could not read",)


def test_a_display_area_of_another_size_is_told(device):
    device.display_area = {"width": 500.0, "height": 300.0}
    tracker = running(device)
    assert tracker.problems()[0].startswith("the tracker's display area is 500 x 300 mm, the")


def recorded(tracker, clock, folder, steps=60):
    header = RecordingHeader(
        Observer(id="01"), SCREEN, tracker.connect(SCREEN), provenance({}, seed=1)
    )
    recorder = Recorder(tracker, folder / "a.journal", header, clock, threaded=False)
    recorder.start()
    for _ in range(steps):
        clock.advance(1 / 60)
        recorder.pump()
    return recorder


def test_columns_and_messages_arrive_in_the_recording(device, clock, tmp_path):
    recorder = recorded(tracker_of(device), clock, tmp_path)
    recorder.finish()
    finalise(tmp_path / "a.journal", tmp_path / "a.h5")
    recording = read_recording(tmp_path / "a.h5")
    assert len(recording.extra) == 30
    assert len(recording.extra["left_gaze_origin_in_user_coordinates_z"]) == 601
    assert (recording.extra["left_gaze_origin_in_user_coordinates_z"] == 600).all()
    assert any(one.text.startswith("TOBII TIMESYNC") for one in recording.messages)
    assert recording.clock.residual_s < 1e-5


def test_without_an_end_what_was_journaled_is_there(device, clock, tmp_path):
    recorder = recorded(tracker_of(device), clock, tmp_path)
    recorder._open_journal().close()
    finalise(tmp_path / "a.journal", tmp_path / "a.h5")
    recording = read_recording(tmp_path / "a.h5")
    assert len(recording.extra["right_eye_openness_diameter"]) == len(recording.samples) == 601


def test_eye_images_are_taken_where_asked_for_and_stay_in_the_journal(device, clock, tmp_path):
    recorder = recorded(tracker_of(device, eye_images=True), clock, tmp_path, steps=3)
    recorder.finish()
    summary = finalise(tmp_path / "a.journal", tmp_path / "a.h5")
    kept = [
        part.content
        for part in JournalReader(tmp_path / "a.journal")
        if isinstance(part, JournalRecord) and part.content["kind"] == "eye_image"
    ]
    assert len(kept) == 4
    assert kept[0]["gif"] == "R0lGODlhLi4u"  # GIF89a...
    assert not summary.journal.damages
    assert b"GIF89a" not in (tmp_path / "a.h5").read_bytes()
    assert EyeImage(1.0, 0, b"GIF89a").camera == 0


def collect(tracker, targets):
    for target_px in targets:
        tracker.collect(target_px)
        while tracker.collecting():
            pass


def test_residuals_are_of_the_samples_that_the_tracker_used(device, clock):
    tracker = running(device)
    tracker.begin_calibration()
    targets = calibration_targets("HV5", SCREEN)
    collect(tracker, targets)
    residuals = tracker.apply_calibration()
    assert len(residuals) == 10
    middle = next(r for r in residuals if (r.target_x_px, r.eye) == (960.0, "left"))
    assert middle.gaze_x_px == pytest.approx(960 + 9.6, abs=1e-3)
    assert middle.error_deg == pytest.approx(SCREEN.angle_deg(969.6, 540, 960, 540), abs=1e-4)
    assert [r.loss for r in residuals if r.eye == "right"] == [pytest.approx(0.4)] * 5
    assert device.mode, "points stay until the calibration is accepted"
    tracker.end_calibration()
    assert not device.mode


def test_a_point_that_is_redone_is_discarded_first(device, clock):
    tracker = running(device)
    tracker.begin_calibration()
    collect(tracker, [(960.0, 540.0), (192.0, 108.0), (960.0, 540.0)])
    words = [call[0] for call in device.calls if call[0] in ("collect", "discard")]
    assert words == ["collect", "collect", "discard", "collect"]
    assert device.points == {(0.5, 0.5): 1, (0.1, 0.1): 1}


def test_one_eye_is_calibrated_alone_where_the_tracker_can(device, clock):
    tracker = running(device, eyes="right")
    tracker.begin_calibration()
    collect(tracker, [(960.0, 540.0)])
    assert ("enter", True) in device.calls
    assert ("collect", (0.5, 0.5), "right") in device.calls
    assert {residual.eye for residual in tracker.apply_calibration()} == {"right"}
    device.capabilities = [one for one in device.capabilities if "monocular" not in one.name]
    tracker = running(device, eyes="right")
    tracker.begin_calibration()
    assert device.calls[-1] == ("enter", False)


@pytest.mark.parametrize("action", ["enter", "compute", "collect_data"])
def test_a_calibration_that_fails_is_left_and_told(device, clock, action):
    tracker = running(device)
    device.fail[action] = 213
    tracker.begin_calibration()
    collect(tracker, [(960.0, 540.0)])
    with pytest.raises(FoveolaError, match="alibrat") as caught:
        tracker.apply_calibration()
    assert caught.value.remedy
    assert not device.mode
    device.fail.clear()
    tracker.begin_calibration()
    collect(tracker, [(960.0, 540.0)])
    assert len(tracker.apply_calibration()) == 2


def test_a_point_that_the_tracker_did_not_take_has_no_residual(device, clock):
    tracker = running(device)
    tracker.begin_calibration()
    collect(tracker, [(960.0, 540.0)])
    device.fail["collect_data"] = 213
    collect(tracker, [(192.0, 108.0)])
    residuals = tracker.apply_calibration()
    assert [np.isnan(one.error_deg) for one in residuals] == [False, False, True, True]
    assert residuals[2].loss == 1


def test_a_tracker_that_does_not_answer_ends_the_calibration(device, clock):
    tracker = running(device)
    tracker._calibration._answer_s = 0.02
    tracker.begin_calibration()
    device.mute = True
    tracker.collect((960.0, 540.0))
    while tracker.collecting():
        pass
    assert not device.mode
    with pytest.raises(FoveolaError, match="did not answer to enter in 0.02 s"):
        tracker.apply_calibration()


def test_states_are_kept_outside_of_the_mode_and_the_mode_is_left(device, clock):
    tracker = running(device)
    state = tracker.calibration_state()
    assert not device.mode
    device.data = b"other"
    tracker.restore_calibration(state)
    assert (device.data, device.mode) == (b"first", False)
    device.fail["apply_calibration_data"] = 213
    with pytest.raises(FoveolaError, match="did not take the earlier calibration"):
        tracker.restore_calibration(state)
    assert not device.mode


def test_stop_and_close_leave_the_mode(device, clock):
    for end in ("stop", "close"):
        tracker = running(device)
        tracker.begin_calibration()
        getattr(tracker, end)()
        assert not device.mode


def test_an_accepted_validation_ends_the_mode(device, clock, tmp_path):
    from foveola.data_schema import Calibration

    recorder = recorded(tracker_of(device), clock, tmp_path, steps=1)
    recorder.begin_calibration()
    for kind, accepted in (("calibration", True), ("validation", False), ("validation", True)):
        assert device.mode
        recorder.add_calibration(
            Calibration(time_s=1, kind=kind, layout="HV5", accepted=accepted, points=())
        )
    assert not device.mode
    recorder.finish()
