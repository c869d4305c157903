from pathlib import Path

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image

from foveola.command_line.main import main
from foveola.fixation_maps.maps import write_maps


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["export", *map(str, words)])
    return int(end.value.code or 0)


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    write_maps(made_set(), tmp_path / "maps.h5", "2px")
    return tmp_path / "maps.h5"


@pytest.mark.parametrize("kind", ["png", "npy", "mat"])
def test_every_map_becomes_a_file(maps: Path, tmp_path: Path, capsys, kind: str) -> None:
    assert run(kind, maps, "-o", tmp_path / "out") == 0
    assert "3 files" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{i}.{kind}" for i in range(3)
    ]


def test_pngs_have_8_or_16_bits(maps: Path, tmp_path: Path, capsys) -> None:
    assert run("png", maps, "-o", tmp_path / "out", "--bits", 16) == 0
    assert np.asarray(Image.open(tmp_path / "out" / "0.png")).max() == 65535
    assert run("png", maps, "-o", tmp_path / "out", "--bits", 12) == 1
    assert "Choose 8 or 16" in capsys.readouterr().err


def test_overlays_without_photographs_say_so(maps: Path, tmp_path: Path, capsys) -> None:
    assert run("overlay", maps, "-o", tmp_path / "out") == 1
    assert "the image is not there" in capsys.readouterr().err
