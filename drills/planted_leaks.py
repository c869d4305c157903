"""Leaks, planted one by one in the files that Foveola writes, must be found; clean files be clean.

A session goes through everything that writes a file. Nothing may be found in any of them, although
the check knows the names of a user and a machine. Then twenty-two leaks of different kinds are
planted, each in a fresh copy of a clean file, and each must be found there under its own kind.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from claims import Claims, arguments_of
from PIL import Image, PngImagePlugin
from scipy import io as scipy_io
from withdraw_one import foveola, make_maps, make_sessions, make_the_rest

from foveola.data_schema.privacy import Names, leaks_of

NAMES = Names(users=frozenset({"mjohnson"}), hosts=frozenset({"labpc-17"}))
Planter = Callable[[Path], None]


class Plant(NamedTuple):
    kind: str
    what: str
    pattern: str  # of the clean file that it is planted in
    plant: Planter
    name: str = ""  # of the copy, where the name is the leak


def in_hdf5(change: Callable[[h5py.File], object]) -> Planter:
    def plant(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            change(file)

    return plant


def in_text(old: str, new: str) -> Planter:
    def plant(path: Path) -> None:
        text = path.read_text("utf-8")
        assert old in text, (path, old)
        path.write_text(text.replace(old, new, 1), "utf-8")

    return plant


def in_json(key: str, value: object) -> Planter:
    def plant(path: Path) -> None:
        content = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(content | {key: value}), "utf-8")

    return plant


def as_column(name: str, cell: str) -> Planter:
    def plant(path: Path) -> None:
        lines = path.read_text("utf-8").splitlines()
        lines = [f"{lines[0]}\t{name}", *(f"{line}\t{cell}" for line in lines[1:])]
        path.write_text("\n".join(lines), "utf-8")

    return plant


def packed(name: str = "", mtime: int = 0, add: bytes = b"") -> Planter:
    def plant(path: Path) -> None:
        content = gzip.decompress(path.read_bytes()) + add
        with path.open("wb") as raw, gzip.GzipFile(name, "wb", fileobj=raw, mtime=mtime) as file:
            file.write(content)

    return plant


def as_png(path: Path, **settings: object) -> None:
    with Image.open(path) as image:
        image.load()
        image.save(path, **settings)


def png_text(path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Author", "M. Johnson <mjohnson>", zip=True)
    as_png(path, pnginfo=text)


def png_exif(path: Path) -> None:
    exif = Image.Exif()
    exif[0x013C] = "labpc-17"  # HostComputer
    as_png(path, exif=exif)


def png_time(path: Path) -> None:
    data = path.read_bytes()
    body = b"tIME" + struct.pack(">HBBBBB", 2026, 3, 4, 10, 11, 12)
    chunk = struct.pack(">I", 7) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:33] + chunk + data[33:])  # behind the header


def trailing(data: bytes) -> Planter:
    def plant(path: Path) -> None:
        path.write_bytes(path.read_bytes() + data)

    return plant


def edf(path: Path) -> None:
    path.write_bytes(b"** DATE: Wed Mar  4 10:11:12 2026\n** TYPE: EDF_FILE\n" + bytes(range(200)))


def mat_variable(path: Path) -> None:
    content = {"density": np.ones((3, 3)), "source": "C:\\Users\\mj\\maps.h5"}
    scipy_io.savemat(str(path), content, do_compression=True)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])


def zip_of(path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo("maps/a.csv", (1980, 1, 1, 0, 0, 0))
        archive.writestr(member, path.read_bytes())
        archive.comment = b"sent by m.johnson@uni.example.edu"
    path.write_bytes(buffer.getvalue())


PLANTS = (
    Plant("user name", "attribute of an HDF5 file", "set.h5",
          in_hdf5(lambda file: file.attrs.update(note="by mjohnson"))),
    Plant("home or network path", "provenance in an HDF5 file", "maps.h5",
          in_hdf5(lambda file: file["info"].attrs.update(source="/home/mj/set.h5"))),
    Plant("e-mail address", "message of a recording", "data/many_*0.h5",
          in_hdf5(lambda file: file["messages/text"].__setitem__(0, "ask m.j@uni.example.edu"))),
    Plant("host name", "name of a group in HDF5", "scores.h5",
          in_hdf5(lambda file: file.create_group("run on LabPC-17"))),
    Plant("name of a user or machine", "key of a side-car", "bids/**/*_physio.json",
          in_json("ComputerName", "ARGUS")),
    Plant("absolute path", "value of a side-car", "bids/**/*_events.json",
          in_json("Source", "/data/lab3/session")),
    Plant("home or network path", "cell of a table", "bids/**/*_events.tsv",
          as_column("file", "C:\\Users\\mj\\a.png")),
    Plant("date", "day of a session, not shifted", "bids/participants.tsv",
          as_column("acq_time", "2026-03-04T10:11:12")),
    Plant("age above 89", "an age that few have", "bids/participants.tsv", as_column("age", "93")),
    Plant("time or name in a header", "time in a gzip header", "bids/**/*_physio.tsv.gz",
          packed(mtime=1772619072)),
    Plant("time or name in a header", "name in a gzip header", "bids/**/*_physio.tsv.gz",
          packed(name="mj_first_try.tsv")),
    Plant("home or network path", "within gzip", "bids/**/*_physioevents.tsv.gz",
          packed(add=b"1.0\tn/a\tIMGLOAD /Users/mj/a.png\n")),
    Plant("user name", "packed text of a PNG", "export_png/0.png", png_text),
    Plant("host name", "EXIF of a PNG", "export_png/1.png", png_exif),
    Plant("time or name in a header", "time of a PNG", "export_png/2.png", png_time),
    Plant("date in a header", "header of an EDF", "export_npy/0.npy", edf),
    Plant("home or network path", "comment in a page", "session_report/index.html",
          in_text("</body>", "<!-- from \\\\server3\\gaze --></body>")),
    Plant("user name", "model in scores", "scores.csv", in_text("uniform", "mjohnson_v2")),
    Plant("absolute path", "behind the data of NPY", "export_npy/0.npy",
          trailing(b"\0written to /scratch/run7/a.npy")),
    Plant("date in a header", "header of a MAT file", "export_mat/0.mat",
          lambda path: scipy_io.savemat(str(path), {"density": np.ones((3, 3))})),
    Plant("home or network path", "text in a packed MAT variable", "export_mat/0.mat",
          mat_variable),
    Plant("e-mail address", "comment of a zip", "scores.csv", zip_of, "scores.zip"),
)  # fmt: skip


def main() -> None:
    arguments_of(__doc__).parse_args()  # the full size is as quick
    claims = Claims()
    with tempfile.TemporaryDirectory() as name:
        folder, copies = Path(name) / "clean", Path(name) / "planted"
        folder.mkdir()
        make_sessions(folder, ["A10", "A20"])
        for path in (folder / "data").glob("*.edf"):
            path.unlink()
        make_maps(folder)
        make_the_rest(folder, "A10")
        foveola("export", "overlay", "maps.h5", "-o", "export_overlay", folder=folder)
        foveola("report", "scores.csv", "-o", "scores_report", folder=folder)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files = [path for path in files if path.suffix not in (".journal", ".toml")]
        found = [leak for path in files for leak in leaks_of(path, NAMES, folder)]
        claims.check(not found, f"{len(files)} clean files: {len(found)} leaks found in them")
        for leak in found[:20]:
            print(f"        {leak.words()}")
        missed = []
        for i, plant in enumerate(PLANTS):
            clean = next(iter(sorted(folder.glob(plant.pattern))))
            copy = copies / str(i) / (plant.name or clean.name)
            copy.parent.mkdir(parents=True)
            shutil.copyfile(clean, copy)
            plant.plant(copy)
            if plant.kind not in {leak.kind for leak in leaks_of(copy, NAMES)}:
                missed.append(plant.what)
        claims.check(
            not missed, f"planted leaks found: {len(PLANTS) - len(missed)} of {len(PLANTS)}"
        )
        for what in missed:
            print(f"        missed: {what}")
    claims.end()


if __name__ == "__main__":
    main()
