from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import io

from foveola.fixation_maps.mat_writing import write_mat


def test_it_says_neither_when_nor_where_and_reads_back(tmp_path: Path) -> None:
    for name in ("a.mat", "b.mat"):
        write_mat(tmp_path / name, {"density": np.eye(3)}, do_compression=True)
    data = (tmp_path / "a.mat").read_bytes()
    assert data[:116] == b"MATLAB 5.0 MAT-file, written by Foveola".ljust(116)
    assert data == (tmp_path / "b.mat").read_bytes()
    assert np.array_equal(io.loadmat(tmp_path / "a.mat")["density"], np.eye(3))
