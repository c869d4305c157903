from __future__ import annotations

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from made_views import HEALTH, accuracy, gaze, session_part, view_states

from foveola.experiments.operator_messages import (
    DriftPart,
    EndPart,
    LineReader,
    ProgressPart,
    ScenePart,
    encoded,
)
from foveola.experiments.operator_state import OperatorState, duration_words


@pytest.fixture
def state(tmp_path: Path) -> OperatorState:
    one = OperatorState(free_bytes=412.6e9)
    one.update({"session": asdict(session_part(tmp_path)), "health": asdict(HEALTH)}, 50.0)
    return one


def told(state: OperatorState, now_s: float = 50.0, **parts: Any) -> OperatorState:
    """Tell parts as they travel."""
    (message,) = LineReader().feed(encoded(parts))
    state.update(message, now_s)
    return state


def test_parts_travel_whole_and_those_untold_stay(state: OperatorState, tmp_path: Path) -> None:
    told(state, accuracy=accuracy(1.0), drift=DriftPart((0.5, math.nan), (True, False)))
    assert state.accuracy is not None
    assert len(state.accuracy.points) == 18
    assert math.isnan(state.drift.errors_deg[1])
    assert state.health == HEALTH
    assert state.session is not None
    assert state.session.folder == str(tmp_path)


def test_messages_come_in_pieces() -> None:
    reader = LineReader()
    data = encoded({"end": EndPart(over=True)}) + encoded({"end": EndPart(words="é")})
    found = [message for i in range(len(data)) for message in reader.feed(data[i : i + 1])]
    assert [one["end"]["words"] for one in found] == ["", "é"]
    assert not reader.unfinished


@pytest.mark.parametrize("data", [b"no json\n", b"[1]\n", b"\xff\n", b"x" * (5 * 2**20)])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        LineReader().feed(data)


def test_the_trail_holds_the_last_moments_only(state: OperatorState) -> None:
    for step in range(30):
        told(state, health=replace(HEALTH, time_s=100 + step / 20), gaze=gaze(100 + step / 20)[-3:])
    assert state.trail[-1][0] - state.trail[0][0] <= 0.6
    assert len(state.trail) == pytest.approx(36, abs=3)


def test_what_happens_now_is_told_in_words(state: OperatorState) -> None:
    assert OperatorState().headline().value == "Waiting for the session"
    told(state, progress=ProgressPart(doing="Calibration attempt 2 HV9"))
    told(state, scene=ScenePart("target", target_px=(1, 2)))
    assert state.headline().value == "Calibration attempt 2 HV9"
    told(state, progress=ProgressPart(trial=7, doing="Trial"), scene=ScenePart("image", "a.png"))
    assert state.headline().value == "Trial 7 of 120"
    told(state, progress=ProgressPart(trial=7, practice=True, doing="Trial"))
    assert state.headline().value == "Practice trial 7 of 120"
    told(state, scene=ScenePart("blank"))
    assert state.headline().value == "Between trials"
    told(state, scene=ScenePart("page", "Pause"))
    assert state.headline().value == "Pause"
    told(state, end=EndPart(saving=True))
    assert state.headline().value == "Saving the recording"
    told(state, end=EndPart(over=True, words="all of it saved"))
    assert state.headline().value == "Finished: all of it saved"


def test_a_sound_session_raises_no_alarm(state: OperatorState) -> None:
    assert state.alarms(50.1) == []
    assert {row.level for row in (*state.tracker_rows(), *state.recording_rows())} == {"good"}


def test_every_problem_is_named_the_worst_first(state: OperatorState) -> None:
    health = replace(
        HEALTH, since_last_s=1.3, dropped=312, waiting=5000, error="No space", problem="Battery low"
    )
    told(state, health=health)
    state.free_bytes = 2e8
    rows = state.alarms(55.0)
    assert [row.level for row in rows] == ["bad"] * 5 + ["warn"]
    words = " ".join(row.value for row in rows)
    for part in (
        "nothing for 5 s",
        "Silent for 1.3 s",
        "312 samples",
        "No space",
        "0.6 more hours",
    ):
        assert part in words
    assert rows[-1].value == "Battery low"


