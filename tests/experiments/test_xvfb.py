from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foveola.data_schema import FoveolaError
from foveola.experiments import display_missing, ensure_display, stop_display
from foveola.experiments import xvfb as module

needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "platform", "linux")
    # A server that other tests' windows stand on must live on.
    monkeypatch.setattr(module, "_running", [])
    monkeypatch.delenv("DISPLAY", raising=False)
    yield
    stop_display()


def alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition: object, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@needs_xvfb
def test_a_screen_is_started_once_and_stopped() -> None:
    assert display_missing()
    line = ensure_display(320, 240)
    assert "320 x 240" in line
    assert not display_missing()
    (server, _), *_ = module._running
    assert f"process {server.pid}" in line
    assert ensure_display(320, 240) == ""
    stop_display()
    assert not alive(server.pid)
    assert display_missing()
    stop_display()


@needs_xvfb
def test_the_screen_ends_with_a_killed_session() -> None:
    code = (
        "import time; from foveola.experiments import xvfb; xvfb.ensure_display(320, 240);"
        "print(xvfb._running[0][0].pid, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    server = int(child.stdout.readline())
    assert alive(server)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert wait_until(lambda: not alive(server))


def test_missing_xvfb_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FoveolaError, match="apt-get install xvfb") as caught:
        ensure_display(320, 240)
    assert "--fast" in caught.value.remedy


def test_a_server_that_does_not_start_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "Xvfb"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(FoveolaError, match=r"did not start \(exit code 3\)"):
        ensure_display(320, 240)


def test_a_server_that_refuses_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "Xvfb"
    # It names a display where nothing listens.
    fake.write_text(
        f"#!{sys.executable}\nimport os, pathlib, sys, time\n"
        "pathlib.Path(sys.argv[0] + '.pid').write_text(str(os.getpid()))\n"
        "os.write(int(sys.argv[2]), b'98765\\n')\nos.close(int(sys.argv[2]))\ntime.sleep(60)\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(FoveolaError, match="refused the connection"):
        ensure_display(320, 240)
    assert display_missing()
    assert not alive(int((tmp_path / "Xvfb.pid").read_text()))


def test_nothing_is_started_where_a_screen_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    assert ensure_display(320, 240) == ""
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ensure_display(320, 240) == ""
