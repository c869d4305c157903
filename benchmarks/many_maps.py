"""Memory of `foveola maps` on a large made set, killed once on its way and gone on with.

python benchmarks/many_maps.py [--stimuli 10000] [--observers 60] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from foveola import data_schema as ds

WIDTH_PX, HEIGHT_PX = 640, 480
FIXATIONS = 10


def made_set(stimuli: int, observers: int) -> ds.FixationSet:
    """Fixations around three places of each image."""
    random = np.random.default_rng(0)
    table = np.zeros(stimuli * observers * FIXATIONS, ds.STIMULUS_FIXATION_DTYPE)
    table["stimulus"] = np.repeat(np.arange(stimuli), observers * FIXATIONS)
    table["observer"] = np.tile(np.repeat(np.arange(observers), FIXATIONS), stimuli)
    table["order"] = np.tile(np.arange(FIXATIONS), stimuli * observers)
    table["onset_s"] = table["order"] * 0.3
    table["duration_s"] = 0.25
    places = random.uniform(0.2, 0.8, (stimuli, 3, 2))
    chosen = places[table["stimulus"], random.integers(0, 3, len(table))]
    spread = random.normal(chosen, 0.05).clip(0, 0.999)
    table["x_px"], table["y_px"] = spread[:, 0] * WIDTH_PX, spread[:, 1] * HEIGHT_PX
    return ds.fixation_set(
        ds.SetInfo(name="made", px_per_deg=24),
        tuple(
            ds.Stimulus(id=f"{i:05d}.png", width_px=WIDTH_PX, height_px=HEIGHT_PX)
            for i in range(stimuli)
        ),
        tuple(f"{i:02d}" for i in range(observers)),
        table,
        ds.provenance(seed=0),
    )


def run(command: list[str], stop: Path | None = None) -> tuple[float, float, int]:
    """Run a command; return its peak memory in MB, CPU seconds and exit code.

    Where a file to stop at is given, the command is killed as soon as that exists.
    """
    process = subprocess.Popen(command)
    while stop and not stop.exists() and process.poll() is None:
        time.sleep(0.05)
    if stop:
        process.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    cpu_s = usage.ru_utime + usage.ru_stime
    return usage.ru_maxrss / 1024, cpu_s, os.waitstatus_to_exitcode(status)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stimuli", type=int, default=10_000)
    parser.add_argument("--observers", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="for the files, about 15 GB; they are removed")
    parser.add_argument("--make", type=Path, help="write the made set there, and stop")
    options = parser.parse_args()
    if options.make:
        ds.write_fixation_set(options.make, made_set(options.stimuli, options.observers))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        fixations, maps = folder / "fixations.h5", folder / "maps.h5"
        # By another process: a child's peak memory counts from that of its parent.
        sizes = ["--stimuli", str(options.stimuli), "--observers", str(options.observers)]
        subprocess.run([sys.executable, __file__, *sizes, "--make", str(fixations)], check=True)
        count = options.stimuli * options.observers * FIXATIONS
        print(f"{count:,} fixations, {fixations.stat().st_size / 2**20:.0f} MB", flush=True)
        command = [sys.executable, "-m", "foveola.command_line"]
        command += ["maps", str(fixations), "-o", str(maps), "--sigma", "1deg"]
        half = folder / "maps.h5.parts" / f"{options.stimuli // 128:06d}.h5"
        killed = run(command, stop=half)
        assert not maps.exists()
        kept = 64 * len(list(half.parent.glob("*.h5")))
        resumed = run(command)
        for what, (peak_mb, cpu_s, code) in (("killed", killed), ("gone on", resumed)):
            print(f"{what:>8}: peak {peak_mb:.0f} MB, {cpu_s:.0f} s CPU, exit code {code}")
        print(f"maps kept over the kill: {kept:,}; file: {maps.stat().st_size / 2**30:.1f} GB")
        with ds.open_fixation_maps(maps) as opened:
            assert len(opened.maps) == options.stimuli
            sums = [opened.density(i).sum() for i in range(0, options.stimuli, 97)]
            print(f"every 97th map sums to {min(sums):.6f} ... {max(sums):.6f}")
        assert not half.parent.exists()


if __name__ == "__main__":
    main()
