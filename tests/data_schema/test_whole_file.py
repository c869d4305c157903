from __future__ import annotations

import os
from pathlib import Path

import pytest

from foveola.data_schema import FoveolaError, refuse_existing, whole_file, written_whole


def test_file_appears_when_all_is_well(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.txt") as part:
        part.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_error_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), written_whole(tmp_path / "a.txt") as part:
        part.write_text("half")
        raise RuntimeError
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_raw_data_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with (
        pytest.raises(FoveolaError, match=r"a\.txt exists and is never overwritten"),
        written_whole(tmp_path / "a.txt", overwrite=False),
    ):
        pass


@pytest.mark.parametrize(
    ("there", "new"), [("p01a.h5", "P01A.h5"), ("e\u0301.h5", "\u00e9.h5"), ("ss.h5", "ß.h5")]
)
def test_a_name_that_another_disk_takes_for_the_same_is_refused(
    tmp_path: Path, there: str, new: str
) -> None:
    (tmp_path / there).write_text("old")
    with pytest.raises(FoveolaError, match="too much like"):
        refuse_existing(tmp_path / new)
    refuse_existing(tmp_path / new, overwrite=True)
    refuse_existing(tmp_path / "other.h5")
    refuse_existing(tmp_path / "no folder" / new)


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    if not links:
        monkeypatch.setattr(whole_file.os, "link", no_links)
    with (
        pytest.raises(FoveolaError, match="never overwritten"),
        written_whole(tmp_path / "a.txt", overwrite=False) as part,
    ):
        part.write_text("mine")
        (tmp_path / "a.txt").write_text("theirs")
    assert (tmp_path / "a.txt").read_text() == "theirs"


def test_without_links_a_new_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(whole_file.os, "link", no_links)
    with written_whole(tmp_path / "a.txt", overwrite=False) as part:
        part.write_text("mine")
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(FoveolaError, match="nowhere does not exist"),
        written_whole(tmp_path / "nowhere" / "a.txt"),
    ):
        pass


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with (
            pytest.raises(FoveolaError, match="is no regular file"),
            written_whole(tmp_path / name),
        ):
            pass
