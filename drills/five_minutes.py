"""Five minutes at 2000 Hz binocular in real time, beside programs that want everything.

The recorder, in its own process as in a session, drains a simulated tracker while one process for
each core burns CPU, a thread of the session's process runs pure Python (which holds the
interpreter's lock), another notes flips and messages, and a process writes and flushes 4 MB to the
same disk, over and over. No sample may be missing; lag is the time from a sample's own time to the
moment at which its block was handed to the system, from where no kill takes it. The tracker's own
delay of 2 ms is part of it. With `--in-thread` the recorder is a thread of the session, for
comparison.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from claims import Claims, arguments_of
from made_gaze import MACHINE_CLOCK, RATE_HZ, connected, expected, header_of, samples_in, wrong_rows
from timed_writes import lags_ms, timed_journal

from foveola.tracking import Recorder, recorder_for

LAG_LIMIT_MS = 25.0
BURN = "while True: pass"
SCRATCH = """
import os, sys
data = os.urandom(2**22)
while True:
    with open(sys.argv[1], "wb") as file:
        file.write(data)
        os.fsync(file.fileno())
"""


@contextmanager
def hog(*words: str) -> Iterator[None]:
    """A process that wants everything."""
    process = subprocess.Popen([sys.executable, "-c", *words])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def thread_of(work: object) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=work, args=(ended,))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def hold_the_lock(ended: threading.Event) -> None:
    """Pure Python, which never lets the interpreter go of itself."""
    number = 0
    while not ended.is_set():
        for i in range(100_000):
            number += i


def work_as_a_session(ended: threading.Event, recorder: Recorder) -> None:
    flips = 0
    while not ended.wait(1 / 60):
        recorder.add_flips([MACHINE_CLOCK()])
        flips += 1
        if flips % 60 == 0:
            recorder.message(f"second {flips // 60}")
            recorder.recent(0.5)
            recorder.status()


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--in-thread", action="store_true")
    parser.add_argument("--without", nargs="*", default=[], choices=["cpu", "lock", "disk"])
    arguments = parser.parse_args()
    seconds = arguments.seconds or (8.0 if arguments.quick else 300.0)
    claims = Claims(arguments.quick)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        path = Path(name) / "a.journal"
        tracker, info = connected(1, elsewhere=not arguments.in_thread)
        stack.callback(tracker.close)
        notes = Path(name) / "lags"
        recorder = recorder_for(
            tracker, path, header_of(info), MACHINE_CLOCK,
            open_journal=partial(timed_journal, notes),
        )  # fmt: skip
        recorder.start()
        if "cpu" not in arguments.without:
            for _ in range(os.cpu_count() or 1):
                stack.enter_context(hog(BURN))
        if "disk" not in arguments.without:
            stack.enter_context(hog(SCRATCH, str(Path(name) / "scratch")))
        if "lock" not in arguments.without:
            stack.enter_context(thread_of(hold_the_lock))
        with thread_of(partial(work_as_a_session, recorder=recorder)):
            time.sleep(seconds)
        recorder.finish()
        started_s = tracker.when_started()
        stack.close()
        samples, report = samples_in(path)
        lags = lags_ms(notes)
    truth = expected(1, started_s, float(samples["time_s"][-1]) + 1)[: len(samples)]
    gaps = int(np.sum(np.diff(samples["device_time_s"]) > 1.5 / RATE_HZ))
    wrong = wrong_rows(samples, truth)
    claims.check(
        not gaps and not wrong and report.intact and len(samples) >= seconds * RATE_HZ,
        f"{seconds:g} s at {RATE_HZ:g} Hz beside hogs: {len(samples):,} samples, {gaps} gaps, "
        f"{wrong} wrong rows",
    )
    middle, high, highest = np.percentile(lags, [50, 99, 99.9])
    claims.check(
        claims.in_time(highest <= LAG_LIMIT_MS),
        f"lag p50 {middle:.1f}, p99 {high:.1f}, p99.9 {highest:.1f}, longest {lags.max():.1f} ms"
        f" (limit of p99.9: {LAG_LIMIT_MS:g})",
    )
    claims.end()


if __name__ == "__main__":
    main()
