from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from foveola.command_line import doctor


def finding(folder: Path, what: str) -> doctor.Finding:
    return next(one for one in doctor.findings(folder) if what in one.what)


@pytest.fixture
def window_says(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the child process that opens a window say something else."""

    def say(code: int = 0, out: str = "", err: str = "") -> None:
        done = subprocess.CompletedProcess([], code, out, err)
        monkeypatch.setattr(doctor.subprocess, "run", lambda *_, **__: done)

    return say


REAL = {
    "width_px": 640,
    "height_px": 480,
    "virtual_screen": False,
    "refresh_hz": 59.94,
    "flips": 120,
    "late_flips": 0,
}


def test_real_window(window_says: Any, tmp_path: Path) -> None:
    window_says(out="a warning\n" + json.dumps(REAL))
    assert finding(tmp_path, "window").verdict == "yes"
    assert "59.94 Hz measured; 0 of 120" in finding(tmp_path, "window").words


def test_late_flips_and_virtual_screen_are_limited(window_says: Any, tmp_path: Path) -> None:
    window_says(out=json.dumps(REAL | {"late_flips": 3}))
    assert finding(tmp_path, "window").verdict == "limited"
    window_says(out=json.dumps(REAL | {"virtual_screen": True}))
    assert "no real refresh" in finding(tmp_path, "window").words


def test_no_window(window_says: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window_says(code=1, err="noise\nXvfb is not installed.")
    assert finding(tmp_path, "window") == (
        "show stimuli in a window",
        "no",
        "Xvfb is not installed.",
    )

    def slow(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("x", 60)

    monkeypatch.setattr(doctor.subprocess, "run", slow)
    assert "within a minute" in finding(tmp_path, "window").words


def test_missing_libraries_name_their_extra(
    window_says: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window_says(code=1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    found = {one.what: one for one in doctor.findings(tmp_path)}
    for what, extra in (("EyeLink", "eyelink"), ("Tobii", "tobii"), ("EDF", "edf")):
        (one,) = (one for name, one in found.items() if name.endswith(what))
        assert one.verdict == "no"
        assert f"foveola[{extra}]" in one.words
    assert "foveola[lab]" in found["show stimuli in a window"].words


def test_disk_and_browser(
    window_says: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window_says(code=1)
    assert finding(tmp_path, "recordings").verdict == "yes"
    assert finding(tmp_path / "gone", "recordings").verdict == "no"
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    assert finding(tmp_path, "reports").verdict == "no"
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    assert finding(tmp_path, "reports").verdict == "yes"


@pytest.mark.window
def test_real_examination(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    doctor.command(tmp_path)
    shown = " ".join(capsys.readouterr().out.split())
    assert "foveola" in shown
    assert "px" in shown
    assert "simulated" in shown
