"""``foveola submit check``: exit code, and what is printed."""

import numpy as np
import pytest
from made_submissions import NAMES, folder_of, pictured_set, write_map

from foveola import data_schema as ds
from foveola.command_line.main import main


@pytest.fixture
def fixations(tmp_path):
    path = tmp_path / "set.h5"
    ds.write_fixation_set(path, pictured_set(tmp_path))
    return str(path)


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(["submit", "check", *words])
    return ended.value.code


def test_a_sound_submission_is_ready(tmp_path, fixations, capsys):
    assert run(fixations, folder_of(".png")(tmp_path)) == 0
    told = capsys.readouterr().out
    assert "Ready to submit: 3 of 3 maps can be scored, each a saliency map of 'maps'." in told


def test_faults_are_told_with_files_and_remedies(tmp_path, fixations, capsys):
    maps = folder_of(".npy")(tmp_path)
    for name in NAMES[:2]:
        write_map(tmp_path / "maps" / f"{name}.npy", np.ones((3, 4, 3)))
    write_map(tmp_path / "maps" / "c\x1b[31m.npy", np.ones((3, 4)))
    assert run(fixations, maps) == 1
    told = capsys.readouterr().out
    assert "Its shape is (3, 4, 3).\n" in told
    assert "maps/a.png.npy\n" in told
    assert "maps/deep/b.jpg.png.npy\n" in told
    assert "To mend it: A map is (height, width)." in told
    assert "3 faults; 1 map of 3 can be scored." in told or "3 faults; 1 of 3 maps" in told
    assert r"c\x1b[31m.npy" in told
    assert "\x1b[31m.npy" not in told


def test_all_missing_maps_are_told(tmp_path, fixations, capsys):
    (tmp_path / "maps").mkdir()
    assert run(fixations, str(tmp_path / "maps")) == 1
    assert "All that are missing: a.png, deep/b.jpg.png, c é.png\n" in capsys.readouterr().out


def test_notes_are_told(tmp_path, fixations, capsys):
    assert run(fixations, folder_of(".npy", log=True)(tmp_path)) == 0
    assert "Note: 3 maps look like log densities" in capsys.readouterr().out


def test_the_kind_is_chosen(tmp_path, fixations, capsys):
    maps = folder_of(".npy", log=True)(tmp_path)
    assert run(fixations, maps, "--kind", "log_density") == 0
    assert "each a log density of 'maps'" in capsys.readouterr().out
