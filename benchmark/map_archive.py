"""Maps in a zip or tar archive: members are read one by one, and nothing is ever unpacked."""

from __future__ import annotations

import bz2
import gzip
import stat
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError, Stimulus

from .map_file import COMPRESSIONS, Expected, decode_map
from .map_names import MAX_FILES, is_archive_name, is_litter, is_map_name, member_path

#: A compressed tar may unpack to so many bytes for each pixel and each map, counted generously.
TAR_BYTES_PER_PIXEL, TAR_BYTES_PER_MAP = 16, 2**20
#: A zip's list of its members may be so long; longer ones exhaust the memory before they are seen.
MAX_DIRECTORY_BYTES = 2**24
LOCAL_HEADER_BYTES = 30
COPY_ANEW = "Make the archive anew, and copy the whole file."


class ArchiveOfMaps:
    """Maps of an archive, one member each; what both kinds have in common.

    Attributes
    ----------
    names : list of str
        Of the members that may be maps.
    faults : list of FoveolaError
        Members that are links, devices, archives, encrypted, doubled or that overlap.
    """

    named_as_files = True

    def __init__(self, path: Path, stimuli: Sequence[Stimulus]) -> None:
        self.path = path
        self.names: list[str] = []
        self.faults: list[FoveolaError] = []
        self._seen: set[str] = set()
        pixels = sum(one.width_px * one.height_px for one in stimuli)
        self._budget = TAR_BYTES_PER_PIXEL * pixels + TAR_BYTES_PER_MAP * (len(stimuli) + 1)

    def _take(self, name: str, reason: str, remedy: str) -> bool:
        """Note a member, or its fault; whether it is a map to be read."""
        if name in self._seen:
            reason, remedy = "two members have this name.", "Keep one of the two."
        elif len(self._seen) >= MAX_FILES:
            raise FoveolaError(f"{self.path} holds more than {MAX_FILES:,} members.")
        elif not reason and is_archive_name(name):
            reason, remedy = "an archive within an archive is not opened.", "Unpack it first."
        self._seen.add(name)
        if reason:
            self.faults.append(FileFormatError(member_path(self.path, name), reason, remedy=remedy))
        elif is_map_name(name) and not is_litter(name):
            self.names.append(name)
            return True
        return False

    def _unsound(self, error: Exception, kind: str) -> FileFormatError:
        detail = f"{type(error).__name__}: {str(error)[:100]}"
        return FileFormatError(
            self.path, f"it is no sound {kind} archive ({detail}).", remedy=COPY_ANEW
        )


class ZipOfMaps(ArchiveOfMaps):
    """Maps of a zip archive."""

    def __init__(self, path: Path, stimuli: Sequence[Stimulus]) -> None:
        super().__init__(path, stimuli)
        self._archive = self._opened()
        ends = _ends_of(self._archive.infolist(), self._archive.start_dir)
        for info in self._archive.infolist():
            if not info.is_dir() or info.file_size:
                self._take(info.filename, *_fault_of(info, ends))

    def read(self, name: str, expected: Expected) -> NDArray[np.floating]:
        """Read the map of that name."""
        try:
            with self._archive.open(name) as file:
                content = file.read(expected.most_bytes + 1)
            declared = self._archive.getinfo(name).file_size
            if len(content) != min(declared, expected.most_bytes + 1):
                raise ValueError(f"{len(content)} bytes, {declared} are declared")
        # zipfile and its decompressors raise whatever a damaged file makes them stumble over.
        except Exception as error:
            raise FileFormatError(
                expected.path,
                f"this member is damaged ({type(error).__name__}: {str(error)[:100]}).",
                remedy=COPY_ANEW,
            ) from error
        return decode_map(expected, content)

    def _opened(self) -> zipfile.ZipFile:
        try:
            _refuse_long_directory(self.path)
            return zipfile.ZipFile(self.path)
        except FileFormatError:
            raise
        except Exception as error:
            raise self._unsound(error, "zip") from error

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_archive"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._archive = self._opened()

    def __del__(self) -> None:
        if "_archive" in self.__dict__:
            self._archive.close()


def _refuse_long_directory(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 2**17))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    length = _number("<I", tail, place, 12)
    if length == 0xFFFFFFFF:
        length = _number("<Q", tail, tail.rfind(b"PK\x06\x06"), 40)
    if length > MAX_DIRECTORY_BYTES:
        raise FileFormatError(
            path, f"its list of members takes {length:,} bytes.", remedy="Submit the maps alone."
        )


