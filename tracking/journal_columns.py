"""Further columns of samples in a journal: whatever a tracker gives beside gaze.

The payload of such a block is ``size u32 | JSON [[name, type], ...], deflated | rows``. It stands
directly behind the block of the samples that its rows belong to, and has as many rows. Names are
repeated in every block, so that no damage elsewhere costs them; deflated they are short.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import GAZE_DTYPE, GazeSamples

SIZE = struct.Struct("<I")
#: Numbers of a fixed width, little-endian; nothing else is read from a file.
TYPE = re.compile(r"[|<][fiub][1248]")
MAX_TYPES_BYTES = 2**20
#: Rows are handed on in pieces of about this many.
BATCH_ROWS = 65536


@dataclass(frozen=True)
class JournalColumns:
    """Further columns of the samples that came directly before.

    Attributes
    ----------
    rows : ndarray, structured, shape (n,)
        A row for each of those samples.
    """

    rows: NDArray[np.void]


def encode_columns(rows: NDArray[np.void]) -> bytes:
    """Bytes of further columns; ValueError where a column is no number of a fixed width."""
    types = tuple((name, rows.dtype[name].newbyteorder("<").str) for name in rows.dtype.names or ())
    head = _encode_types(types)
    return SIZE.pack(len(head)) + head + rows.astype(list(types), copy=False).tobytes()


def decode_columns(payload: bytes) -> NDArray[np.void] | None:
    """Rows of a payload; None where it is none."""
    try:
        (size,) = SIZE.unpack_from(payload)
        dtype = _decode_types(payload[SIZE.size : SIZE.size + size])
        return np.frombuffer(payload, dtype, offset=SIZE.size + size)
    except (struct.error, zlib.error, ValueError, TypeError, RecursionError):
        return None


@lru_cache(maxsize=16)
def _encode_types(types: tuple[tuple[str, str], ...]) -> bytes:
    if not types or not all(TYPE.fullmatch(kind) for _, kind in types):
        raise ValueError(f"further columns of samples must be numbers, not {list(types)}")
    return zlib.compress(json.dumps(types).encode())


@lru_cache(maxsize=16)
def _decode_types(head: bytes) -> np.dtype[Any]:
    text = zlib.decompressobj().decompress(head, MAX_TYPES_BYTES)
    types = [(str(name), str(kind)) for name, kind in json.loads(text)]
    if not types or not all(TYPE.fullmatch(kind) for _, kind in types):
        raise ValueError("no types of numbers")
    return np.dtype(types)


def aligned_columns(parts: Iterable[object], names: Iterable[str]) -> Iterator[NDArray[np.void]]:
    """Yield one row of float64 for every sample of a journal, in large pieces.

    Parameters
    ----------
    parts : iterable
        What a JournalReader yields.
    names : iterable of str
        Columns of the whole journal; NaN where a sample has no such column.
    """
    dtype = np.dtype([(name, "<f8") for name in names])
    pieces: list[NDArray[np.void]] = []
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype == GAZE_DTYPE:
            if sum(map(len, pieces)) >= BATCH_ROWS:
                yield np.concatenate(pieces)
                pieces = []
            pieces.append(_missing(part, dtype))
        elif isinstance(part, JournalColumns):
            for name in part.rows.dtype.names or ():
                pieces[-1][name] = part.rows[name]
    if pieces:
        yield np.concatenate(pieces)


def _missing(samples: GazeSamples, dtype: np.dtype[Any]) -> NDArray[np.void]:
    rows = np.empty(len(samples), dtype)
    for name in dtype.names or ():
        rows[name] = np.nan
    return rows
