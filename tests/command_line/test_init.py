from __future__ import annotations

import sys
from pathlib import Path

import pytest
import typer

from foveola.command_line.main import main

STATED = ["--preset", "osie", "--observer-screen", "1920x1080,53.1x29.9,60,60"]
OTHERS = [
    *("--fixation-cross-s", "0.5", "--isi-s", "0", "--order", "random", "--layout", "HV9"),
    *("--check-every", "20", "--block-trials", "0"),
]


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as exited:
        main(words)
    return int(exited.value.code or 0)


def test_a_folder_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", str(tmp_path / "study"), *STATED, *OTHERS) == 0
    assert str(tmp_path / "study" / "experiment.toml") in capsys.readouterr().out
    assert {one.name for one in (tmp_path / "study").iterdir()} == {
        "README.md",
        "experiment.toml",
        "stimuli",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Give --preset: mit1003, mit300"),
        (["--preset", "mit1004"], "Available: mit1003"),
        (STATED, "--fixation-cross-s"),
        (["--preset", "osie", *OTHERS], "Give --observer-screen 1920x1080,53.1x29.9,60,60"),
    ],
)
def test_without_a_terminal_what_is_missing_is_named(
    tmp_path: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", str(tmp_path / "study"), *words) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_at_a_terminal_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["0.5", "0", "often", "fixed", "HV5", "0", "10", "calibrate"])
    asked: list[str] = []

    def prompt(text: str, value_proc=None, **_given: object) -> str:
        asked.append(text)
        if value_proc is None:
            return "1280x1024,37.6x30.1,60,75"
        while True:
            try:
                return value_proc(next(answers))
            except typer.BadParameter as error:
                print(error)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert run("init", str(tmp_path / "study"), "--preset", "osie") == 0
    shown = capsys.readouterr().out
    assert "one of random, fixed, counterbalanced" in shown
    assert "calibration  not stated" in shown
    text = (tmp_path / "study" / "experiment.toml").read_text()
    assert 'order = "fixed"' in text
    assert 'after_break = "calibrate"' in text
    assert "width_px = 1280" in text
    assert not any("seconds is each image" in one for one in asked)


def test_ids_are_given_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("observer", "new", str(tmp_path), "--count", "2") == 0
    assert run("observer", "new", str(tmp_path)) == 0
    ids = capsys.readouterr().out.split()
    assert ids == ["P0015", "P0023", "P0031"]
    assert (tmp_path / "observers.txt").read_text().split() == ids
    assert run("observer", "check", "p0023", str(tmp_path)) == 0
    assert "P0023: the check digit is right" in capsys.readouterr().out
    assert run("observer", "check", "P0032", str(tmp_path)) == 1
    assert "P0023" in capsys.readouterr().err
