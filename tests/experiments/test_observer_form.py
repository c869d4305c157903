from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_stages import SCREEN

from foveola.data_schema import FoveolaError, Observer, Screen, read_recording
from foveola.experiments import Answers, answers_of, load_settings, run_session, session_files
from foveola.experiments.observer_form import FIELDS, asked_observer, form_page
from foveola.experiments.picture import grey
from foveola.experiments.virtual_display import VirtualDisplay
from foveola.tracking import VirtualClock

Write = Callable[..., Path]
GREY = grey(0.5)
OBSERVER = Observer(id="01", session="2")
FORM = {"seed = 7": "seed = 7\nobserver_form = true"}


def ask(*keys: str, answers: Answers | None = None, unattended: bool = False) -> Observer:
    presses = [(0.1 + 0.1 * i, key) for i, key in enumerate(keys)]
    display = VirtualDisplay(SCREEN, VirtualClock(), GREY, presses)
    return asked_observer(display, SCREEN, OBSERVER, answers or Answers(), unattended=unattended)


def test_digits_answer_one_line_after_the_other() -> None:
    assert ask("2", "1", "1", "1", "2", "return") == Observer(
        id="01",
        session="2",
        vision="glasses",
        dominant_eye="left",
        consent_record=True,
        consent_share=True,
        consent_share_raw=False,
    )


def test_arrows_choose_and_tab_goes_round() -> None:
    keys = ["right", "right", "down", "right", "tab", "1", "2", "up", "up", "up", "left", "return"]
    found = ask(*keys, "tab", "tab", "tab", "tab", "tab", "return")
    assert (found.vision, found.dominant_eye) == ("glasses", "left")
    assert (found.consent_share, found.consent_share_raw) == (False, False)


def test_enter_ends_only_a_complete_form() -> None:
    found = ask("1", "return", "return", "return", "up", "up", "up", "3", "1", "1", "1", "return")
    assert found.dominant_eye == "unknown"


def test_raw_gaze_is_shared_only_with_its_maps() -> None:
    found = ask("1", "1", "1", "2", "1", "return")
    assert (found.consent_share, found.consent_share_raw) == (True, True)
    found = ask("1", "1", "1", "1", "1", "up", "2", "return")
    assert (found.consent_share, found.consent_share_raw) == (False, False)


def test_known_answers_are_not_asked() -> None:
    known = answers_of("contact-lenses", "right", "record,share")
    assert ask(answers=known) == known.given_to(OBSERVER)
    assert ask("1", "return", answers=answers_of("normal", "", "record")).dominant_eye == "left"


def test_without_consent_or_anyone_to_give_it_nothing_begins() -> None:
    with pytest.raises(FoveolaError, match="Without the consent to be recorded no session starts"):
        ask("1", "1", "2", "2", "2", "return")
    with pytest.raises(FoveolaError, match="no session starts"):
        ask(answers=answers_of(consent="none"), unattended=True)
    with pytest.raises(FoveolaError, match=r"Nobody is there.*--consent record"):
        ask(unattended=True)
    with pytest.raises(FoveolaError, match="The form was left"):
        ask("1", "escape")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("blind", "", ""), "'blind' is no answer for the vision"),
        (("", "both", ""), "Choose one of left, right, unknown"),
        (("", "", "yes"), "Choose one of record, share, share-raw, none"),
        (("", "", "record,share-raw"), "Give --consent record,share,share-raw"),
    ],
)
def test_words_that_are_no_answers(given: tuple[str, str, str], told: str) -> None:
    with pytest.raises(FoveolaError, match=told):
        answers_of(*given)


def test_the_form_has_no_field_for_a_name() -> None:
    assert {field.name for field in FIELDS} == {
        "vision",
        "dominant_eye",
        "consent_record",
        "consent_share",
        "consent_share_raw",
    }
    assert all(len(field.choices) >= 2 for field in FIELDS)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("at", range(len(FIELDS)))
def test_the_form_stays_on_the_page(size: tuple[int, int], at: int) -> None:
    screen = Screen(width_px=size[0], height_px=size[1], width_cm=40, height_cm=30, distance_cm=60)
    known = answers_of("uncorrected", "unknown", "record,share,share-raw")
    marks = np.any(np.asarray(form_page(screen, GREY, "P0015", known, at).image) != GREY, axis=2)
    assert not marks[:8].any()
    assert not marks[-8:].any()
    assert not marks[:, :8].any()
    assert not marks[:, -8:].any()


def test_a_session_asks_before_it_records_and_keeps_the_answers(write_toml: Write) -> None:
    settings = load_settings(write_toml(FORM))
    keys = ["1", "1", "1", "1", "1", "return"]
    presses = [(0.1 + 0.1 * i, key) for i, key in enumerate(keys)] + [(1.5, "space")]
    path = run_session(settings, "01", display="virtual", presses=[*presses, (60, "space")])
    recording = read_recording(path)
    assert recording.observer.consent_share_raw is True
    assert recording.observer.vision == "normal"
    assert recording.samples["time_s"][0] > 0.6  # nothing before the form was filled in


def test_no_consent_leaves_no_file(write_toml: Write) -> None:
    settings = load_settings(write_toml(FORM))
    presses = [(0.1 + 0.1 * i, key) for i, key in enumerate(["1", "1", "2", "2", "2", "return"])]
    with pytest.raises(FoveolaError, match="no session starts"):
        run_session(settings, "01", display="virtual", presses=presses)
    assert not any(file.exists() for file in session_files(settings, "01"))


def test_a_simulated_observer_alone_is_not_asked(write_toml: Write) -> None:
    path = run_session(load_settings(write_toml(FORM)), "01", display="virtual")
    assert read_recording(path).observer.consent_record is None
