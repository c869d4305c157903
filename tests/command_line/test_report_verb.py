from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from made_scores import made_scores
from made_session import made_session

from foveola.command_line.main import main


def test_report_is_written_and_its_page_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = made_scores(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["report", str(scores), "-o", str(tmp_path / "out")])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Report: {tmp_path / 'out' / 'index.html'}\n"
    assert (tmp_path / "out" / "index.html").is_file()


def test_fixations_may_be_named(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    (tmp_path / "fix.h5").rename(tmp_path / "moved.h5")
    options = ["-o", str(tmp_path / "out"), "--fixations", str(tmp_path / "moved.h5")]
    with pytest.raises(SystemExit) as ended:
        main(["report", str(scores), *options])
    assert ended.value.code == 0
    assert (tmp_path / "out" / "pictures" / "0001" / "density.png").is_file()


def test_a_recording_gets_the_report_of_its_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = made_session(tmp_path / "demo_01.h5")
    with pytest.raises(SystemExit) as ended:
        main(["report", str(recording), "-o", str(tmp_path / "out")])
    assert ended.value.code == 0
    assert "Session" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [("scores.h5", "Name scores.csv, which lies beside it"), ("fix.txt", "not an HDF5 file")],
)
def test_what_has_no_report_is_told(
    tmp_path: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made_scores(tmp_path)
    (tmp_path / "fix.txt").write_text("text")
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path / name), "-o", str(tmp_path / "out")])
    assert ended.value.code == 1
    assert words in capsys.readouterr().err


def test_what_the_user_can_mend_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    words = ["report", str(made_scores(tmp_path)), "-o", str(tmp_path / "mine")]
    ended = subprocess.run(
        [sys.executable, "-m", "foveola.command_line", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "'thesis.txt' in it is no part of a report" in ended.stderr
    assert "Traceback" not in ended.stderr
