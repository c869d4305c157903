from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_stages import make_stage, recorded, texts
from PIL import Image

from foveola.experiments.picture import Picture, grey
from foveola.experiments.stage import SessionEnded

FRAME_S = 1 / 60


def red() -> Picture:
    return Picture(10, 20, lambda: Image.new("RGB", (5, 5), "red"))


def test_a_picture_is_held_for_its_time(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    shown = stage.hold(red(), 0.5)
    assert stage.display.screenshot().getpixel((12, 22)) == (255, 0, 0)
    off_s = stage.blank()
    assert stage.display.screenshot().getpixel((12, 22)) == grey(0.5)
    assert off_s - shown.onset_s == pytest.approx(0.5, abs=1e-9)
    assert (shown.interrupted_s, shown.key) == (None, "")


def test_less_than_a_frame_is_one_frame(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    shown = stage.hold(red(), 0.001)
    assert stage.blank() - shown.onset_s == pytest.approx(FRAME_S)


def test_every_flip_is_recorded(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    stage.hold(red(), 0.6)
    recording = recorded(stage, tmp_path)
    assert len(recording.flips_s) == 36
    assert np.allclose(np.diff(recording.flips_s), FRAME_S)
    assert recording.samples["time_s"][-1] > recording.flips_s[-1] - 0.01


def test_a_key_ends_the_wait(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.1, "x"), (0.2, "space")])
    shown = stage.hold(red(), None, keys=("space",))
    assert shown.key == "space"


def test_escape_is_asked_and_declined(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "escape"), (0.5, "x"), (0.6, "escape"), (0.7, "n")])
    shown = stage.hold(red(), 1.0)
    assert shown.interrupted_s == pytest.approx(0.2 + FRAME_S, abs=FRAME_S)
    recording = recorded(stage, tmp_path)
    assert texts(recording) == ["ESCAPE asked", "ESCAPE declined"]
    assert recording.flips_s[-1] == pytest.approx(0.7, abs=FRAME_S)


def test_escape_confirmed_ends_the_session(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "escape"), (0.4, "y")])
    with pytest.raises(SessionEnded) as ended:
        stage.hold(red(), 1.0)
    assert ended.value.time_s == pytest.approx(0.2 + FRAME_S, abs=FRAME_S)
    assert texts(recorded(stage, tmp_path)) == ["ESCAPE asked", "ESCAPE confirmed"]


def test_the_question_is_what_is_seen(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "escape"), (0.4, "y")])
    with pytest.raises(SessionEnded):
        stage.hold(red(), 1.0)
    question = np.asarray(stage.display.screenshot().convert("L"))
    assert (question < 60).sum() > 500
    assert stage.display.screenshot().getpixel((12, 22)) == grey(0.5)


def test_insisting_shows_again_what_was_interrupted(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.3, "escape"), (0.5, "n")])
    shown = stage.insist(red(), 0.5)
    assert shown.onset_s >= 0.5
    assert stage.blank() - shown.onset_s == pytest.approx(0.5)


def test_what_an_operator_asks_for_is_kept_until_it_is_taken(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "p"), (0.3, "d"), (0.4, "p"), (0.5, "c")])
    assert stage.hold(red(), 1.0, keys=("c",)).key == "c"  # its meaning here comes first
    assert stage.take_requests() == ["pause", "drift_check"]
    assert stage.take_requests() == []


def test_keys_pressed_before_a_page_do_not_answer_it(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.1, "space"), (0.9, "space")])
    stage.flip()
    for _ in range(20):
        stage.flip()
    shown = stage.hold(red(), None, keys=("space",))
    assert shown.key == "space"
    assert stage.blank() > 0.9
