from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from foveola.data_schema import FileFormatError
from foveola.experiments import load_settings, stimulus_paths
from foveola.experiments.settings import recorded_settings
from foveola.experiments.settings_schema import SCHEMA_PATH, schema_text

Write = Callable[..., Path]


def fault(path: Path) -> FileFormatError:
    with pytest.raises(FileFormatError) as caught:
        load_settings(path)
    return caught.value


def test_defaults_and_given_values(write_toml: Write, tmp_path: Path) -> None:
    settings = load_settings(write_toml())
    assert settings.calibration.layout == "HV5"
    assert settings.calibration.max_mean_error_deg == 0.5
    assert settings.screen.refresh_hz == 60
    assert settings.tracker.simulated.sampling_rate_hz == 500
    assert Path(settings.data_folder) == tmp_path / "data"
    assert list(stimulus_paths(settings)) == ["a.png", "b.png", "c.png", "d.png"]


def test_images_in_folders_are_named_by_their_path(write_toml: Write, images: Path) -> None:
    (images / "indoor").mkdir()
    (images / "a.png").rename(images / "indoor" / "a.png")
    (images / "notes.txt").write_text("no image")
    assert list(stimulus_paths(load_settings(write_toml()))) == [
        "b.png",
        "c.png",
        "d.png",
        "indoor/a.png",
    ]


def test_list_of_images(write_toml: Write) -> None:
    path = write_toml({'"images"': '["images/b.png", "images/a.png"]'})
    assert list(stimulus_paths(load_settings(path))) == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("replace", "place", "reason", "remedy"),
    [
        ({"duration_s": "duraton_s"}, "duraton_s", "no such key", "Did you mean duration_s?"),
        ({"shrink_s": "shrnk_s"}, "calibration.shrnk_s", "no such key", "mean shrink_s?"),
        ({"seed = 7": "zzz = 7"}, "zzz", "no such key", "Known keys: name, stimuli, screen"),
        ({"width_cm = 32.0\n": ""}, "screen.width_cm", "missing", "Add it: width_cm = 53.1."),
        ({'name = "small"\n': ""}, "name", "missing", 'name = "my-experiment"'),
        ({"= 0.5": "= -1"}, "duration_s", "-1: it must be greater than 0.", "Correct"),
        ({'"HV5"': '"HV7"'}, "calibration.layout", "'HV5', 'HV9' or 'HV13'", "Correct"),
        ({'"small"': '"a/b"'}, "name", "must match pattern", "Correct"),
        ({"seed = 7": "seed = nan"}, "seed", "nan: it must be a", "Correct"),
        ({"seed = 7": "background = inf"}, "background", "inf: it must be", "Correct"),
        ({'"images"': "7"}, "stimuli", "7: it must be a valid string", "Correct"),
        ({'"images"': '"pictures"'}, "stimuli", "there is no folder", "Name a folder"),
        ({'"images"': '["images/z.png"]'}, "stimuli", "there is no image", "Correct the path"),
        ({'"images"': "[]"}, "stimuli", "the list is empty", "at least one"),
        (
            {'"images"': '["images/a.png", "images/../images/a.png"]'},
            "stimuli",
            "two images are named a.png",
            "unique",
        ),
    ],
)
def test_a_wrong_key_is_named_with_its_remedy(
    write_toml: Write, replace: dict[str, str], place: str, reason: str, remedy: str
) -> None:
    path = write_toml(replace)
    error = fault(path)
    assert error.path == path
    assert error.place == place
    assert reason in error.reason
    assert remedy in error.remedy


def test_every_wrong_key_is_named(write_toml: Write) -> None:
    path = write_toml({"duration_s": "duraton_s", "height_px = 480": "height_px = 0"})
    assert f"{path}: duraton_s: there is no such key. Did you mean duration_s?" in str(fault(path))
    assert f"{path}: screen.height_px: 0: it must be greater than 0." in str(fault(path))


def test_thresholds_that_contradict_each_other(write_toml: Write) -> None:
    error = fault(write_toml({"collect_s": "max_error_deg = 0.4\ncollect_s"}))
    assert "calibration.max_mean_error_deg is above calibration.max_error_deg" in str(error)


def test_no_toml_names_the_line(write_toml: Write) -> None:
    error = fault(write_toml({"seed = 7": "seed = seven"}))
    assert error.place == "line 3, column 8"
    assert "this is no TOML: Invalid value" in error.reason


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    assert fault(tmp_path / "none.toml").reason == "there is no such file."
    (tmp_path / "latin.toml").write_bytes(b"name = '\xff'")
    assert "can't be read as text" in fault(tmp_path / "latin.toml").reason


def test_empty_folder_names_the_suffixes(write_toml: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    error = fault(write_toml({'"images"': '"empty"'}))
    assert "holds no images" in error.reason
    assert ".png" in error.remedy


def test_a_recording_keeps_no_folder_of_the_machine(write_toml: Write, tmp_path: Path) -> None:
    kept = recorded_settings(load_settings(write_toml()))
    assert kept["stimuli"] == ["a.png", "b.png", "c.png", "d.png"]
    assert kept["data_folder"] == "data"
    assert str(tmp_path) not in json.dumps(kept)


def test_schema_agrees_with_the_types() -> None:
    assert SCHEMA_PATH.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m foveola.experiments.settings_schema"
    )
