from __future__ import annotations

from pathlib import Path

import pytest

from foveola.command_line.main import main


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return int(stop.value.code or 0)


def test_a_clean_folder_is_said_to_be_clean(tmp_path: Path, capsys) -> None:
    (tmp_path / "a.txt").write_text("gaze")
    assert run("privacy", tmp_path) == 0
    assert capsys.readouterr().out == "1 file: nothing found that names people or machines\n"


def test_every_leak_is_a_line_and_an_exit_code(tmp_path: Path, capsys) -> None:
    (tmp_path / "a.txt").write_text("by Jane Doe\nfrom /home/jd/x\n")
    (tmp_path / "jane doe.txt").write_text("")
    assert run("privacy", tmp_path, "--word", "Jane Doe") == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{tmp_path / 'a.txt'}: line 1: user name: 'by Jane Doe'"
    assert told[-1] == "3 leaks in 2 files"


def test_a_place_that_is_not_there_is_named(tmp_path: Path, capsys) -> None:
    assert run("privacy", tmp_path / "none") == 1
    assert "does not exist" in capsys.readouterr().err
