from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_stages import SCREEN, BlindTracker, answer_results, make_stage, recorded, texts

from foveola.data_schema import Calibration, FoveolaError, GazeSamples, TargetError
from foveola.experiments import calibrator
from foveola.experiments.calibration_screen import calibrate
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.calibrator import CalibrationImpossibleError, nearest
from foveola.experiments.result_layout import on_map, result_layout
from foveola.experiments.stage import SessionEnded, Stage
from foveola.experiments.target_screen import look_at
from foveola.experiments.targets import on_pixels
from foveola.tracking import (
    Capabilities,
    SimulatedTracker,
    calibration_targets,
    validation_targets,
)

QUICK = CalibrationSettings(layout="HV5", shrink_s=0.2, settle_s=0.3, collect_s=0.4)
#: The thresholds of QUICK made so that nothing stays below them.
STRICT = QUICK.model_copy(update={"max_mean_error_deg": 1e-6, "attempts": 2})
FRESH = [on_pixels(one) for one in validation_targets("HV5", SCREEN)]


def run(stage: Stage, settings: CalibrationSettings, *, automatic: bool = True) -> Calibration:
    return calibrate(stage, settings, np.random.default_rng(1), automatic=automatic)


def kept(stage: Stage, folder: Path) -> list[Calibration]:
    return list(recorded(stage, folder).calibrations)


def verdicts(calibrations: list[Calibration]) -> list[tuple[str, int, bool, str]]:
    return [(one.kind, one.attempt, one.accepted, one.reason) for one in calibrations]


def place(point: TargetError) -> tuple[float, float]:
    return point.target_x_px, point.target_y_px


def test_calibration_removes_most_of_the_offset(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, offset_deg=3.0, unattended=True)
    accepted = run(stage, QUICK)
    calibration, validation = kept(stage, tmp_path)
    assert validation == accepted
    assert verdicts([calibration, validation]) == [
        ("calibration", 1, True, ""),
        ("validation", 1, True, ""),
    ]
    assert accepted.mean_error_deg() < 0.5
    assert {one.eye for one in validation.points} == {"left", "right"}
    assert len({place(one) for one in calibration.points}) == 5
    assert not {place(one) for one in validation.points} & {
        place(one) for one in calibration.points
    }


def test_unattended_it_is_accepted_after_the_last_attempt_with_a_reason(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, unattended=True)
    accepted = run(stage, STRICT)
    assert accepted.reason == "above the limits after 2 attempts, unattended"
    recording = recorded(stage, tmp_path)
    assert [(one.attempt, one.accepted) for one in recording.calibrations] == [
        (1, False), (1, False), (2, True), (2, True),
    ]  # fmt: skip
    assert recording.calibrations[0].reason == "above the limits, repeated unattended"
    said = [text for text in texts(recording) if text.startswith("CALIBRATION")]
    assert said == [
        "CALIBRATION attempt 1 HV5", "CALIBRATION attempt 2 HV5", "CALIBRATION accepted attempt 2",
    ]  # fmt: skip


