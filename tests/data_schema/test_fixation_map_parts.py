from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foveola import data_schema as ds
from foveola.data_schema import fixation_map_parts

INFO = ds.MapInfo(sigma_px=3)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch) -> None:
    monkeypatch.setattr(fixation_map_parts, "MAPS_A_PART", 3)


def source(**parameters: object) -> ds.Provenance:
    return ds.provenance(parameters)


def write(path: Path, count: int = 8, stop_at: int = -1, **parameters: object) -> list[int]:
    """Write maps and say which were appended; `stop_at` stands for a kill."""
    appended = []
    with ds.resumed_fixation_maps(path, INFO, source(**parameters)) as maps:
        for i in range(maps.done, count):
            if i == stop_at:
                raise KeyboardInterrupt
            stimulus = ds.Stimulus(id=f"{i}.png", width_px=4, height_px=3)
            maps.append(stimulus, np.full((3, 4), 1 / 12 + i / 100), i, 2, i + 0.5)
            appended.append(i)
    return appended


def check(path: Path, count: int = 8) -> None:
    with ds.open_fixation_maps(path) as maps:
        assert [row.fixations for row in maps.maps] == list(range(count))
        assert [row.sigma_px for row in maps.maps] == [i + 0.5 for i in range(count)]
        assert [one.id for one in maps.stimuli] == [f"{i}.png" for i in range(count)]
        for i in range(count):
            assert maps.density(i) == pytest.approx(np.full((3, 4), 1 / 12 + i / 100))
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_in_one_run_nothing_is_left_but_the_file(tmp_path: Path) -> None:
    assert write(tmp_path / "maps.h5") == list(range(8))
    check(tmp_path / "maps.h5")


def test_a_stopped_run_leaves_no_file_and_the_next_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "maps.h5", stop_at=7)
    assert not (tmp_path / "maps.h5").exists()
    assert write(tmp_path / "maps.h5") == [6, 7]
    check(tmp_path / "maps.h5")


def test_a_killed_run_may_leave_half_a_part_and_strays(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "maps.h5", stop_at=7)
    folder = tmp_path / "maps.h5.parts"
    content = (folder / "000001.h5").read_bytes()
    (folder / "000001.h5").write_bytes(content[: len(content) // 2])
    (folder / "000002.h5.123.part").write_bytes(b"half")
    assert write(tmp_path / "maps.h5") == [3, 4, 5, 6, 7]
    check(tmp_path / "maps.h5")


def test_parts_of_another_job_are_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "maps.h5", stop_at=7, sigma="1deg")
    assert write(tmp_path / "maps.h5", sigma="2deg") == list(range(8))
    check(tmp_path / "maps.h5")


def test_a_run_that_wrote_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "maps.h5", stop_at=1)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ds.FoveolaError, match="does not exist. Make it first"):
        write(tmp_path / "no" / "maps.h5")
