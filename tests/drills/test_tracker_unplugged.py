"""The drill holds in its quick size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DRILL = Path(__file__).resolve().parents[2] / "drills" / "tracker_unplugged.py"


@pytest.mark.slow
def test_an_unplugged_tracker_costs_nothing_but_its_gap() -> None:
    command = [sys.executable, "-W", "error", str(DRILL), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("ok ") for line in lines)
