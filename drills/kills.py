"""Kills and power cuts, at random moments of sessions at 2000 Hz binocular.

- SIGKILL during a session: the recorder, in its own process as in a session, drains a simulated
  tracker in real time, while messages, trials and flips are written; session and recorder are
  killed together, which is the worst. A share of the kills hits `run_session` in a real PsychoPy
  window, with the recorder as a thread of it. Lost is every sample that had arrived at the kill
  (the tracker's delay is counted) and is not in the journal. The killer makes all samples again
  from the seed (of the sessions: reads what the tracker had handed over) and compares every row
  bit by bit.
- SIGKILL while the recording is made from the journal: the recording is absent or complete, and
  what a kill leaves behind is in nobody's way.
- Power cut, in two ways. *Model*: every write and every flush of the journal is noted with its
  time. At a cut, what was flushed before is there; each page of 4 KiB written since may be there,
  missing (zeros) or torn at a sector of 512 bytes, in any combination, and the file may end
  anywhere behind what was flushed. *ext4*: the session is written to an ext4 file system in an
  image; at random moments the image is copied as the block device has it, and the copy is mounted
  as after a cut. Needs root and a loop device; told where there is none.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from claims import Claims, arguments_of
from made_gaze import (
    MACHINE_CLOCK,
    RATE_HZ,
    SETTINGS,
    StartedTracker,
    connected,
    expected,
    header_of,
    samples_in,
    wrong_rows,
)
from noted_disk import CutDisk, NotedDisk

from foveola.data_schema import GAZE_DTYPE, GazeSamples, Trial, faults_of, read_recording
from foveola.tracking import finalise, recorder_for
from foveola.tracking.journal import header_record
from foveola.tracking.journal_writer import JournalWriter

KILL_LIMIT_MS, CUT_LIMIT_MS = 25.0, 150.0
PARTS = ["recorder", "session", "finalise", "cut"]
IMAGE_BYTES = 16 * 2**20
EXPERIMENT = """\
name = "kills"
stimuli = "images"
duration_s = 0.5
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


# What the victims do.


def child_records(path: str, seed: str) -> None:
    tracker, info = connected(int(seed), elsewhere=True)
    recorder = recorder_for(tracker, Path(path), header_of(info), MACHINE_CLOCK)
    recorder.start()
    print(tracker.when_started().hex(), flush=True)
    for i in count():
        recorder.begin_trial(Trial(index=i, stimulus="", onset_s=MACHINE_CLOCK(), offset_s=0))
        recorder.message(f"trial {i}")
        for _ in range(30):
            time.sleep(1 / 60)
            recorder.add_flips([MACHINE_CLOCK()])
        recorder.add_trial(Trial(index=i, stimulus="", onset_s=0, offset_s=MACHINE_CLOCK()))


def child_runs_a_session(experiment: str, seen: str) -> None:
    from foveola.experiments import TRACKERS, load_settings, run_session

    class Witnessed(StartedTracker):
        """Notes what it hands over, before anyone has it."""

        file = Path(seen).open("wb", buffering=0)  # noqa: SIM115, open until the kill

        def read(self) -> GazeSamples:
            samples = super().read()
            self.file.write(samples.tobytes())
            return samples

        def start(self) -> None:
            super().start()
            print(self._clock.origin_ns, flush=True)

    TRACKERS["witnessed"] = lambda settings, clock, seed: Witnessed(
        settings.tracker.simulated, clock, seed=seed
    )
    settings = load_settings(Path(experiment))
    while True:
        run_session(settings, "01", tracker_name="witnessed", display="windowed", unattended=True)


def child_finalises(journal: str, recording: str) -> None:
    print("begins", flush=True)
    finalise(Path(journal), Path(recording))


CHILDREN = {"record": child_records, "session": child_runs_a_session, "finalise": child_finalises}


# The killer.


def begun(kind: str, *words: object) -> tuple[subprocess.Popen[str], str]:
    """Start a victim; return it and its first line."""
    command = [sys.executable, __file__, "--child", kind, *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    return process, (process.stdout.readline() if process.stdout else "").strip()


def kill(process: subprocess.Popen[str]) -> float:
    """Kill a victim and all that it started; return when that was done."""
    os.killpg(process.pid, signal.SIGKILL)
    now_s = MACHINE_CLOCK()
    process.communicate()
    return now_s


def hurry() -> None:
    """So that the killer is not held up between the kill and its look at the clock."""
    with contextlib.suppress(AttributeError, OSError):
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(20))


