from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_stages import make_stage, recorded, texts
from made_views import session_part
from PIL import Image

from foveola.data_schema import Calibration, Stimulus, TargetError, Trial
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.operator_messages import ScenePart
from foveola.experiments.operator_watch import OperatorWatch
from foveola.experiments.pages import text_page
from foveola.experiments.picture import Picture, grey
from foveola.experiments.stage import Heard, SessionEnded, Stage
from foveola.tracking import Scene

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


def listened(stage: Stage, number: int, **options: object) -> list[Heard]:
    """What is heard until so many keys and clicks came."""
    found: list[Heard] = []

    def over(heard: Heard) -> bool:
        if heard.keys or heard.clicks:
            found.append(heard)
        return len(found) == number

    stage.listen(red(), over, **options)  # type: ignore[arg-type]
    return found


def test_keys_clicks_and_text_are_heard_when_they_come(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "R"), (0.4, "space"), (0.6, "up")])
    stage.display._clicks = [(0.3, (5.0, 6.0)), (0.5, (7.0, 8.0))]
    stage.display.pointer(visible=True)
    found = listened(stage, 5)
    assert [one.keys for one in found] == [("r",), (), ("space",), (), ("up",)]
    assert [one.clicks for one in found] == [(), ((5.0, 6.0),), (), ((7.0, 8.0),), ()]
    assert [one.text for one in found] == ["R", "", " ", "", ""]
    assert [one.elapsed_s for one in found] == pytest.approx(
        [0.18, 0.28, 0.38, 0.48, 0.58], abs=1.5 * FRAME_S
    )


def test_without_a_pointer_nothing_is_clicked(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.5, "x")])
    stage.display._clicks = [(0.3, (5.0, 6.0))]
    assert [one.clicks for one in listened(stage, 1)] == [()]


def test_what_came_before_a_page_is_not_heard(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.1, "a"), (0.1, "p"), (0.5, "b")])
    for _ in range(20):
        stage.flip()
    (found,) = listened(stage, 1, keys=("a", "b"))
    assert (found.keys, found.text) == (("b",), "b")
    assert stage.take_requests() == []


def test_while_it_listens_an_operator_can_ask(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "p"), (0.3, "c"), (0.4, "b")])
    listened(stage, 3, keys=("c", "b"))
    assert stage.take_requests() == ["pause"]
    stage.display._presses = [(1.2, "p")]
    listened(stage, 1)  # where text is typed, every key is meant
    assert stage.take_requests() == []


def test_after_the_question_it_listens_from_the_beginning(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.3, "escape"), (0.5, "x"), (0.6, "n"), (0.9, "b")])
    (found,) = listened(stage, 1)
    assert (found.keys, found.text) == (("b",), "b")
    assert found.elapsed_s == pytest.approx(0.3, abs=2 * FRAME_S)
    stage.display._presses = [(1.2, "escape"), (1.4, "y")]
    with pytest.raises(SessionEnded):
        listened(stage, 1)


def test_a_calibration_is_remembered_as_it_was_judged(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    made = [
        Calibration(time_s=time_s, kind="validation", layout="HV5", accepted=False)
        for time_s in (1.0, 2.0)
    ]
    judged = made[0].model_copy(update={"accepted": True})
    for one in (*made, judged):
        stage.add_calibration(one)
    assert stage.calibrations == (judged, made[1])
    assert recorded(stage, tmp_path).calibrations == stage.calibrations


def test_keys_pressed_before_a_page_do_not_answer_it(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.1, "space"), (0.9, "space")])
    stage.flip()
    for _ in range(20):
        stage.flip()
    shown = stage.hold(red(), None, keys=("space",))
    assert shown.key == "space"
    assert stage.blank() > 0.9


class FakeLink:
    """A view that says what the test puts into it."""

    def __init__(self) -> None:
        self.said: list[dict[str, str]] = []
        self.state: dict[str, object] = {}
        self.told = 0
        self.revived = 0
        self.words: list[str] = []

    def keep(self, name: str, part: object) -> None:
        self.state[name] = part

    def tell(self, passing: object) -> bool:
        self.told += 1
        return True

    def heard(self) -> list[dict[str, str]]:
        said, self.said = self.said, []
        return said

    def notices(self) -> list[str]:
        words, self.words = self.words, []
        return words

    def revive(self) -> None:
        self.revived += 1

    def close(self) -> None:
        self.state["closed"] = True


def watched_stage(folder: Path, presses: list[tuple[float, str]] | None = None) -> Stage:
    """A stage with an operator's view, as its attribute ``view``."""
    stage = make_stage(folder, presses or [])
    link: Any = FakeLink()
    session = session_part(folder, screen_px=(640, 480), sampling_rate_hz=500.0, trials=10)
    watch = OperatorWatch(
        link, stage.recorder, session,
        calibration=CalibrationSettings(), trial_s=4.0, notify=link.words.append,
    )  # fmt: skip
    watched = Stage(stage.display, stage.recorder, stage.screen, unattended=False, operator=watch)
    vars(watched)["view"] = link
    return watched


def link_of(stage: Stage) -> FakeLink:
    link: FakeLink = vars(stage)["view"]
    return link


