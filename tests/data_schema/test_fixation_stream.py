from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from made_fixations import made_set

from foveola import data_schema as ds
from foveola.data_schema import fixation_stream


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fixations.h5"
    ds.write_fixation_set(path, made_set())
    return path


def test_it_gives_what_the_whole_set_gives(file: Path, monkeypatch) -> None:
    monkeypatch.setattr(fixation_stream, "ROWS_AT_ONCE", 7)
    whole = ds.read_fixation_set(file)
    with ds.open_fixation_set(file) as streamed:
        assert streamed.info == whole.info
        assert streamed.stimuli == whole.stimuli
        assert streamed.observers == whole.observers
        assert streamed.provenance == whole.provenance
        for index in range(len(whole.stimuli)):
            np.testing.assert_array_equal(streamed.of(index), whole.of(index))
            assert streamed.stimulus_path(index) == whole.stimulus_path(index)
            assert streamed.px_per_deg(index) == whole.px_per_deg(index)


def test_a_stimulus_without_fixations_has_none(tmp_path: Path) -> None:
    made = made_set()
    table = made.table[made.table["stimulus"] != 1]
    ds.write_fixation_set(
        tmp_path / "f.h5",
        ds.fixation_set(made.info, made.stimuli, made.observers, table, made.provenance),
    )
    with ds.open_fixation_set(tmp_path / "f.h5") as streamed:
        assert [len(streamed.of(index)) for index in range(3)] == [24, 0, 24]


def test_a_fixation_off_its_stimulus_is_left_out(file: Path) -> None:
    with h5py.File(file, "r+") as h5:
        h5["fixations/x_px"][0] = 40.0
    with ds.open_fixation_set(file) as streamed:
        assert len(streamed.of(0)) == 23


@pytest.mark.parametrize(
    ("column", "row", "value", "fault"),
    [
        ("stimulus", 5, 2, "not sorted by stimulus.*write it anew"),
        ("stimulus", 71, 3, "/fixations/stimulus: there is no such stimulus"),
        ("stimulus", 0, -1, "/fixations/stimulus: there is no such stimulus"),
        ("observer", 3, 4, "/fixations/observer: there is no such observer"),
    ],
)
def test_a_damaged_table_is_refused(file: Path, column, row, value, fault) -> None:
    with h5py.File(file, "r+") as h5:
        h5[f"fixations/{column}"][row] = value
    with (
        pytest.raises(ds.FileFormatError, match=fault),
        ds.open_fixation_set(file) as streamed,
    ):
        streamed.of(0)


def test_a_column_of_other_numbers_is_refused(file: Path) -> None:
    with h5py.File(file, "r+") as h5:
        del h5["fixations/stimulus"]
        h5["fixations/stimulus"] = np.zeros(72)
    with (
        pytest.raises(ds.FileFormatError, match="not a column of whole numbers"),
        ds.open_fixation_set(file),
    ):
        pass
