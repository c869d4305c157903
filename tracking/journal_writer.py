"""Writes a journal: one write a block, flushed to the disk each 50 ms, never over another file."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    GAZE_DTYPE,
    FoveolaError,
    GazeSamples,
    fsync_folder,
    refuse_existing,
)

from .journal import (
    MAX_BLOCK_S,
    BlockKind,
    encode_block,
    encode_record,
    encode_samples,
)
from .journal_columns import encode_columns

#: From the beginning of one flush to that of the next, or as soon as a slow disk is done.
SYNC_PERIOD_S = 0.05
#: Samples kept while the disk takes nothing: 64 MiB are 17 minutes at 1000 Hz.
QUEUE_BYTES = 64 * 2**20


def write_at(descriptor: int, data: bytes, offset: int) -> int:
    """Write bytes at a place of a file; return how many the disk took."""
    if sys.platform == "win32":  # no pwrite there; the writer is the only one to move the place
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)
    return os.pwrite(descriptor, data, offset)


def sync(descriptor: int) -> None:
    """Flush a file's content to the disk."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


class _Waiting(NamedTuple):
    """A block that the disk has not taken yet."""

    data: bytes
    samples: int


class JournalWriter:
    """Appends blocks to a new journal. One thread at a time may call it.

    While the disk is full (or fails), blocks wait in a bounded queue and each append tries again;
    what no longer fits into the queue is dropped and counted.

    Parameters
    ----------
    path : Path
        The journal; it must not exist.
    sampling_rate_hz : float
        Nominal; a block holds at most 20 ms of samples.
    queue_bytes : int
        Samples are dropped when more than this is waiting; records when twice as much is.
    write, flush : callable
        ``write(descriptor, data, offset) -> bytes written`` and ``flush(descriptor)``, which
        returns when the disk holds what was written; seams for tests.

    Raises
    ------
    FoveolaError
        If the file exists, or can't be made.

    Attributes
    ----------
    samples, waiting, dropped : int
        Samples given to it; those of them that wait for the disk; those that were dropped.
    """

    def __init__(
        self,
        path: Path,
        sampling_rate_hz: float,
        *,
        queue_bytes: int = QUEUE_BYTES,
        write: Callable[[int, bytes, int], int] = write_at,
        flush: Callable[[int], None] = sync,
    ) -> None:
        self.path = path
        self.samples = 0
        self.dropped = 0
        self.waiting = 0
        self._write_error = ""
        self._sync_error = ""
        self._rows_per_block = max(1, int(MAX_BLOCK_S * sampling_rate_hz))
        self._queue_bytes = queue_bytes
        self._write = write
        self._flush = flush
        self._queue: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._number = 0
        self._end = 0
        self._ended = False
        self._descriptor: int | None = _create(path)
        self._unsynced = False
        self._stop = threading.Event()
        self._syncer = threading.Thread(target=self._keep_synced, name="journal-sync", daemon=True)
        self._syncer.start()

    @property
    def error(self) -> str:
        """What the disk says; empty where nothing is wrong."""
        return self._write_error or self._sync_error

    def append_samples(self, samples: GazeSamples, more: NDArray[np.void] | None = None) -> None:
        """Append samples, in blocks of at most 20 ms.

        Parameters
        ----------
        samples : ndarray of GAZE_DTYPE, shape (n,)
            In order of time.
        more : ndarray, structured, shape (n,), optional
            Further columns of these samples.
        """
        if samples.dtype != GAZE_DTYPE:
            raise ValueError(f"samples of {samples.dtype}, not of GAZE_DTYPE")
        if more is not None and len(more) != len(samples):
            raise ValueError(f"{len(more)} rows of further columns for {len(samples)} samples")
        for first in range(0, len(samples), self._rows_per_block):
            part = slice(first, first + self._rows_per_block)
            rows = samples[part]
            self._append(BlockKind.SAMPLES, encode_samples(rows), len(rows))
            if more is not None:
                self._append(BlockKind.COLUMNS, encode_columns(more[part]), 0)

    def append_record(self, record: Mapping[str, Any]) -> None:
        """Append a JSON record; it has the key ``kind``."""
        if "kind" not in record:
            raise ValueError("a record without a kind")
        self._append(BlockKind.RECORD, encode_record(record), 0)

    def retry(self) -> bool:
        """Offer the waiting blocks to the disk again; return whether none waits any more."""
        while self._queue:
            block = self._queue[0]
            if not self._written(block.data):
                return False
            self._queue.popleft()
            self._waiting_bytes -= len(block.data)
            self.waiting -= block.samples
        self._write_error = ""
        return True

    def finish(self) -> None:
        """Write the end record, flush and close; harmless when called twice.

        Raises
        ------
        FoveolaError
            If the disk did not take everything. The journal stays open: finish again.
        """
        if self._descriptor is None:
            return
        if not self._ended:
            totals = {"kind": "end", "samples": self.samples, "dropped": self.dropped}
            self._append(BlockKind.END, encode_record(totals), 0)
            self._ended = True
        if not self.retry():
            raise FoveolaError(
                f"{self.waiting:,} samples still wait to be written to {self.path} "
                f"({self.error}), and are lost if the program ends now.",
                remedy="Free space on the disk, then finish again.",
            )
        self._flush(self._descriptor)
        self.close()

    def close(self) -> None:
        """Close without an end record, as an interruption does; harmless when called twice."""
        self._stop.set()
        self._syncer.join()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.finish()
        finally:
            self.close()

    def _append(self, kind: BlockKind, payload: bytes, samples: int) -> None:
        if self._descriptor is None or self._ended:
            raise ValueError(f"the journal {self.path} is closed")
        data = encode_block(kind, self._number, self.samples, payload)
        self._number += 1
        self.samples += samples
        if self.retry() and self._written(data):
            return
        room = 2 * self._queue_bytes if kind is BlockKind.RECORD else self._queue_bytes
        if self._waiting_bytes + len(data) > room and kind is not BlockKind.END:
            self.dropped += samples
            return
        self._queue.append(_Waiting(data, samples))
        self._waiting_bytes += len(data)
        self.waiting += samples

    def _written(self, data: bytes) -> bool:
        """Write a block whole or not at all."""
        if self._descriptor is None:
            raise ValueError(f"the journal {self.path} is closed")
        try:
            count = self._write(self._descriptor, data, self._end)
            if count == len(data):
                self._end += count
                self._unsynced = True
                return True
            self._write_error = "the disk is full"
        except OSError as error:
            self._write_error = error.strerror or str(error)
        self._cut_torn_block()
        return False

    def _cut_torn_block(self) -> None:
        """Take away what was written of a block; a failure leaves bytes that readers skip."""
        if self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, self._end)
            except OSError as error:
                self._write_error = error.strerror or str(error)

    def _keep_synced(self) -> None:
        wait_s = SYNC_PERIOD_S
        while not self._stop.wait(wait_s):
            began_s = time.monotonic()
            if self._unsynced and self._descriptor is not None:
                self._unsynced = False
                try:
                    self._flush(self._descriptor)
                    self._sync_error = ""
                except OSError as error:
                    self._sync_error = error.strerror or str(error)
                    self._unsynced = True
            wait_s = max(SYNC_PERIOD_S / 10, SYNC_PERIOD_S - (time.monotonic() - began_s))


def _create(path: Path) -> int:
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as error:
        raise FoveolaError(
            f"The journal {path} can't be made ({error.strerror}).",
            remedy="Choose a folder that exists and may be written to.",
        ) from error
    fsync_folder(path.parent)
    return descriptor
