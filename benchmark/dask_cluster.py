"""Stimuli scored by the workers of a Dask cluster, on as many machines as it has.

Every worker gets the evaluation once, those that join later too. When one dies, its unfinished
stimuli go to the others. Dask sends pickles and, without TLS, in the clear: a cluster is a place
where everybody trusts everybody.
"""

from __future__ import annotations

import ctypes
import logging
import pickle
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)
from threadpoolctl import threadpool_limits

from foveola.data_schema import FoveolaError, foveola_version

from .evaluation import Evaluation
from .partial_scores import StimulusScores
from .workers import portable, stimulus_scores

#: A cluster on this machine, for as long as the run takes.
LOCAL = "local"
#: Tasks a worker has waiting, so that it is never idle and memory stays flat.
WAITING_EACH = 3
CONNECT_TIMEOUT_S = 20
#: A task takes several milliseconds of the scheduler's and the client's time, however small it
#: is: one holds so many stimuli that it takes so long, but never more than so many.
TASK_S, MOST_AT_ONCE = 0.5, 16

#: Names of glibc's mallopt(3), and the values that its own defaults grow to or near.
M_TRIM_THRESHOLD, KEPT_BYTES = -1, 2**28
M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES = -3, 2**25


class EvaluationPlugin(WorkerPlugin):
    """Gives every worker of a cluster the evaluation, once.

    Parameters
    ----------
    name : str
        Under which tasks find it.
    payload : bytes
        The pickled evaluation.
    """

    def __init__(self, name: str, payload: bytes) -> None:
        self.name = name
        self._payload = payload
        self._version = foveola_version()

    def setup(self, worker: Worker) -> None:
        """Unpickle the evaluation on the worker; FoveolaError where it has another version."""
        if foveola_version() != self._version:
            raise FoveolaError(
                f"The worker {worker.address} has Foveola {foveola_version()}, this machine "
                f"{self._version}.",
                remedy="Install the same version everywhere.",
            )
        _keep_freed_memory()
        self._evaluation: Evaluation = pickle.loads(self._payload)  # noqa: S301 from our client
        # One stimulus at a time: what an evaluation keeps is not made for threads, nor is the
        # limit on those of BLAS, without which sums differ in the last bit.
        self._lock = threading.Lock()

    def scores(self, index: int) -> StimulusScores:
        """Score the stimulus of that index."""
        with self._lock, threadpool_limits(1, user_api="blas"):
            return stimulus_scores(self._evaluation, index)


def on_cluster(
    evaluation: Evaluation, indices: Sequence[int], address: str, workers: int
) -> Iterator[StimulusScores]:
    """Score stimuli on a Dask cluster, in the order in which they are ready.

    Parameters
    ----------
    evaluation : Evaluation
        Its models can be pickled, and find their files on every worker.
    indices : sequence of int
        Of the stimuli.
    address : str
        Of the scheduler, ``tcp://host:8786``; or ``local``.
    workers : int
        Processes of a local cluster, and at most so many workers are waited for at the beginning.

    Raises
    ------
    FoveolaError
        If there is no scheduler or no worker, or a stimulus kills every worker it is given to.
    """
    payload = portable(evaluation)
    with _connected(address, workers) as client:
        plugin = EvaluationPlugin(f"foveola-{uuid.uuid4()}", payload)
        client.register_plugin(plugin)
        try:
            yield from _scored(client, plugin.name, indices)
        except KilledWorker as error:
            raise FoveolaError(
                f"Workers of the cluster died again and again over one stimulus ({error}).",
                remedy="They may need more memory: see the workers' logs, and use --resume.",
            ) from error
        finally:
            client.unregister_worker_plugin(plugin.name)


def _scored(client: Client, plugin: str, indices: Sequence[int]) -> Iterator[StimulusScores]:
    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    left = deque(indices)
    # The results come with the news that they are ready: asking for each takes another turn.
    ready = as_completed(with_results=True)
    share = 1

    def submit() -> None:
        # Towards the end so few that all workers end together.
        count = min(share, max(1, len(left) // (2 * workers)), len(left))
        if count:
            some = [left.popleft() for _ in range(count)]
            ready.add(client.submit(_of_worker, plugin, some, pure=False))

    for _ in range(WAITING_EACH * workers):
        submit()
    for _future, (scores, taken_s) in ready:
        share = max(1, min(MOST_AT_ONCE, int(TASK_S * len(scores) / max(taken_s, 1e-9))))
        submit()
        yield from scores


def _of_worker(plugin: str, indices: Sequence[int]) -> tuple[list[StimulusScores], float]:
    """Run by a worker of the cluster: scores of some stimuli, and how long they took, in s."""
    found = get_worker().plugins[plugin]
    if not isinstance(found, EvaluationPlugin):
        raise TypeError(f"{plugin} is no evaluation")
    begin = time.perf_counter()
    return [found.scores(index) for index in indices], time.perf_counter() - begin


def _keep_freed_memory() -> None:
    """Let this process use the memory of freed maps again.

    Dask starts workers with MALLOC_TRIM_THRESHOLD_, by which glibc hands every freed map back to
    the system at once, to page it in anew for the next one: that takes more time than scoring.
    Where there is no glibc, there is nothing to mend.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)


@contextmanager
def _connected(address: str, workers: int) -> Iterator[Client]:
    with ExitStack() as stack:
        try:
            if address == LOCAL:
                address = stack.enter_context(
                    LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        dashboard_address=":0",
                        silence_logs=logging.ERROR,
                    )
                ).scheduler_address
            client = stack.enter_context(Client(address, timeout=CONNECT_TIMEOUT_S))
        except (OSError, ValueError, TimeoutError) as error:
            raise FoveolaError(
                f"There is no Dask scheduler at {address!r} ({error}).",
                remedy="Start one: dask scheduler, and on each machine: dask worker ADDRESS.",
            ) from error
        try:
            client.wait_for_workers(1, timeout=CONNECT_TIMEOUT_S)
        except TimeoutError as error:
            raise FoveolaError(
                f"The Dask scheduler at {address!r} has no worker.",
                remedy=f"Start one on each machine: dask worker {address}.",
            ) from error
        yield client
