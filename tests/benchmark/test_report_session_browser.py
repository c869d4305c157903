"""The reports of a session and of a data set in a real Chromium, opened from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import await_charts, faults_of_accessibility, find
from made_scores import made_scores
from made_session import made_session

from foveola import data_schema as ds
from foveola.benchmark.report_dataset import write_dataset_report
from foveola.benchmark.report_session import write_session_report

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='broken'\">"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    observer = ds.Observer(id="شبكة", session=HOSTILE)
    recording = made_session(folder / "r.h5", stimulus=HOSTILE, observer=observer)
    index = write_session_report(recording, folder / "a report #1")
    made_scores(folder, observers=("01", HOSTILE, "شبكة"), dataset=HOSTILE)
    write_dataset_report(folder / "fix.h5", index.parent / "set")
    return index.parent


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1920, False), (1920, True)])
def test_charts_are_drawn_and_no_serious_fault_of_accessibility(
    opened: Callable[..., Any], width: int, dark: bool
) -> None:
    chromium = opened(width=width, dark=dark)
    await_charts(chromium)
    assert len(chromium.find_elements("css selector", ".chart .main-svg")) >= 9
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    assert chromium.title != "broken"
    assert HOSTILE in find(chromium, "h1").text
    assert faults_of_accessibility(chromium) == []


def test_tables_open_by_keyboard_and_hold_names_as_text(opened: Callable[..., Any]) -> None:
    chromium = opened()
    await_charts(chromium)
    summary = find(chromium, "#trials summary")
    table = find(chromium, "#trials details table")
    assert not table.is_displayed()
    summary.send_keys("\ue007")  # Enter
    assert table.is_displayed()
    assert HOSTILE in table.text
    assert "interrupted" in table.text


def test_colours_follow_the_reader(opened: Callable[..., Any]) -> None:
    def ink(chromium: Any) -> str:
        await_charts(chromium)
        return str(
            chromium.execute_script(
                "return getComputedStyle(document.querySelector('.xtick text')).fill"
            )
        )

    assert ink(opened(dark=False)) != ink(opened(dark=True))


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1920, True)])
def test_a_data_set_has_no_serious_fault_of_accessibility(
    opened: Callable[..., Any], folder: Path, width: int, dark: bool
) -> None:
    chromium = opened("set/index.html", width=width, dark=dark)
    await_charts(chromium)
    assert len(chromium.find_elements("css selector", ".chart .main-svg")) >= 6
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    assert faults_of_accessibility(chromium) == []
