"""How much faster two Dask workers score than one: wall time, in turns, after their start.

    python benchmarks/dask_scaling.py [OSIE] [--images 700] [--maps 2] [--rounds 3]

Both clusters are up before the clock starts, and have scored a few images. Each round scores all
images with one worker and then with two. Beside the wall times it prints the CPU time of workers,
scheduler and client, and for how long a worker had work to do but no core to do it on (Linux
counts it): wall time less that is what remains on a machine that nobody else uses. At the end it
tells how much faster the machine itself is with two processes that share nothing.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from distributed import LocalCluster
from metric_suite import OSIE, SIGMA_PX, first_images, write_maps

from foveola.benchmark.dask_cluster import on_cluster
from foveola.benchmark.evaluation import new_evaluation
from foveola.benchmark.submitted_maps import SubmittedMaps
from foveola.benchmark.workers import stimulus_scores
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.osie import import_osie


def cluster_of(workers):
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=":0",
        silence_logs=logging.ERROR,
    )  # fmt: skip


def cpu_s_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waits_s_of(pid):
    """How long each thread of a process has been ready to run while others had the cores."""
    return {
        thread.name: int(Path(thread, "schedstat").read_text().split()[1]) / 1e9
        for thread in Path(f"/proc/{pid}/task").iterdir()
    }


def longest_wait_s(before, after):
    """Wait of the thread of a worker that waited most: the one that scores."""
    return max(wait - before.get(thread, 0) for thread, wait in after.items())


@dataclass(frozen=True)
class Turn:
    """What scoring all images took."""

    wall_s: float
    waited_s: float  # by the worker that waited least for a core
    workers_cpu_s: float
    here_cpu_s: float  # of this process, which schedules and collects
    values: np.ndarray

    def __str__(self):
        return (
            f"{self.wall_s:6.2f} s wall, {self.wall_s - self.waited_s:6.2f} s less waits for a "
            f"core, CPU {self.workers_cpu_s:6.2f} s in workers, {self.here_cpu_s:5.2f} s here"
        )


def timed(evaluation, cluster, indices):
    pids = [worker.pid for worker in cluster.workers.values()]
    wall, here = time.perf_counter(), time.process_time()
    there, waits = sum(map(cpu_s_of, pids)), [waits_s_of(pid) for pid in pids]
    scores = list(on_cluster(evaluation, indices, cluster.scheduler_address, len(pids)))
    wall, here = time.perf_counter() - wall, time.process_time() - here
    waited = [longest_wait_s(old, waits_s_of(pid)) for pid, old in zip(pids, waits, strict=True)]
    values = np.array([one.values for one in sorted(scores, key=lambda one: one.index)])
    return Turn(wall, min(waited), sum(map(cpu_s_of, pids)) - there, here, values)


def score_some(evaluation, indices, ready, begin, taken):
    for index in indices[:8]:
        stimulus_scores(evaluation, index)
    ready.release()
    begin.wait()
    start = time.perf_counter()
    for index in indices:
        stimulus_scores(evaluation, index)
    taken.put(time.perf_counter() - start)


def machine_s(evaluation, parts):
    """Wall time of processes that score their part each, and do nothing else."""
    context = multiprocessing.get_context("spawn")
    ready, begin, taken = context.Semaphore(0), context.Event(), context.Queue()
    processes = [
        context.Process(target=score_some, args=(evaluation, part, ready, begin, taken))
        for part in parts
    ]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    begin.set()
    longest = max(taken.get() for _ in processes)
    for process in processes:
        process.join()
    return longest


def evaluation_of(osie, images, models, folder):
    fixations = first_images(import_osie(osie), images)
    given = []
    for number in range(models):
        path = Path(folder, f"model-{number}")
        path.mkdir()
        write_maps(path, fixations)
        given.append(SubmittedMaps(path, fixations.stimuli))
    return new_evaluation(
        fixations, given, sigma_px=SIGMA_PX, centre_bias=CentreBias(fixations, 0.06, 0.05)
    )


def rounds_of(evaluation, indices, rounds):
    turns = {1: [], 2: []}
    with cluster_of(1) as one, cluster_of(2) as two:
        for cluster in (one, two):
            timed(evaluation, cluster, indices[:20])
        for number in range(rounds):
            for workers, cluster in ((1, one), (2, two)):
                load = os.getloadavg()[0]
                turn = timed(evaluation, cluster, indices)
                turns[workers].append(turn)
                np.testing.assert_array_equal(turn.values, turns[1][0].values)
                print(f"round {number + 1}, workers {workers}: {turn}; load {load:.1f}", flush=True)
    return turns


def print_ratios(what, ones, twos):
    ratios = [one / two for one, two in zip(ones, twos, strict=True)]
    print(f"two workers are {min(ones) / min(twos):.2f} times as fast as one by {what}", end="")
    print(f" (rounds {', '.join(f'{ratio:.2f}' for ratio in ratios)}, median {median(ratios):.2f})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("osie", nargs="?", default=OSIE, type=Path)
    parser.add_argument("--images", type=int, default=700)
    parser.add_argument("--maps", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        evaluation = evaluation_of(chosen.osie, chosen.images, chosen.maps, folder)
        indices = range(len(evaluation.fixations.stimuli))
        turns = rounds_of(evaluation, indices, chosen.rounds)
        alone = machine_s(evaluation, [indices])
        together = machine_s(evaluation, [indices[::2], indices[1::2]])
    print_ratios("wall time", *([one.wall_s for one in turns[n]] for n in (1, 2)))
    free = ([one.wall_s - one.waited_s for one in turns[n]] for n in (1, 2))
    print_ratios("wall time less waits for a core", *free)
    print(f"two bare processes are {alone / together:.2f} times as fast as one here", end="")
    print(f" ({alone:.2f} s and {together:.2f} s)")


if __name__ == "__main__":
    main()
