"""Folders, archives and HDF5 files that are hostile or broken, by kind and name.

Each is a function that makes one in a folder and returns how it is given, with what is said of it.
The set has the stimuli ``a.png`` and ``b.png`` of 16 x 12 pixels; all but the fault is sound.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from made_hostile_maps import PNG, SHAPE, VALUES, npy

from foveola import data_schema as ds

Case = tuple[Callable[[Path], str], str]
SOUND = npy(VALUES / 3)
STIMULI = ("a.png", "b.png")


def folder(*files: tuple[str, bytes], sound=("a.npy", "b.npy")) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        maps = place / "maps"
        maps.mkdir()
        for name, content in [*((one, SOUND) for one in sound), *files]:
            path = maps / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return maps

    return make


def linked(name: str, target: str) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        maps = folder(sound=("b.npy",))(place)
        (place / "secret.npy").write_bytes(SOUND)
        (maps / name).symlink_to(target)
        return maps

    return make


def special(act: Callable[[Path], object]) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        maps = folder(sound=("b.npy",))(place)
        act(maps / "a.npy")
        return maps

    return make


def linked_folder(place: Path) -> Path:
    maps = folder(sound=("b.npy",))(place)
    (place / "elsewhere").mkdir()
    (place / "elsewhere" / "a.npy").write_bytes(SOUND)
    (maps / "deep").symlink_to(place / "elsewhere")
    return maps


FOLDERS = {
    "link to a secret": (linked("a.npy", "../secret.npy"), "links out of the folder"),
    "link to a device": (linked("a.npy", "/dev/zero"), "links out of the folder"),
    "link to memory": (linked("a.npy", "/proc/self/mem"), "links out of the folder"),
    "link to itself": (linked("a.npy", "a.npy"), "not a regular file|can't be|links out"),
    "link to nothing": (linked("a.npy", "gone.npy"), "not a regular file"),
    "pipe": (special(os.mkfifo), "not a regular file"),
    "folder that is a link": (linked_folder, "1 of 2 maps are missing: a.png"),
    "folder called like a map": (special(Path.mkdir), "1 of 2 maps are missing: a.png"),
    "empty": (folder(sound=()), "2 of 2 maps are missing: a.png, b.png"),
    "one missing": (folder(sound=("a.npy",)), "1 of 2 maps are missing: b.png"),
    "unknown format": (folder(("a.gif", b"GIF89a"), sound=("b.npy",)), "1 of 2 maps are missing"),
    "two formats": (folder(("a.png", PNG)), "is a map of the same stimulus"),
    "two spellings of case": (folder(("A.npy", SOUND)), "is a map of the same stimulus"),
    "two spellings of an accent": (
        folder(
            *((unicodedata.normalize(form, "é.npy"), SOUND) for form in ("NFC", "NFD")),
        ),
        "is a map of the same stimulus",
    ),
    "newline in a name": (folder(("a\nb.npy", SOUND)), "characters that can't be seen"),
    "escape in a name": (folder(("a\x1b[2J.npy", SOUND)), "characters that can't be seen"),
    "writing turned round": (folder(("a\u202egnp.npy", SOUND)), "characters that can't be seen"),
    "name of no width": (folder(("a\u200b.npy", SOUND)), "characters that can't be seen"),
    "bytes that are no text": (folder(("a\udcff.npy", SOUND)), "characters that can't be seen"),
    "device of Windows": (folder(("con.npy", SOUND)), "takes its name for a device"),
    "folder called as a device": (folder(("aux/c.npy", SOUND)), "takes its name for a device"),
    "space at the end": (folder(("deep /c.npy", SOUND)), "ends in a space or a dot"),
    "backslashes": (folder(("..\\c.npy", SOUND)), "leads out of its folder"),
    "drive": (folder(("C:c.npy", SOUND)), "leads out of its folder"),
    "archive within": (folder(("maps.zip", b"PK")), "archive within a submission"),
}


def zip_bytes(*members, compression=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two members of one name
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


GOOD = (("a.npy", SOUND), ("b.npy", SOUND))


def zipped(*members, sound=GOOD, change=lambda content: content, **options):
    def make(place: Path) -> Path:
        path = place / "maps.zip"
        path.write_bytes(change(zip_bytes(*sound, *members, **options)))
        return path

    return make


def info(name: str, mode: int = 0) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system, made.external_attr = 3, mode << 16
    return made


def directory(place_of: int, value: bytes, member: int = 0) -> Callable[[bytes], bytes]:
    """Change a field of a member's entry in the list of members."""

    def change(content: bytes) -> bytes:
        out, at = bytearray(content), -1
        for _ in range(member + 1):
            at = content.index(b"PK\x01\x02", at + 1)
        out[at + place_of : at + place_of + len(value)] = value
        return bytes(out)

    return change


