from pathlib import Path

import pytest
from made_fixations import made_set

from foveola.command_line.main import main
from foveola.data_schema import write_fixation_set


def test_a_set_is_described_and_drawn(tmp_path: Path, capsys) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set(observers=6))
    command = ["dataset", "describe", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as end:
        main([*command, "--bootstraps", "50", "--sigma", "2px"])
    assert not end.value.code
    printed = capsys.readouterr().out
    assert "made: 108 fixations of 6 observers on 3 stimuli" in printed
    for words in (
        "centre bias ",
        "gold standard ",
        "3 in each",
        "extrapolated",
        "CC 0.95",
        "0.png",
    ):
        assert words in printed
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_unknown_degrees_are_an_error(tmp_path: Path, capsys) -> None:
    made = made_set()
    info = made.info.model_copy(update={"px_per_deg": float("nan")})
    unknown = type(made)(info, made.stimuli, made.observers, made.table, made.provenance)
    write_fixation_set(tmp_path / "fix.h5", unknown)
    with pytest.raises(SystemExit) as end:
        main(["dataset", "describe", str(tmp_path / "fix.h5"), "--bootstraps", "5"])
    assert end.value.code == 1
    assert "State sigma in stimulus pixels" in capsys.readouterr().err
