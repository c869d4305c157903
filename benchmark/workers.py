"""Stimuli scored one after another, or by several processes of this machine.

The scores of a stimulus depend on nothing but the evaluation, so that it does not matter which
process computes them: they are the same to the last bit.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_end

import numpy as np

from foveola.data_schema import FoveolaError, ScaledPicture

from .evaluation import Evaluation
from .ground_truth import GroundTruth
from .map_picture import gain_picture, scaled_picture
from .partial_scores import StimulusScores
from .profiles import Prediction

#: Stimuli a worker has waiting, so that it is never idle and memory stays flat.
WAITING_EACH = 2
#: Pools of workers that may die one after another without a single result.
FRUITLESS_POOLS = 3

#: Of a worker process: a process pool has no other way to give its tasks what they share.
_evaluation: Evaluation | None = None


def stimulus_scores(evaluation: Evaluation, index: int) -> StimulusScores:
    """Score all models on a stimulus, and draw the small pictures of their maps."""
    pictures: list[ScaledPicture] = []
    gains: list[ScaledPicture | None] = []

    def draw(_number: int, prediction: Prediction, truth: GroundTruth) -> None:
        pictures.append(scaled_picture(prediction.saliency_map))
        gains.append(gain_picture(prediction, truth))

    by_observer = None
    if evaluation.by_observer:
        observers = len(evaluation.fixations.observers)
        by_observer = np.full(
            (len(evaluation.models), len(evaluation.metrics), observers), math.nan
        )
    values = evaluation.of(index, draw, by_observer)
    return StimulusScores(index, values, tuple(pictures), tuple(gains), by_observer)


def in_this_process(evaluation: Evaluation, indices: Sequence[int]) -> Iterator[StimulusScores]:
    """Score stimuli one after another."""
    return (stimulus_scores(evaluation, index) for index in indices)


def in_processes(
    evaluation: Evaluation, indices: Sequence[int], workers: int
) -> Iterator[StimulusScores]:
    """Score stimuli in several processes of this machine, in the order in which they are ready.

    A worker that dies costs no result: what it had not finished is given to new ones. Scripts
    that call this need the usual ``if __name__ == "__main__":``, because workers are started
    afresh.

    Parameters
    ----------
    evaluation : Evaluation
        Its models can be pickled.
    indices : sequence of int
        Of the stimuli.
    workers : int
        How many processes.

    Raises
    ------
    FoveolaError
        If a model can't be sent to another process, or workers die again and again.
    """
    payload = portable(evaluation)
    left = dict.fromkeys(indices)
    fruitless = 0
    while left:
        fruitless += 1
        try:
            for scores in _in_pool(payload, list(left), workers):
                del left[scores.index]
                fruitless = 0
                yield scores
        except BrokenProcessPool as error:
            if fruitless >= FRUITLESS_POOLS:
                raise FoveolaError(
                    f"Worker processes died {FRUITLESS_POOLS} times without a result, "
                    f"{len(left)} stimuli are left.",
                    remedy="They may need more memory: use fewer --workers.",
                ) from error


def portable(evaluation: Evaluation) -> bytes:
    """Pickle an evaluation; FoveolaError names the model that can't be."""
    for model in evaluation.models:
        try:
            pickle.dumps(model)
        except Exception as error:  # whatever a model's own code raises
            raise FoveolaError(
                f"The model {model.name!r} can't be sent to another process ({error}).",
                remedy="Score it with --workers 1.",
            ) from error
    return pickle.dumps(evaluation)


def _in_pool(payload: bytes, indices: Sequence[int], workers: int) -> Iterator[StimulusScores]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (payload,))
    try:
        waiting: set[Future[StimulusScores]] = set()
        rest = iter(indices)
        while True:
            while len(waiting) < WAITING_EACH * workers:
                index = next(rest, None)
                if index is None:
                    break
                waiting.add(pool.submit(_of_worker, index))
            if not waiting:
                return
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker(payload: bytes) -> None:
    global _evaluation
    # Ctrl-C is the parent's to deal with.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _evaluation = pickle.loads(payload)  # noqa: S301 what the parent process has pickled


def _end_with_parent() -> None:
    """End this process when the one that started it is gone; the pool would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_end([parent.sentinel])
    os._exit(1)


def _of_worker(index: int) -> StimulusScores:
    if _evaluation is None:
        raise RuntimeError("this worker has not begun")
    return stimulus_scores(_evaluation, index)
