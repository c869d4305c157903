from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_files import a_fixation_set
from made_scores import made_scores
from report_page import Page

from foveola import data_schema as ds
from foveola.benchmark.report_dataset import dataset_data, write_dataset_report
from foveola.benchmark.report_dataset_charts import MOST_COLUMNS, dataset_charts
from foveola.benchmark.report_folder import ENTRIES
from foveola.benchmark.reports import write_report_of

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def a_set(folder: Path, observers: int = 6, odd: int | None = None) -> Path:
    """Observers who look at one place of each of four stimuli, and one who looks elsewhere."""
    random = np.random.default_rng(2)
    names = tuple(f"{HOSTILE if i == 0 else i}" for i in range(observers))
    stimuli = tuple(ds.Stimulus(id=f"{i}.png", width_px=120, height_px=90) for i in range(4))
    table = np.zeros(4 * observers * 8, ds.STIMULUS_FIXATION_DTYPE)
    row = np.arange(len(table))
    table["stimulus"], table["observer"] = row // (observers * 8), row // 8 % observers
    table["order"], table["duration_s"] = row % 8, 0.25
    place = np.array([(30, 25), (80, 60), (90, 20), (40, 70)])[table["stimulus"]]
    place = np.where((table["observer"] == odd)[:, None], (119, 89) - place, place)
    noisy = place + random.normal(0, 6, place.shape)
    table["x_px"], table["y_px"] = np.clip(noisy, 0, (119, 89)).T
    info = ds.SetInfo(name=HOSTILE, px_per_deg=10, citation="Nobody (2026)")
    path = folder / "fix.h5"
    ds.write_fixation_set(path, ds.fixation_set(info, stimuli, names, table, ds.provenance()))
    return path


def test_an_observer_who_looks_elsewhere_is_found(tmp_path: Path) -> None:
    data = dataset_data(a_set(tmp_path, odd=3))
    assert np.nanargmin(data.observers_bits) == 3
    assert data.deviations[3] < -3
    assert np.all(np.abs(np.delete(data.deviations, 3)) < 3)


def test_counts_are_those_of_the_set(tmp_path: Path) -> None:
    data = dataset_data(a_set(tmp_path, observers=3))
    assert data.counts.shape == (3, 4)
    assert np.all(data.counts == 8)


def test_page_holds_cards_charts_and_names_as_text(tmp_path: Path) -> None:
    index = write_report_of(a_set(tmp_path, odd=0), tmp_path / "out")
    page = Page(index)
    assert {path.name for path in index.parent.iterdir()} <= ENTRIES
    assert len(page.all("script")) == 2
    assert len([row for row in page.all("li") if "data-key" in row]) == 4
    assert len([box for box in page.all("div") if "data-figure" in box]) == 6
    assert page.text.count(HOSTILE) >= 5  # title, head, tables, outlying, methods
    assert "halves agree" in page.text
    assert "6 observers · 48 fixations · 250 ms" in page.text
    assert "Leave-one-observer-out gold standard: " in page.text
    for link in page.links():
        assert (index.parent / link.partition("#")[0]).is_file()


def test_a_set_too_small_for_agreement_says_so(tmp_path: Path) -> None:
    index = write_dataset_report(a_set(tmp_path, observers=1), tmp_path / "out")
    page = Page(index)
    assert "two observers on" in page.text
    assert "nobody can be compared" in page.text


def test_an_empty_set_is_told_as_such(tmp_path: Path) -> None:
    empty = a_fixation_set()
    info = ds.SetInfo(name="none")
    nothing = ds.fixation_set(
        info, empty.stimuli, empty.observers, empty.table[:0], ds.provenance()
    )
    ds.write_fixation_set(tmp_path / "fix.h5", nothing)
    page = Page(write_dataset_report(tmp_path / "fix.h5", tmp_path / "out"))
    assert "The set holds no fixation." in page.text


def test_photographs_and_progress(tmp_path: Path) -> None:
    made_scores(tmp_path)
    told: list[tuple[int, int]] = []
    index = write_dataset_report(
        tmp_path / "fix.h5", tmp_path / "out", on_progress=lambda *now: told.append(now)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (index.parent / "pictures" / "0002" / "thumb.jpg").is_file()


@pytest.mark.parametrize(("stimuli", "columns"), [(MOST_COLUMNS, 300), (MOST_COLUMNS + 1, 151)])
def test_a_wide_coverage_is_averaged(tmp_path: Path, stimuli: int, columns: int) -> None:
    fixations = ds.read_fixation_set(a_set(tmp_path, observers=2))
    counts = np.full((2, stimuli), 3)
    coverage = dataset_charts(fixations, counts, None, np.full(2, np.nan))["coverage"]
    trace = json.loads(coverage.figure)["data"][0]
    assert [len(row) for row in trace["z"]] == [columns, columns]
    assert {value for row in trace["z"] for value in row} == {3.0}
