"""A task whose process is killed in one file, for the pool of processes to survive."""

from __future__ import annotations

import os
import signal
from pathlib import Path


class KilledTask:
    parts = None

    def __call__(self, path: Path) -> str:
        if path.name == "bad.h5":
            os.kill(os.getpid(), signal.SIGKILL)
        return path.name
