from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from foveola.data_schema import FoveolaError, Screen
from foveola.experiments import load_settings
from foveola.experiments.new_experiment import screen_of, write_experiment
from foveola.experiments.presets import PROTOCOL, Preset, parsed, presets, protocol_values

SCREEN = screen_of("1920x1080,53.1x29.9,60,60")
ANSWERS = {
    "duration_s": "4",
    "fixation_cross_s": "0.5",
    "isi_s": "1",
    "order": "counterbalanced",
    "layout": "HV5",
    "check_every": "7",
    "block_trials": "50",
    "after_break": "validate",
}


def answered(preset: Preset) -> tuple[dict[str, Any], list[str]]:
    """Values of a preset whose user gives the same answers always, and what was asked."""
    asked = []

    def ask(wanted) -> str:
        key = next(key for key, one in PROTOCOL.items() if one is wanted)
        asked.append(key)
        return ANSWERS[key]

    return protocol_values(preset, {}, ask), asked


def test_there_is_a_preset_for_each_set() -> None:
    assert list(presets()) == [
        "mit1003",
        "mit300",
        "cat2000",
        "osie",
        "salicon-like",
        "polycat",
        "ueyes",
        "eyetrackuav2",
        "savam",
        "crowdfix",
    ]


@pytest.mark.parametrize("name", presets())
def test_what_is_stated_is_a_value_and_the_rest_is_asked(name: str) -> None:
    preset = presets()[name]
    assert set(preset.settings) <= set(PROTOCOL)
    for key, value in preset.settings.items():
        assert parsed(key, str(value)) == value
    values, asked = answered(preset)
    assert set(asked).isdisjoint(preset.settings)
    assert set(asked) | set(preset.settings) == set(values)
    assert ("duration_s" in values) == (preset.kind == "image")


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("mit1003", "duration_s", 3.0),
        ("mit1003", "check_every", 50),
        ("cat2000", "duration_s", 5.0),
        ("osie", "duration_s", 3.0),
        ("salicon-like", "duration_s", 5.0),
        ("polycat", "duration_s", 4.0),
        ("polycat", "layout", "HV13"),
        ("polycat", "check_every", 1),
        ("crowdfix", "layout", "HV9"),
    ],
)
def test_stated_values(name: str, key: str, value: object) -> None:
    assert presets()[name].settings[key] == value


def test_without_anyone_to_ask_all_that_is_missing_is_named() -> None:
    with pytest.raises(FoveolaError, match="OSIE does not state everything") as caught:
        protocol_values(presets()["osie"], {"order": "fixed"}, None)
    told = caught.value.remedy
    for option in ("--fixation-cross-s", "--isi-s", "--layout", "--check-every", "--block-trials"):
        assert option in told
    for option in ("--duration-s", "--order", "--after-break"):
        assert option not in told


def test_what_is_given_wins_and_what_follows_a_break_is_asked_only_with_breaks() -> None:
    words = ANSWERS | {"block_trials": "0", "after_break": "", "duration_s": "8"}
    values = protocol_values(presets()["osie"], words, None)
    assert values["duration_s"] == 8.0
    assert "after_break" not in values


@pytest.mark.parametrize(
    ("key", "word", "told"),
    [
        ("duration_s", "0", "above 0 to 3600"),
        ("duration_s", "long", "Give a number of seconds"),
        ("isi_s", "-1", "from 0 to 60"),
        ("order", "any", "one of random, fixed, counterbalanced"),
        ("check_every", "-2", "0 or more"),
        ("check_every", "2.5", "Give a whole number"),
    ],
)
def test_words_that_are_no_answer(key: str, word: str, told: str) -> None:
    with pytest.raises(FoveolaError) as caught:
        parsed(key, word)
    assert PROTOCOL[key].option in caught.value.what
    assert told in caught.value.remedy


@pytest.mark.parametrize("name", presets())
def test_what_is_written_is_an_experiment(name: str, tmp_path: Path) -> None:
    preset = presets()[name]
    values, asked = answered(preset)
    path = write_experiment(tmp_path / "my study", name, preset, values, SCREEN)
    Image.new("RGB", (40, 30)).save(path.parent / "stimuli" / "a.png")
    settings = load_settings(path)
    assert settings.name == "my-study"
    assert settings.observer_ids == "checked"
    assert settings.observer_form
    assert settings.screen.width_cm == 53.1
    assert settings.fixation_cross_s == 0.5
    assert settings.order == "counterbalanced"
    assert settings.blocks.trials == values["block_trials"]
    assert settings.drift_check.every_trials == values["check_every"]
    assert settings.calibration.layout == values["layout"]
    if preset.kind == "image":
        assert settings.duration_s == values["duration_s"]
    text = path.read_text()
    assert text.count("your choice: not stated") == len(asked)
    assert text.count("as stated for") == len(preset.settings)
    assert "37.8 px/deg" in text
    readme = (path.parent / "README.md").read_text()
    assert readme.count("\nfoveola ") == 3


def test_nothing_is_written_over(tmp_path: Path) -> None:
    preset = presets()["osie"]
    values, _ = answered(preset)
    write_experiment(tmp_path / "x", "osie", preset, values, SCREEN)
    with pytest.raises(FoveolaError, match="is not empty"):
        write_experiment(tmp_path / "x", "osie", preset, values, SCREEN)
    with pytest.raises(FoveolaError, match="Give --name"):
        write_experiment(tmp_path / "ü", "osie", preset, values, SCREEN)
    (tmp_path / "file").touch()
    with pytest.raises(FoveolaError, match="can't be written"):
        write_experiment(tmp_path / "file" / "x", "osie", preset, values, SCREEN)


def test_a_screen_is_told_with_or_without_units() -> None:
    screen = screen_of("1280x1024 px, 37.6 x 30.1 cm, 61 cm, 75 Hz")
    assert screen == Screen(
        width_px=1280, height_px=1024, width_cm=37.6, height_cm=30.1, distance_cm=61, refresh_hz=75
    )
    for words in ("", "1920x1080", "a,b,c,d", "1920x1080,53x30,-60,60"):
        with pytest.raises(FoveolaError, match="does not tell a screen"):
            screen_of(words)
