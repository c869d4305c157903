from __future__ import annotations

import gzip
import json
from pathlib import Path

import h5py
import pytest

from foveola.data_schema.file_texts import Text, texts_of
from foveola.data_schema.privacy import Names, leaks_of

NAMES = Names(users=frozenset({"mjohnson"}), hosts=frozenset({"labpc-17"}))


def kinds(path: Path, root: Path | None = None) -> list[str]:
    return [leak.kind for leak in leaks_of(path, NAMES, root)]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("see /home/anna/data", "home or network path"),
        (r"C:\Users\anna\x.h5", "home or network path"),
        (r"\\server3\gaze", "home or network path"),
        ("file:///x", "home or network path"),
        ("read /scratch/run7 twice", "absolute path"),
        (r"D:\gaze", "absolute path"),
        ("ask m.j@uni.example.edu.", "e-mail address"),
        ("by MJohnson", "user name"),
        ("on LABPC-17.local", "host name"),
    ],
)
def test_what_names_someone_is_found_in_a_line(tmp_path: Path, text: str, kind: str) -> None:
    (leak,) = leaks_of(written(tmp_path, "a.txt", f"fine\n{text}\n"), NAMES)
    assert (leak.kind, leak.place) == (kind, "line 2")
    assert leak.words().startswith(f"{tmp_path / 'a.txt'}: line 2: {kind}: ")


@pytest.mark.parametrize(
    "text",
    [
        "root mean square of 3 px/deg, 1/2 of them, and/or none",
        "https://doi.org/10.1167/jov.21.3.1",
        "mjohnsons and labpc-170",
        "</body> <a href='images/1.html'>",
        "/samples/time_s: time runs backwards",
    ],
)
def test_ordinary_text_is_left_alone(tmp_path: Path, text: str) -> None:
    assert kinds(written(tmp_path, "a.html", text)) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"hostname": "argus"}, ["name of a user or machine"]),
        ({"a": [{"acq_time": "2026-03-04T10:00:00"}]}, ["date"]),
        ({"acq_time": "1925-03-04T10:00:00"}, []),
        ({"created_utc": "2026-03-04T10:00:00"}, []),
        ({"age": 93}, ["age above 89"]),
        ({"age": 89}, []),
        ({"page": 93}, []),
    ],
)
def test_keys_give_values_their_meaning(tmp_path: Path, content: object, kind: list[str]) -> None:
    assert kinds(written(tmp_path, "a.json", json.dumps(content))) == kind


def test_names_of_files_are_looked_at_below_the_folder_only(tmp_path: Path) -> None:
    path = written(tmp_path, "mjohnson/run/a.txt", "fine")
    assert kinds(path, tmp_path) == ["user name"]
    assert kinds(path, path.parent) == []


def test_json_within_hdf5_and_within_gzip_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["provenance"] = json.dumps({"parameters": {"user": "argus"}})
    assert kinds(tmp_path / "a.h5") == ["name of a user or machine"]
    packed = gzip.compress(b'{"user": "argus"}', mtime=0)
    (tmp_path / "a.json.gz").write_bytes(packed)
    assert kinds(tmp_path / "a.json.gz") == ["name of a user or machine"]


def test_what_can_not_be_looked_through_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress(b"1\t2\n", mtime=0)[:-6])
    written(tmp_path, "b.json", "{")
    (tmp_path / "c.png").write_bytes(b"nothing")
    for name in ("a.tsv.gz", "b.json", "c.png"):
        assert kinds(tmp_path / name) == ["unreadable"]


def test_names_that_say_nothing_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    monkeypatch.setattr("platform.node", lambda: "Argus.uni.example.edu")
    monkeypatch.setattr("socket.gethostname", lambda: "localhost")
    names = Names.of_this_machine(["Anna", "lab"])
    assert names.users == {"anna"}
    assert names.hosts == {"argus", "argus.uni.example.edu"}


def test_texts_carry_their_place(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "onset\tstimulus\n1.0\ta b\n")
    found = list(texts_of(path))
    assert Text("line 2.stimulus", "a b", "key=value") in found
