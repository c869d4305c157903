"""Videos: described, decoded, shown frame by frame, on a virtual display and in a real window."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from foveola.data_schema import FileFormatError, Screen, Stimulus, read_recording
from foveola.experiments import display_missing, ensure_display, load_settings, run_session
from foveola.experiments.picture import Placement, composed, fit, grey
from foveola.experiments.psychopy_display import PsychoPyDisplay
from foveola.experiments.video import VideoPlayer, video_duration_s, video_stimulus
from foveola.tracking import MonotonicClock

ffmpeg = pytest.importorskip("imageio_ffmpeg")

Write = Callable[..., Path]
SCREEN = Screen(
    width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60, refresh_hz=60
)
FRAMES, RATE = 15, 30


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """15 frames at 30 a second; each is one grey, 10 levels brighter than the one before."""
    path = tmp_path_factory.mktemp("video") / "greys.mkv"
    frames = np.repeat(np.arange(FRAMES, dtype=np.uint8) * 10 + 50, 320 * 240 * 3)
    command = [
        *(ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"),
        *("-s", "320x240", "-r", str(RATE), "-i", "-", "-c:v", "ffv1", str(path)),
    ]
    subprocess.run(command, input=frames.tobytes(), check=True)
    return path


def described(path: Path) -> Stimulus:
    return video_stimulus(path, relative_to=path.parent)


def level_of(player: VideoPlayer) -> int:
    return int(player.picture.pixels[120, 160, 0])


@pytest.fixture
def player(video: Path) -> Iterator[VideoPlayer]:
    one = VideoPlayer(
        video, described(video), Placement(160, 120, 1.0), refresh_hz=60, patient=True
    )
    yield one
    one.close()
    one.close()
    assert not one._thread.is_alive()


def test_a_video_is_described_with_the_times_of_its_frames(video: Path) -> None:
    stimulus = described(video)
    assert (stimulus.kind, stimulus.width_px, stimulus.height_px) == ("video", 320, 240)
    np.testing.assert_allclose(stimulus.frame_times_s, np.arange(FRAMES) / RATE)
    assert video_duration_s(stimulus) == pytest.approx(FRAMES / RATE)


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    with pytest.raises(FileFormatError, match=r"bad\.mp4: this video can't be decoded"):
        described(tmp_path / "bad.mp4")
    with pytest.raises(FileFormatError, match="there is no such video"):
        described(tmp_path / "none.mp4")


def test_each_frame_comes_when_it_is_due(player: VideoPlayer) -> None:
    player.prepare()
    shown = []
    for flip in range(2 * FRAMES):
        player.at(flip / 60)
        shown.append(level_of(player))
    expected = np.repeat(np.arange(FRAMES) * 10 + 50, 2)
    np.testing.assert_allclose(shown, expected, atol=1)
    assert player.shown == FRAMES
    assert player.at(10.0)[0].number == FRAMES - 1  # the last one stays


def test_frames_that_are_skipped_are_counted(player: VideoPlayer) -> None:
    player.prepare()
    player.at(4 / RATE)
    player.at(5 / RATE)
    assert (player.picture.number, player.shown) == (5, 3)


def test_a_late_frame_leaves_the_one_before_on_the_screen(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*_given: object) -> Iterator[np.ndarray]:
        for number in range(3):
            yield np.full((240, 320, 3), number, np.uint8)
        go_on.wait(60)

    monkeypatch.setattr("foveola.experiments.video.video_frames", slow)
    player = VideoPlayer(video, described(video), Placement(0, 0, 1.0), 60, patient=False)
    player.prepare()
    while player._ready.qsize() < 2:
        time.sleep(0.001)
    assert player.at(10 / RATE)[0].number == 2
    assert player.at(11 / RATE)[0].number == 2
    assert player.shown == 2
    go_on.set()
    player.close()


def test_a_broken_decoder_is_told(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> Iterator[np.ndarray]:
        raise FileFormatError(video, "no such codec.")
        yield

    monkeypatch.setattr("foveola.experiments.video.video_frames", broken)
    player = VideoPlayer(video, described(video), Placement(0, 0, 1.0), 60, patient=True)
    with pytest.raises(FileFormatError, match="no such codec"):
        player.prepare()
    player.close()


def test_a_session_shows_videos_and_stamps_their_frames(write_toml: Write, video: Path) -> None:
    folder = write_toml().parent / "videos"
    folder.mkdir()
    shutil.copy(video, folder / "greys.mkv")
    path = write_toml({'"images"': '"videos"'})
    recording = read_recording(run_session(load_settings(path), "01", display="virtual"))
    (trial,) = recording.trials
    assert trial.variables == {"frames_shown": "15", "frames_dropped": "0"}
    assert trial.offset_s - trial.onset_s == pytest.approx(FRAMES / RATE, abs=1e-9)
    stamped = [one for one in recording.messages if one.text.startswith("!V VFRAME")]
    assert [one.text.split()[2] for one in stamped] == [str(i + 1) for i in range(FRAMES)]
    onsets_s = np.array([one.time_s for one in stamped]) - trial.onset_s
    np.testing.assert_allclose(onsets_s, np.arange(FRAMES) / RATE, atol=1e-9)
    assert stamped[0].text == "!V VFRAME 1 160 120 ../videos/greys.mkv"
    (stimulus,) = recording.stimuli
    assert (stimulus.kind, len(stimulus.frame_times_s)) == ("video", FRAMES)


@pytest.mark.window
@pytest.mark.skipif(
    display_missing() and shutil.which("Xvfb") is None, reason="no screen and no Xvfb"
)
def test_the_window_shows_the_very_pixels_of_each_frame(video: Path) -> None:
    pytest.importorskip("psychopy")
    ensure_display(640, 480)
    display = PsychoPyDisplay(SCREEN, MonotonicClock(), grey(0.5), fullscreen=False)
    stimulus = described(video).model_copy(update={"width_px": 321})  # rows of any length
    player = VideoPlayer(video, stimulus, fit(stimulus, SCREEN), 60, patient=True)
    try:
        player.prepare()
        generator = np.random.default_rng(1)
        for number in range(3):
            pictures = player.at(number / RATE)
            noise = generator.integers(0, 256, player.picture.pixels.shape, np.uint8)
            player.picture.pixels = noise
            display.show(*pictures)
            display.flip()
            expected = composed(640, 480, grey(0.5), pictures)
            assert np.array_equal(np.asarray(display.screenshot()), np.asarray(expected))
    finally:
        player.close()
        display.close()


def test_a_video_that_is_cut_is_found_before_the_session(video: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    with pytest.raises(FileFormatError, match=r"cut\.mkv: this video can't be decoded"):
        described(cut)