def test_a_short_gap_is_no_alarm(state: OperatorState) -> None:
    told(state, health=replace(HEALTH, since_last_s=0.25))
    assert state.alarms(50.1) == []


def test_what_the_tracker_said_fades(state: OperatorState) -> None:
    told(state, 60.0, health=replace(HEALTH, problem="It lost the eye."))
    told(state, 80.0, health=replace(HEALTH, problem="It lost the eye."))
    assert [row.value for row in state.alarms(80.0)] == ["It lost the eye."]
    told(state, 91.0, health=replace(HEALTH, problem="It lost the eye."))
    assert state.alarms(91.0) == []


def test_why_no_gaze_is_seen(state: OperatorState) -> None:
    assert OperatorState().no_gaze_words() == ""
    told(state, gaze=gaze(100.0))
    assert state.no_gaze_words() == ""
    told(state, gaze=gaze(100.0, lost="left"))
    assert state.no_gaze_words() == ""
    told(state, gaze=gaze(100.0, lost="both"))
    assert state.no_gaze_words() == "No gaze of either eye"
    told(state, health=replace(HEALTH, since_last_s=2.0))
    assert state.no_gaze_words() == "No gaze: the tracker is silent"


@pytest.mark.parametrize(
    ("scale", "changes", "level", "words"),
    [
        (1.0, {}, "good", "Good, within the limits"),
        (1.4, {"grade": "good"}, "warn", "Good, above the limits"),
        (4.0, {"accepted": False}, "bad", "Poor, above the limits, not accepted"),
    ],
)
def test_a_validation_is_graded_in_word_and_symbol(
    state: OperatorState, scale: float, changes: dict[str, Any], level: str, words: str
) -> None:
    told(state, accuracy=accuracy(scale * 1.3 if scale == 1.4 else scale, **changes))
    row = state.accuracy_row()
    assert (row.level, row.value) == (level, words)
    assert row.text[0] in "✔!✘"
    assert "(limits 0.5° and 1°)" in state.accuracy_words()


def test_keys_ask_and_others_are_handed_on(state: OperatorState) -> None:
    assert state.key("p") == {"ask": "pause"}
    assert state.key("c") == {"ask": "calibrate"}
    assert state.key("d") == {"ask": "drift_check"}
    assert state.key("space") == {"key": "space"}
    told(state, scene=ScenePart("page", "Form", typing=True))
    assert state.key("p") == {"key": "p"}


def test_the_end_is_asked_for_and_confirmed_in_the_view(state: OperatorState) -> None:
    assert state.key("escape") is None
    assert state.confirming
    assert state.key("p") is None
    assert state.confirming
    assert state.key("n") is None
    assert not state.confirming
    assert state.ask("abort") is None
    assert state.key("y") == {"abort": True}
    assert (state.confirming, state.aborting) == (False, True)
    state.key("escape")
    assert not state.confirming


@pytest.mark.parametrize("end", [EndPart(saving=True), EndPart(over=True)])
def test_after_the_end_nothing_is_asked(state: OperatorState, end: EndPart) -> None:
    told(state, end=end)
    assert state.over
    assert state.key("p") is None
    assert state.ask("pause") is None


def test_a_session_that_breaks_off_is_told_with_the_remedy(state: OperatorState) -> None:
    state.connected = False
    assert state.broken_off
    assert state.headline().level == "bad"
    assert "foveola recover" in state.alarms(50.0)[0].value
    told(state, end=EndPart(over=True))
    assert not state.broken_off


def test_what_was_asked_for_is_seen_until_it_is_done(state: OperatorState) -> None:
    told(state, progress=ProgressPart(requested=("pause",)))
    assert state.button_words("pause") == "Pause: before the next trial"
    told(state, progress=ProgressPart())
    assert state.button_words("pause") == "Pause"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(math.nan, "–"), (-3, "0 min 00 s"), (1312, "21 min 52 s"), (7260, "2 h 01 min")],
)
def test_times_are_written_in_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_every_state_can_be_told_in_words(tmp_path: Path) -> None:
    for name, one in view_states(tmp_path).items():
        assert one.headline().value, name
        rows = (*one.session_rows(), *one.tracker_rows(), *one.recording_rows(), one.drift_row())
        assert all(row.value for row in rows), name
