"""Real LSL streams over the loopback device, described in the ways of several vendors."""

import builtins
import contextlib

import numpy as np
import pytest
from made_lsl import RATE_HZ, MadeStream, waited

from foveola.data_schema import (
    FoveolaError,
    MissingExtraError,
    Observer,
    RecordingHeader,
    Screen,
    provenance,
    read_recording,
)
from foveola.tracking import (
    LslSettings,
    LslTracker,
    MonotonicClock,
    finalise,
    recorder_for,
    tracker_elsewhere,
)
from foveola.tracking.lsl_channels import Channel, places_of, places_of_channels, unit_of_channels
from foveola.tracking.recorder_process import TrackerElsewhere

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
NORM = ("confidence", "norm_pos_x", "norm_pos_y", "diameter0_2d", "diameter1_2d")


@pytest.fixture
def stream(request):
    stream = MadeStream(**getattr(request, "param", {}))
    yield stream
    stream.close()


def running(stream, **chosen):
    tracker = LslTracker(LslSettings(**{"name": stream.name} | chosen), MonotonicClock())
    tracker.info = tracker.connect(SCREEN)
    tracker.start()
    return tracker


def test_gaze_pupil_and_the_other_channels_come_with_their_stamps(stream):
    tracker = running(stream)
    assert (tracker.info.make, tracker.info.model) == ("Made", stream.name)
    assert tracker.info.serial == stream.source_id
    assert (tracker.info.eyes, tracker.info.sampling_rate_hz) == ("both", RATE_HZ)
    waited(stream, 0.4)
    samples, more = tracker.read(), tracker.more_columns()
    numbers = np.round((samples["device_time_s"] - stream.start_s) * RATE_HZ)
    assert len(samples) > 50
    assert np.array_equal(np.diff(numbers), np.ones(len(numbers) - 1))
    seen = numbers % 10 != 9
    assert np.array_equal(samples["left_x_px"][seen], numbers[seen])
    assert np.array_equal(samples["right_y_px"][seen], 2 * numbers[seen])
    assert np.isnan(samples["left_x_px"][~seen]).all()
    assert (samples["left_pupil"] == 3.5).all()
    assert np.isnan(samples["right_pupil"]).all()
    assert more.dtype.names == ("light",)
    assert np.allclose(more["light"], numbers / 10)
    # One computer, one clock: the correction is as good as nothing.
    local_s = tracker._clock() - stream.lsl.local_clock()
    assert samples["time_s"] - samples["device_time_s"] == pytest.approx(local_s, abs=0.002)
    tracker.close()


def test_no_stream_is_told_with_those_that_there_are(stream):
    with pytest.raises(
        FoveolaError, match=r"no LSL stream with type='Gaze', name='nowhere'"
    ) as one:
        LslTracker(LslSettings(name="nowhere")).connect(SCREEN)
    assert stream.name in one.value.what
    assert "Start streaming" in one.value.remedy


def test_several_streams_are_named(stream):
    other = MadeStream(name=stream.name)
    with pytest.raises(FoveolaError, match="Several LSL streams fit") as caught:
        LslTracker(LslSettings(name=stream.name)).connect(SCREEN)
    assert stream.source_id in caught.value.what
    assert other.source_id in caught.value.what
    chosen = LslTracker(LslSettings(name=stream.name, source_id=other.source_id)).connect(SCREEN)
    assert chosen.serial == other.source_id
    other.close()


@pytest.mark.parametrize("stream", [{"unit": ""}], indirect=True)
def test_a_stream_that_states_no_unit_is_asked_about(stream):
    with pytest.raises(FoveolaError, match="in which unit its gaze is") as caught:
        running(stream)
    assert 'units = "px"' in caught.value.remedy
    assert running(stream, units="px").info.eyes == "both"


@pytest.mark.parametrize("stream", [{"labels": ["a", "b", "c", "d"]}], indirect=True)
def test_labels_that_tell_nothing_are_asked_about_and_can_be_told(stream):
    with pytest.raises(FoveolaError, match=r"which of its channels are gaze \(a, b, c, d\)"):
        running(stream)
    with pytest.raises(FoveolaError, match="has no channel 'e'; it has a, b, c, d"):
        running(stream, channels={"left_x": "e"})
    tracker = running(stream, channels={"right_x": "a", "right_y": "b"})
    assert tracker.info.eyes == "right"
    waited(stream, 0.1)
    samples = tracker.read()
    assert np.isfinite(samples["right_x_px"]).any()
    assert np.isnan(samples["left_x_px"]).all()
    assert tracker.more_columns().dtype.names == ("c", "d")


@pytest.mark.parametrize(
    ("units", "y_up", "expected"),
    [
        ("px", None, (10.0, 20.0)),
        ("px", True, (10.0, 1060.0)),
        ("screen", None, (19200.0, 21600.0)),
        ("screen", True, (19200.0, 1080 - 21600.0)),
        ("deg", None, SCREEN.deg_to_px(10.0, 20.0)),
        ("deg", True, SCREEN.deg_to_px(10.0, -20.0)),
    ],
)
@pytest.mark.parametrize("stream", [{"unit": ""}], indirect=True)
def test_units_become_pixels(stream, units, y_up, expected):
    tracker = running(stream, units=units, y_up=y_up)
    places = tracker._gaze_px(np.array([[10.0, 20.0, 0, 0, 0, 0]]), "left")
    assert [float(one[0]) for one in places] == pytest.approx([float(one) for one in expected])