@dataclass
class Losses:
    unreadable: int = 0
    wrong: int = 0
    lost_ms: list[float] = field(default_factory=list)

    def add(self, journal: Path, truth: GazeSamples, recording: Path | None = None) -> None:
        try:
            samples, _ = samples_in(journal)
            if recording is not None:
                finalise(journal, recording)
                samples = read_recording(recording).samples
        except Exception as error:  # whatever it is, this one is not readable
            print(f"unreadable: {type(error).__name__}: {error}", file=sys.stderr)
            self.unreadable += 1
            return
        self.wrong += wrong_rows(samples, truth)
        self.lost_ms.append((len(truth) - len(samples)) / RATE_HZ * 1e3)

    def claim(self, claims: Claims, what: str, limit_ms: float) -> None:
        tries = self.unreadable + len(self.lost_ms)
        worst_ms = max(self.lost_ms, default=np.nan)
        claims.check(
            not self.unreadable and not self.wrong and claims.in_time(worst_ms <= limit_ms),
            f"{what}: {tries - self.unreadable} of {tries} readable, at most {worst_ms:.1f} ms "
            f"lost (median {np.median(self.lost_ms or [np.nan]):.1f}, limit {limit_ms:g}), "
            f"{self.wrong} wrong rows",
        )


def kill_recorders(kills: int, folder: Path, random: np.random.Generator) -> Losses:
    losses = Losses()
    for i in range(kills):
        process, line = begun("record", folder / f"{i}.journal", i)
        time.sleep(random.uniform(0, 1.5))
        died_s = kill(process)
        truth = expected(i, float.fromhex(line), died_s)
        losses.add(folder / f"{i}.journal", truth, folder / f"{i}.h5")
    return losses


def kill_sessions(kills: int, folder: Path, random: np.random.Generator) -> Losses:
    from PIL import Image

    from foveola.experiments import ensure_display

    ensure_display(640, 480)
    (folder / "images").mkdir()
    for i in range(20):
        picture = random.integers(0, 256, (240, 320), dtype=np.uint8)
        Image.fromarray(picture).save(folder / "images" / f"{i}.png")
    losses = Losses()
    for i in range(kills):
        experiment, seen = folder / f"{i}.toml", folder / f"{i}.seen"
        experiment.write_text(EXPERIMENT.format(data=folder / f"data{i}"))
        process, line = begun("session", experiment, seen)
        time.sleep(random.uniform(0, 12))
        died_s = kill(process) - int(line) / 1e9
        losses.add(folder / f"data{i}" / "kills_01.journal", arrived(seen, died_s))
    return losses


