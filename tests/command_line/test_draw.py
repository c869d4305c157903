from pathlib import Path

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image

from foveola.command_line.main import main
from foveola.data_schema import write_fixation_set


@pytest.mark.parametrize("kind", ["heatmap", "fixations", "scanpath"])
def test_pictures_are_written(tmp_path: Path, kind: str, capsys) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set())
    command = ["draw", str(tmp_path / "fix.h5"), "0.png", "2.png", "-o", str(tmp_path / "p.png")]
    with pytest.raises(SystemExit) as end:
        main([*command, "--kind", kind, "--sigma", "2px", "--colours", "cividis"])
    assert not end.value.code
    assert f"{8 if kind == 'scanpath' else 2} pictures" in capsys.readouterr().out
    with Image.open(tmp_path / "p.png") as image:
        assert "fix.h5" in image.info["Description"]
        assert len(np.unique(np.asarray(image.convert("L")))) > 50


def test_an_unknown_stimulus_is_an_error(tmp_path: Path, capsys) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set())
    with pytest.raises(SystemExit) as end:
        main(["draw", str(tmp_path / "fix.h5"), "no.png", "-o", str(tmp_path / "p.png")])
    assert end.value.code == 1
    assert "no stimulus 'no.png'" in capsys.readouterr().err
    assert not (tmp_path / "p.png").exists()
