from __future__ import annotations

from pathlib import Path

import pytest
from made_experiment import make_images, write_experiment

from foveola.command_line.main import main
from foveola.data_schema import read_recording
from foveola.experiments import preflight_facts, run_session
from foveola.experiments.preflight_records import ProgramFacts, WindowFacts

WINDOW = WindowFacts((640, 480), 60.0, 120, 0, software=True, size_mm=None)


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment on a quiet machine; its window is not opened."""
    monkeypatch.setattr(preflight_facts, "TRACKER_S", 0.3)
    monkeypatch.setattr(preflight_facts, "measure_programs", ProgramFacts)
    monkeypatch.setattr(preflight_facts, "measure_window", lambda _settings, _clock: WINDOW)
    monkeypatch.setenv("DISPLAY", ":77")
    make_images(tmp_path / "images")
    return write_experiment(tmp_path)


def ended(*words: str) -> int | str | None:
    with pytest.raises(SystemExit) as ending:
        main(words)
    return ending.value.code


def test_a_ready_laboratory(experiment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("preflight", str(experiment), "--observer", "01") == 0
    told = capsys.readouterr().out
    assert "Ready." in told
    assert "Hz measured" in " ".join(told.split())


def test_every_failure_is_told_with_its_remedy(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = experiment.parent / "images" / "b.png"
    image.write_bytes(image.read_bytes()[:2000])
    (experiment.parent / "data").mkdir()
    (experiment.parent / "data" / "small_01.h5").touch()
    assert ended("preflight", str(experiment), "--observer", "01") == 1
    told = capsys.readouterr().out
    assert "Not ready: names, stimuli." in told
    assert "--session 2" in told
    assert "Copy them again" in told


def test_a_tracker_that_does_not_exist_is_named(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended("preflight", str(experiment), "--tracker", "crystal-ball") == 1
    assert "There is no tracker" in capsys.readouterr().err


def test_a_session_begins_only_when_all_is_ready(
    experiment: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = WindowFacts((320, 240), 60.0, 120, 0, software=True)
    monkeypatch.setattr(preflight_facts, "measure_window", lambda _settings, _clock: small)
    assert ended("run", str(experiment), "--observer", "01") == 1
    told = capsys.readouterr().err
    assert "The pre-flight failed." in told
    assert "screen.width_px" in told
    assert '--skip-preflight "reason"' in told
    assert not (experiment.parent / "data" / "small_01.journal").exists()


def test_the_recording_tells_of_the_preflight(
    experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def virtual(settings: object, observer: str, **options: object) -> Path:
        options |= {"display": "virtual"}
        return run_session(settings, observer, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("foveola.experiments.run_session", virtual)
    monkeypatch.setattr("foveola.command_line.run.written_report", lambda _path: "")
    ended("run", str(experiment), "--observer", "01")
    ended("run", str(experiment), "--observer", "02", "--skip-preflight", "only a try")
    messages = [
        {one.text for one in read_recording(experiment.parent / "data" / name).messages}
        for name in ("small_01.h5", "small_02.h5")
    ]
    assert any(text.startswith("PREFLIGHT ! refresh") for text in messages[0])
    assert "PREFLIGHT skipped: only a try" in messages[1]
