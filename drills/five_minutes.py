"""Five minutes at 2000 Hz binocular in real time, beside programs that want everything.

The recorder with its thread drains a simulated tracker while one process for each core burns CPU, a
thread of the same process runs pure Python (which holds the interpreter's lock), another draws
flips and messages, and a process writes and flushes 4 MB to the same disk, over and over. No sample
may be missing; lag is the time from a sample's own time to the moment at which its block was
handed to the system, from where no kill takes it. The tracker's own delay of 2 ms is part of it.
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

from foveola.data_schema import GAZE_DTYPE
from foveola.tracking import Recorder
from foveola.tracking.journal import HEADER_BYTES, BlockKind, decode_header
from foveola.tracking.journal_writer import JournalWriter, write_at

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


class TimedWrites:
    """Writes as ever, and notes how late the samples of each block are."""

    def __init__(self) -> None:
        self.lags_s: list[np.ndarray] = []

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        count = write_at(descriptor, data, offset)
        now_s = MACHINE_CLOCK()
        header = decode_header(data)
        if header is not None and header.kind is BlockKind.SAMPLES:
            rows = np.frombuffer(data, GAZE_DTYPE, offset=HEADER_BYTES)
            self.lags_s.append(now_s - rows["time_s"])
        return count


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
    parser.add_argument("--without", nargs="*", default=[], choices=["cpu", "lock", "disk"])
    arguments = parser.parse_args()
    seconds = arguments.seconds or (8.0 if arguments.quick else 300.0)
    claims, timed = Claims(), TimedWrites()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        path = Path(name) / "a.journal"
        tracker, info = connected(1)
        recorder = Recorder(
            tracker, path, header_of(info), MACHINE_CLOCK,
            open_journal=partial(JournalWriter, write=timed.write),
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
        stack.close()
        recorder.finish()
        samples, report = samples_in(path)
    truth = expected(1, tracker.started_s, float(samples["time_s"][-1]) + 1)[: len(samples)]
    gaps = int(np.sum(np.diff(samples["device_time_s"]) > 1.5 / RATE_HZ))
    wrong = wrong_rows(samples, truth)
    claims.check(
        not gaps and not wrong and report.intact and len(samples) >= seconds * RATE_HZ,
        f"{seconds:g} s at {RATE_HZ:g} Hz beside hogs: {len(samples):,} samples, {gaps} gaps, "
        f"{wrong} wrong rows",
    )
    lags_ms = np.concatenate(timed.lags_s) * 1e3
    middle, high, highest = np.percentile(lags_ms, [50, 99, 99.9])
    claims.check(
        highest <= LAG_LIMIT_MS,
        f"lag p50 {middle:.1f}, p99 {high:.1f}, p99.9 {highest:.1f}, longest {lags_ms.max():.1f} ms"
        f" (limit of p99.9: {LAG_LIMIT_MS:g})",
    )
    claims.end()


if __name__ == "__main__":
    main()
