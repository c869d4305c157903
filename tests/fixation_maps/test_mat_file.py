import contextlib

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import io

from foveola.data_schema import FileFormatError
from foveola.fixation_maps.mat_file import read_mat


def test_a_variable_is_read(tmp_path):
    io.savemat(tmp_path / "a.mat", {"a": {"b": [1.0, 2.0]}})
    assert read_mat(tmp_path / "a.mat", "a")["b"].tolist() == [1.0, 2.0]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(FileFormatError, match=r"no such file.*folder"):
        read_mat(tmp_path / "a.mat", "a")
    io.savemat(tmp_path / "a.mat", {"b": 1})
    with pytest.raises(FileFormatError, match="a: this variable is missing"):
        read_mat(tmp_path / "a.mat", "a")


def test_a_newer_format_says_what_to_do(tmp_path):
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["a"] = 1
    whole = bytearray((tmp_path / "a.mat").read_bytes())
    whole[:128] = header
    (tmp_path / "a.mat").write_bytes(whole)
    with pytest.raises(FileFormatError, match=r"7\.3.*-v7"):
        read_mat(tmp_path / "a.mat", "a")


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_damaged_file_is_an_error_of_ours_or_still_reads(tmp_path, data):
    path = tmp_path / "a.mat"
    io.savemat(path, {"a": {"b": np.arange(5.0), "c": "text"}}, do_compression=True)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    # Any error but ours fails the test.
    with contextlib.suppress(FileFormatError):
        read_mat(path, "a")
