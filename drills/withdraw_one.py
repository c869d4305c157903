"""One of fifty observers withdraws.

Fifty simulated sessions go through everything that Foveola writes: recordings, journals, truths, a
device's records, data quality, reports, a fixation set, maps of four kinds, scores, and exports in
six formats. Then `foveola withdraw` removes one. No byte and no name of a file may hold the id any
more, and the set and every map must be bit for bit those of the forty-nine who were never with it.
Nothing of the others may change. In a second copy the same is killed at random moments, again and
again, and then gone on with.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from claims import Claims, arguments_of
from PIL import Image

from foveola.command_line.withdrawal import withdraw
from foveola.command_line.withdrawal_plan import plan_withdrawal
from foveola.data_schema import open_fixation_maps, read_fixation_set
from foveola.experiments import load_settings, run_session

EXPERIMENT = """\
name = "many"
stimuli = "images"
duration_s = 1.0
fixation_cross_s = 0.2
instructions = "Look."
data_folder = "data"

[screen]
width_px = 320
height_px = 240
width_cm = 20.0
height_cm = 15.0
distance_cm = 60.0

[calibration]
layout = "HV5"
shrink_s = 0.3
settle_s = 0.3
collect_s = 0.3

[tracker.simulated]
sampling_rate_hz = 500
"""
MAPS = {
    "maps.h5": (),
    "fitted.h5": ("--sigma", "fitted"),
    "adaptive.h5": ("--kernel", "adaptive"),
    "early.h5": ("--window", "0:0.5"),
    "mit.h5": ("--kernel", "mit"),
}


def foveola(*words: str | Path, folder: Path) -> None:
    command = [sys.executable, "-m", "foveola.command_line", *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stdout[-500:]} {done.stderr[-2000:]}")


def make_sessions(folder: Path, ids: list[str]) -> None:
    (folder / "images").mkdir()
    random = np.random.default_rng(0)
    for i in range(4):
        picture = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(picture).resize((240, 180)).save(folder / "images" / f"{i}.png")
    (folder / "many.toml").write_text(EXPERIMENT)
    settings = load_settings(folder / "many.toml")
    for one in ids:
        run_session(settings, one, display="virtual")
        (folder / "data" / f"many_{one}.edf").write_bytes(b"as a device keeps it: " + one.encode())


def make_maps(folder: Path) -> None:
    """Fixations of all recordings, and maps of many kinds."""
    foveola("fixations", "data", "-o", "set.h5", folder=folder)
    for name, options in MAPS.items():
        foveola("maps", "set.h5", "-o", name, *options, folder=folder)


def make_the_rest(folder: Path, one: str) -> None:
    recording = Path("data") / f"many_{one}.h5"
    foveola("quality", recording, "-o", "quality", folder=folder)
    foveola("report", recording, "-o", "session_report", folder=folder)
    foveola("report", "set.h5", "-o", "set_report", folder=folder)
    foveola("maps", "set.h5", "-o", "others.h5", "--split", "others", folder=folder)
    foveola("score", "set.h5", "uniform", "-o", "scores.csv", folder=folder)
    for kind in ("png", "npy", "mat"):
        foveola("export", kind, "maps.h5", "-o", f"export_{kind}", folder=folder)
    for kind in ("salicon", "mit1003", "pysaliency"):
        foveola("export", kind, "set.h5", "-o", f"export_{kind}", folder=folder)
    files = sorted((folder / "data").glob("many_*.h5"))
    recordings = [path for path in files if not path.name.endswith(".truth.h5")]
    foveola("export", "bids", *recordings[:4], "-o", "bids", folder=folder)


def traces(folder: Path, one: str) -> list[str]:
    """Files that hold the id, or its letters and digits, in their bytes or their name."""
    words = re.compile("|".join(map(re.escape, (one, one.replace("-", "")))).encode())
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if words.search(name.encode()) or (path.is_file() and words.search(path.read_bytes())):
            found.append(name)
    return found


def same_maps(one: Path, other: Path) -> bool:
    with open_fixation_maps(one) as left, open_fixation_maps(other) as right:
        return left.info == right.info or (repr(left.info) == repr(right.info) and all(
            left.density(i).tobytes() == right.density(i).tobytes()
            for i in range(max(len(left.maps), len(right.maps)))
        ))  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def check(folder: Path, never: Path, one: str, claims: Claims, before: dict[str, bytes]) -> None:
    left = traces(folder, one)
    claims.check(not left, f"files with a trace of the id: {len(left)} {' '.join(left[:5])}")
    ours, theirs = read_fixation_set(folder / "set.h5"), read_fixation_set(never / "set.h5")
    same_set = ours.table.tobytes() == theirs.table.tobytes() and (
        ours.observers == theirs.observers and ours.stimuli == theirs.stimuli
    )
    same = sum(same_maps(folder / name, never / name) for name in MAPS)
    claims.check(
        same_set and same == len(MAPS),
        f"against never recorded: set {'' if same_set else 'not '}identical, "
        f"{same} of {len(MAPS)} files of maps bit-identical",
    )
    after = contents(folder)
    kept = [name for name in before if name.startswith("data/") and one not in name]
    changed = [name for name in kept if after.get(name) != before[name]]
    claims.check(not changed, f"{len(kept)} files of the others, {len(changed)} of them changed")


def child_withdraws(folder: str, one: str, steps: str) -> None:
    """Withdraw as the command does, and die before one of the next steps."""
    left = int(steps)

    def count(_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    place = Path(folder).resolve()
    withdraw(one, [place], plan_withdrawal(one, [place]), count)


def interrupted(folder: Path, one: str, kills: int) -> int:
    """Withdraw, killed after a few steps again and again; return how often it was killed."""
    random, killed = np.random.default_rng(4), 0
    for _ in range(kills):
        words = ["--child", str(folder), one, str(random.integers(0, 5))]
        process = subprocess.run([sys.executable, __file__, *words], check=False)
        if process.returncode == 0:
            return killed
        killed += process.returncode == -signal.SIGKILL
    foveola("withdraw", one, folder, "--yes", folder=folder.parent)
    return killed


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--child", nargs=3, help="a victim; for the drill itself")
    arguments = parser.parse_args()
    if arguments.child:
        child_withdraws(*arguments.child)
        return
    ids = [f"Z{i:02d}Q-K{97 - i}" for i in range(5 if arguments.quick else 50)]
    one, claims = ids[2], Claims()
    with tempfile.TemporaryDirectory() as name:
        folder, never, killed = (Path(name) / word for word in ("all", "never", "killed"))
        folder.mkdir()
        make_sessions(folder, ids)
        never.mkdir()
        for place in ("images", "data"):
            shutil.copytree(
                folder / place, never / place, ignore=shutil.ignore_patterns(f"*{one}*")
            )
        make_maps(never)
        make_maps(folder)
        make_the_rest(folder, one)
        had = traces(folder, one)
        before = contents(folder)
        shutil.copytree(folder, killed)
        foveola("withdraw", one, folder, "--yes", folder=Path(name))
        claims.check(len(had) > 15, f"before: {len(had)} of {len(before)} files name the observer")
        check(folder, never, one, claims, before)
        stale = (folder / "scores.h5.stale.txt").exists()
        claims.check(stale, f"scores {'' if stale else 'not '}marked stale")
        times = interrupted(killed, one, 4 if arguments.quick else 20)
        claims.check(times, f"killed {times} times while withdrawing, then gone on with:")
        check(killed, never, one, claims, before)
    claims.end()


if __name__ == "__main__":
    main()
