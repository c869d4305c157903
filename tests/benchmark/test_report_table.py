from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.benchmark.report_data import ReportData
from foveola.benchmark.report_table import SPAN, X0, columns, table_rows
from foveola.benchmark.report_text import counted, figure, shown

NAN, INF = math.nan, math.inf


def data_of(models: tuple[str, ...], metrics: tuple[str, ...], images: int = 2) -> ReportData:
    values = np.zeros((len(models), images, len(metrics)))
    stimuli = tuple(map(str, range(images)))
    return ReportData(models, stimuli, metrics, values, None, None, (), ())


def test_rows_are_ranked_by_the_first_metric_and_references_have_no_rank() -> None:
    data = data_of(("a", "uniform", "b", "c", "gold-standard"), ("NSS",))
    rows = table_rows(data, np.array([[1.0], [0.0], [2.0], [NAN], [3.0]]))
    assert [(row.name, row.rank) for row in rows] == [
        ("gold-standard", ""),
        ("b", "1"),
        ("a", "2"),
        ("uniform", ""),
        ("c", ""),
    ]
    assert [row.cells[0].text for row in rows][-1] == ""
    assert [row.badge for row in rows] == ["upper bound", "", "", "baseline", ""]


@pytest.mark.parametrize(
    ("metric", "values", "best"),
    [
        ("AUC", [0.6, 0.7, 0.9], [False, True, False]),
        ("KLDiv", [0.6, 0.7, 0.1], [True, False, False]),
        ("AUC", [0.7, 0.7, 0.9], [True, True, False]),
        ("AUC", [NAN, 0.7, 0.9], [False, False, False]),  # nobody to be better than
        ("AUC", [NAN, NAN, NAN], [False, False, False]),
        ("IG", [-INF, 0.5, 0.9], [False, True, False]),
    ],
)
def test_best_is_the_best_that_is_not_the_gold_standard(
    metric: str, values: list[float], best: list[bool]
) -> None:
    data = data_of(("a", "b", "gold-standard"), (metric,))
    rows = {row.name: row for row in table_rows(data, np.array([values]).T)}
    assert [rows[name].cells[0].best for name in data.models] == best


def test_intervals_of_a_column_are_drawn_on_one_scale() -> None:
    data = data_of(("a", "centre-bias", "gold-standard"), ("NSS",))
    means = np.array([[1.0], [0.5], [2.0]])
    rows = table_rows(data, means, (means - 0.5, means + 0.5))
    cells = {row.name: row.cells[0] for row in rows}
    assert cells["centre-bias"].low_x == X0
    assert cells["gold-standard"].high_x == X0 + SPAN
    assert cells["a"].mean_x == pytest.approx(X0 + SPAN * 0.4)
    lines = {line.name: line.x for line in cells["a"].lines}
    assert lines == {name: cells[name].mean_x for name in ("centre-bias", "gold-standard")}
    assert cells["a"].interval_text == "[0.500, 1.500]"


def test_what_is_not_finite_is_written_and_not_drawn() -> None:
    data = data_of(("a", "b", "c"), ("IG",))
    data.values[1, 0, 0] = NAN
    means = np.array([[-INF], [0.5], [NAN]])
    rows = table_rows(data, means, (means, means))
    cells = {row.name: row.cells[0] for row in rows}
    assert (cells["a"].text, cells["a"].sort_value, cells["a"].mean_x) == ("−∞", "-Infinity", None)
    assert (cells["c"].text, cells["c"].sort_value, cells["c"].interval_text) == ("", "NaN", "")
    assert cells["b"].coverage == "1 of 2 images"
    assert cells["b"].mean_x == X0 + SPAN / 2  # alone on its scale: in the middle


def test_columns_say_which_way_is_better() -> None:
    ig, kl, unknown = columns(("IG", "KLDiv", "mine"))
    assert (ig.arrow, ig.best_first, ig.better) == ("↑", "descending", "(higher is better)")
    assert (kl.arrow, kl.best_first, kl.better) == ("↓", "ascending", "(lower is better)")
    assert kl.unit
    assert (unknown.arrow, unknown.unit) == ("↑", "")


@given(st.floats(-1e300, 1e300))
def test_figures_read_back(value: float) -> None:
    text = figure(value)
    back = float(text.replace("−", "-").replace(",", ""))
    assert back == pytest.approx(value, rel=1e-2, abs=5.0001e-4)
    assert not (back == 0 and text.startswith("−"))


def test_counted() -> None:
    assert (counted(1, "image"), counted(0, "image")) == ("1 image", "0 images")
    assert counted(2000, "set of maps", "sets of maps") == "2,000 sets of maps"


@given(st.text())
def test_a_shown_name_hides_nothing(name: str) -> None:
    text = shown(name)
    assert text
    assert not any(
        c in text for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200b\x00\n"
    )
    assert text.encode("utf-8")


@pytest.mark.parametrize("name", ["image 1.jpg", "تثبيت", "日本語", "می‌خواهم", "a/b", "<b>&"])
def test_names_of_any_script_stay(name: str) -> None:
    assert shown(name) == name
