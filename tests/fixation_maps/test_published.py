from pathlib import Path

import pytest
from made_layouts import save_image

from foveola.data_schema import FileFormatError, SetInfo, Stimulus
from foveola.fixation_maps.published import Viewings, file_name, files_in, find_part


def test_a_part_is_found_in_the_folder_or_one_below(tmp_path):
    save_image(tmp_path / "set" / "images" / "a.jpg")
    assert find_part(tmp_path, "images") == tmp_path / "set" / "images"
    assert find_part(tmp_path / "set", "pictures", "images") == tmp_path / "set" / "images"
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileFormatError, match=r"maps: there is no such file.*publishes"):
            find_part(folder, "maps", "more")


def test_hidden_files_are_passed_over(tmp_path):
    for name in ("10.jpg", "9.JPG", "._9.jpg", "x.txt"):
        save_image(tmp_path / "a.png").rename(tmp_path / name)
    assert [path.name for path in files_in(tmp_path, "*")] == ["9.JPG", "10.jpg"]


@pytest.mark.parametrize("name", ["", "../a", "a/../../b", "/a", "a\\b", "a/b", "a\0", 3, None])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(FileFormatError, match="place: this is no name of a file"):
        file_name(tmp_path, "place", name)


def test_observers_are_numbered_in_natural_order():
    viewings = Viewings()
    for observer in ("10", "9", "10"):
        viewings.add(0, observer, [float(observer)], [1])
    stimulus = Stimulus(id="a", width_px=20, height_px=20)
    made = viewings.as_set(SetInfo(name="made"), [stimulus], Path(), [], {})
    assert made.observers == ("9", "10")
    assert made.table["x_px"].tolist() == [9, 10, 10]
