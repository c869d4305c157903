"""Sessions on a virtual display: practice, blocks, breaks, questions, gaze-contingent start."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_stages import SCREEN, make_stage, recorded, texts
from PIL import Image

from foveola.data_schema import (
    FoveolaError,
    GazeSamples,
    Recording,
    gaze_samples,
    read_recording,
)
from foveola.experiments import (
    TRACKERS,
    ExperimentSettings,
    load_settings,
    run_session,
    schedule,
    session_plan,
)
from foveola.experiments.break_page import break_page, take_break
from foveola.experiments.fixation_cross import rests_on
from foveola.experiments.picture import grey
from foveola.experiments.plan import (
    BreakStep,
    CalibrationStep,
    PageStep,
    TrialStep,
    expected_s,
    minutes_left,
    rest_of,
    trials_of,
)
from foveola.experiments.protocol_settings import GazeStartSettings, QuestionSettings
from foveola.experiments.question_page import ask, question_page
from foveola.tracking import SimulatedTracker

Write = Callable[..., Path]
GREY = grey(0.5)


@pytest.fixture
def practice(images: Path) -> Path:
    folder = images.parent / "practice"
    folder.mkdir()
    for name in ("x.png", "y.png"):
        Image.new("RGB", (320, 240), (200, 90, 30)).save(folder / name)
    return folder


PRACTICE = '\n[practice]\nstimuli = "practice"\n'


def session(path: Path, **given) -> Recording:
    return read_recording(run_session(load_settings(path), "01", display="virtual", **given))


def plan_of(settings: ExperimentSettings):
    folder = Path(settings.data_folder)
    return session_plan(settings, schedule(settings, "01", relative_to=folder))


def test_practice_comes_first_and_is_marked(write_toml: Write, practice: Path) -> None:
    recording = session(write_toml(add=PRACTICE))
    assert [trial.practice for trial in recording.trials] == [True] * 2 + [False] * 4
    assert [trial.stimulus for trial in recording.trials[:2]] == ["x.png", "y.png"]
    assert [trial.index for trial in recording.trials] == list(range(6))


def test_an_image_is_not_practice_and_experiment(write_toml: Write) -> None:
    path = write_toml(add='\n[practice]\nstimuli = ["images/a.png"]\n')
    with pytest.raises(FoveolaError, match=r"practice\.stimuli: a\.png is also an image"):
        load_settings(path)


def test_blocks_repeats_and_breaks(write_toml: Write) -> None:
    path = write_toml(
        {"seed = 7": "seed = 7\nrepeats = 2"},
        add='\n[blocks]\ncount = 2\nafter_break = "calibrate"\n',
    )
    recording = session(path)
    assert [trial.block for trial in recording.trials] == [0] * 4 + [1] * 4
    assert [trial.repeat for trial in recording.trials] == [0] * 4 + [1] * 4
    shown = [trial.stimulus for trial in recording.trials]
    assert all(one != other for one, other in itertools.pairwise(shown))
    assert "BREAK after block 1 of 2" in texts(recording)
    validations = [one for one in recording.calibrations if one.kind == "validation"]
    assert [one.accepted for one in validations if one.accepted] == [True, True]
    assert len(recording.stimuli) == 4


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("nothing", ["calibration", "validation"]),
        ("drift_check", ["calibration", "validation", "drift_check"]),
        ("validate", ["calibration", "validation", "validation"]),
    ],
)
def test_what_follows_a_break(write_toml: Write, rule: str, kinds: list[str]) -> None:
    recording = session(write_toml(add=f'\n[blocks]\ntrials = 2\nafter_break = "{rule}"\n'))
    assert [one.kind for one in recording.calibrations if one.accepted] == kinds


def test_a_validation_that_fails_calibrates(write_toml: Write) -> None:
    path = write_toml(
        {"collect_s = 0.3": "collect_s = 0.3\nmax_mean_error_deg = 1e-6\nattempts = 1"},
        add='\n[blocks]\ntrials = 2\nafter_break = "validate"\n',
    )
    kinds = [(one.kind, one.accepted) for one in session(path).calibrations]
    assert kinds[:2] == [("calibration", True), ("validation", True)]
    assert kinds[2] == ("validation", False)
    assert kinds[-1] == ("validation", True)
    assert ("calibration", True) in kinds[3:]


def test_the_empty_screen_between_images(write_toml: Write) -> None:
    path = write_toml({"fixation_cross_s = 0.2": "fixation_cross_s = 0\nisi_s = 0.5"})
    trials = session(path).trials
    gaps_s = [b.onset_s - a.offset_s for a, b in itertools.pairwise(trials)]
    np.testing.assert_allclose(gaps_s, 0.5 + 1 / 60, atol=1e-6)


def test_a_break_lasts_its_least_time_and_then_until_space(tmp_path: Path) -> None:
    settings = load_settings_of(break_min_s=3.0)
    stage = make_stage(tmp_path, presses=[(1.0, "space"), (4.0, "space")])
    take_break(stage, BreakStep(1, 2), [], settings)
    assert stage.recorder.status().since_last_s < 1
    assert recorded(stage, tmp_path).flips_s[-1] == pytest.approx(4.0, abs=0.05)


def load_settings_of(**blocks: float) -> ExperimentSettings:
    return ExperimentSettings.model_validate(
        {
            "name": "made",
            "stimuli": "images",
            "screen": SCREEN.model_dump(),
            "blocks": blocks,
        }
    )


GAZE = "\n[gaze_start]\nenabled = true\nhold_s = 0.2\ntimeout_s = 1.0\n"


def test_the_image_waits_for_the_gaze(write_toml: Write) -> None:
    for trial in session(write_toml(add=GAZE)).trials:
        assert trial.variables["gaze_start"] == "met"
        assert 0.2 <= float(trial.variables["gaze_start_s"]) < 1.3


def test_gaze_that_does_not_come_checks_calibrates_and_then_begins(
    write_toml: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(SimulatedTracker):
        def read(self) -> GazeSamples:
            samples = super().read()
            for name in ("left_x_px", "left_y_px", "right_x_px", "right_y_px"):
                samples[name] = 5.0
            return samples

    monkeypatch.setitem(
        TRACKERS,
        "away",
        lambda settings, clock, seed: Away(settings.tracker.simulated, clock, seed=seed),
    )
    path = write_toml({'"images"': '["images/a.png"]'}, add=GAZE)
    recording = session(path, tracker_name="away")
    found = texts(recording)
    assert [one for one in found if one.startswith("GAZE START")] == [
        f"GAZE START timed out, round {i}" for i in (1, 2, 3)
    ]
    kinds = [one.kind for one in recording.calibrations]
    assert kinds.count("drift_check") == 2
    assert recording.trials[0].variables == {"gaze_start": "timed out"}


def test_gaze_rests_where_nearly_all_of_it_is_near() -> None:
    rule = GazeStartSettings(enabled=True, within_deg=1.0, hold_s=0.2)
    times_s = np.arange(100) / 500

    def rests(x_px: object) -> bool:
        gaze = {"left_x_px": x_px, "left_y_px": np.full(100, 240.0)}
        return rests_on(gaze_samples(times_s, **gaze), (320.0, 240.0), SCREEN, rule)

    near, away = np.full(100, 325.0), np.full(100, 400.0)
    blink = near.copy()
    blink[:30] = np.nan
    spike = near.copy()
    spike[50:53] = 600
    assert rests(near)
    assert rests(spike)
    assert not rests(away)
    assert not rests(blink)
    assert not rests_on(gaze_samples([]), (320.0, 240.0), SCREEN, rule)


CHOICE = QuestionSettings(id="seen", text="Seen before?", choices=("never", "perhaps", "yes"))
SCALE = QuestionSettings(id="liked", text="Liked?", scale=(1, 7), labels=("no", "very"))
NUMBER = QuestionSettings(id="people", text="How many?", number=(5, 120))


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (CHOICE, ["9", "space", "2"], "perhaps"),
        (SCALE, ["8", "0", "7"], "7"),
        (NUMBER, ["3", "return", "5", "return"], "35"),
        (NUMBER, ["9", "9", "9", "return", "backspace", "return"], "99"),
        (NUMBER, ["backspace", "0", "7", "return"], "7"),
    ],
)
def test_questions_take_only_answers(
    tmp_path: Path, question: QuestionSettings, keys: list[str], answer: str
) -> None:
    presses = [(0.1 + 0.1 * i, key) for i, key in enumerate(keys)]
    assert ask(make_stage(tmp_path, presses=presses), question) == answer


@pytest.mark.parametrize("question", [CHOICE, SCALE, NUMBER])
@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (1080, 1920)])
def test_pages_keep_their_margins(question: QuestionSettings, size: tuple[int, int]) -> None:
    screen = SCREEN.model_copy(update={"width_px": size[0], "height_px": size[1]})
    pages = [
        question_page(screen, GREY, question, "12" if question.number else ""),
        break_page(screen, GREY, BreakStep(3, 40), "about 99 minutes", [("Space", "go on")]),
        break_page(screen, GREY, BreakStep(1, 2), "less than a minute", [], "You can in 9 s."),
    ]
    for page in pages:
        marks = np.any(np.asarray(page.image) != GREY, axis=2)
        assert marks.any()
        assert not marks[:, :10].any()
        assert not marks[:, -10:].any()


QUESTIONS = """
[[question]]
id = "seen"
text = "Seen before?"
choices = ["no", "yes"]

