"""Kill sessions at random moments and resume them, over and over: nothing twice, nothing missed.

Each session runs in a process of its own on a virtual display, faster than real time, and is killed
by SIGKILL after a random time, whatever it is doing: calibrating, showing an image, asking,
finalising. It is resumed until it ends. An independent ledger tells what was on the screen: the
display appends a line to a file when a flip first shows an image.

    python drills/kills_with_resume.py --kills 200

Claims, each a line of figures; the exit code is 1 where one fails:

1. No image is shown twice, and none never. An image that a kill met within the microseconds
   between its first flip and its record can't be known: it is shown (again) and its trial is marked
   ``maybe_seen``. How many were marked, and how many of them had truly been on the screen, is told.
2. Every trial is in the recordings of the parts exactly once, in the planned order; those that a
   kill met are marked as interrupted.
3. ``foveola fixations`` takes all parts of all sessions.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from claims import Claims, arguments_of
from PIL import Image

from foveola.data_schema import Recording, Stimulus, read_recording
from foveola.experiments import (
    ExperimentSettings,
    load_settings,
    resume_session,
    run_session,
    schedule,
    session_files,
    trial,
)
from foveola.experiments.picture import Picture, Placement, photograph
from foveola.experiments.virtual_display import VirtualDisplay
from foveola.fixation_maps.recordings import fixations_from_recordings

EXPERIMENT = """\
name = "drill"
stimuli = "images"
seed = 1
duration_s = 0.5
fixation_cross_s = 0.1
repeats = 2
window = "windowed"

[screen]
width_px = 640
height_px = 480
width_cm = 32.0
height_cm = 24.0
distance_cm = 60.0

[blocks]
count = 3

[practice]
stimuli = "practice"

[calibration]
layout = "HV5"
shrink_s = 0.1
settle_s = 0.3
collect_s = 0.3

[drift_check]
every_trials = 7

[tracker.simulated]
sampling_rate_hz = 500
"""
IMAGES, PRACTICE = 12, 2
#: A part is killed after 0 to so many seconds; it lasts about half as long where it is not.
LATEST_KILL_S = 1.6
DONE, FAILED = 0, 3
QUICK_KILLS = 10


@dataclass
class Tally:
    """What the sessions came to."""

    kills: int = 0
    sessions: int = 0
    parts: int = 0
    trials: int = 0
    interrupted: int = 0
    marked: int = 0
    marked_and_seen: int = 0
    repeated: int = 0
    never_shown: int = 0
    misrecorded: int = 0
    recordings: list[Path] = field(default_factory=list)


def main() -> None:
    parser = arguments_of(__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how many kills in all")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("--folder", type=Path, help="keep the sessions there; else they go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        kills = QUICK_KILLS if given.quick else given.kills
        tally = drill(given.folder or Path(made), kills, given.seed)
        observers = fixated(tally.recordings)
    claims = Claims()
    claims.check(
        tally.repeated == tally.never_shown == 0,
        f"{tally.kills} kills in {tally.sessions} sessions, {tally.trials} showings: "
        f"{tally.repeated} repeated, {tally.never_shown} never shown; {tally.marked} marked as "
        f"maybe seen, {tally.marked_and_seen} of them truly seen before",
    )
    claims.check(
        tally.misrecorded == 0,
        f"{tally.parts} recordings, {tally.interrupted} trials marked as interrupted; in "
        f"{tally.misrecorded} sessions a trial is missing, doubled or out of order",
    )
    claims.check(
        observers == tally.sessions,
        f"fixations of {observers} of {tally.sessions} observers from all recordings",
    )
    claims.end()


def drill(folder: Path, kills: int, seed: int) -> Tally:
    """Run sessions until so many kills have happened and the last session has ended."""
    settings = made_experiment(folder)
    generator = np.random.default_rng(seed)
    tally = Tally()
    while tally.kills < kills:
        observer = f"{tally.sessions + 1:03d}"
        ledger = folder / f"ledger_{observer}.txt"
        ended = False
        while not ended:
            after_s = generator.uniform(0, LATEST_KILL_S) if tally.kills < kills else np.inf
            ended = part_ended(settings, observer, ledger, after_s)
            tally.kills += not ended
        count_session(tally, settings, observer, ledger)
    return tally


def made_experiment(folder: Path) -> ExperimentSettings:
    """Write the drill's experiment."""
    generator = np.random.default_rng(0)
    for name, number in (("images", IMAGES), ("practice", PRACTICE)):
        (folder / name).mkdir(parents=True)
        for i in range(number):
            coarse = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            Image.fromarray(coarse).resize((320, 240)).save(folder / name / f"{name}{i:02d}.png")
    path = folder / "experiment.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return load_settings(path)


