"""A disk that is full: for three seconds, and for good.

A small file system (tmpfs, mounted for the drill; needs root) is filled by another file while a
simulated tracker at 2000 Hz binocular is recorded in real time.

- Full for 3 s, then free again: not one sample may be lost, and the status tells meanwhile.
- Full for good, `foveola run` from the command line, unattended, in a real window: what no longer
  fits into the queue (here 128 KiB instead of 64 MiB, so that it is soon) is counted, the session
  ends in words with an exit code that is not 0, and what was recorded before is readable.

Where nothing can be mounted, the journal's write is made to fail as a full disk does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from claims import Claims, arguments_of
from made_gaze import MACHINE_CLOCK, RATE_HZ, connected, expected, header_of, samples_in, wrong_rows

from foveola.tracking import Recorder, finalise
from foveola.tracking import journal_writer as journal_writing
from foveola.tracking.journal_writer import JournalWriter, write_at

QUEUE_BYTES = 128 * 2**10
DISK_MB = 8
EXPERIMENT = """\
name = "full"
stimuli = "images"
duration_s = 1.0
fixation_cross_s = 0.2
data_folder = "{data}"

[screen]
width_px = 640
height_px = 480
width_cm = 32.0
height_cm = 24.0
distance_cm = 60.0

[calibration]
layout = "HV5"

[tracker.simulated]
sampling_rate_hz = 2000
"""


class SmallDisk:
    """A mounted file system of a few megabytes, or one that only pretends to be full."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.pretending = False
        self.full = False

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        return 0 if self.pretending and self.full else write_at(descriptor, data, offset)

    def fill(self) -> None:
        self.full = True
        if not self.pretending:
            fill(self.place)

    def free(self) -> None:
        self.full = False
        (self.place / "ballast").unlink(missing_ok=True)


def fill(place: Path) -> None:
    """Write until nothing more goes."""
    with (place / "ballast").open("ab", buffering=0) as file:
        for size in (2**16, 2**10, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                pass


@contextmanager
def small_disk(place: Path) -> Iterator[SmallDisk]:
    place.mkdir()
    disk = SmallDisk(place)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)]
    disk.pretending = subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode != 0
    try:
        yield disk
    finally:
        if not disk.pretending:
            subprocess.run(["umount", str(place)], check=True)  # noqa: S607


def full_for_a_while(disk: SmallDisk, seconds: float, claims: Claims) -> None:
    path = disk.place / "a.journal"
    tracker, info = connected(2)
    recorder = Recorder(
        tracker, path, header_of(info), MACHINE_CLOCK,
        open_journal=partial(JournalWriter, write=disk.write),
    )  # fmt: skip
    recorder.start()
    time.sleep(0.7)
    disk.fill()
    time.sleep(seconds)
    status = recorder.status()
    disk.free()
    time.sleep(0.7)
    recorder.finish()
    samples, report = samples_in(path)
    truth = expected(2, tracker.started_s, float(samples["time_s"][-1]) + 1)[: len(samples)]
    steps = np.rint(np.diff(samples["device_time_s"]) * RATE_HZ)
    missing = int(np.sum(steps - 1)) + recorder.status().samples - len(samples)
    claims.check(
        report.intact and not missing and not wrong_rows(samples, truth) and status.waiting,
        f"full for {seconds:g} s: {len(samples):,} samples, {missing} lost, {status.waiting:,} "
        f"waited; the status said {status.error!r}"
        f"{' (pretended: nothing can be mounted here)' if disk.pretending else ''}",
    )


def child_runs(experiment: str) -> None:
    """`foveola run`, with a queue that is soon full, for which the recorder has to be a thread."""
    from foveola.command_line.main import main as foveola
    from foveola.experiments import session_run

    session_run.tracker_elsewhere = lambda tracker: tracker
    journal_writing.JournalWriter.__init__.__kwdefaults__["queue_bytes"] = QUEUE_BYTES
    foveola(["run", experiment, "--observer", "01", "--unattended", "--windowed"])


def full_for_good(disk: SmallDisk, folder: Path, claims: Claims) -> None:
    from PIL import Image

    (folder / "images").mkdir()
    for i in range(12):
        picture = np.random.default_rng(i).integers(0, 256, (240, 320), dtype=np.uint8)
        Image.fromarray(picture).save(folder / "images" / f"{i}.png")
    (folder / "full.toml").write_text(EXPERIMENT.format(data=disk.place))
    journal = disk.place / "full_01.journal"
    command = [sys.executable, __file__, "--child", str(folder / "full.toml")]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        filler = threading.Thread(target=fill_when, args=(journal, process.poll, disk))
        filler.start()
        told = process.communicate()[1].strip()
        filler.join()
    before = journal.read_bytes()
    disk.free()
    samples, report = samples_in(journal)
    summary = finalise(journal, folder / "full.h5")
    gaps = int(np.sum(np.rint(np.diff(samples["device_time_s"]) * RATE_HZ) > 1))
    claims.check(
        process.returncode not in (0, None) and "Traceback" not in told and "lost" in told,
        f"full for good: exit code {process.returncode}, in words: {' '.join(told.split())}",
    )
    claims.check(
        len(samples) > RATE_HZ and not gaps and summary.samples == len(samples) and before,
        f"and what was recorded before is readable: {summary.samples:,} samples, {gaps} gaps, "
        f"{len(report.damages)} damaged places",
    )


def fill_when(journal: Path, ended: Callable[[], object], disk: SmallDisk) -> None:
    """Fill the disk when the session has recorded for some seconds."""
    while ended() is None and (not journal.exists() or journal.stat().st_size < 1_000_000):
        time.sleep(0.05)
    disk.fill()


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--child", help="what the session's process does; for the drill itself")
    arguments = parser.parse_args()
    if arguments.child:
        child_runs(arguments.child)
        return
    claims = Claims()
    with tempfile.TemporaryDirectory() as name:
        with small_disk(Path(name) / "for_a_while") as disk:
            full_for_a_while(disk, 1.0 if arguments.quick else 3.0, claims)
        with small_disk(Path(name) / "for_good") as disk:
            if disk.pretending:
                claims.check(True, "full for good: NOT DONE, nothing can be mounted here")
            else:
                full_for_good(disk, Path(name), claims)
    claims.end()


if __name__ == "__main__":
    main()