[[question]]
id = "liked"
text = "Liked?"
scale = [1, 5]
"""


def test_answers_are_variables_of_their_trial(write_toml: Write) -> None:
    path = write_toml({'"images"': '["images/a.png", "images/b.png"]'}, add=QUESTIONS)
    settings = load_settings(path)
    # Instructions 0.5 s, nine targets of 0.9 s, the result 2 s; a trial takes 0.7 s.
    presses = [(0.5, "space"), (11.9, "2"), (12.2, "4"), (13.4, "1"), (13.7, "5"), (15, "space")]
    recording = read_recording(run_session(settings, "01", display="virtual", presses=presses))
    assert [trial.variables for trial in recording.trials] == [
        {"seen": "yes", "liked": "4"},
        {"seen": "no", "liked": "5"},
    ]
    assert "ANSWER liked 4" in texts(recording)


def test_unattended_questions_stay_unanswered(write_toml: Write) -> None:
    recording = session(write_toml(add=QUESTIONS))
    assert [trial.variables for trial in recording.trials] == [{}] * 4


@pytest.mark.parametrize(
    ("lines", "place", "told"),
    [
        ('id = "a"\ntext = "?"', "question.0", "needs one of choices, scale and number"),
        ('id = "a"\ntext = "?"\nchoices = ["x"]', "question.0", "only one choice"),
        ('id = "a"\ntext = "?"\nscale = [5, 1]', "question.0", "does not rise"),
        ('id = "a"\ntext = "?"\nnumber = [5, 1]', "question.0", "do not rise"),
        ('id = "maybe_seen"\ntext = "?"\nscale = [1, 2]', "question.0", "writes itself"),
        ('id = "a"\ntext = "?"\nscal = [1, 2]', "question.0.scal", "Did you mean scale?"),
        ('id = "A b"\ntext = "?"\nscale = [1, 2]', "question.0.id", "must match pattern"),
    ],
)
def test_wrong_questions_are_named(write_toml: Write, lines: str, place: str, told: str) -> None:
    with pytest.raises(FoveolaError) as caught:
        load_settings(write_toml(add=f"\n[[question]]\n{lines}\n"))
    assert f": {place}: " in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("add", "told"),
    [
        ("\n[blocks]\ntrials = 2\ncount = 2\n", "contradict each other"),
        ("\n[gaze_start]\nhold_s = 3\ntimeout_s = 2\n", "not below gaze_start.timeout_s"),
        (QUESTIONS + QUESTIONS, "two questions have the id"),
    ],
)
def test_settings_that_contradict_each_other(write_toml: Write, add: str, told: str) -> None:
    with pytest.raises(FoveolaError, match=told):
        load_settings(write_toml(add=add))


def test_what_the_operator_asks_for_is_done_before_the_next_trial(write_toml: Write) -> None:
    # Keys as in the test above; the first image is there from 11.0 to 11.5 s.
    presses = [(0.5, "space"), (11.1, "p"), (11.2, "d"), (13.0, "space"), (60, "space")]
    path = write_toml(add="\n[drift_check]\nevery_trials = 0\n")
    recording = session(path, presses=presses)
    found = texts(recording)
    assert [one for one in found if one.startswith("OPERATOR")] == [
        "OPERATOR asked: pause",
        "OPERATOR asked: drift_check",
        "OPERATOR pause",
        "OPERATOR drift_check",
    ]
    first, second = recording.trials[:2]
    assert second.onset_s - first.offset_s > 1.5
    checks = [one for one in recording.calibrations if one.kind == "drift_check"]
    assert len(checks) == 1
    assert first.offset_s < checks[0].time_s < second.onset_s


def test_the_drift_is_checked_once_after_a_pause_though_it_is_due(write_toml: Write) -> None:
    presses = [(0.5, "space"), (11.1, "p"), (13.0, "space"), (60, "space")]
    recording = session(write_toml(add="\n[drift_check]\nevery_trials = 1\n"), presses=presses)
    first, second = recording.trials[:2]
    checks = [one for one in recording.calibrations if one.kind == "drift_check"]
    between = [one for one in checks if first.offset_s < one.time_s < second.onset_s]
    assert len(between) == 1
    assert "OPERATOR pause" in texts(recording)


def test_instructions_may_have_pages(write_toml: Write) -> None:
    path = write_toml({"seed = 7": 'seed = 7\ninstructions = ["One.", "Two."]'})
    pages = [step for step in plan_of(load_settings(path)) if isinstance(step, PageStep)]
    assert [(page.title, page.text, page.meaning) for page in pages] == [
        ("Welcome", "One.", "go on"),
        ("Instructions", "Two.", "begin"),
        ("Thank you", "The session is over.", "close"),
    ]


def test_a_plan_and_what_is_left_of_it(write_toml: Write, practice: Path) -> None:
    settings = load_settings(write_toml(add=PRACTICE + "\n[blocks]\ntrials = 2\n"))
    plan = plan_of(settings)
    kinds = [type(step).__name__[0] for step in plan]
    assert "".join(kinds) == "PCPTTPTTBTTP"
    whole = trials_of(plan)
    assert rest_of(plan, 0, maybe_seen=False) == plan
    for next_index in range(1, len(whole)):
        rest = rest_of(plan, next_index, maybe_seen=next_index == 3)
        assert isinstance(rest[1], CalibrationStep)
        assert not isinstance(rest[2], BreakStep)
        left = trials_of(rest)
        assert [one.index for one in left] == list(range(next_index, len(whole)))
        assert [one.maybe_seen for one in left] == [one.index == next_index == 3 for one in left]
    assert sum(isinstance(step, BreakStep) for step in rest_of(plan, 3, maybe_seen=False)) == 1
    assert not any(isinstance(step, BreakStep) for step in rest_of(plan, 4, maybe_seen=False))
    for next_index, told in ((4, "2 of 6 images are left."), (5, "1 of 6 images is left.")):
        welcome = rest_of(plan, next_index, maybe_seen=False)[0]
        assert isinstance(welcome, PageStep)
        assert welcome.text.endswith(told)


def test_the_time_that_is_left_is_near_the_truth(write_toml: Write) -> None:
    settings = load_settings(write_toml({"seed = 7": "seed = 7\nrepeats = 3"}))
    plan = plan_of(settings)
    recording = read_recording(run_session(settings, "01", display="virtual"))
    trials = [step for step in plan if isinstance(step, TrialStep)]
    took_s = recording.trials[-1].offset_s - recording.trials[0].onset_s
    assert expected_s(trials, settings) == pytest.approx(took_s, rel=0.1)
    assert minutes_left(plan[:1], settings) == "less than a minute"
    assert minutes_left(plan[:1] * 4, settings) == "about a minute"
    assert minutes_left(plan[:1] * 40, settings) == "about 10 minutes"


def test_an_interrupted_image_is_not_asked_about(write_toml: Write) -> None:
    path = write_toml({'"images"': '["images/a.png"]'}, add=QUESTIONS)
    presses = [(0.5, "space"), (11.1, "escape"), (11.5, "n"), (13.0, "space")]
    (trial,) = session(path, presses=presses).trials
    assert (trial.status, trial.variables) == ("interrupted", {})
