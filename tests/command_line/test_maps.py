from pathlib import Path

import pytest
from made_fixations import made_set

from foveola.command_line.main import main
from foveola.data_schema import faults_of, open_fixation_maps, write_fixation_set


def test_maps_are_made_of_a_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set())
    with pytest.raises(SystemExit) as end:
        main(["maps", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "m.h5"), "--sigma", "0.5deg"])
    assert not end.value.code
    assert "3 maps, sigma 0.5deg" in capsys.readouterr().out
    assert faults_of(tmp_path / "m.h5") == []
    with open_fixation_maps(tmp_path / "m.h5") as maps:
        assert maps.info.sigma_px == 2
        assert [one.name for one in maps.provenance.inputs] == ["fix.h5"]


def test_a_width_that_can_not_be_read_is_an_error(tmp_path: Path, capsys) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set())
    with pytest.raises(SystemExit) as end:
        main(["maps", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "m.h5"), "--sigma", "1cm"])
    assert end.value.code == 1
    assert "1deg or as 24px" in capsys.readouterr().err
    assert not (tmp_path / "m.h5").exists()
