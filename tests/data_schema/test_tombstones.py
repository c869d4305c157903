from __future__ import annotations

import json
from pathlib import Path

import pytest

from foveola.data_schema import FileFormatError, FoveolaError, refuse_withdrawn
from foveola.data_schema.tombstones import NAME, read_tombstones, write_withdrawal


def test_a_tombstone_knows_the_observer_without_naming_them(tmp_path: Path) -> None:
    write_withdrawal(tmp_path, "K7Q-X2", state="done", counts={"remove": 4})
    text = (tmp_path / NAME).read_text("utf-8")
    assert "K7Q" not in text
    stones = read_tombstones(tmp_path)
    found = stones.find("K7Q-X2")
    assert found is not None
    assert found.counts == {"remove": 4}
    assert stones.find("k7q-x2") is None
    assert len(found.day) == 10


def test_a_second_writing_renews_and_others_stay(tmp_path: Path) -> None:
    write_withdrawal(tmp_path, "A", state="begun", counts={}, left_to_do=(("remove", "a.h5", ""),))
    write_withdrawal(tmp_path, "B", state="done", counts={})
    write_withdrawal(tmp_path, "A", state="done", counts={"remove": 1})
    stones = read_tombstones(tmp_path)
    assert len(stones.withdrawals) == 2
    found = stones.find("A")
    assert found is not None
    assert (found.state, found.left_to_do) == ("done", ())


def test_a_copy_in_any_folder_below_is_refused(tmp_path: Path) -> None:
    write_withdrawal(tmp_path, "A", state="done", counts={})
    deep = tmp_path / "copies" / "old" / "a.journal"
    with pytest.raises(FoveolaError, match=r"withdrew on 20.*foveola withdraw A"):
        refuse_withdrawn("A", deep)
    refuse_withdrawn("B", deep)
    refuse_withdrawn("A", tmp_path.parent / "elsewhere" / "a.journal")


def test_a_damaged_list_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps({"salt": "x"}))
    with pytest.raises(FileFormatError, match=r"withdrawn observers can't be read"):
        refuse_withdrawn("A", tmp_path / "a.h5")
