"""Parsing a binocular EyeLink ASC file of 100 MB: foveola beside pymovements and mne, in one run.

    python benchmarks/asc_parsing.py [--peers PYTHON] [--megabytes N] [--rounds N]

PYTHON is the interpreter of an environment with pymovements and mne (this one by default). Each
library reads the file twice in a process of its own, after a small file that lets it import and
compile what it needs. CPU time is that of one call: the second one, warmed up, and beside it the
first, in which the machine hands out the memory too. Memory is the peak of the whole process. All
read in turn, three times over, and medians are printed, so that what else the machine does falls on
all of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

BLOCKS = 20
HEADER = """\
** CONVERTED FROM x.edf using edfapi 4.2.1 Linux  standalone on Fri Mar 10 10:00:00 2023
** DATE: Wed Mar  8 09:25:20 2023
** TYPE: EDF_FILE BINARY EVENT SAMPLE TAGGED
** VERSION: EYELINK II 1
** SOURCE: EYELINK CL
** EYELINK II CL v6.12 Feb  1 2018 (EyeLink Portable Duo)
** CAMERA: EyeLink USBCAM Version 1.01
** SERIAL NUMBER: CLU-DAB50
** CAMERA_CONFIG: DAB50200.SCD
**

MSG\t90 DISPLAY_COORDS 0 0 1919 1079
MSG\t91 GAZE_COORDS 0.00 0.00 1919.00 1079.00
"""
MODE = "RATE\t1000.00\tTRACKING\tCR\tFILTER\t2"
READERS = {
    "foveola": """
from foveola.tracking import read_eyelink_asc
def read(path):
    recording = read_eyelink_asc(path, screen_cm=(53.0, 30.0), distance_cm=60.0).recording
    return len(recording.samples)
""",
    "pymovements": """
import pymovements
def read(path):
    return len(pymovements.gaze.from_asc(path).samples)
""",
    "mne": """
import mne
def read(path):
    return len(mne.io.read_raw_eyelink(path, verbose="ERROR", create_annotations=True).times)
""",
}
CHILD = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
begin = time.process_time()
{reader}
read(sys.argv[1])
ready = time.process_time()
samples = read(sys.argv[2])
first = time.process_time()
read(sys.argv[2])
end = time.process_time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print("RESULT" + json.dumps([end - first, first - ready, first - begin, peak, samples]))
"""


def write_asc(path: Path, megabytes: float) -> int:
    """Write a binocular recording at 1000 Hz in blocks, with messages and events."""
    rng = np.random.default_rng(1)
    rows_a_block = int(megabytes * 1e6 / 61.8 / BLOCKS)
    time = 100
    with path.open("w", newline="\n") as file:
        file.write(HEADER)
        for block in range(BLOCKS):
            file.write(
                f"MSG\t{time} TRIALID {block}\nSTART\t{time} \tLEFT\tRIGHT\tSAMPLES\tEVENTS\n"
                "PRESCALER\t1\nVPRESCALER\t1\nPUPIL\tAREA\n"
                f"EVENTS\tGAZE\tLEFT\tRIGHT\t{MODE}\nSAMPLES\tGAZE\tLEFT\tRIGHT\t{MODE}\n"
            )
            gaze = 960 + np.cumsum(rng.normal(0, 1, (rows_a_block, 4)), 0)
            pupils = 1000 + rng.normal(0, 5, (rows_a_block, 2))
            for i, (a, b) in enumerate(zip(gaze.tolist(), pupils.tolist(), strict=True)):
                file.write(
                    f"{time + i}\t {a[0]:6.1f}\t {a[1]:6.1f}\t {b[0]:6.1f}\t {a[2]:6.1f}\t "
                    f"{a[3]:6.1f}\t {b[1]:6.1f}\t.....\n"
                )
                if i % 400 == 399:
                    now = time + i
                    for eye in "LR":
                        file.write(
                            f"SFIX {eye}   {now - 300}\nEFIX {eye}   {now - 300}\t{now - 50}\t251"
                            f"\t  512.3\t  401.1\t   1000\nSSACC {eye}  {now - 49}\n"
                            f"ESACC {eye}  {now - 49}\t{now}\t50\t  512.3\t  401.1\t  612.3\t"
                            "  401.1\t   2.82\t    190\n"
                        )
            time += rows_a_block
            file.write(
                f"END\t{time} \tSAMPLES\tEVENTS\tRES\t  35.19\t  35.15\n"
                f"MSG\t{time} TRIAL_RESULT 0\n"
            )
            time += 1000
    return BLOCKS * rows_a_block


def measure(python: str, name: str, small: Path, large: Path) -> list[float] | None:
    """CPU seconds of the second call, the first and that with imports; peak bytes; samples."""
    done = subprocess.run(
        [python, "-c", CHILD.format(reader=READERS[name]), str(small), str(large)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if not found:
        print(f"{name}: {done.stderr.strip().rpartition(chr(10))[2]}", file=sys.stderr)
        return None
    result: list[float] = json.loads(found[0].removeprefix("RESULT"))
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.asc", Path(folder) / "large.asc"
        write_asc(small, 0.5)
        rows = write_asc(large, arguments.megabytes)
        size = large.stat().st_size
        print(f"{size / 1e6:.1f} MB, {rows:,} binocular samples at 1000 Hz in {BLOCKS} blocks")
        found: dict[str, list[list[float]]] = {name: [] for name in READERS}
        for _ in range(arguments.rounds):
            for name in READERS:
                python = sys.executable if name == "foveola" else arguments.peers
                if one := measure(python, name, small, large):
                    found[name].append(one)
    print(f"{'':12}  CPU s  first call  with imports  peak MB  peak/file    samples")
    medians = {name: np.median(all_, axis=0).tolist() for name, all_ in found.items() if all_}
    for name, (call_s, first_s, process_s, peak, samples) in medians.items():
        print(
            f"{name:12} {call_s:6.2f} {first_s:11.2f} {process_s:13.2f} {peak / 1e6:8.0f} "
            f"{peak / size:10.2f} {int(samples):10,}"
        )
    own, own_first = medians["foveola"][:2]
    for name, (call_s, first_s, *_) in medians.items():
        if name != "foveola":
            first = f"{first_s / own_first:.1f} x in the first call"
            print(f"foveola is {call_s / own:.1f} x {name} ({first})")


if __name__ == "__main__":
    main()