@pytest.mark.parametrize("stream", [{"lost": -1.0}], indirect=True)
def test_a_number_can_mean_no_gaze(stream):
    tracker = running(stream, missing=(-1.0,))
    waited(stream, 0.2)
    samples = tracker.read()
    numbers = np.round((samples["device_time_s"] - stream.start_s) * RATE_HZ)
    assert np.array_equal(np.isnan(samples["left_x_px"]), numbers % 10 == 9)


@pytest.mark.parametrize("stream", [{"stated_hz": 0.0}], indirect=True)
def test_the_rate_of_an_irregular_stream_is_measured(stream):
    assert running(stream).info.sampling_rate_hz == pytest.approx(RATE_HZ, rel=0.01)
    assert running(stream, sampling_rate_hz=120).info.sampling_rate_hz == 120


@pytest.mark.parametrize("source_id", [None, ""], ids=["source-id", "no-source-id"])
def test_a_stream_that_breaks_off_is_taken_up_again(source_id):
    stream = MadeStream(source_id=source_id)
    tracker = running(stream)
    waited(stream, 0.2)
    before, news = tracker.read(), []
    stream.break_off()
    for _ in range(20):
        waited_s = stream.lsl.local_clock() + 0.02
        while stream.lsl.local_clock() < waited_s:
            tracker.read()
    stream.resume()
    for _ in range(600):
        waited(stream, 0.02)
        after = tracker.read()
        news += tracker.problems()
        if len(after):
            break
    assert len(after)
    assert after["device_time_s"][0] - before["device_time_s"][-1] > 0.3
    numbers = np.round((after["device_time_s"] - stream.start_s) * RATE_HZ)
    seen = numbers % 10 != 9
    assert np.array_equal(after["left_x_px"][seen], numbers[seen])
    if source_id == "":  # without one, LSL itself gives the stream up
        assert news[0].startswith("the LSL stream broke off")
        assert news[-1] == "the LSL stream is back"
    tracker.close()
    stream.close()


def test_a_missing_library_names_the_extra(monkeypatch):
    real = builtins.__import__

    def no_pylsl(name, *rest):
        if name == "pylsl":
            raise RuntimeError("LSL binary library file was not found")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_pylsl)
    with pytest.raises(MissingExtraError, match=r"foveola\[lsl\]"):
        LslTracker().connect(SCREEN)


def test_it_records_in_a_process_of_its_own(tmp_path):
    with contextlib.closing(MadeStream()) as stream:
        clock = MonotonicClock()
        tracker = tracker_elsewhere(LslTracker(LslSettings(name=stream.name), clock))
        assert isinstance(tracker, TrackerElsewhere)
        info = tracker.connect(SCREEN)
        header = RecordingHeader(Observer(id="01"), SCREEN, info, provenance({}, seed=1))
        recorder = recorder_for(tracker, tmp_path / "a.journal", header, clock)
        recorder.start()
        waited(stream, 1.0)
        recorder.message("TRIALID 0")
        recorder.finish()
        tracker.close()
    finalise(tmp_path / "a.journal", tmp_path / "a.h5")
    recording = read_recording(tmp_path / "a.h5")
    assert len(recording.samples) > 0.8 * RATE_HZ
    assert np.all(np.diff(recording.samples["time_s"]) > 0)
    assert recording.messages[0].text == "TRIALID 0"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (NORM, {"x": 1, "y": 2, "pupil": 3}),
        (
            ("leftEyeX", "rightEyeX", "leftEyeY", "rightEyeY", "leftPupilArea", "rightPupilArea"),
            {
                "left_x": 0,
                "right_x": 1,
                "left_y": 2,
                "right_y": 3,
                "left_pupil": 4,
                "right_pupil": 5,
            },
        ),
        (
            (
                "left_gaze_point_on_display_area_x",
                "left_gaze_point_on_display_area_y",
                "device_time",
            ),
            {"left_x": 0, "left_y": 1, "device": 2},
        ),
        (("x", "y"), {"x": 0, "y": 1}),
        (("Screen X left", "Screen Y left", "Position X left"), {"left_x": 0, "left_y": 1}),
        (("left_gaze_origin_x", "gaze_velocity_x"), {}),
    ],
)
def test_labels_of_several_vendors(labels, expected):
    assert places_of(labels) == expected


def test_the_recommendation_of_xdf_goes_before_labels():
    channels = [
        Channel("h", "ScreenX", "left", "pixels"),
        Channel("v", "ScreenY", "left", "pixels"),
        Channel("d", "Diameter", "left", "mm"),
        Channel("gaze x", "ScreenX", "both", "pixels"),
    ]
    assert places_of_channels(channels) == {"left_x": 0, "left_y": 1, "left_pupil": 2, "x": 3}
    assert unit_of_channels(channels, {"left_x": 0, "left_y": 1}) == "px"
    assert unit_of_channels(channels, {"left_x": 0, "y": 2}) == ""