def arrived(seen: Path, until_s: float) -> GazeSamples:
    """What a session's tracker had handed over, and, as rows of NaN, what it still would have."""
    data = seen.read_bytes()
    rows = np.frombuffer(data[: len(data) // 64 * 64], GAZE_DTYPE)
    first_s = rows["device_time_s"][0] if len(rows) else np.nan
    rate = 1 + SETTINGS.clock_drift_ppm * 1e-6
    device_s = SETTINGS.clock_offset_s + rate * (until_s - SETTINGS.delay_s)
    due = int((device_s - first_s) * RATE_HZ) + 1
    truth = np.full(max(due, len(rows)), np.nan, GAZE_DTYPE)
    truth[: len(rows)] = rows
    return truth


def kill_finalising(kills: int, folder: Path, random: np.random.Generator, claims: Claims) -> None:
    journal = folder / "whole.journal"
    info = connected(0)[1]
    with JournalWriter(journal, RATE_HZ) as writer:
        writer.append_record(header_record(header_of(info)))
        writer.append_samples(expected(0, 0.0, 60.0))
    whole = samples_in(journal)[0].tobytes()
    process, _ = begun("finalise", journal, folder / "whole.h5")
    began_s = MACHINE_CLOCK()
    process.communicate()
    takes_s = MACHINE_CLOCK() - began_s
    absent = complete = broken = again = 0
    for i in range(kills):
        target = folder / f"{i}.h5"
        process, _ = begun("finalise", journal, target)
        time.sleep(random.uniform(0, 1.3 * takes_s))
        kill(process)
        if target.exists():
            same = is_whole(target, whole)
            complete, broken = complete + same, broken + (not same)
            continue
        absent += 1
        if absent % 8 == 1:  # a later one must not stumble over what was left
            finalise(journal, target)
            again += 1
            broken += not is_whole(target, whole)
    left = len(list(folder.glob("*.part")))
    claims.check(
        not broken and absent,
        f"SIGKILL while finalising: {absent} times absent, {complete} complete, {broken} broken; "
        f"{left} .part files left, in nobody's way of {again} made afterwards",
    )


def is_whole(recording: Path, samples: bytes) -> bool:
    return not faults_of(recording) and read_recording(recording).samples.tobytes() == samples


@contextmanager
def recording_to(path: Path, **seams: object) -> Iterator[StartedTracker]:
    tracker, info = connected(5, elsewhere=True)
    recorder = recorder_for(
        tracker, path, header_of(info), MACHINE_CLOCK, open_journal=partial(JournalWriter, **seams)
    )
    recorder.start()
    ended = threading.Event()

    def work() -> None:
        for i in count():
            if ended.wait(1 / 60):
                return
            recorder.add_flips([MACHINE_CLOCK()])
            if i % 30 == 0:
                recorder.message(f"trial {i // 30}")

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield tracker
    finally:
        ended.set()
        worker.join()
        recorder.finish()
        tracker.close()


def cut_power_of_a_model(cuts: int, folder: Path, random: np.random.Generator) -> Losses:
    notes, seconds = folder / "notes", 0.5 + 0.5 * cuts
    disk = NotedDisk(notes)
    with recording_to(folder / "model.journal", write=disk.write, flush=disk.flush) as tracker:
        began_s, started_s = MACHINE_CLOCK(), tracker.when_started()
        time.sleep(seconds)
    losses, cut = Losses(), CutDisk(notes)
    for i, cut_s in enumerate(began_s + random.uniform(0.1, seconds, cuts)):
        left = folder / f"model_{i}.journal"
        left.write_bytes(cut.left_after(cut_s, random))
        losses.add(left, expected(5, started_s, cut_s), folder / f"model_{i}.h5")
    return losses


def cut_power_of_ext4(cuts: int, folder: Path, random: np.random.Generator) -> Losses | str:
    """Copy the image of a file system while a session is written to it; mount the copies."""
    image, place = folder / "disk.img", folder / "disk"
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    place.mkdir()
    copies = []
    try:
        run("mkfs.ext4", "-q", "-F", image)
        run("mount", "-o", "loop", image, place)
    except (OSError, subprocess.CalledProcessError) as error:
        return str(error)
    try:
        with recording_to(place / "a.journal") as tracker:
            started_s = tracker.when_started()
            for _ in range(cuts):
                time.sleep(random.uniform(0.2, 0.8))
                copy = image.read_bytes()
                copies.append((MACHINE_CLOCK(), copy))
    finally:
        run("umount", place)
    losses = Losses()
    for i, (cut_s, copy) in enumerate(copies):
        image.write_bytes(copy)
        run("mount", "-o", "loop", image, place)  # which replays the file system's own journal
        try:
            truth = expected(5, started_s, cut_s)
            losses.add(place / "a.journal", truth, folder / f"ext4_{i}.h5")
        finally:
            run("umount", place)
    return losses


def run(*words: str | Path) -> None:
    subprocess.run([*map(str, words)], check=True, stderr=subprocess.DEVNULL)


def cut_power(cuts: int, folder: Path, random: np.random.Generator, claims: Claims) -> None:
    losses = cut_power_of_a_model(cuts, folder, random)
    losses.claim(claims, "power cut, modelled", CUT_LIMIT_MS)
    found = cut_power_of_ext4(cuts, folder, random)
    if isinstance(found, Losses):
        found.claim(claims, "power cut, ext4 image", CUT_LIMIT_MS)
    else:
        claims.check(True, f"power cut, ext4 image: NOT DONE, no loop mount here ({found})")


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--child", nargs="+", help="what a victim does; for the drill itself")
    arguments = parser.parse_args()
    if arguments.child:
        CHILDREN[arguments.child[0]](*arguments.child[1:])
        return
    quick, random, claims = arguments.quick, np.random.default_rng(11), Claims(arguments.quick)
    hurry()
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / word for word in PARTS]
        for folder in folders:
            folder.mkdir()
        if "recorder" in arguments.only:
            losses = kill_recorders(8 if quick else 180, folders[0], random)
            losses.claim(claims, "SIGKILL of a session and its recorder at 2000 Hz", KILL_LIMIT_MS)
        if "session" in arguments.only:
            losses = kill_sessions(1 if quick else 20, folders[1], random)
            losses.claim(claims, "SIGKILL of a session in a window, 2000 Hz", KILL_LIMIT_MS)
        if "finalise" in arguments.only:
            kill_finalising(8 if quick else 80, folders[2], random, claims)
        if "cut" in arguments.only:
            cut_power(6 if quick else 30, folders[3], random, claims)
    claims.end()


if __name__ == "__main__":
    main()
