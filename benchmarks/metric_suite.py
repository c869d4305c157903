"""The seven metrics from PNG maps on OSIE, beside pysaliency in one run, on one core.

    python benchmarks/metric_suite.py [OSIE] [--images 120]

Prints CPU time an image of both, peak memory of ours for 70 and for 700 images, and for each
metric its ratio to the floor: one pass over the map.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median
from types import ModuleType

import numpy as np
from PIL import Image
from scipy import ndimage

from foveola.benchmark import metrics, score
from foveola.benchmark.ground_truth import GroundTruths
from foveola.benchmark.submitted_maps import SubmittedMaps
from foveola.data_schema import fixation_set, pixel_of
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.osie import import_osie

OSIE = Path(__file__).resolve().parents[2] / "shared" / "data" / "osie"
SIGMA_PX = 24
EPSILON = 2.2204e-16


def first_images(whole, count, *, with_files=False):
    """The first images of the set, as a set of its own."""
    chosen = [i for i, one in enumerate(whole.stimuli) if one.path or not with_files][:count]
    table = whole.table[np.isin(whole.table["stimulus"], chosen)]
    table["stimulus"] = np.searchsorted(chosen, table["stimulus"])
    stimuli = tuple(whole.stimuli[i] for i in chosen)
    return fixation_set(whole.info, stimuli, whole.observers, table, whole.provenance, whole.folder)


def write_maps(folder, fixations):
    """Smooth 8-bit maps; forty different ones."""
    for index, stimulus in enumerate(fixations.stimuli):
        path = Path(folder, stimulus.id).with_suffix(".png")
        if index >= 40:
            first = Path(folder, fixations.stimuli[index % 40].id).with_suffix(".png")
            path.write_bytes(first.read_bytes())
            continue
        rng = np.random.default_rng(index)
        values = ndimage.zoom(ndimage.gaussian_filter(rng.random((60, 80)), 3), 10, order=1)
        values = (values - values.min()) / np.ptp(values)
        Image.fromarray(np.round(255 * values**2).astype(np.uint8)).save(path)


def ours(fixations, folder, bias):
    return score(
        fixations, [SubmittedMaps(Path(folder), fixations.stimuli)], sigma_px=SIGMA_PX,
        centre_bias=bias,
    )  # fmt: skip


def theirs(fixations, folder):
    """The same by pysaliency's own classes; information gain over uniform, which is cheaper."""
    sys.modules.setdefault("torch", ModuleType("torch"))  # imported, not depended on, not used
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pysaliency
    names = [str(fixations.stimulus_path(index)) for index in range(len(fixations.stimuli))]
    stimuli = pysaliency.FileStimuli(names)
    rows, columns = pixel_of(fixations.table)
    points = pysaliency.Fixations.create_without_history(
        columns.astype(float), rows.astype(float), fixations.table["stimulus"].astype(int)
    )
    model = pysaliency.SaliencyMapModelFromDirectory(stimuli, folder)
    empirical = pysaliency.FixationMap(stimuli, points, kernel_size=SIGMA_PX)
    density = pysaliency.models.SaliencyMapNormalizingModel(model, minimum_value=1e-20)
    regularised = {"minimum_value": 0, "log_regularization": EPSILON}

    def run():
        with np.errstate(all="ignore"):
            model.AUCs(stimuli, points)
            model.AUCs(stimuli, points, nonfixations="shuffled")
            model.NSSs(stimuli, points)
            model.CCs(stimuli, empirical)
            model.SIMs(stimuli, empirical)
            model.KLDivs(stimuli, empirical, quotient_regularization=EPSILON, **regularised)
            density.information_gains(stimuli, points)

    return run


def cpu_s(run):
    begin = time.process_time()
    run()
    return time.process_time() - begin


