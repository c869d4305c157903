from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from made_files import STIMULI, a_fixation_set

from foveola import data_schema as ds


def test_is_sorted_and_off_stimulus_fixations_are_counted() -> None:
    fixations = a_fixation_set()
    assert fixations.info.off_stimulus == 1  # x = 40.0 on an image 40 px wide
    assert fixations.table["stimulus"].tolist() == [0, 0, 1]
    assert fixations.table["observer"].tolist() == [0, 1, 0]
    assert fixations.of(0)["x_px"].tolist() == [3.7, 39.5]
    assert fixations.of(1)["x_px"].tolist() == [19.9]


def test_pixels_are_cut_not_rounded() -> None:
    rows, columns = ds.pixel_of(a_fixation_set().of(0))
    assert rows.tolist() == [4, 29]
    assert columns.tolist() == [3, 39]


def test_comes_back_as_it_was_with_paths_that_still_lead_there(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    stimuli = tuple(
        one.model_copy(update={"path": f"images/{i}.png"}) for i, one in enumerate(STIMULI)
    )
    fixations = replace(a_fixation_set(tmp_path), stimuli=stimuli)
    (tmp_path / "results").mkdir()
    ds.write_fixation_set(tmp_path / "results" / "fix.h5", fixations)
    back = ds.read_fixation_set(tmp_path / "results" / "fix.h5")
    assert back.stimuli[1].path == "../images/1.png"
    assert back.stimulus_path(1).resolve() == (images / "1.png").resolve()
    assert back.table.tobytes() == fixations.table.tobytes()
    assert back.info == fixations.info
    assert back.observers == fixations.observers


def test_doubled_ids_and_wrong_indices_are_refused() -> None:
    made = a_fixation_set()
    with pytest.raises(ds.FoveolaError, match=r"stimulus 'a\.png' appears twice"):
        ds.fixation_set(made.info, (STIMULI[0],) * 2, ("01",), made.table, made.provenance)
    with pytest.raises(ds.FoveolaError, match="refer to observer indices"):
        ds.fixation_set(made.info, STIMULI, ("01",), made.table, made.provenance)


def test_lost_places_are_dropped() -> None:
    made = a_fixation_set()
    table = made.table.copy()
    table["x_px"][0] = np.nan
    again = ds.fixation_set(made.info, STIMULI, made.observers, table, made.provenance)
    assert len(again.table) == 2
    assert again.info.off_stimulus == 2


def test_an_empty_set_is_a_set(tmp_path: Path) -> None:
    made = a_fixation_set()
    empty = ds.fixation_set(made.info, (), (), made.table[:0], made.provenance)
    ds.write_fixation_set(tmp_path / "fix.h5", empty)
    assert len(ds.read_fixation_set(tmp_path / "fix.h5").table) == 0


def test_text_columns_are_checked(tmp_path: Path) -> None:
    ds.write_fixation_set(tmp_path / "fix.h5", a_fixation_set())
    with h5py.File(tmp_path / "fix.h5", "a") as h5:
        del h5["observers/id"]
        h5["observers/id"] = np.zeros((2, 2))
    with pytest.raises(ds.FileFormatError, match="/observers/id: this is not a column"):
        ds.read_fixation_set(tmp_path / "fix.h5")
