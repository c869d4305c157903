"""Reads a journal, whole, cut or damaged: every whole block, and a report of everything else."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from foveola.data_schema import GAZE_DTYPE, FileFormatError, GazeSamples

from .journal import HEADER_BYTES, MAGIC, BlockHeader, BlockKind, decode_header
from .journal_columns import JournalColumns, decode_columns

SCAN_BYTES = 2**20


@dataclass(frozen=True)
class Damage:
    """A stretch of a journal that is no whole block, or a place where blocks are missing.

    Attributes
    ----------
    byte : int
        Where it begins.
    bytes_lost : int
        How long it is; 0 where whole blocks are missing and no byte is wrong.
    samples_lost : int
        Samples known to be missing there.
    reason : str
        What is wrong.
    """

    byte: int
    bytes_lost: int
    samples_lost: int
    reason: str


@dataclass
class JournalReport:
    """What was found in a journal; filled while it is read.

    Attributes
    ----------
    path : Path
        The journal.
    samples, records : int
        Whole ones.
    samples_lost : int
        Samples that were taken and are not here, as far as the file can tell.
    dropped : int
        Those of them that the writer itself dropped, because the disk took nothing for too long.
    blocks_lost : int
        Blocks that are not here.
    complete : bool
        Whether the end record is here: without it, what came last may be missing.
    damages : list of Damage
        In order.
    """

    path: Path
    samples: int = 0
    records: int = 0
    samples_lost: int = 0
    dropped: int = 0
    blocks_lost: int = 0
    complete: bool = False
    damages: list[Damage] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether everything that was taken is here."""
        return self.complete and not self.damages

    def lines(self) -> list[str]:
        """Say what is wrong, one line each: ``file: byte N: reason``."""
        lines = [f"{self.path}: byte {one.byte}: {one.reason}" for one in self.damages]
        if not self.complete:
            lines.append(
                f"{self.path}: the end record is missing: the session was interrupted, or the "
                "file was cut; samples of its last moments may be missing."
            )
        return lines


@dataclass(frozen=True)
class JournalRecord:
    """A JSON record and the byte at which its block begins."""

    byte: int
    content: dict[str, Any]


class JournalReader:
    """Iterates over the whole blocks of a journal with flat memory.

    Iterating yields ``ndarray of GAZE_DTYPE`` for samples, :class:`JournalColumns` for further
    columns of the samples directly before and :class:`JournalRecord` for records, in the order in
    which they were written. ``report`` tells of the last iteration, and is
    complete when that is.

    Parameters
    ----------
    path : Path
        The journal.

    Raises
    ------
    FileFormatError
        While iterating: if the file can't be opened, or there is not one whole block in it.
    """

    def __init__(self, path: Path) -> None:
        self.report = JournalReport(path)

    def __iter__(self) -> Iterator[GazeSamples | JournalColumns | JournalRecord]:
        report = self.report = JournalReport(self.report.path)
        try:
            file = report.path.open("rb")
        except OSError as error:
            reason = error.strerror or str(error)
            raise FileFormatError(report.path, f"it can't be opened ({reason}).") from error
        follower = _Follower(report)
        with file:
            for part in _parts(file):
                if isinstance(part, _Garbage):
                    follower.meet_garbage(part)
                elif follower.meet(part) and part.header.kind is not BlockKind.END:
                    yield _content(part)
        if follower.next_number == 0:
            raise FileFormatError(report.path, "there is no whole block of a journal in it.")


class _Block(NamedTuple):
    """A block whose checksums agree."""

    byte: int
    header: BlockHeader
    payload: bytes


class _Garbage(NamedTuple):
    """Bytes that are no whole block."""

    byte: int
    size: int
    reason: str


