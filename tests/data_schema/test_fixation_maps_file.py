from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from made_files import STIMULI

from foveola import data_schema as ds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "maps.h5"
    with ds.new_fixation_maps(path, ds.MapInfo(sigma_px=3), ds.provenance()) as maps:
        maps.append(STIMULI[0], np.full((30, 40), 1 / 1200), fixations=5, observers=2)
        maps.append(STIMULI[1], np.full((10, 20), np.nan), fixations=0, observers=0)
    return path


def test_maps_are_read_one_by_one(file: Path) -> None:
    with ds.open_fixation_maps(file) as maps:
        assert [row.fixations for row in maps.maps] == [5, 0]
        assert maps.density(0) == pytest.approx(np.full((30, 40), 1 / 1200))
        assert np.isnan(maps.density(1)).all()
        assert maps.info.sigma_px == 3


def test_wrong_shape_is_refused_on_both_ways(file: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="shape"),
        ds.new_fixation_maps(tmp_path / "m.h5", ds.MapInfo(sigma_px=3), ds.provenance()) as maps,
    ):
        maps.append(STIMULI[0], np.zeros((3, 3)), fixations=0, observers=0)
    assert not (tmp_path / "m.h5").exists()
    with h5py.File(file, "a") as h5:
        del h5["density/0"]
        h5["density/0"] = np.zeros((3, 3))
    with (
        ds.open_fixation_maps(file) as maps,
        pytest.raises(ds.FileFormatError, match="/density/0: its shape"),
    ):
        maps.density(0)
