"""Every text that a file holds, with its place: for whoever looks for what should not be there."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from PIL import Image, UnidentifiedImageError

from .errors import FileFormatError
from .hdf5_file import open_hdf5

#: Packed members that unpack to more than this are refused, not read.
MAX_UNPACKED_BYTES = 2**30
TEXT_ENDINGS = {
    ".csv", ".css", ".html", ".js", ".json", ".md", ".svg", ".toml", ".tsv", ".txt", ".xml",
}  # fmt: skip
PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
PRINTABLE = re.compile(rb"[\x20-\x7e\xc2-\xf4\x80-\xbf]{6,}")


class Text(NamedTuple):
    """A text in a file.

    Attributes
    ----------
    place : str
        Where: a line, an attribute, a key, a header.
    text : str
        What stands there.
    kind : str
        What it is: ``text``, ``key=value`` pairs of a structured file, or a ``header`` of a format.
    """

    place: str
    text: str
    kind: str = "text"


def texts_of(path: Path, root: Path | None = None) -> Iterator[Text]:
    """Yield every text of a file, and its name below the root.

    Parameters
    ----------
    path : Path
        Any file: HDF5, JSON, tables, pages, pictures, gzip, zip, NPY, MAT, EDF; of any other the
        printable bytes.
    root : Path, optional
        Folder that the name is relative to; what lies above it does not travel with the file.

    Raises
    ------
    FileFormatError
        If it is damaged, so that nobody can tell what is in it.
    """
    yield Text("name", path.relative_to(root).as_posix() if root else path.name)
    try:
        if h5py.is_hdf5(path):
            yield from _of_hdf5(path)
        else:
            yield from _of_bytes(path.name, path.read_bytes())
    except (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise FileFormatError(path, f"it can't be looked through ({error}).") from error


def _of_bytes(name: str, data: bytes) -> Iterator[Text]:
    ending = Path(name).suffix.lower()
    if data[:2] == b"\x1f\x8b":
        yield from _of_gzip(name, data)
    elif data[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(data)):
        yield from _of_zip(data)
    elif ending in PICTURE_ENDINGS:
        yield from _of_picture(data)
    elif data[:6] == b"MATLAB":
        yield from _of_mat(data)
    elif ending == ".json":
        yield from _of_json(data)
    elif ending in (".csv", ".tsv"):
        yield from _of_table(data, "\t" if ending == ".tsv" else ",")
    elif ending in TEXT_ENDINGS:
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            yield Text(f"line {number}", line)
    else:
        yield from _of_unknown(data)


def _of_unknown(data: bytes) -> Iterator[Text]:
    """Printable stretches, as ``strings`` finds them; the header of an EDF among them."""
    for found in PRINTABLE.finditer(data):
        text = found[0].decode("utf-8", "replace")
        yield Text(f"byte {found.start()}", text, "header" if text.startswith("**") else "text")


def _of_gzip(name: str, data: bytes) -> Iterator[Text]:
    flags, mtime = data[3], int.from_bytes(data[4:8], "little")
    if mtime:
        yield Text("gzip header", f"mtime={mtime}", "header")
    if flags & 0b1000:
        inner = data[10:].split(b"\0")[0]
        yield Text("gzip header", f"name={inner.decode('latin-1')}", "header")
    if flags & 0b10000:
        yield Text("gzip header", data[10:200].decode("latin-1"))
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        unpacked = file.read(MAX_UNPACKED_BYTES + 1)
    if len(unpacked) > MAX_UNPACKED_BYTES:
        raise ValueError("it unpacks to more than 1 GiB")
    yield from _of_bytes(name.removesuffix(".gz"), unpacked)


def _of_zip(data: bytes) -> Iterator[Text]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError("it unpacks to more than 1 GiB")
        if archive.comment:
            yield Text("zip comment", archive.comment.decode("utf-8", "replace"))
        for member in archive.infolist():
            yield Text("zip member", member.filename)
            if member.comment:
                yield Text(f"{member.filename}: comment", member.comment.decode("utf-8", "replace"))
            if member.date_time > (1980, 1, 1, 0, 0, 0):
                moment = "{}-{:02d}-{:02d}T{:02d}:{:02d}".format(*member.date_time)
                yield Text(member.filename, f"mtime={moment}", "header")
            if not member.is_dir():
                for place, text, kind in _of_bytes(member.filename, archive.read(member)):
                    yield Text(f"{member.filename}: {place}", text, kind)


def _of_picture(data: bytes) -> Iterator[Text]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            found: dict[str, Any] = dict(image.info) | getattr(image, "text", {})
            for tag, value in image.getexif().items():
                found[f"EXIF {tag}"] = value
    except UnidentifiedImageError as error:
        raise ValueError("this is no picture") from error
    for key, value in found.items():
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if isinstance(text, str) and key not in ("exif", "icc_profile"):
            yield from _of_json_text(str(key), text)
    if (place := data.find(b"tIME")) > 0:
        stamp = data[place + 4 : place + 11]
        moment = f"{int.from_bytes(stamp[:2], 'big')}-{stamp[2]:02d}-{stamp[3]:02d}"
        yield Text("tIME", f"mtime={moment}", "header")


def _of_mat(data: bytes) -> Iterator[Text]:
    yield Text("MATLAB header", data[:116].decode("latin-1").strip(), "header")
    place = 128
    while place + 8 <= len(data):
        kind, size = np.frombuffer(data[place : place + 8], "<u4").tolist()
        element = data[place + 8 : place + 8 + size]
        unpacked = zlib.decompress(element) if kind == 15 else element
        for found in PRINTABLE.finditer(unpacked):
            yield Text(f"byte {place}", found[0].decode("utf-8", "replace"))
        for found in re.finditer(rb"(?:[\x20-\x7e]\0){6,}", unpacked):  # text of 16 bits
            yield Text(f"byte {place}", found[0].decode("utf-16-le"))
        place += 8 + size if kind == 15 else 8 + (size + 7) // 8 * 8


def _of_json(data: bytes) -> Iterator[Text]:
    yield from _of_value("", json.loads(data.decode("utf-8-sig")))


def _of_json_text(place: str, text: str) -> Iterator[Text]:
    """A text that may be JSON in itself, as provenance is."""
    if text[:1] in "[{":
        try:
            value = json.loads(text)
        except ValueError:
            pass
        else:
            yield from _of_value(place, value)
            return
    yield Text(place, text, "text")


def _of_value(place: str, value: Any) -> Iterator[Text]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield Text(f"{place}, a name".lstrip(", "), str(key))  # names nothing by its place
            yield from _of_value(f"{place}.{key}" if place else str(key), one)
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from _of_value(f"{place}[{i}]", one)
    elif value is not None and not isinstance(value, bool):
        yield Text(place, str(value), "key=value")


def _of_table(data: bytes, separator: str) -> Iterator[Text]:
    lines = data.decode("utf-8-sig", "replace").splitlines()
    header = lines[0].split(separator) if lines else []
    for number, line in enumerate(lines, start=1):
        for i, cell in enumerate(line.split(separator)):
            if re.search(r"[^\d.eE+-]", cell) or len(cell) in (2, 3):
                column = header[i] if i < len(header) and number > 1 else ""
                yield Text(f"line {number}.{column}", cell, "key=value" if column else "text")


def _of_hdf5(path: Path) -> Iterator[Text]:
    if size := h5py.h5f.open(bytes(path), h5py.h5f.ACC_RDONLY).get_create_plist().get_userblock():
        with path.open("rb") as raw:
            yield from _of_unknown(raw.read(size))
    with open_hdf5(path) as file:
        yield from _of_attributes("", file)
        waiting: list[tuple[str, Any]] = [("", file)]
        while waiting:
            prefix, group = waiting.pop()
            for name, child in group.items():
                place = f"{prefix}/{name}"
                yield Text(prefix or "/", str(name))
                yield from _of_attributes(place, child)
                if isinstance(child, h5py.Group):
                    waiting.append((place, child))
                else:
                    yield from _of_dataset(place, child)


def _of_attributes(place: str, node: Any) -> Iterator[Text]:
    for name, value in node.attrs.items():
        yield Text(place, str(name))
        for one in np.atleast_1d(np.asarray(value)).ravel():
            yield from _of_anything(f"{place}.{name}", one)


def _of_dataset(place: str, dataset: h5py.Dataset) -> Iterator[Text]:
    names = dataset.dtype.names
    if dataset.dtype.kind in "OSU":
        for one in np.atleast_1d(np.asarray(dataset[()])).ravel():
            yield from _of_anything(place, one)
    elif names:
        for name in names:
            yield Text(place, name)
            if dataset.dtype[name].kind in "OSU":
                for one in np.atleast_1d(np.asarray(dataset[name])).ravel():
                    yield from _of_anything(f"{place}.{name}", one)


def _of_anything(place: str, value: Any) -> Iterator[Text]:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        for found in _of_json_text(place, value):
            yield found._replace(kind="key=value")
