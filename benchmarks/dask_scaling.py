"""How much faster two Dask workers score than one: wall time, in turns, after their start.

    python benchmarks/dask_scaling.py [OSIE] [--images 700] [--maps 2] [--rounds 3]

Both clusters are up before the clock starts, and have scored a few images. Each round scores all
images with one worker and then with two. Beside the wall times it prints the CPU time of workers,
scheduler and client, which tells what a wait is from what work is where others use the machine;
and how much faster the machine itself is with two processes that share nothing.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import tempfile
import time
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


def timed(evaluation, cluster, indices):
    """Wall time, CPU time of the workers, and of this process, which schedules and collects."""
    pids = [worker.pid for worker in cluster.workers.values()]
    wall, here = time.perf_counter(), time.process_time()
    there = sum(map(cpu_s_of, pids))
    scores = list(on_cluster(evaluation, indices, cluster.scheduler_address, len(pids)))
    taken = time.perf_counter() - wall
    return taken, sum(map(cpu_s_of, pids)) - there, time.process_time() - here, scores


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
    times = {1: [], 2: []}
    figures = {}
    with cluster_of(1) as one, cluster_of(2) as two:
        for cluster in (one, two):
            timed(evaluation, cluster, indices[:20])
        for number in range(rounds):
            for workers, cluster in ((1, one), (2, two)):
                load = os.getloadavg()[0]
                wall, there, here, scores = timed(evaluation, cluster, indices)
                times[workers].append(wall)
                found = np.array([s.values for s in sorted(scores, key=lambda s: s.index)])
                assert (found == figures.setdefault("first", found)).all()
                print(f"round {number + 1}, workers {workers}: {wall:6.2f} s wall", end=", ")
                print(f"CPU {there:6.2f} s in workers, {here:5.2f} s here", end="; ")
                print(f"load before {load:.1f}", flush=True)
    return times


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
        times = rounds_of(evaluation, indices, chosen.rounds)
        alone = machine_s(evaluation, [indices])
        together = machine_s(evaluation, [indices[::2], indices[1::2]])
    ratios = [one / two for one, two in zip(times[1], times[2], strict=True)]
    print(f"two workers are {min(times[1]) / min(times[2]):.2f} times as fast as one", end="")
    print(f" (rounds {', '.join(f'{ratio:.2f}' for ratio in ratios)}, median {median(ratios):.2f})")
    print(f"two bare processes are {alone / together:.2f} times as fast as one here", end="")
    print(f" ({alone:.2f} s and {together:.2f} s)")


if __name__ == "__main__":
    main()
