"""Scoring by several processes, and what happens when they die."""

import os

import numpy as np
import pytest
from made_fixations import made_set

from foveola.benchmark import score_models
from foveola.benchmark.baselines import Uniform
from foveola.benchmark.evaluation import new_evaluation
from foveola.benchmark.partial_scores import SUFFIX
from foveola.benchmark.workers import in_processes, in_this_process
from foveola.data_schema import FoveolaError, write_fixation_set


class Deadly:
    """Kills its process at one stimulus, as often as it is told to."""

    name, kind = "deadly", "saliency_map"

    def __init__(self, folder, times):
        self.folder, self.times = folder, times

    def predict(self, view):
        if view.index == 1:
            deaths = len(list(self.folder.iterdir()))
            if deaths < self.times:
                (self.folder / str(deaths)).touch()
                os._exit(9)
        return np.random.default_rng(view.index).random(view.stimulus.shape)


class Broken:
    name, kind = "broken", "saliency_map"

    def predict(self, view):
        if view.index == 2:
            raise FoveolaError("The map is broken.", remedy="Mend it.")
        return np.ones(view.stimulus.shape)


@pytest.fixture(scope="module")
def fixations():
    return made_set(sizes=[(30 + i, 40) for i in range(5)])


@pytest.mark.slow
def test_a_worker_that_dies_costs_no_result(fixations, tmp_path):
    evaluation = new_evaluation(fixations, [Uniform(), Deadly(tmp_path, 1)])
    scores = sorted(in_processes(evaluation, range(5), 2), key=lambda one: one.index)
    alone = list(in_this_process(evaluation, range(5)))
    assert len(list(tmp_path.iterdir())) == 1
    assert [one.index for one in scores] == [0, 1, 2, 3, 4]
    for one, other in zip(scores, alone, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        for picture, same in zip(one.pictures, other.pictures, strict=True):
            np.testing.assert_array_equal(picture.grey, same.grey)
            assert picture[1:] == same[1:]


@pytest.mark.slow
def test_workers_that_die_again_and_again_are_told(fixations, tmp_path):
    evaluation = new_evaluation(fixations, [Deadly(tmp_path, 99)])
    with pytest.raises(FoveolaError, match=r"died 3 times without a result, 1 stimuli .*--workers"):
        list(in_processes(evaluation, [1], 1))


def test_an_error_of_a_worker_comes_as_it_is(fixations):
    evaluation = new_evaluation(fixations, [Broken()])
    with pytest.raises(FoveolaError, match="broken") as caught:
        list(in_processes(evaluation, range(5), 1))
    assert caught.value.remedy == "Mend it."


def test_a_model_that_cannot_travel_is_named(fixations):
    class Local(Broken):
        name = "local"

    evaluation = new_evaluation(fixations, [Uniform(), Local()])
    with pytest.raises(FoveolaError, match="model 'local' can't be sent .*--workers 1"):
        next(in_processes(evaluation, range(5), 2))


@pytest.mark.slow
def test_one_file_whatever_the_number_of_workers(fixations, tmp_path):
    write_fixation_set(tmp_path / "fix.h5", fixations)
    names = ["gold-standard", "centre-bias", "uniform"]
    progress = []
    for workers in (1, 2):
        score_models(
            tmp_path / "fix.h5",
            names,
            tmp_path / f"{workers}.csv",
            workers=workers,
            on_progress=lambda done, total: progress.append((done, total)),
        )
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert progress == [(done, 15) for done in range(0, 16, 3)] * 2
    assert not list(tmp_path.glob(f"*{SUFFIX}"))