def test_an_operator_redoes_all_and_then_accepts_with_a_usual_reason(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    answer_results(stage, ["a"], ["return", "3"])
    accepted = run(stage, STRICT)
    assert accepted.reason == "the observer can't sit still"
    assert verdicts(kept(stage, tmp_path)) == [
        ("calibration", 1, False, "repeated by the operator"),
        ("validation", 1, False, "repeated by the operator"),
        ("calibration", 2, True, "the observer can't sit still"),
        ("validation", 2, True, "the observer can't sit still"),
    ]


def test_an_operator_goes_back_from_the_reasons_and_types_one(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    typed = [letter.replace(" ", "space") for letter in "Wet eye"]
    answer_results(stage, ["return", "backspace", "return", "5", *typed, "return"])
    assert run(stage, STRICT).reason == "Wet eye"


def test_a_real_tracker_waits_for_the_operator_even_where_all_is_good(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(20.0, "return")])
    accepted = run(stage, QUICK, automatic=False)
    assert accepted.reason == ""
    assert stage.flip() > 20.0


def redo(tmp_path: Path, *steps: list[str | tuple[float, float]]) -> list[Calibration]:
    stage = make_stage(tmp_path)
    answer_results(stage, *steps)
    run(stage, STRICT)
    return kept(stage, tmp_path)


CLICKED = on_map(result_layout(SCREEN), FRESH[2])


@pytest.mark.parametrize("how", [["3", "r"], [CLICKED], ["down", "down", "down", "r"]])
def test_one_point_is_redone_by_key_and_mouse(
    tmp_path: Path, how: list[str | tuple[float, float]]
) -> None:
    first, before, again, after = redo(tmp_path, how, ["return", "1"])
    reason = "target 3 was redone"
    assert verdicts([first, before]) == [
        ("calibration", 1, False, reason), ("validation", 1, False, reason),
    ]  # fmt: skip
    assert (again.kind, again.attempt, again.accepted) == ("calibration", 1, True)
    # Another fit, which differs by the one point that was collected again.
    assert again.time_s > before.time_s
    assert [place(one) for one in again.points] == [place(one) for one in first.points]
    assert again.points != first.points
    # Both values of the point are there; the first is flagged and counts no more.
    assert after.accepted
    assert {place(one) for one in after.points if one.redone} == {FRESH[2]}
    was = [one.error_deg for one in before.points if place(one) == FRESH[2]]
    assert [one.error_deg for one in after.points if one.redone] == was
    assert len(after.points) == len(before.points) + 2
    assert [one for one in after.points if place(one) != FRESH[2]] == [
        one for one in before.points if place(one) != FRESH[2]
    ]


def test_the_nearest_point_is_collected_again(tmp_path: Path) -> None:
    collected: list[tuple[float, float]] = []

    class Counting(SimulatedTracker):
        def collect(self, target_px: tuple[float, float]) -> None:
            collected.append(target_px)
            super().collect(target_px)

    stage = make_stage(tmp_path, kind=Counting)
    answer_results(stage, ["3", "r"], ["return", "1"])
    run(stage, STRICT)
    targets = [on_pixels(one) for one in calibration_targets("HV5", SCREEN)]
    assert sorted(collected[:5]) == sorted(targets)
    assert collected[5:] == [nearest(FRESH[2], targets)]


def test_validated_again_the_calibration_stays(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    answer_results(stage, ["v"], ["return", "4"])
    run(stage, STRICT)
    assert verdicts(kept(stage, tmp_path)) == [
        ("calibration", 1, True, "time is short"),
        ("validation", 1, False, "validated again"),
        ("validation", 1, True, "time is short"),
    ]


def test_several_are_kept_and_an_earlier_one_is_chosen(tmp_path: Path) -> None:
    restored: list[object] = []

    class Watched(SimulatedTracker):
        def restore_calibration(self, state: object) -> None:
            restored.append(state)
            super().restore_calibration(state)

    stage = make_stage(tmp_path, kind=Watched)
    answer_results(stage, ["k"], ["k"], ["left"], ["left"], ["return", "1"])
    accepted = run(stage, STRICT)
    assert accepted.attempt == 1
    assert len(restored) == 2
    assert restored[1] == stage.recorder.calibration_state()
    recording = recorded(stage, tmp_path)
    assert [(one.attempt, one.accepted) for one in recording.calibrations] == [
        (1, True), (1, True), (2, False), (2, False), (3, False), (3, False),
    ]  # fmt: skip
    assert recording.calibrations[-1].reason == "attempt 1 was chosen"
    assert texts(recording)[-2:] == [
        "CALIBRATION attempt 1 restored", "CALIBRATION accepted attempt 1",
    ]  # fmt: skip


def test_a_good_one_beside_kept_ones_is_not_accepted_by_itself(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(60.0, "return")])
    loose = QUICK.model_copy(update={"max_mean_error_deg": 9.0, "max_error_deg": 9.0})
    answer_results(stage, ["k"])
    run(stage, loose, automatic=False)
    assert stage.flip() > 60.0


class NotKeeping(SimulatedTracker):
    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(sampling_rates_hz=(500.0,), eyes=("both",), faster_than_real_time=True)

    def calibration_state(self) -> object:
        raise AssertionError("it keeps none")


def test_a_tracker_that_keeps_none_is_not_asked_to(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, kind=NotKeeping)
    answer_results(stage, ["k", "left", "return", "2"])
    assert run(stage, STRICT).attempt == 1


class Elsewhere(SimulatedTracker):
    """It is calibrated elsewhere."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(sampling_rates_hz=(500.0,), eyes=("both",), calibration="none")

    def begin_calibration(self) -> None:
        raise AssertionError("it can't be calibrated here")


def test_a_tracker_calibrated_elsewhere_is_only_validated(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, kind=Elsewhere, offset_deg=0.5)
    answer_results(stage, ["a", "k", "1", "r"], ["v"], ["return", "1"])
    accepted = run(stage, STRICT)
    found = kept(stage, tmp_path)
    assert verdicts(found) == [
        ("validation", 1, False, "target 1 was redone"),
        ("validation", 1, False, "validated again"),
        ("validation", 1, True, "glasses or contact lenses"),
    ]
    assert {place(one) for one in found[1].points if one.redone} == {FRESH[0]}
    assert accepted == found[2]


class ByDevice(SimulatedTracker):
    """Its device leads through calibrations."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(sampling_rates_hz=(500.0,), eyes=("both",), calibration="device")


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """A stand-in for what leads through a device's calibration; it fails the first time."""
    calls: list[Stage] = []

    def calibrate_by_device(stage: Stage, settings: CalibrationSettings) -> Calibration:
        calls.append(stage)
        if len(calls) == 1:
            raise FoveolaError("The host aborted.", remedy="Calibrate again.")
        points = (TargetError(target_x_px=1, target_y_px=2, eye="left", error_deg=0.3),)
        return Calibration(
            time_s=stage.blank(), kind="calibration", layout=settings.layout,
            accepted=False, points=points,
        )  # fmt: skip

    monkeypatch.setattr(calibrator, "calibrate_by_device", calibrate_by_device)
    return calls


def test_a_device_that_leads_itself_is_validated_here(tmp_path: Path, device: list[Stage]) -> None:
    stage = make_stage(tmp_path, kind=ByDevice, unattended=True, offset_deg=0.0)
    loose = QUICK.model_copy(update={"max_mean_error_deg": 20.0, "max_error_deg": 40.0})
    accepted = run(stage, loose)
    assert device == [stage, stage]
    found = kept(stage, tmp_path)
    assert verdicts(found) == [("calibration", 2, True, ""), ("validation", 2, True, "")]
    assert found[0].points[0].error_deg == 0.3
    assert accepted == found[1]


def test_a_point_of_a_device_is_only_measured_again(tmp_path: Path, device: list[Stage]) -> None:
    device.append(make_stage(tmp_path))  # it does not fail
    (tmp_path / "other").mkdir()
    stage = make_stage(tmp_path / "other", kind=ByDevice)
    answer_results(stage, ["2", "r"], ["return", "1"])
    run(stage, STRICT)
    assert len(device) == 2
    found = kept(stage, tmp_path / "other")
    assert [one.kind for one in found] == ["calibration", "validation", "validation"]
    assert [one.accepted for one in found] == [True, False, True]


class Slow(NotKeeping):
    """It works on each point for half a second."""

    until_s = -1.0
    slow_s = 0.5

    def collect(self, target_px: tuple[float, float]) -> None:
        super().collect(target_px)
        self.until_s = self._clock() + self.slow_s

    def collecting(self) -> bool:
        return self._clock() < self.until_s


def test_the_target_stays_while_the_tracker_works(tmp_path: Path) -> None:
    quick = make_stage(tmp_path, unattended=True, kind=NotKeeping)
    run(quick, QUICK)
    (tmp_path / "slow").mkdir()
    slow = make_stage(tmp_path / "slow", unattended=True, kind=Slow)
    run(slow, QUICK)
    assert slow.flip() - quick.flip() == pytest.approx(5 * 0.5, abs=1.5)


def test_a_tracker_that_never_finishes_a_point_is_told(tmp_path: Path) -> None:
    class Stuck(Slow):
        slow_s = 1e9

    stage = make_stage(tmp_path, unattended=True, kind=Stuck)
    with pytest.raises(CalibrationImpossibleError, match="did not finish a point"):
        run(stage, STRICT)


def test_a_redone_point_that_gives_no_calibration_begins_anew(tmp_path: Path) -> None:
    class Once(SimulatedTracker):
        applied = 0

        def apply_calibration(self) -> tuple[TargetError, ...]:
            self.applied += 1
            if self.applied == 2:
                raise FoveolaError("It failed.", remedy="Again.")
            return super().apply_calibration()

    stage = make_stage(tmp_path, kind=Once)
    answer_results(stage, ["1", "r", *["x"] * 20, "a"], ["return", "1"])
    assert run(stage, STRICT).attempt == 2
    assert verdicts(kept(stage, tmp_path))[:2] == [
        ("calibration", 1, False, "a point could not be redone"),
        ("validation", 1, False, "a point could not be redone"),
    ]


def test_where_nothing_comes_of_another_attempt_a_kept_one_is_there(tmp_path: Path) -> None:
    class Tired(SimulatedTracker):
        applied = 0

        def apply_calibration(self) -> tuple[TargetError, ...]:
            self.applied += 1
            if self.applied == 2:
                raise FoveolaError("It failed.", remedy="Again.")
            return super().apply_calibration()

    stage = make_stage(tmp_path, [(40.0, "left")], kind=Tired)
    # Its points are not the tracker's any more: neither the number nor R redoes one.
    answer_results(stage, ["k"], ["1", "r", "return", "1"])
    assert run(stage, STRICT).attempt == 1
    recording = recorded(stage, tmp_path)
    assert [(one.attempt, one.accepted) for one in recording.calibrations] == [(1, True), (1, True)]
    assert texts(recording)[-3:] == [
        "CALIBRATION failed: It failed.",
        "CALIBRATION attempt 1 restored",
        "CALIBRATION accepted attempt 1",
    ]


def test_escape_shows_the_target_again(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(0.5, "escape"), (1.0, "n")], unattended=True)
    assert run(stage, QUICK).mean_error_deg() < 0.5


