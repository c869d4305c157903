"""What it costs to read maps in the jail: CPU time with and without, in one run.

``python benchmarks/jailed_reading.py`` writes maps of 800 x 600 pixels into files of fixation
maps, HDF5 as pysaliency writes it, and MAT, reads each set in this process by the library and
through the jail, and prints the CPU time a map of both (the worker's included, its start not).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from scipy import io as scipy_io
from scipy.ndimage import gaussian_filter

from foveola import data_schema as ds
from foveola.benchmark.jail import shared_jail
from foveola.benchmark.map_file import Expected, read_map
from foveola.benchmark.map_hdf5 import Hdf5OfMaps

SHAPE = (600, 800)
MAPS, ROUNDS = 40, 5


def worker_cpu_s() -> float:
    fields = Path(f"/proc/{shared_jail()._process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_ms(read: Callable[[int], object], jailed: bool) -> float:
    """CPU time a map, of this process and of the worker."""
    for index in range(MAPS):
        read(index)
    before = time.process_time() + (worker_cpu_s() if jailed else 0)
    for _ in range(ROUNDS):
        for index in range(MAPS):
            read(index)
    after = time.process_time() + (worker_cpu_s() if jailed else 0)
    return 1000 * (after - before) / (MAPS * ROUNDS)


def made_maps(folder: Path) -> None:
    random = np.random.default_rng(0)
    with (
        ds.new_fixation_maps(
            folder / "own.h5", ds.MapInfo(sigma_px=24.0), ds.provenance()
        ) as writer,
        h5py.File(folder / "pysaliency.h5", "w") as file,
    ):
        for index in range(MAPS):
            density = gaussian_filter((random.random(SHAPE) > 0.9998).astype(float), 24)
            density /= density.sum()
            writer.append(ds.Stimulus(id=f"{index}", width_px=800, height_px=600), density, 9, 9)
            file.create_dataset(f"{index}", data=density, compression=9)
            scipy_io.savemat(folder / f"{index}.mat", {"map": density}, do_compression=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made_maps(folder)
        own, theirs = h5py.File(folder / "own.h5"), h5py.File(folder / "pysaliency.h5")
        jailed_own, jailed_theirs = (
            Hdf5OfMaps(folder / "own.h5"),
            Hdf5OfMaps(folder / "pysaliency.h5"),
        )
        expected = Expected(folder, SHAPE)
        rows = {
            "fixation maps (HDF5, LZF)": (
                lambda i: expected.finished(own["density"][f"{i}"][()]),
                lambda i: jailed_own.read(f"{i}", expected),
            ),
            "pysaliency's HDF5 (gzip 9)": (
                lambda i: expected.finished(theirs[f"{i}"][()]),
                lambda i: jailed_theirs.read(f"{i}", expected),
            ),
            "MAT, compressed": (
                lambda i: expected.finished(scipy_io.loadmat(folder / f"{i}.mat")["map"]),
                lambda i: read_map(folder / f"{i}.mat", SHAPE),
            ),
        }
        print(f"{'800 x 600, ms CPU a map':<28}  library    jail  ratio")
        for what, (directly, jailed) in rows.items():
            # Each file after the other, so that the worker keeps the one it has open.
            a, b = cpu_ms(directly, jailed=False), cpu_ms(jailed, jailed=True)
            print(f"{what:<28}  {a:7.2f} {b:7.2f}  {b / a:5.2f}", flush=True)
        own.close()
        theirs.close()


if __name__ == "__main__":
    main()