class _Follower:
    """Follows the numbers of blocks and samples, and notes in the report what is missing."""

    def __init__(self, report: JournalReport) -> None:
        self.report = report
        self.next_number = 0
        self._next_sample = 0
        self._garbage: _Garbage | None = None
        #: Number and rows of the last block of samples, which columns must follow directly.
        self._last_samples = -1, 0

    def meet_garbage(self, garbage: _Garbage) -> None:
        self.report.damages.append(Damage(garbage.byte, garbage.size, 0, garbage.reason))
        self._garbage = garbage

    def meet(self, block: _Block) -> bool:
        """Return whether the block belongs here."""
        header, report = block.header, self.report
        if header.number < self.next_number:
            size = HEADER_BYTES + len(block.payload)
            reason = f"block {header.number} stands here out of its place; it is left out."
            report.damages.append(Damage(block.byte, size, 0, reason))
            return False
        if header.number > self.next_number:
            self._note_missing(block)
        self._garbage = None
        self.next_number = header.number + 1
        self._next_sample = header.samples_before
        if header.kind is BlockKind.SAMPLES:
            rows = len(block.payload) // GAZE_DTYPE.itemsize
            self._next_sample += rows
            report.samples += rows
            self._last_samples = header.number, rows
        elif header.kind is BlockKind.COLUMNS:
            return self._belongs(block)
        elif header.kind is BlockKind.RECORD:
            report.records += 1
        else:
            report.complete = True
            dropped = json.loads(block.payload).get("dropped", 0)
            report.dropped = dropped if isinstance(dropped, int) else 0
        return True

    def _belongs(self, block: _Block) -> bool:
        """Whether columns stand directly behind their samples."""
        rows = decode_columns(block.payload)
        number, expected = self._last_samples
        if block.header.number == number + 1 and rows is not None and len(rows) == expected:
            return True
        size = HEADER_BYTES + len(block.payload)
        reason = f"the samples before the further columns of block {block.header.number} are gone."
        self.report.damages.append(Damage(block.byte, size, 0, reason))
        return False

    def _note_missing(self, block: _Block) -> None:
        report = self.report
        blocks = block.header.number - self.next_number
        samples = max(0, block.header.samples_before - self._next_sample)
        report.blocks_lost += blocks
        report.samples_lost += samples
        missing = f"{blocks} blocks with {samples} samples are missing"
        if self._garbage is None:
            reason = f"{missing}: the disk took nothing when they came, or they were cut out."
            report.damages.append(Damage(block.byte, 0, samples, reason))
        else:
            byte, size, reason = self._garbage
            report.damages[-1] = Damage(byte, size, samples, f"{reason} {missing}.")


def _parts(file: BinaryIO) -> Iterator[_Block | _Garbage]:
    """Cut a file into whole blocks and what lies between them."""
    place, garbage_from, reason = 0, -1, ""
    while True:
        file.seek(place)
        head = file.read(HEADER_BYTES)
        header = decode_header(head)
        payload = file.read(header.payload_bytes) if header else b""
        fault = _fault(head, header, payload)
        if garbage_from >= 0 and (not head or not fault):
            yield _Garbage(garbage_from, place - garbage_from, reason)
            garbage_from = -1
        if not head:
            return
        if header is not None and not fault:
            yield _Block(place, header, payload)
            place += HEADER_BYTES + header.payload_bytes
        else:
            if garbage_from < 0:
                garbage_from, reason = place, fault
            place = _next_magic(file, place + 1)


def _fault(head: bytes, header: BlockHeader | None, payload: bytes) -> str:
    """What is wrong with a block; empty where it is whole."""
    if header is None:
        if not any(head):
            return "zeros stand here instead of a block."
        if len(head) < HEADER_BYTES:
            return "the file ends within the header of a block."
        return "no whole header of a block stands here."
    if len(payload) < header.payload_bytes:
        return "the file ends within a block."
    if zlib.crc32(payload) != header.payload_crc:
        return f"the checksum of block {header.number} does not agree with its content."
    if header.kind is BlockKind.SAMPLES:
        whole = len(payload) % GAZE_DTYPE.itemsize == 0
    elif header.kind is BlockKind.COLUMNS:
        whole = decode_columns(payload) is not None
    else:
        whole = _is_record(payload)
    return "" if whole else f"the content of block {header.number} can't be understood."


def _is_record(payload: bytes) -> bool:
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get("kind"), str)


def _content(block: _Block) -> GazeSamples | JournalColumns | JournalRecord:
    if block.header.kind is BlockKind.SAMPLES:
        return np.frombuffer(block.payload, GAZE_DTYPE)
    if block.header.kind is BlockKind.COLUMNS:
        rows = decode_columns(block.payload)
        if rows is None:
            raise ValueError("a block that was found whole")
        return JournalColumns(rows)
    return JournalRecord(block.byte, json.loads(block.payload))


def _next_magic(file: BinaryIO, place: int) -> int:
    """First place from there on at which the mark of a block stands; else the file's end."""
    overlap = len(MAGIC) - 1
    while True:
        file.seek(place)
        data = file.read(SCAN_BYTES)
        found = data.find(MAGIC)
        if found >= 0:
            return place + found
        if len(data) <= overlap:
            return place + len(data)
        place += len(data) - overlap
