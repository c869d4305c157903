import dataclasses
from pathlib import Path

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image

from foveola.command_line.main import main
from foveola.data_schema import image_stimulus, write_fixation_set
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
        *(f"{i}.{kind}" for i in range(3)),
        "foveola_provenance.json",
    ]


def test_pngs_have_8_or_16_bits(maps: Path, tmp_path: Path, capsys) -> None:
    assert run("png", maps, "-o", tmp_path / "out", "--bits", 16) == 0
    assert np.asarray(Image.open(tmp_path / "out" / "0.png")).max() == 65535
    assert run("png", maps, "-o", tmp_path / "out", "--bits", 12) == 1
    assert "Choose 8 or 16" in capsys.readouterr().err


def test_overlays_without_photographs_say_so(maps: Path, tmp_path: Path, capsys) -> None:
    assert run("overlay", maps, "-o", tmp_path / "out") == 1
    assert "the image is not there" in capsys.readouterr().err


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """A set whose first stimulus has its image."""
    made = made_set()
    photo = tmp_path / "0.png"
    Image.new("RGB", (40, 30)).save(photo)
    first = image_stimulus(photo, relative_to=tmp_path)
    known = dataclasses.replace(made, stimuli=(first, *made.stimuli[1:]), folder=tmp_path)
    write_fixation_set(tmp_path / "fix.h5", known)
    return tmp_path / "fix.h5"


def test_a_set_becomes_the_folder_of_another_layout(seen: Path, maps: Path, tmp_path, capsys):
    assert run("salicon", seen, "-o", tmp_path / "s", "--maps", maps, "--split", "val") == 0
    assert (tmp_path / "s" / "maps" / "val" / "2.png").is_file()
    assert run("mit1003", seen, "-o", tmp_path / "m") == 0
    assert (tmp_path / "m" / "ALLSTIMULI" / "0.png").is_file()
    assert capsys.readouterr().out.count("3 stimuli") == 2


def test_pysaliency_gets_what_has_an_image(seen: Path, maps: Path, tmp_path: Path, capsys) -> None:
    assert run("pysaliency", seen, "-o", tmp_path / "p", "--maps", maps, "--log-density") == 0
    told = capsys.readouterr().out
    assert "1 stimulus" in told
    assert "2 more have no image" in told
    assert "predictions.hdf5: 3 maps" in told
    assert {path.name for path in (tmp_path / "p").iterdir()} == {
        "stimuli.hdf5",
        "fixations.hdf5",
        "predictions.hdf5",
    }