def part_ended(
    settings: ExperimentSettings, observer: str, ledger: Path, kill_after_s: float
) -> bool:
    """Run a part in a process of its own; return False where it was killed."""
    child = os.fork()
    if child == 0:
        os._exit(run_part(settings, observer, ledger))
    end_s = time.monotonic() + kill_after_s
    status = 0
    while time.monotonic() < end_s:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.0005)
    else:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status) != DONE:
        raise SystemExit(f"a part of observer {observer} ended with an error, which is above")
    return True


def run_part(settings: ExperimentSettings, observer: str, ledger: Path) -> int:
    """Begin the session, or go on with it; return the exit code of the process."""
    try:
        keep_ledger(ledger)
        if session_files(settings, observer).journal.exists():
            resume_session(settings, observer, display="virtual", unattended=True)
        else:
            run_session(settings, observer, display="virtual", unattended=True)
    except BaseException:
        traceback.print_exc()
        return FAILED
    return DONE


def keep_ledger(path: Path) -> None:
    """Let the display note each first flip of an image, and nothing else know of it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    names: dict[Picture, str] = {}
    flip = VirtualDisplay.flip
    before: set[Picture] = set()

    def named(path: Path, stimulus: Stimulus, placement: Placement) -> Picture:
        picture = photograph(path, stimulus, placement)
        names[picture] = stimulus.id
        return picture

    def noting_flip(display: VirtualDisplay) -> float:
        nonlocal before
        time_s = flip(display)
        shown = {picture for picture in display._shown if picture in names}
        for picture in shown - before:
            os.write(descriptor, f"{names[picture]}\n".encode())
        before = shown
        return time_s

    trial.photograph = named
    VirtualDisplay.flip = noting_flip  # type: ignore[method-assign]


def count_session(tally: Tally, settings: ExperimentSettings, observer: str, ledger: Path) -> None:
    """Compare the plan, the ledger and the recordings of a session that has ended."""
    plan = schedule(
        settings, observer, relative_to=session_files(settings, observer).recording.parent
    )
    paths = recordings_of(settings, observer)
    parts = [read_recording(path) for path in paths]
    recorded = [one for part in parts for one in part.trials]
    marked = Counter(one.stimulus for one in recorded if "maybe_seen" in one.variables)
    shown = Counter(ledger.read_text().split())
    planned = Counter(one.stimulus.id for one in plan)
    surplus = shown - planned
    tally.sessions += 1
    tally.parts += len(parts)
    tally.trials += len(plan)
    tally.interrupted += sum(one.status == "interrupted" for one in recorded)
    tally.marked += marked.total()
    tally.marked_and_seen += (surplus & marked).total()
    tally.repeated += (surplus - marked).total()
    tally.never_shown += (planned - shown).total()
    in_order = [one.index for one in recorded] == list(range(len(plan)))
    as_planned = [one.stimulus for one in recorded] == [one.stimulus.id for one in plan]
    tally.misrecorded += not (in_order and as_planned and _marked_by_kills(parts))
    tally.recordings += paths


def _marked_by_kills(parts: list[Recording]) -> bool:
    """Whether at most the last trial of each part is marked as interrupted."""
    return all(
        one.status == "complete" or one is part.trials[-1] for part in parts for one in part.trials
    )


def recordings_of(settings: ExperimentSettings, observer: str) -> list[Path]:
    """The recordings of a session's parts; a part that was killed at once has none."""
    found = []
    part = 1
    while (files := session_files(settings, observer, "", part)).journal.exists():
        found += [files.recording] if files.recording.exists() else []
        part += 1
    return found


def fixated(recordings: Iterable[Path]) -> int:
    """How many observers a fixation set of all recordings has."""
    return len(fixations_from_recordings(list(recordings)).observers)


if __name__ == "__main__":
    main()
