"""The journal: the append-only file that a session is written into as it happens.

A journal is a row of blocks. Each is a header of 36 bytes and a payload, written by one call::

    magic 8 s | kind u8, 3 zeros | number u32 | payload bytes u32 | samples before u64
    | CRC-32 of the payload u32 | CRC-32 of the header so far u32

Integers are little-endian. The payload is rows of GAZE_DTYPE (at most 20 ms of them), further
columns of the very samples in the block before (:mod:`.journal_columns`), or a JSON object with the
key ``kind``. The last block says that the session ended. Because every block
carries its number and how many samples came before it, whatever is missing is seen and counted,
and because it carries checksums, nothing damaged is taken for data.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from foveola.data_schema import Block as RecordedBlock
from foveola.data_schema import (
    Calibration,
    ClockFit,
    GazeSamples,
    Observer,
    Provenance,
    RecordingHeader,
    Screen,
    Stimulus,
    TrackerInfo,
    Trial,
)

MAGIC = b"\xabFVJ1\r\n\x1a"
HEADER = struct.Struct("<8sB3xIIQI")
CHECKSUM = struct.Struct("<I")
HEADER_BYTES = HEADER.size + CHECKSUM.size
MAX_PAYLOAD_BYTES = 4 * 2**20
MAX_BLOCK_S = 0.020


class BlockKind(IntEnum):
    """What a block's payload is."""

    SAMPLES = 1
    RECORD = 2
    END = 3
    COLUMNS = 4


KINDS = {kind.value: kind for kind in BlockKind}


class BlockHeader(NamedTuple):
    """What stands before a payload."""

    kind: BlockKind
    number: int
    payload_bytes: int
    samples_before: int
    payload_crc: int


def encode_block(kind: BlockKind, number: int, samples_before: int, payload: bytes) -> bytes:
    """Bytes of a block."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload of {len(payload)} bytes is too large for one block")
    head = HEADER.pack(MAGIC, kind, number, len(payload), samples_before, zlib.crc32(payload))
    return head + CHECKSUM.pack(zlib.crc32(head)) + payload


def decode_header(data: bytes | memoryview) -> BlockHeader | None:
    """Header of a block from its first 36 bytes; None where they are no whole header."""
    if len(data) < HEADER_BYTES:
        return None
    magic, kind, number, size, samples_before, crc = HEADER.unpack_from(data)
    (header_crc,) = CHECKSUM.unpack_from(data, HEADER.size)
    if magic != MAGIC or header_crc != zlib.crc32(data[: HEADER.size]):
        return None
    if kind not in KINDS or size > MAX_PAYLOAD_BYTES:
        return None
    return BlockHeader(KINDS[kind], number, size, samples_before, crc)


def encode_record(record: Mapping[str, Any]) -> bytes:
    """Bytes of a JSON record; NaN is kept as NaN."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogateescape"
    )


def encode_samples(samples: GazeSamples) -> bytes:
    """Bytes of gaze samples."""
    return samples.tobytes()


def header_record(header: RecordingHeader) -> dict[str, Any]:
    """JSON record of everything in a header but its stimuli, which are records of their own."""
    return {
        "kind": "header",
        "started_utc": header.started_utc,
        "observer": header.observer.model_dump(mode="json"),
        "screen": header.screen.model_dump(mode="json"),
        "tracker": header.tracker.model_dump(mode="json"),
        "provenance": header.provenance.model_dump(mode="json"),
        "clock": header.clock.model_dump(mode="json"),
        "trials": [trial.model_dump(mode="json") for trial in header.trials],
        "blocks": [block.model_dump(mode="json") for block in header.blocks],
        "calibrations": [one.model_dump(mode="json") for one in header.calibrations],
    }


def header_of(record: Mapping[str, Any], stimuli: tuple[Stimulus, ...] = ()) -> RecordingHeader:
    """Header of a recording from its JSON record; pydantic's ValidationError where it is none."""
    return RecordingHeader(
        observer=Observer.model_validate(record.get("observer")),
        screen=Screen.model_validate(record.get("screen")),
        tracker=TrackerInfo.model_validate(record.get("tracker")),
        provenance=Provenance.model_validate(record.get("provenance")),
        started_utc=str(record.get("started_utc", "")),
        clock=ClockFit.model_validate(record.get("clock", {})),
        stimuli=stimuli,
        trials=tuple(Trial.model_validate(one) for one in record.get("trials", ())),
        blocks=tuple(RecordedBlock.model_validate(one) for one in record.get("blocks", ())),
        calibrations=tuple(
            Calibration.model_validate(one) for one in record.get("calibrations", ())
        ),
    )
