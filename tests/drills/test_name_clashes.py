"""The drill holds in its quick size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DRILL = Path(__file__).resolve().parents[2] / "drills" / "name_clashes.py"


def test_names_that_clash_overwrite_nothing() -> None:
    command = [sys.executable, "-W", "error", str(DRILL), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("ok ") and "0 overwritten" in line for line in lines)
