"""Check submissions in a process of its own: what it finds, and how much memory it took.

Reads a fixation set and a list of submissions, each with the folder to stand in, as JSON from
standard input; writes the faults and the peak memory of itself and of its workers.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from foveola.benchmark.jail import shared_jail
from foveola.benchmark.submission_check import check_submission
from foveola.data_schema import read_fixation_set


def main() -> None:
    asked = json.load(sys.stdin)
    fixations = read_fixation_set(asked["fixations"])
    found = {}
    for name, folder, submission in asked["submissions"]:
        os.chdir(folder)
        sys.path.insert(0, folder)
        check = check_submission(fixations, submission)
        found[name] = [(str(fault), fault.remedy) for fault in check.faults]
        sys.path.remove(folder)
    shared_jail().close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    json.dump({"found": found, "peaks": [own_peak(), children]}, sys.stdout)


def own_peak() -> int:
    """Peak memory in bytes; ru_maxrss would be that of whoever started this, if it was more."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
