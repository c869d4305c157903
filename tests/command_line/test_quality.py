import json
from pathlib import Path

import pytest
from made_recordings import recording_file

from foveola.command_line.main import main


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def test_each_recording_is_judged_and_bad_files_are_named(tmp_path: Path, capsys) -> None:
    recording_file(tmp_path, "a.h5")
    (tmp_path / "bad.h5").write_bytes(b"nonsense")
    out = tmp_path / "out"
    words = ["--limit", "rms_s2s_deg=0.001", "--detector", "ivt", "--bcea", "0.95"]
    assert run("quality", tmp_path, "-o", out, *words) == 1
    told = capsys.readouterr()
    assert "a.h5\n" in told.out
    assert "Poor: " in told.out
    assert "good: at most 0.001°" in told.out
    assert "Left out: " in told.err
    content = json.loads((out / "a.quality.json").read_text())
    assert content["bcea_share"] == 0.95


def test_a_misspelled_limit_is_answered_with_those_known(tmp_path: Path, capsys) -> None:
    assert run("quality", recording_file(tmp_path, "a.h5"), "--limit", "rms=1") == 1
    assert "rms_s2s_deg" in capsys.readouterr().err