def _number(form: str, tail: bytes, place: int, offset: int) -> int:
    """Number of a record that begins at a place; 0 where there is no such record."""
    known = 0 <= place <= len(tail) - offset - struct.calcsize(form)
    return int(struct.unpack_from(form, tail, place + offset)[0]) if known else 0


def _ends_of(members: Sequence[zipfile.ZipInfo], directory: int) -> dict[int, int]:
    """Where the next member begins, by where a member begins; two at one place end there."""
    starts = sorted(info.header_offset for info in members)
    ends: dict[int, int] = {}
    for start, following in zip(starts, [*starts[1:], directory], strict=False):
        ends[start] = min(following, ends.get(start, following))
    return ends


def _fault_of(info: zipfile.ZipInfo, ends: dict[int, int]) -> tuple[str, str]:
    """Reason and remedy of a member that is refused whatever it holds; empty where it isn't."""
    end = info.header_offset + LOCAL_HEADER_BYTES + info.compress_size
    if end > ends.get(info.header_offset, -1):
        return "this member overlaps another.", COPY_ANEW
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "this member is a link or a device.", "Pack the files themselves."
    if info.flag_bits & 1:
        return "this member is encrypted.", "Pack it without a password."
    if info.compress_type not in COMPRESSIONS:
        return "this member is compressed in an unusual way.", "Pack it with deflate."
    return "", ""


class TarOfMaps(ArchiveOfMaps):
    """Maps of a tar archive; a compressed one is decompressed once, to a nameless file."""

    def __init__(self, path: Path, stimuli: Sequence[Stimulus]) -> None:
        super().__init__(path, stimuli)
        self._file = self._opened()
        self._places: dict[str, tuple[int, int]] = {}
        size = self._file.seek(0, 2)
        self._file.seek(0)
        for member in self._members():
            if not member.isdir() and self._take(member.name, *_fault_of_tar(member, size)):
                self._places[member.name] = (member.offset_data, member.size)

    def read(self, name: str, expected: Expected) -> NDArray[np.floating]:
        """Read the map of that name."""
        place, size = self._places[name]
        self._file.seek(place)
        content = self._file.read(min(size, expected.most_bytes + 1))
        return decode_map(expected, content)

    def _members(self) -> Iterator[tarfile.TarInfo]:
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    yield member
                    archive.members = []  # type: ignore[attr-defined]
        except FoveolaError:
            raise
        # tarfile raises whatever a damaged header makes it stumble over.
        except Exception as error:
            raise self._unsound(error, "tar") from error

    def _opened(self) -> IO[bytes]:
        try:
            with self.path.open("rb") as file:
                head = file.read(6)
            if head.startswith(b"\x1f\x8b"):
                return self._decompressed(gzip.open(self.path))
            if head.startswith(b"BZh"):
                return self._decompressed(bz2.open(self.path))
            if head.startswith(b"\xfd7zXZ"):
                raise FileFormatError(
                    self.path, "xz archives are not read.", remedy="Compress it with gzip."
                )
            return self.path.open("rb")
        except FoveolaError:
            raise
        except Exception as error:
            raise self._unsound(error, "tar") from error

    def _decompressed(self, packed: gzip.GzipFile | bz2.BZ2File) -> IO[bytes]:
        left = self._budget
        # Closed with the archive.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            with packed:
                while chunk := packed.read(2**20):
                    left -= len(chunk)
                    if left < 0:
                        raise FileFormatError(
                            self.path,
                            f"it unpacks to more than {self._budget:,} bytes.",
                            remedy="Pack the maps alone, one file each.",
                        )
                    file.write(chunk)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_file"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._file = self._opened()

    def __del__(self) -> None:
        if "_file" in self.__dict__:
            self._file.close()


def _fault_of_tar(member: tarfile.TarInfo, size: int) -> tuple[str, str]:
    if not 0 <= member.size <= size - member.offset_data:
        return f"this member declares {member.size:,} bytes, which are not there.", COPY_ANEW
    if not member.isreg() or member.sparse:
        return "this member is a link, a device or sparse.", "Pack the files themselves."
    return "", ""
