"""Unfinished runs: what is kept, what is scored again, and what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image

from foveola.benchmark import score_models
from foveola.benchmark.partial_scores import SUFFIX, PartialScores, StimulusScores
from foveola.benchmark.score_file import files_digest
from foveola.data_schema import (
    FileFormatError,
    FoveolaError,
    ScaledPicture,
    open_score_pictures,
    write_fixation_set,
)

RUN = {"profile": "tuebingen", "models": ["a", "b"]}


def scores_of(index):
    random = np.random.default_rng(index)
    greys = [random.integers(0, 255, (3, 4), np.uint8) for _ in range(3)]
    pictures = tuple(ScaledPicture(grey, -0.1 / (index + 3), 1e-9) for grey in greys)
    values = random.normal(size=(2, 3))
    values[0, 0], values[1, 1] = np.nan, -np.inf
    return StimulusScores(index, values, pictures[:2], (pictures[2], None))


def begun(path, indices=(3, 0, 2)):
    """Leave an unfinished file behind."""
    with pytest.raises(KeyboardInterrupt), PartialScores(path, RUN, resume=False) as partial:
        for index in indices:
            partial.append(scores_of(index))
        raise KeyboardInterrupt
    return path.with_name(path.name + SUFFIX)


def test_what_was_scored_comes_back_in_order_to_the_last_bit(tmp_path):
    path = tmp_path / "s.csv"
    file = begun(path)
    with PartialScores(path, RUN, resume=True) as partial:
        assert partial.done == {0, 2, 3}
        partial.append(scores_of(1))
        for index, one in enumerate(partial.in_order()):
            assert one.index == index
            np.testing.assert_array_equal(one.values, scores_of(index).values)
            wanted = scores_of(index)
            assert one.gains[1] is None
            for found, other in zip(
                (*one.pictures, one.gains[0]), (*wanted.pictures, wanted.gains[0]), strict=True
            ):
                np.testing.assert_array_equal(found.grey, other.grey)
                assert found[1:] == other[1:]
    assert index == 3
    assert not file.exists()


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_line_that_was_cut_off_is_scored_again(tmp_path, cut):
    path = tmp_path / "s.csv"
    file = begun(path)
    file.write_bytes(file.read_bytes()[:-cut])
    with PartialScores(path, RUN, resume=True) as partial:
        assert partial.done == {0, 3}
        partial.append(scores_of(2))
        assert [one.index for one in partial.in_order()] == [0, 2, 3]


def test_what_lies_behind_damage_is_scored_again(tmp_path):
    path = tmp_path / "s.csv"
    file = begun(path)
    lines = file.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"0", b"1", 1)
    file.write_bytes(b"".join(lines))
    with PartialScores(path, RUN, resume=True) as partial:
        assert partial.done == {3}


@pytest.mark.parametrize("content", [b"", b"junk\n", b"\x00" * 50])
def test_a_file_without_a_whole_header_begins_anew(tmp_path, content):
    path = tmp_path / "s.csv"
    path.with_name(path.name + SUFFIX).write_bytes(content)
    with PartialScores(path, RUN, resume=True) as partial:
        assert partial.done == frozenset()


def test_another_run_is_not_gone_on_with(tmp_path):
    path = tmp_path / "s.csv"
    file = begun(path)
    before = file.read_bytes()
    with pytest.raises(FoveolaError, match=r"s.csv.partial is another one: its models differs"):
        PartialScores(path, RUN | {"models": ["a"]}, resume=True)
    with pytest.raises(FoveolaError, match=r"its sigma px differs.*without --resume"):
        PartialScores(path, RUN | {"sigma_px": 3}, resume=True)
    assert file.read_bytes() == before
    with PartialScores(path, RUN, resume=False) as partial:
        assert partial.done == frozenset()
    with pytest.raises(FoveolaError, match="does not exist"):
        PartialScores(tmp_path / "absent" / "s.csv", RUN, resume=False)


def test_a_run_without_results_leaves_no_file(tmp_path):
    assert not begun(tmp_path / "s.csv", ()).exists()


def test_a_file_that_changes_meanwhile_is_named(tmp_path):
    with PartialScores(tmp_path / "s.csv", RUN, resume=False) as partial:
        partial.append(scores_of(0))
        text = json.dumps("no record").encode()
        with partial.path.open("r+b") as file:
            file.seek(partial._places[0])
            file.write(b"%08x %s\n" % (zlib.crc32(text), text))
        with pytest.raises(FileFormatError, match=r"partial: it was changed"):
            list(partial.in_order())


def test_a_change_of_maps_is_seen_without_reading_them(tmp_path):
    assert files_digest(tmp_path / "uniform") == ""
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "0.png").write_bytes(b"one")
    first = files_digest(folder)
    assert files_digest(folder) == first
    assert len(files_digest(folder / "0.png")) == 64
    (folder / "0.png").write_bytes(b"two!")
    assert files_digest(folder) != first


KILLED = """
import os, signal, sys
from foveola.benchmark import score_models
def progress(done, total):
    if done >= 6:
        print("half", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
score_models(sys.argv[1], [sys.argv[2], "centre-bias"], sys.argv[3], on_progress=progress)
"""


def test_a_killed_run_goes_on_and_gives_the_same_files(tmp_path):
    write_fixation_set(tmp_path / "fix.h5", made_set(sizes=[(30, 40)] * 6))
    maps = tmp_path / "maps"
    maps.mkdir()
    for index in range(6):
        noise = np.random.default_rng(index).integers(0, 255, (30, 40), np.uint8)
        Image.fromarray(noise).save(maps / f"{index}.png")
    names = [str(maps), "centre-bias"]
    whole, killed = tmp_path / "whole.csv", tmp_path / "killed.csv"
    score_models(tmp_path / "fix.h5", names, whole)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path / "fix.h5", maps, killed], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert not killed.exists()
    assert not killed.with_suffix(".h5").exists()
    assert killed.with_name("killed.csv.partial").exists()
    progress = []
    score_models(
        tmp_path / "fix.h5",
        names,
        killed,
        resume=True,
        on_progress=lambda done, total: progress.append((done, total)),
    )
    assert progress == [(done, 12) for done in (6, 8, 10, 12)]
    assert killed.read_bytes() == whole.read_bytes()
    with (
        open_score_pictures(killed.with_suffix(".h5")) as first,
        open_score_pictures(whole.with_suffix(".h5")) as second,
    ):
        assert first.protocol == second.protocol
        for model in range(2):
            for index in range(6):
                np.testing.assert_array_equal(
                    first.picture(model, index), second.picture(model, index)
                )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "fix.h5", "killed.csv", "killed.h5", "maps", "whole.csv", "whole.h5",
    ]  # fmt: skip


ORPHANING = """
import os, sys
from made_fixations import made_set
from foveola.benchmark.evaluation import new_evaluation
from foveola.benchmark.baselines import Uniform
from foveola.benchmark.workers import in_processes
class Slow(Uniform):
    def predict(self, view):
        import os, time
        print(os.getpid(), flush=True)
        time.sleep(600)
if __name__ == "__main__":
    list(in_processes(new_evaluation(made_set(), [Slow()]), [0], 1))
"""


@pytest.mark.skipif(os.name == "nt", reason="asks for a process as Linux does")
@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them(tmp_path, pytestconfig):
    script = tmp_path / "orphaning.py"
    script.write_text(ORPHANING)
    environment = os.environ | {"PYTHONPATH": str(pytestconfig.rootpath / "tests")}
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, env=environment, text=True
    )
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    for _ in range(300):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived its parent")