@pytest.mark.parametrize("where", [["escape", "y"], ["return", "5", "x", "escape", "y"]])
def test_ended_at_the_result_it_is_kept_as_not_accepted(tmp_path: Path, where: list[str]) -> None:
    stage = make_stage(tmp_path)
    answer_results(stage, ["k"], where)
    with pytest.raises(SessionEnded):
        run(stage, STRICT)
    found = kept(stage, tmp_path)
    assert [one.kind for one in found] == ["calibration", "validation"] * 2
    assert {(one.accepted, one.reason) for one in found} == {(False, "the session was ended")}


def test_what_is_measured_is_recorded_before_it_is_judged(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    noted: list[Calibration] = []
    add = stage.recorder.add_calibration
    stage.recorder.add_calibration = lambda one: (noted.append(one), add(one))  # type: ignore

    answer_results(stage, ["escape", "y"])
    with pytest.raises(SessionEnded):
        run(stage, STRICT)
    assert [(one.kind, one.reason) for one in noted[:2]] == [
        ("calibration", ""),
        ("validation", ""),
    ]
    assert [one.time_s for one in noted[:2]] == [one.time_s for one in noted[2:]]


def test_no_gaze_is_told_and_repeated_and_then_raised(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, kind=BlindTracker, unattended=True)
    with pytest.raises(CalibrationImpossibleError, match="Look at the targets"):
        run(stage, STRICT)
    assert texts(recorded(stage, tmp_path)) == [
        "CALIBRATION attempt 1 HV5",
        "CALIBRATION failed: The left eye can't be calibrated.",
        "CALIBRATION attempt 2 HV5",
    ]


def test_no_gaze_waits_for_the_operator(tmp_path: Path) -> None:
    presses = [(30.0, "a"), (60.0, "escape"), (60.5, "y")]
    stage = make_stage(tmp_path, presses, kind=BlindTracker)
    with pytest.raises(SessionEnded):
        run(stage, QUICK)
    found = texts(recorded(stage, tmp_path))
    assert found.count("CALIBRATION failed: The left eye can't be calibrated.") == 2


CENTRE = (320.0, 240.0)


class Restless(SimulatedTracker):
    """Gaze is steady only after some time."""

    from_s = 3.0

    def read(self) -> GazeSamples:
        samples = super().read()
        early = samples["time_s"] < self.from_s
        swings = np.sin(2 * np.pi * 12 * samples["time_s"][early]) > 0
        samples["left_x_px"][early] += np.where(swings, 90.0, 0.0)
        return samples


def looked(stage: Stage, **settings: object) -> float:
    look_at(stage, CENTRE, QUICK.model_copy(update=settings))
    return stage.flip()


def test_the_target_waits_for_gaze_that_rests(tmp_path: Path) -> None:
    assert looked(make_stage(tmp_path)) == pytest.approx(0.9, abs=0.05)
    for number, (timeout_s, until_s) in enumerate([(5.0, 3.4), (1.0, 1.9)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        found_s = looked(make_stage(folder, kind=Restless), timeout_s=timeout_s)
        assert found_s == pytest.approx(until_s, abs=0.15)


@pytest.mark.parametrize(("pressed_s", "until_s"), [(0.1, 0.9), (2.0, 2.0), (9.0, 9.0)])
def test_at_the_pace_of_a_key_it_waits_for_space(
    tmp_path: Path, pressed_s: float, until_s: float
) -> None:
    stage = make_stage(tmp_path, [(pressed_s, "space")])
    assert looked(stage, pace="key") == pytest.approx(until_s, abs=0.05)


def test_space_takes_what_there_is_at_any_pace(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, [(1.5, "space")], kind=Restless)
    assert looked(stage) == pytest.approx(1.5, abs=0.05)


def test_unattended_nobody_presses_space(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, unattended=True)
    assert looked(stage, pace="key") == pytest.approx(0.9, abs=0.05)


def test_a_point_without_rest_is_shown_once_more_by_itself(tmp_path: Path) -> None:
    collected: list[tuple[float, float]] = []

    class Never(Restless):
        from_s = 1e9

        def collect(self, target_px: tuple[float, float]) -> None:
            collected.append(target_px)
            super().collect(target_px)

    stage = make_stage(tmp_path, kind=Never, unattended=True)
    run(stage, QUICK.model_copy(update={"timeout_s": 0.0, "attempts": 1}))
    assert len(collected) == 10
    assert collected[::2] == collected[1::2]


def test_a_validation_point_without_rest_keeps_both_values(tmp_path: Path) -> None:
    class Late(Restless):
        from_s = -1.0

        def apply_calibration(self) -> tuple[TargetError, ...]:
            self.from_s = self._clock() + 1.0
            return super().apply_calibration()

    stage = make_stage(tmp_path, kind=Late, unattended=True)
    accepted = run(stage, QUICK.model_copy(update={"timeout_s": 0.0}))
    again = [one for one in accepted.points if one.redone]
    assert len({place(one) for one in again}) == 1
    assert len(accepted.points) == len(FRESH) * 2 + len(again)
    assert len(accepted.holding) == len(FRESH) * 2


def test_children_are_rewarded_for_each_point(tmp_path: Path) -> None:
    rings = make_stage(tmp_path, unattended=True)
    run(rings, QUICK)
    (tmp_path / "child").mkdir()
    child = make_stage(tmp_path / "child", unattended=True)
    run(child, QUICK.model_copy(update={"target": "child"}))
    assert child.flip() - rings.flip() == pytest.approx(9 * 0.5, abs=1.0)


def test_the_pointer_is_seen_on_the_result_page_alone(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    seen: list[tuple[bool, bool]] = []
    flip, display = stage.display.flip, stage.display

    def watched() -> float:
        time_s = flip()
        whole = [p for p in display._shown if p.image.size == (640, 480)]
        seen.append((bool(whole), display._pointer_visible))
        return time_s

    display.flip = watched  # type: ignore[method-assign]
    answer_results(stage, ["v"], ["return", "1"])
    run(stage, STRICT)
    assert set(seen) == {(False, False), (True, True)}
