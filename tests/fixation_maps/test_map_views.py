from pathlib import Path

import numpy as np
import pytest
from made_fixations import made_set

from foveola.data_schema import FoveolaError
from foveola.fixation_maps.map_views import MapView, map_views, parse_window, view_path


def timed():
    fixations = made_set()
    fixations.table["onset_s"] = fixations.table["order"] * 0.5
    return fixations.of(0), fixations.observers


def test_a_view_of_everything_takes_all():
    table, observers = timed()
    assert len(MapView().of(table, observers)) == len(table)
    assert MapView().name == ""


def test_observers_are_taken_and_left_out():
    table, observers = timed()
    only = MapView(observer="02").of(table, observers)
    others = MapView(left_out="02").of(table, observers)
    assert set(only["observer"]) == {2}
    assert set(others["observer"]) == {0, 1, 3}
    assert len(only) + len(others) == len(table)


def test_a_fixation_belongs_to_the_window_it_begins_in():
    table, observers = timed()
    first = MapView(from_s=0, until_s=1).of(table, observers)
    rest = MapView(from_s=1).of(table, observers)
    assert set(first["order"]) == {0, 1}
    assert set(rest["order"]) == {2, 3, 4, 5}


def test_windows_need_onsets():
    table, observers = timed()
    table = table.copy()
    table["onset_s"][3] = np.nan
    assert len(MapView().of(table, observers)) == len(table)
    with pytest.raises(FoveolaError, match="does not state when.*without --window"):
        MapView(until_s=1).of(table, observers)


@pytest.mark.parametrize(
    ("text", "window"),
    [("0:1.5", (0, 1.5)), (" .5 : 2 ", (0.5, 2)), ("1:", (1, np.nan)), (":3", (np.nan, 3))],
)
def test_windows_are_read(text, window):
    np.testing.assert_equal(parse_window(text), window)


@pytest.mark.parametrize("text", ["", ":", "1", "2:1", "a:b", "1:2:3", "-1:2", ".:2", "nan:"])
def test_what_is_no_window_is_refused(text):
    with pytest.raises(FoveolaError, match="is no time window. Write it in seconds, as 0:1.5"):
        parse_window(text)


def test_every_window_of_every_observer():
    views = map_views(["a", "b"], "others", ["0:1", "1:"])
    assert [view.name for view in views] == [
        "without-a_0-1s",
        "without-a_1-end",
        "without-b_0-1s",
        "without-b_1-end",
    ]
    assert [view.name for view in map_views(["a", "b"])] == [""]
    assert map_views(["a", "b"], "observer")[1].observer == "b"


def test_views_of_one_name_are_refused():
    with pytest.raises(FoveolaError, match="'observer-a-b'"):
        map_views(["a b", "a-b"], "observer")


def test_the_name_stands_before_the_ending():
    path = view_path(Path("out/maps.h5"), MapView(observer="p/1", until_s=2))
    assert path == Path("out/maps_observer-p-1_0-2s.h5")
    assert view_path(Path("maps.h5"), MapView()) == Path("maps.h5")
