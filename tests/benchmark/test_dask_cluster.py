"""Scoring by a Dask cluster, also when its workers die."""

import logging
import os
import signal
import subprocess
import sys
import types

import pytest
from made_fixations import made_set

from foveola.benchmark import score_models
from foveola.data_schema import FoveolaError, MissingExtraError, write_fixation_set

distributed = pytest.importorskip("distributed")

NAMES = ["gold-standard", "centre-bias", "uniform"]


@pytest.fixture
def fix(tmp_path):
    write_fixation_set(tmp_path / "fix.h5", made_set(sizes=[(30 + i % 3, 40) for i in range(40)]))
    return tmp_path / "fix.h5"


def new_cluster():
    return distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
        host="127.0.0.1",
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills a process as Linux does")
@pytest.mark.filterwarnings("default")  # Dask's own, while it is torn apart
def test_a_worker_of_the_cluster_that_dies_costs_no_result(fix, tmp_path):
    score_models(fix, NAMES, tmp_path / "alone.csv")
    killed = []
    with new_cluster() as cluster:
        workers = [worker.pid for worker in cluster.workers.values()]

        def kill_once(done, total):
            if not killed and 0 < done < total:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        score_models(
            fix,
            NAMES,
            tmp_path / "cluster.csv",
            scheduler=cluster.scheduler_address,
            on_progress=kill_once,
        )
    assert killed
    assert (tmp_path / "cluster.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


@pytest.mark.filterwarnings("default")
def test_a_scheduler_that_is_not_there_is_named(fix, tmp_path, monkeypatch):
    monkeypatch.setattr("foveola.benchmark.dask_cluster.CONNECT_TIMEOUT_S", 0.2)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(FoveolaError, match=rf"no Dask scheduler at '{address}'.*dask worker"):
            score_models(fix, NAMES, tmp_path / "s.csv", scheduler=address)
    assert not list(tmp_path.glob("s.*"))


@pytest.mark.filterwarnings("default")
def test_a_scheduler_without_workers_is_told(fix, tmp_path, monkeypatch):
    monkeypatch.setattr("foveola.benchmark.dask_cluster.CONNECT_TIMEOUT_S", 2)
    with (
        distributed.LocalCluster(
            n_workers=0, dashboard_address=":0", silence_logs=logging.CRITICAL, host="127.0.0.1"
        ) as cluster,
        pytest.raises(FoveolaError, match=r"has no worker. Start one on each machine"),
    ):
        score_models(fix, NAMES, tmp_path / "s.csv", scheduler=cluster.scheduler_address)


def test_the_extra_is_named_where_dask_is_missing(fix, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "foveola.benchmark.dask_cluster", None)
    with pytest.raises(MissingExtraError, match=r"foveola\[dask\]"):
        score_models(fix, NAMES, tmp_path / "s.csv", scheduler="local")


def test_a_worker_with_another_version_is_named(monkeypatch):
    from foveola.benchmark import dask_cluster

    plugin = dask_cluster.EvaluationPlugin("name", b"")
    monkeypatch.setattr(dask_cluster, "foveola_version", lambda: "0.0.1")
    with pytest.raises(FoveolaError, match=r"worker tcp://w:1 has Foveola 0.0.1, this machine"):
        plugin.setup(types.SimpleNamespace(address="tcp://w:1"))


#: Counts the pages that a process must ask for again when it makes and drops maps.
PAGES = """
import resource, sys
import numpy as np
from foveola.benchmark import dask_cluster
if sys.argv[1] == "keep":
    dask_cluster._keep_freed_memory()
for _ in range(3):
    np.ones((600, 800))
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones((600, 800))
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone does so")
def test_workers_use_the_memory_of_freed_maps_again():
    """Dask's setting has every map paged in anew, which takes longer than to score it."""
    pages = {}
    for what in ("keep", "leave"):
        done = subprocess.run(
            [sys.executable, "-c", PAGES, what],
            env={**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        pages[what] = int(done.stdout)
    of_maps = 20 * 600 * 800 * 8 // os.sysconf("SC_PAGE_SIZE")
    assert pages["keep"] < of_maps / 20 < pages["leave"]
