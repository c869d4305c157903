from pathlib import Path

import numpy as np
import pytest
from made_layouts import save_image, save_mat
from scipy import io

from foveola.command_line.main import main
from foveola.data_schema import faults_of, read_fixation_set
from foveola.fixation_maps.datasets import DATASETS


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["dataset", *map(str, words)])
    return int(end.value.code or 0)


def test_the_data_sets_are_listed_with_their_papers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    listed = capsys.readouterr().out
    lines = listed.splitlines()
    assert max(map(len, lines)) <= 100
    for name, dataset in DATASETS.items():
        assert any(line.startswith(name + " ") for line in lines)
        assert dataset.source in listed
    assert "10.1167/14.1.28" in listed


def test_a_published_folder_becomes_a_fixation_set(tmp_path: Path, capsys) -> None:
    (tmp_path / "osie" / "eye").mkdir(parents=True)
    subject = {"fix_x": [1.0, 900.0], "fix_y": [2.0, 3.0], "fix_duration": [100, 200]}
    images = np.array([{"img": "1001.jpg", "subjects": [subject]}], object)
    io.savemat(tmp_path / "osie" / "eye" / "fixations.mat", {"fixations": images})
    assert run("import", "osie", tmp_path / "osie", "-o", tmp_path / "osie.h5") == 0
    told = capsys.readouterr().out
    assert "1 fixation of 1 observer on 1 stimulus" in told
    assert "No image in the folder for 1 stimulus." in told
    assert "1 off" in told
    assert faults_of(tmp_path / "osie.h5") == []
    assert len(read_fixation_set(tmp_path / "osie.h5").table) == 1


def test_an_unknown_data_set_is_answered_with_those_known(tmp_path: Path, capsys) -> None:
    assert run("import", "osi", tmp_path, "-o", tmp_path / "o.h5") == 1
    assert "Known are: cat2000" in capsys.readouterr().err


def test_what_a_user_should_know_of_a_set_is_said(tmp_path: Path, capsys) -> None:
    for i in (1, 2):
        save_image(tmp_path / "BenchmarkIMAGES" / f"i{i}.jpg")
    assert run("import", "mit300", tmp_path, "-o", tmp_path / "m.h5") == 0
    told = capsys.readouterr().out
    assert "1 image of the content of another one, kept apart by name." in told
    assert "Note: MIT300 holds its fixations out" in told
    save_image(tmp_path / "ALLSTIMULI" / "a.jpeg")
    save_mat(tmp_path / "DATA" / "ab" / "a.mat", a={"DATA": {"eyeData": np.full((60, 3), 10.0)}})
    assert run("import", "mit1003", tmp_path, "-o", tmp_path / "m.h5") == 0
    assert "--keep-first keeps it" in capsys.readouterr().out
    assert run("import", "mit1003", tmp_path, "-o", tmp_path / "m.h5", "--keep-first") == 0
    assert "1 fixation of 1 observer" in capsys.readouterr().out
