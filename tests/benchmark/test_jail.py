"""The worker that reads what libraries can be crashed with."""

import os
import signal
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from foveola.benchmark.jail import Jail, shared_jail
from foveola.data_schema import FileFormatError

FILE = Path("the.file")


@pytest.fixture
def jail():
    jail = Jail()
    yield jail
    jail.close()


def hdf5(path, values):
    with h5py.File(path, "w") as file:
        file["a"] = values
    return path


def ask(jail, path):
    request = {"do": "read_hdf5", "path": str(path), "name": "a", "most_values": 100}
    return jail.ask_array(path, request)


def test_one_worker_answers_many_requests(jail, tmp_path):
    paths = [hdf5(tmp_path / f"{i}.h5", np.full((2, 3), i, ">i4")) for i in range(3)]
    for value, path in [*enumerate(paths), (0, paths[0])]:
        shape, values = ask(jail, path)
        assert shape == (2, 3)
        np.testing.assert_array_equal(values, np.full((2, 3), value))
        pid = jail._process.pid
    assert jail._process.pid == pid


def test_a_file_that_was_replaced_is_read_anew(jail, tmp_path):
    path = hdf5(tmp_path / "a.h5", np.zeros((2, 3)))
    assert ask(jail, path)[1].sum() == 0
    hdf5(path, np.ones((4, 3)))
    assert ask(jail, path)[1].sum() == 12


def test_arrays_larger_than_asked_for_are_not_sent(jail, tmp_path):
    path = hdf5(tmp_path / "a.h5", np.zeros((20, 30)))
    assert ask(jail, path) == ((20, 30), None)


def test_a_worker_that_dies_is_named_and_replaced(jail, tmp_path):
    path = hdf5(tmp_path / "a.h5", np.ones((2, 3)))
    ask(jail, path)
    pid = jail._process.pid
    os.kill(pid, signal.SIGSTOP)

    def crash():
        time.sleep(0.2)
        os.kill(pid, signal.SIGSEGV)
        os.kill(pid, signal.SIGCONT)

    threading.Thread(target=crash).start()
    with pytest.raises(FileFormatError, match=r"a\.h5: reading it ended the reader .*-11"):
        ask(jail, path)
    assert ask(jail, path)[1].sum() == 6


def test_a_worker_that_sleeps_is_ended(tmp_path):
    jail = Jail(seconds=2.0)
    path = hdf5(tmp_path / "a.h5", np.ones((2, 3)))
    ask(jail, path)
    os.kill(jail._process.pid, signal.SIGSTOP)
    with pytest.raises(FileFormatError, match="took too long"):
        ask(jail, path)
    jail.close()


def test_memory_beyond_the_limit_is_a_fault_of_the_file(tmp_path):
    jail = Jail(memory_bytes=2**24)
    path = hdf5(tmp_path / "a.h5", np.zeros((3000, 3000)))
    request = {"do": "read_hdf5", "path": str(path), "name": "a", "most_values": 10**8}
    with pytest.raises(FileFormatError, match="memory|damaged|ended"):
        jail.ask_array(path, request)
    jail.close()


def test_what_is_asked_wrongly_does_not_end_the_worker(jail):
    for request in ({"do": "evil"}, {"do": "list_hdf5", "path": "/gone.h5"}):
        with pytest.raises(FileFormatError):
            jail.ask(FILE, request)
    pid = jail._process.pid
    with pytest.raises(FileFormatError, match="0 variables|damaged"):
        jail.ask(FILE, {"do": "read_mat", "most_values": 1}, b"nothing")
    assert jail._process.pid == pid


def test_a_process_has_one_jail():
    assert shared_jail() is shared_jail()