def test_the_view_is_told_twenty_times_a_second(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path)
    stage.hold(red(), 2.0)
    assert link_of(stage).told == pytest.approx(30, abs=10)  # every third or fourth flip


def test_what_the_view_asks_for_is_kept_and_written_down(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path)
    link = link_of(stage)
    link.said = [{"ask": "pause"}, {"ask": "pause"}, {"ask": "nonsense"}, {"ask": "calibrate"}]
    stage.hold(red(), 0.3)
    assert link.state["progress"].requested == ("pause", "calibrate")  # type: ignore[attr-defined]
    assert stage.take_requests() == ["pause", "calibrate"]
    assert link.revived == 1
    stage.hold(red(), 0.3)
    assert link.state["progress"].requested == ()  # type: ignore[attr-defined]
    assert texts(recorded(stage, tmp_path)) == [
        "OPERATOR asked: pause",
        "OPERATOR asked: calibrate",
    ]


def test_a_key_pressed_in_the_view_counts_as_one_before_the_stimulus(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path)
    link_of(stage).said = [{"key": "x"}]
    stage.flip()
    assert stage.pressed() == ["x"]


def test_an_abort_in_the_view_ends_the_session(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path)
    link = link_of(stage)
    link.said = [{"abort": "true"}]
    with pytest.raises(SessionEnded, match="ended by the operator") as ended:
        stage.hold(red(), 1.0)
    assert stage.display.screenshot().getpixel((12, 22)) == grey(0.5)
    recording = recorded(stage, tmp_path)
    assert ended.value.time_s == recording.flips_s[-1]
    assert texts(recording) == ["END asked by the operator"]


def test_an_abort_ends_the_open_question_too(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path, [(0.2, "escape")])
    stage.recorder.listen(
        lambda kind, content: (
            link_of(stage).said.append({"abort": "true"})
            if content.get("text") == "ESCAPE asked"
            else None
        )
    )
    with pytest.raises(SessionEnded, match="by the operator") as ended:
        stage.hold(red(), 1.0)
    # What was shown went away when the question came.
    assert ended.value.time_s == pytest.approx(0.2 + FRAME_S, abs=FRAME_S)


def test_a_signal_ends_any_wait(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    assert stage.end_soon("Ctrl+C")
    assert not stage.end_soon("Ctrl+C")
    with pytest.raises(SessionEnded, match=r"by Ctrl\+C"):
        stage.insist(red(), None)
    assert stage.end_soon("Ctrl+C")
    stage.hold(red(), 0.1)  # what is shown while it ends is not ended again


def test_the_button_that_closes_the_window_asks_and_then_ends(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.2, "close"), (0.5, "close")])
    with pytest.raises(SessionEnded):
        stage.hold(red(), 1.0)
    assert texts(recorded(stage, tmp_path)) == ["ESCAPE asked", "ESCAPE confirmed"]


def test_letters_ask_for_nothing_where_a_text_is_typed(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path, [(0.1, "p"), (0.2, "c"), (0.3, "return")])
    assert stage.insist(red(), None, keys=("return",), requests=False).key == "return"
    assert stage.take_requests() == []
    assert link_of(stage).state["scene"].typing  # type: ignore[attr-defined]


def test_the_view_hears_of_scenes_trials_and_checks(tmp_path: Path) -> None:
    stage = watched_stage(tmp_path)
    link, recorder = link_of(stage), stage.recorder
    page = text_page(stage.screen, stage.display.background, "Welcome", ["Look."])
    stage.hold(page, 0.2)
    scene: Any = link.state["scene"]
    assert (scene.kind, scene.name) == ("page", "Welcome")
    assert Image.open(io.BytesIO(base64.b64decode(scene.page_png))).size == (640, 480)
    stage.hold(red(), 0.2, scene=lambda time_s: Scene(time_s, target_px=(3.0, 4.0)))
    assert link.state["scene"] == ScenePart("target", target_px=(3.0, 4.0))
    path = tmp_path / "a.png"
    Image.new("RGB", (5, 5)).save(path)
    stimulus = Stimulus(id="a", path="a.png", width_px=5, height_px=5, sha256="0" * 64)
    trial = Trial(index=0, stimulus="a", onset_s=0.0, offset_s=0.0)
    for index in range(5):
        onset_s = 5.0 * index
        recorder.begin_trial(trial.model_copy(update={"index": index, "onset_s": onset_s}))
    recorder.add_calibration(check(2.0))
    recorder.add_calibration(check(0.5))
    stage.hold(red(), 0.2, scene=lambda time_s: Scene(time_s, stimulus=stimulus, path=str(path)))
    assert link.state["scene"] == ScenePart("image", "a", str(path), (0.0, 0.0, 1.0))
    progress: Any = link.state["progress"]
    assert (progress.trial, progress.left_s) == (5, pytest.approx(6 * 5.0))
    drift: Any = link.state["drift"]
    assert drift.errors_deg == (2.0, 0.5)
    assert drift.accepted == (False, True)
    stage.blank()
    assert link.state["scene"] == ScenePart()


def check(error_deg: float) -> Calibration:
    point = TargetError(target_x_px=0, target_y_px=0, eye="left", error_deg=error_deg)
    return Calibration(
        time_s=1.0,
        kind="drift_check",
        layout="centre",
        accepted=error_deg < 1,
        points=(point,),
    )