def flag(content: bytes) -> bytes:
    return directory(8, b"\x01\x00")(content)


def damaged(content: bytes) -> bytes:
    out = bytearray(content)
    out[60] ^= 0xFF
    return bytes(out)


def long_directory(content: bytes) -> bytes:
    end = content.rindex(b"PK\x05\x06")
    return content[: end + 12] + struct.pack("<I", 2**30) + content[end + 16 :]


def bomb(place: Path) -> Path:
    """Two gigabytes in two megabytes, written without ever holding them."""
    path = place / "maps.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.npy", SOUND)
        with archive.open("a.npy", "w", force_zip64=True) as member:
            for _ in range(500):
                member.write(bytes(2**22))
    return path


BOMB = zip_bytes(("a.npy", bytes(20_000_000)))
ZIPS = {
    "climbing": (zipped(("../c.npy", SOUND)), "leads out of its folder"),
    "climbing in the middle": (zipped(("x/../../c.npy", SOUND)), "leads out of its folder"),
    "absolute": (zipped(("/etc/c.npy", SOUND)), "leads out of its folder"),
    "drive": (zipped(("C:/c.npy", SOUND)), "leads out of its folder"),
    "backslashes": (zipped((info("..\\c.npy"), SOUND)), "leads out of its folder"),
    "newline in a name": (zipped(("c\n.npy", SOUND)), "characters that can't be seen"),
    "writing turned round": (zipped(("c\u202e.npy", SOUND)), "characters that can't be seen"),
    "device of Windows": (zipped(("NUL.npy", SOUND)), "takes its name for a device"),
    "endless name": (zipped(("c" * 5000 + ".npy", SOUND)), "longer than 1024 characters"),
    "nul in a name": (
        zipped(("aXb.npy", SOUND), sound=GOOD[1:], change=lambda c: c.replace(b"aXb", b"a\0b")),
        "1 of 2 maps are missing: a.png|no sound zip|can't be seen",
    ),
    "link": (zipped((info("c.npy", 0o120777), b"/etc/passwd")), "a link or a device"),
    "device": (zipped((info("c.npy", 0o020666), b"")), "a link or a device"),
    "pipe": (zipped((info("c.npy", 0o010666), b"")), "a link or a device"),
    "double": (zipped(("a.npy", SOUND)), "two members have this name"),
    "double by case": (zipped(("A.npy", SOUND)), "is a map of the same stimulus"),
    "double by accent": (
        zipped(("\u00e9.npy", SOUND), ("e\u0301.npy", SOUND)),
        "is a map of the same stimulus",
    ),
    "double by a dot": (zipped(("./a.npy", SOUND)), "is a map of the same stimulus"),
    "overlapping": (zipped(change=directory(42, bytes(4), member=1)), "overlaps another"),
    "reaching into the next": (
        zipped(change=directory(20, b"\xff\xff\x00\x00")),
        "overlaps another",
    ),
    "beyond the end": (zipped(change=directory(42, b"\xff\xff\xff\x0f")), "overlaps|no sound"),
    "of another name inside": (
        zipped(change=lambda c: c.replace(b"a.npy", b"x.npy", 1)),
        "a.npy: this member is damaged",
    ),
    "encrypted": (zipped(change=flag), "is encrypted"),
    "lzma": (zipped(compression=zipfile.ZIP_LZMA), "unusual way"),
    "bzip2": (zipped(compression=zipfile.ZIP_BZIP2), "unusual way"),
    "unknown method": (zipped(change=directory(10, b"\x63\x00")), "unusual way"),
    "declares less": (zipped(change=directory(24, b"\x63\x00\x00\x00")), "damaged|bytes of values"),
    "declares more": (
        zipped(change=directory(24, b"\xff\xff\xff\x7f")),
        "damaged|larger than any|bytes of values",
    ),
    "wrong check sum": (zipped(change=directory(16, bytes(4))), "a.npy: this member is damaged"),
    "damaged": (zipped(change=damaged), "damaged"),
    "bomb of 20 MB": (zipped(("a.npy", bytes(20_000_000)), sound=GOOD[1:]), "larger than any map"),
    "bomb of 2 GB": (bomb, "larger than any map"),
    "bomb in a bomb": (zipped(("c.zip", BOMB)), "archive within an archive"),
    "tar in a zip": (zipped(("c.tar.gz", b"\x1f\x8b")), "archive within an archive"),
    "list of a gigabyte": (zipped(change=long_directory), "its list of members takes"),
    "cut": (zipped(change=lambda c: c[:-30]), "no sound zip"),
    "cut in the middle": (
        zipped(change=lambda c: c[len(c) // 2 :]),
        "no sound|damaged|overlaps",
    ),
    "empty": (zipped(change=lambda _: b""), "no sound zip"),
    "of nothing": (zipped(sound=()), "2 of 2 maps are missing"),
    "text": (zipped(change=lambda _: b"hello" * 99), "no sound zip"),
    "one missing": (zipped(sound=GOOD[:1]), "1 of 2 maps are missing: b.png"),
    "not a map inside": (zipped(("a.png", b"hello"), sound=GOOD[1:]), "no sound PNG"),
}


def tar_bytes(*members, mode="w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for member, content in members:
            if not isinstance(member, tarfile.TarInfo):
                member = tarfile.TarInfo(member)
            member.size = member.size or len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def tarred(*members, sound=GOOD, change=lambda content: content, ending=".tar"):
    def make(place: Path) -> Path:
        path = place / f"maps{ending}"
        path.write_bytes(change(tar_bytes(*sound, *members)))
        return path

    return make


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **headers: str):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.pax_headers = kind, link, headers
    return made


def packed_bomb(place: Path) -> Path:
    """A gigabyte of zeros in one megabyte."""
    path = place / "maps.tar.gz"
    with gzip.open(path, "wb", 9) as file:
        file.write(tar_bytes(*GOOD)[:-1024])
        for _ in range(256):
            file.write(bytes(2**22))
    return path


TARS = {
    "climbing": (tarred(("../c.npy", SOUND)), "leads out of its folder"),
    "absolute": (tarred(("/etc/c.npy", SOUND)), "leads out of its folder"),
    "link": (tarred((member("c.npy", tarfile.SYMTYPE, "/etc/passwd"), b"")), "a link, a device"),
    "hard link": (tarred((member("c.npy", tarfile.LNKTYPE, "a.npy"), b"")), "a link, a device"),
    "pipe": (tarred((member("c.npy", tarfile.FIFOTYPE), b"")), "a link, a device"),
    "device": (tarred((member("c.npy", tarfile.CHRTYPE), b"")), "a link, a device"),
    "disk": (tarred((member("c.npy", tarfile.BLKTYPE), b"")), "a link, a device"),
    "link for a folder": (tarred((member("deep", tarfile.SYMTYPE, "/etc"), b"")), "a link, a dev"),
    "sparse": (
        tarred(
            (
                member(
                    "c.npy",
                    **{
                        "GNU.sparse.major": "1",
                        "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "c.npy",
                        "GNU.sparse.realsize": "99999999999",
                    },
                ),
                b"1\n0\n512\n".ljust(512, b"\0") + bytes(512),
            )
        ),
        "a link, a device or sparse|no sound tar|which are not there",
    ),
    "double": (tarred(("a.npy", SOUND)), "two members have this name"),
    "double by case": (tarred(("A.NPY", SOUND)), "is a map of the same stimulus"),
    "newline in a name": (tarred(("c\n.npy", SOUND)), "characters that can't be seen"),
    "writing turned round": (tarred(("c\u202e.npy", SOUND)), "characters that can't be seen"),
    "device of Windows": (tarred(("lpt1.npy", SOUND)), "takes its name for a device"),
    "archive within": (tarred(("c.zip", BOMB)), "archive within an archive"),
    "wrong check sum": (tarred(change=lambda c: b"x" + c[1:]), "no sound tar|missing"),
    "endless size": (
        tarred((member("c.npy", size="99999999999999"), b"")),
        "no sound tar|missing|bytes of values",
    ),
    "negative size": (tarred((member("c.npy", size="-5000"), b"")), "which are not there"),
    "size of words": (
        tarred((member("c.npy", size="many"), b""), sound=GOOD[1:]),
        "no sound tar|missing",
    ),
    "cut": (tarred(change=lambda c: c[:700]), "no sound tar|missing|bytes of values"),
    "empty": (tarred(change=lambda _: b""), "no sound tar|missing"),
    "of nothing": (tarred(sound=()), "2 of 2 maps are missing"),
    "text": (tarred(change=lambda _: b"hello" * 999), "no sound tar"),
    "one missing": (tarred(sound=GOOD[:1]), "1 of 2 maps are missing: b.png"),
    "not a map inside": (tarred(("a.png", b"hello"), sound=GOOD[1:]), "no sound PNG"),
    "gzip cut": (tarred(change=lambda c: gzip.compress(c)[:-40], ending=".tar.gz"), "no sound tar"),
    "gzip of text": (tarred(change=lambda _: gzip.compress(b"x" * 999), ending=".tgz"), "no sound"),
    "gzip bomb": (packed_bomb, "it unpacks to more than"),
    "xz": (tarred(change=lambda _: b"\xfd7zXZ\0\0", ending=".tar.xz"), "xz archives are not read"),
}


def hdf5(change: Callable[[h5py.File], object], sound=STIMULI) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        path = place / "maps.h5"
        with h5py.File(path, "w") as file:
            for name in sound:
                file[name] = VALUES / 3
            change(file)
        return path

    return make


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        path = hdf5(lambda _: None)(place)
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def instead(content, **options) -> Callable[[Path], Path]:
    """Something else in the place of the map of ``a.png``."""
    return hdf5(lambda f: f.create_dataset("a.png", data=content, **options), STIMULI[1:])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(SHAPE, float)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", SHAPE)
    file.create_virtual_dataset("a.png", layout)


def declared(shape, **options) -> Callable[[Path], Path]:
    return hdf5(lambda f: f.create_dataset("a.png", shape, "f8", **options), STIMULI[1:])


def deep(file: h5py.File) -> None:
    for level in range(40):
        file.create_group("/".join("x" * (level + 1)))


def circle(file: h5py.File) -> None:
    file.create_group("x")
    file["x/again"] = file["x"]


def damaged_bytes(seed: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        random, out = np.random.default_rng(seed), bytearray(content)
        for place in random.integers(8, 1200, 60):
            out[place] = random.integers(256)
        return bytes(out)

    return change


def own(change: Callable[[h5py.File], object]) -> Callable[[Path], Path]:
    """A file of fixation maps, with a fault."""

    def make(place: Path) -> Path:
        path = place / "maps.h5"
        with ds.new_fixation_maps(path, ds.MapInfo(sigma_px=2.0), ds.provenance()) as writer:
            for name in STIMULI:
                stimulus = ds.Stimulus(id=name, width_px=16, height_px=12)
                writer.append(stimulus, np.full(SHAPE, 1 / 192), 3, 2)
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    return make


def replace(name: str, content) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        if content is not None:
            file[name] = content

    return change


LONG = h5py.string_dtype()
HDF5S = {
    "external link": (
        hdf5(lambda f: f.__setitem__("a.png", h5py.ExternalLink("/etc/x.h5", "/x")), STIMULI[1:]),
        "links are refused",
    ),
    "soft link": (
        hdf5(lambda f: f.__setitem__("a.png", h5py.SoftLink("/b.png")), STIMULI[1:]),
        "links are refused",
    ),
    "stored in another file": (
        declared(SHAPE, external=[("/etc/passwd", 0, 1536)]),
        "data stored outside the file",
    ),
    "virtual": (hdf5(virtual, STIMULI[1:]), "data stored outside the file"),
    "in circles": (hdf5(circle), "nested too deeply"),
    "deep": (hdf5(deep), "nested too deeply"),
    "declares terabytes": (
        declared((10**6, 10**6), chunks=(1000, 1000)),
        "more than this file can hold",
    ),
    "declares gigabytes": (
        declared((30_000, 30_000), chunks=(1000, 1000), compression="gzip"),
        "more than this file can hold",
    ),
    "chunk of gigabytes": (
        declared(SHAPE, chunks=(20_000, 20_000), maxshape=(None, None)),
        "larger than the map",
    ),
    "large": (declared((1000, 1000)), "1000 x 1000 pixels, its stimulus"),
    "small": (declared((3, 4)), "4 x 3 pixels, its stimulus"),
    "turned": (declared((16, 12)), "12 x 16 pixels, its stimulus"),
    "three dimensions": (declared((12, 16, 3)), r"its shape is \(12, 16, 3\)"),
    "one dimension": (declared((192,)), r"its shape is \(192,\)"),
    "scalar": (instead(3.0), r"its shape is \(\)"),
    "nothing": (instead(h5py.Empty("f8")), r"its shape is \(\)"),
    "objects": (instead(np.full(SHAPE, "x", object), dtype=LONG), "it holds .* values"),
    "text": (instead(np.full(SHAPE, b"x")), "it holds .* values"),
    "records": (instead(np.zeros(SHAPE, [("x", "f8"), ("y", "f8")])), "it holds .* values"),
    "complex": (instead(np.zeros(SHAPE, complex)), "it holds complex128 values"),
    "references": (
        hdf5(lambda f: f.create_dataset("a.png", SHAPE, h5py.ref_dtype), STIMULI[1:]),
        "it holds object values",
    ),
    "nan": (instead(np.full(SHAPE, np.nan)), "192 of its values are NaN"),
    "infinity": (instead(np.full(SHAPE, np.inf)), "192 of its values are NaN"),
    "group in its place": (
        hdf5(lambda f: f.create_group("a.png"), STIMULI[1:]),
        "1 of 2 maps are missing: a.png",
    ),
    "type in its place": (
        hdf5(lambda f: f.__setitem__("a.png", np.dtype("f8")), STIMULI[1:]),
        "1 of 2 maps are missing: a.png",
    ),
    "one missing": (hdf5(lambda _: None, STIMULI[:1]), "1 of 2 maps are missing: b.png"),
    "of nothing": (hdf5(lambda _: None, ()), "2 of 2 maps are missing"),
    "double by case": (hdf5(lambda f: f.create_dataset("A.PNG", data=VALUES)), "same stimulus"),
    "newline in a name": (
        hdf5(lambda f: f.create_dataset("c\n.png", data=VALUES)),
        "characters that can't be seen",
    ),
    "cut": (bytes_of(lambda c: c[:-900]), "damaged"),
    "cut in its header": (bytes_of(lambda c: c[:60]), "damaged|not an HDF5"),
    "empty file": (bytes_of(lambda _: b""), "not an HDF5 file"),
    "text file": (bytes_of(lambda _: b"hello" * 999), "not an HDF5 file"),
    "png called hdf5": (bytes_of(lambda _: PNG), "not an HDF5 file"),
    **{
        f"damaged bytes {seed}": (bytes_of(damaged_bytes(seed)), "")
        for seed in range(12)
    },
    "own: no densities": (own(replace("density", None)), "density"),
    "own: one density missing": (own(replace("density/0", None)), "damaged|missing"),
    "own: density of text": (own(replace("density/0", b"x")), "it holds .* values|its shape"),
    "own: density of another size": (own(replace("density/0", np.ones((3, 4)))), "4 x 3 pixels"),
    "own: density of nan": (
        own(replace("density/0", np.full(SHAPE, np.nan))),
        "192 of its values are NaN",
    ),
    "own: no table of maps": (own(replace("maps", None)), "maps"),
    "own: a stimulus twice": (
        own(lambda f: f["maps/stimulus"].__setitem__(1, "a.png")),
        "a stimulus has two maps",
    ),
    "own: of a later version": (
        own(lambda f: f.attrs.__setitem__("format_version", "99.0")),
        "format version '99.0' can't be read",
    ),
}  # fmt: skip

PLACES: dict[str, dict[str, Case]] = {
    "folder": FOLDERS, "zip": ZIPS, "tar": TARS, "hdf5": HDF5S,
}  # fmt: skip
