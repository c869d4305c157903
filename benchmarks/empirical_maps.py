"""Empirical maps against scipy's filter and pysaliency's: equality and CPU time, in one run.

python benchmarks/empirical_maps.py [--osie DIR] [--images 60] [--pysaliency PYTHON]

PYTHON is the interpreter of an environment that holds pysaliency (0.2.22 was used, with numpy
< 2.4, setuptools < 80 and torch, which it imports without declaring); without it, this one is
tried. All make the same maps on one thread; pysaliency as a child process that times its map code
alone. Reading and imports are never counted. Then the gold standard of the whole set is timed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # read when numpy is imported

import numpy as np  # noqa: E402
from scipy import ndimage  # noqa: E402

OSIE = Path(__file__).resolve().parents[2] / "shared" / "data" / "osie"
SIGMA_PX = 24.0
ROUNDS = 5

#: What the child does with pysaliency; its images are noise, which its maps do not depend on.
CHILD = """
import importlib.metadata, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
import pysaliency

given = np.load(sys.argv[1])
images, height, width = (int(given[name]) for name in ("images", "height", "width"))
random = np.random.default_rng(0)
stimuli = pysaliency.Stimuli(
    [random.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(images)]
)
places = [[[x, y] for x, y in zip(given["x"][given["n"] == n], given["y"][given["n"] == n])]
          for n in range(images)]
xs = [[x for x, _ in one] for one in places]
ys = [[y for _, y in one] for one in places]
ts = [list(range(len(one))) for one in places]
fixations = pysaliency.FixationTrains.from_fixation_trains(
    xs, ys, ts, np.arange(images), np.zeros(images, int)
)
model = pysaliency.FixationMap(
    stimuli, fixations, kernel_size=float(given["sigma"]), caching=False
)
shown = [stimuli[n] for n in range(images)]
first = model.saliency_map(shown[0])
best = np.inf
for _ in range(int(given["rounds"])):
    start = time.process_time()
    for one in shown:
        model.saliency_map(one)
    best = min(best, time.process_time() - start)
np.savez(sys.argv[2], cpu_s=best, first=first, version=importlib.metadata.version("pysaliency"))
"""


def cpu_s(work: Callable[[], Iterator[np.ndarray]]) -> float:
    """Least CPU time of some rounds; no map is kept."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _made in work():
            pass
        times.append(time.process_time() - start)
    return min(times)


def pysaliency_maps(
    python: str, x_px: np.ndarray, y_px: np.ndarray, index: np.ndarray, shape: tuple[int, int]
) -> tuple[float, np.ndarray, str] | None:
    """CPU seconds and first map of pysaliency, or None where it is not there."""
    with tempfile.TemporaryDirectory() as name:
        given, found = Path(name) / "given.npz", Path(name) / "found.npz"
        np.savez(
            given,
            x=x_px,
            y=y_px,
            n=index,
            images=index.max() + 1,
            height=shape[0],
            width=shape[1],
            sigma=SIGMA_PX,
            rounds=ROUNDS,
        )
        done = subprocess.run(
            [python, "-c", CHILD, str(given), str(found)], capture_output=True, text=True
        )
        if done.returncode:
            print(f"pysaliency is left out: {done.stderr.strip().splitlines()[-1]}")
            return None
        with np.load(found) as result:
            return float(result["cpu_s"]), result["first"], str(result["version"])


def main() -> None:
    from foveola.data_schema import pixel_of
    from foveola.fixation_maps import CentreBias, GoldStandard, blurred_counts, fixation_counts
    from foveola.fixation_maps.osie import import_osie

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osie", type=Path, default=OSIE)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--pysaliency", default=sys.executable)
    options = parser.parse_args()
    fixations = import_osie(options.osie)
    shape, images = fixations.stimuli[0].shape, range(options.images)
    pixels = [pixel_of(fixations.of(index)) for index in images]

    def ours() -> Iterator[np.ndarray]:
        return (blurred_counts(*one, shape, SIGMA_PX) for one in pixels)

    def scipys() -> Iterator[np.ndarray]:
        return (ndimage.gaussian_filter(fixation_counts(*one, shape), SIGMA_PX) for one in pixels)

    difference = max(
        np.abs(one - other).max() / other.max() for one, other in zip(ours(), scipys(), strict=True)
    )
    print(f"OSIE, {options.images} images of 800x600, sigma {SIGMA_PX:g} px, one thread")
    print(f"largest difference from scipy, relative to the peak: {difference:.1e}")
    own = cpu_s(ours)
    rows = [("foveola", own), ("scipy gaussian_filter", cpu_s(scipys))]
    table = fixations.table[fixations.table["stimulus"] < options.images]
    peer = pysaliency_maps(
        options.pysaliency, table["x_px"], table["y_px"], table["stimulus"], shape
    )
    if peer:
        rows.append((f"pysaliency {peer[2]}", peer[0]))
        first = next(ours())
        difference = np.abs(first - peer[1]).max() / first.max()
        print(f"difference of the first map from pysaliency's: {difference:.1e}")
    for name, seconds in rows:
        milliseconds = 1000 * seconds / options.images
        print(f"{name:24} {milliseconds:7.2f} ms CPU a map  {seconds / own:6.1f} x")
    start = time.process_time()
    gold = GoldStandard.fit(fixations, CentreBias.fit(fixations))
    everything = [gold.log_likelihoods(index) for index in range(len(fixations.stimuli))]
    seconds = time.process_time() - start
    bits = (np.concatenate(everything) + np.log(shape[0] * shape[1])) / np.log(2)
    print(
        f"centre bias and gold standard of {len(everything)} images, fitted and held out: "
        f"{seconds:.1f} s CPU, {bits.mean():.4f} bits a fixation"
    )


if __name__ == "__main__":
    main()
