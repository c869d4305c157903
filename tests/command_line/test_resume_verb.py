from __future__ import annotations

from pathlib import Path

import pytest
from made_experiment import make_images, write_experiment

from foveola.command_line.main import main
from foveola.experiments import load_settings, run_session


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as exited:
        main(words)
    return int(exited.value.code or 0)


def test_a_session_is_continued_and_then_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_images(tmp_path / "images")
    path = write_experiment(tmp_path)
    presses = [(0.5, "space"), (11.1, "escape"), (11.5, "y")]
    run_session(load_settings(path), "01", display="virtual", presses=presses)
    words = ("resume", str(path), "--observer", "01", "--fast")
    assert run(*words) == 0
    shown = capsys.readouterr().out
    assert "Trials    3 complete" in shown
    assert "small_01_part2.h5" in shown
    assert (tmp_path / "data" / "small_01_part2_report" / "index.html").exists()
    assert run(*words) == 0
    assert "nothing is left" in capsys.readouterr().out
    output = tmp_path / "fixations.h5"
    files = sorted(str(one) for one in (tmp_path / "data").glob("*[0-9].h5"))
    assert run("fixations", *files, "-o", str(output)) == 0
    assert "1 observer on 3 stimuli" in capsys.readouterr().out


def test_answers_to_the_form_come_from_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_images(tmp_path / "images")
    path = write_experiment(tmp_path, {"seed = 7": "seed = 7\nobserver_form = true"})
    words = ("run", str(path), "--observer", "01", "--fast", "--vision", "glasses")
    assert run(*words, "--consent", "maybe") == 1
    assert "'maybe' is no answer for the consent" in capsys.readouterr().err
    assert run(*words, "--dominant-eye", "left", "--consent", "record,share") == 0
