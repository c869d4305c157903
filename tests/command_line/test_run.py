from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_experiment import make_images, write_experiment

from foveola.command_line.main import main
from foveola.data_schema import read_recording
from foveola.experiments import xvfb


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    make_images(tmp_path / "images")
    return write_experiment(tmp_path)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as exited:
        main(["run", *words])
    return int(exited.value.code or 0)


def test_a_fast_session_ends_with_a_summary(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(experiment), "--observer", "01", "--tracker", "simulated", "--fast") == 0
    printed = capsys.readouterr().out
    path = tmp_path / "data" / "small_01.h5"
    recording = read_recording(path)
    assert re.search(r"^Observer  01$", printed, re.MULTILINE)
    assert re.search(r"^Trials    4 complete$", printed, re.MULTILINE)
    assert f"{len(recording.samples):,}" in printed
    assert re.search(r"^Accuracy  mean \d", printed, re.MULTILINE)
    assert f"File      {path}" in printed
    assert f"Report    {tmp_path / 'data' / 'small_01_report' / 'index.html'}" in printed
    assert "small_01.h5" in (tmp_path / "data" / "small_01_report" / "index.html").read_text()


def test_a_report_that_can_not_be_written_costs_nothing(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data" / "small_01_report").mkdir(parents=True)
    (tmp_path / "data" / "small_01_report" / "thesis.txt").touch()
    assert run(str(experiment), "--observer", "01", "--fast") == 0
    assert "Report    none. " in capsys.readouterr().out
    assert (tmp_path / "data" / "small_01.h5").exists()


def test_a_second_run_is_refused_unless_it_is_another_session(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (str(experiment), "--observer", "01", "--fast")
    assert run(*words) == 0
    assert run(*words) == 1
    assert "exists and is never overwritten" in capsys.readouterr().err
    assert run(*words, "--session", "2") == 0
    assert (tmp_path / "data" / "small_01_2.h5").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tracker", "eyelnk", "--fast"], "Available: eyelink, lsl, mouse"),
        (["--fast", "--windowed"], "Leave out --windowed or --fast"),
    ],
)
def test_errors_tell_what_to_do(
    experiment: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(experiment), "--observer", "01", *words) == 1
    assert told in capsys.readouterr().err


def test_a_wrong_key_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_images(tmp_path / "images")
    path = write_experiment(tmp_path, {"duration_s": "duraton_s"})
    assert run(str(path), "--observer", "01", "--fast") == 1
    told = capsys.readouterr().err
    assert f"{path}: duraton_s: there is no such key. Did you mean duration_s?" in told


def test_without_a_screen_and_xvfb_the_remedy_is_fast(
    experiment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(xvfb, "display_missing", lambda: True)
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(str(experiment), "--observer", "01", "--unattended") == 1
    assert "run without a window: --fast" in capsys.readouterr().err
