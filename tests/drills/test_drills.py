"""The drills hold in their quick sizes; all of them are found by ``make drills``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DRILLS = Path(__file__).resolve().parents[2] / "drills"


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(DRILLS / script), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


NAMES = [
    "clock",
    "disk_full",
    "eight_hours",
    "five_minutes",
    "kills",
    "planted_leaks",
    "withdraw_one",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_drill_holds(name: str) -> None:
    done = run(f"{name}.py", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(line.startswith("ok ") for line in done.stdout.splitlines())
    assert done.stdout


def test_every_drill_is_found_and_helpers_are_not() -> None:
    listed = run("run_all.py", "--list").stdout.split()
    assert set(NAMES) <= set(listed)
    assert not {"claims", "made_gaze", "noted_disk", "run_all", "timed_writes"} & set(listed)
    assert run("run_all.py", "no_such_drill").returncode == 2


def test_a_claim_that_fails_fails_the_drill() -> None:
    words = "from claims import Claims; c = Claims(); c.check(1, 'a'); c.check(0, 'b'); c.end()"
    command = [sys.executable, "-c", words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DRILLS)
    assert (done.returncode, done.stdout) == (1, "ok      a\nFAILED  b\n")
