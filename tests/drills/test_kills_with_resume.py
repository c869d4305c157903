from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DRILL = Path(__file__).resolve().parents[2] / "drills" / "kills_with_resume.py"


def test_ten_kills_repeat_nothing_and_miss_nothing() -> None:
    done = subprocess.run(
        [sys.executable, str(DRILL), "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    claims = done.stdout.splitlines()
    assert [line.split()[0] for line in claims] == ["ok"] * 3
    assert "10 kills" in claims[0]
    assert "0 repeated, 0 never shown" in claims[0]