def side_by_side(fixations, folder, bias, *, rounds, peer):
    """CPU time an image of both, in turns: whatever else the machine does slows both.

    Counted alike on both sides: finding and decoding the maps, the ground truth made of the
    fixations, all seven metrics. Not counted: reading the set, and compiling. The peer keeps what
    it keeps by itself within a turn, and begins each turn anew.
    """
    own_ms, peer_ms = [], []
    count = len(fixations.stimuli)
    if peer:
        theirs(first_images(fixations, 2), folder)()
    for _ in range(rounds):
        own_ms += [1000 * cpu_s(lambda: ours(fixations, folder, bias)) / count for _ in range(3)]
        if peer:
            peer_ms.append(1000 * cpu_s(theirs(fixations, folder)) / count)
    print(f"ours       {min(own_ms):7.1f} ms of CPU an image (median {median(own_ms):.1f})", end="")
    print(f", {count} images")
    if peer:
        ratios = [min(peer_ms) / min(own_ms), median(peer_ms) / median(own_ms)]
        print(f"pysaliency {min(peer_ms):7.1f} ms (median {median(peer_ms):.1f}), ", end="")
        print(f"{ratios[0]:.1f} times ours (of medians {ratios[1]:.1f})")


def peak_mb(osie, count):
    """Peak memory of a process that scores so many images."""
    done = subprocess.run(
        [sys.executable, __file__, str(osie), "--memory-of", str(count)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def memory_of(osie, count):
    fixations = first_images(import_osie(osie), count)
    with tempfile.TemporaryDirectory() as folder:
        write_maps(folder, fixations)
        ours(fixations, folder, CentreBias(fixations, 0.06, 0.05))
    # Not getrusage, which counts what the process was forked from.
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    print(int(status["VmHWM"].split()[0]) / 1024)


def least_ms(run, times=30):
    run()
    return 1000 * min(cpu_s(run) for _ in range(times))


def by_metric(fixations, bias):
    """Each public function on one map, and its ratio to one pass over the map."""
    values = np.random.default_rng(1).random((600, 800))
    truths = GroundTruths(fixations, SIGMA_PX, bias)
    truth = truths.of(0)
    density = metrics.log_density_of_map(values)
    points, others = truth.fixations, truth.other_fixations
    floor = least_ms(values.sum)
    print(f"{'one pass over the map':28s} {floor:7.3f} ms")
    for name, run in {
        "AUC": lambda: metrics.auc(values, points),
        "sAUC": lambda: metrics.shuffled_auc(values, points, others, weights=truth.other_counts),
        "NSS": lambda: metrics.nss(values, points),
        "CC": lambda: metrics.cc(values, truth.empirical_map),
        "SIM": lambda: metrics.similarity(values, truth.empirical_map),
        "KLDiv": lambda: metrics.kl_divergence(values, truth.empirical_map),
        "IG": lambda: metrics.information_gain(density, points, baseline=truth.baseline),
        "density of a map": lambda: metrics.log_density_of_map(values),
        "ground truth": lambda: truths.of(0),
    }.items():
        taken = least_ms(run)
        print(f"{name:28s} {taken:7.3f} ms {taken / floor:6.1f} times the floor")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("osie", nargs="?", default=OSIE, type=Path)
    parser.add_argument("--images", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-of", type=int)
    parser.add_argument("--no-peer", action="store_true")
    chosen = parser.parse_args()
    if chosen.memory_of:
        memory_of(chosen.osie, chosen.memory_of)
        return
    fixations = first_images(import_osie(chosen.osie), chosen.images, with_files=True)
    bias = CentreBias.fit(fixations)
    with tempfile.TemporaryDirectory() as folder:
        write_maps(folder, fixations)
        ours(first_images(fixations, 2), folder, CentreBias(fixations, 0.06, 0.05))  # compiles
        side_by_side(fixations, folder, bias, rounds=chosen.rounds, peer=not chosen.no_peer)
    by_metric(fixations, bias)
    if not chosen.no_peer:
        print(f"peak memory {peak_mb(chosen.osie, 70):.0f} MB for 70 images", end=", ")
        print(f"{peak_mb(chosen.osie, 700):.0f} MB for 700")


if __name__ == "__main__":
    main()
