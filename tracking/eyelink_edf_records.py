"""Reads the records of an EDF file through eyelinkio's private binding; run as a program.

SR Research's library can crash on damaged files, so it runs in a process of its own:
``python -P eyelink_edf_records.py IN.edf OUT.npz``. eyelinkio's own reader is not used, because it
rebuilds times from the sampling rate: gaps vanish.
"""

from __future__ import annotations

import ctypes
import sys
from collections import Counter
from typing import Any

import numpy as np

SAMPLE, MESSAGE, BUTTON, INPUT, RECORDING, LOST_DATA, END = 200, 24, 25, 28, 30, 63, 0
#: Beginnings and ends of blinks, saccades and fixations, and fixation updates.
EYE_EVENTS = range(3, 10)
#: Marks of the parser and of the beginning and end of samples and events.
CONTROL = (1, 2, 10, 15, 16, 17, 18)
EVENT_FIELDS = (
    "time", "type", "sttime", "entime", "gstx", "gsty", "genx", "geny", "gavx", "gavy", "ava",
    "pvel", "supd_x", "eupd_x", "supd_y", "eupd_y", "eye", "input", "buttons",
)  # fmt: skip
RECORDING_FIELDS = ("time", "sample_rate", "state", "eye", "pupil_type", "record_type")


def read_records(path: str) -> dict[str, np.ndarray[Any, Any]]:
    """Records of a file by sort; of those that are unknown, the number and type."""
    from eyelinkio.edf import _edf2py as edf

    error = ctypes.c_int(1)
    file = edf.edf_open_file(path.encode("ascii"), 2, 1, 1, ctypes.byref(error))
    if not file or error.value != 0:
        raise OSError(f"the library can't open it (code {error.value})")
    length = edf.edf_get_preamble_text_length(file)
    preamble = ctypes.create_string_buffer(max(0, length) + 1)
    edf.edf_get_preamble_text(file, preamble, length + 1)
    samples, size = bytearray(), ctypes.sizeof(edf.FSAMPLE)
    events, recordings, texts, unknown = [], [], [], []
    order, number, counts = [], 0, Counter[int]()
    while (kind := edf.edf_get_next_data(file)) != END:
        number += 1
        counts[kind] += 1
        data = edf.edf_get_float_data(file)
        if kind == SAMPLE:
            samples += ctypes.string_at(data, size)
            order.append(number)
        elif kind in EYE_EVENTS or kind in (MESSAGE, BUTTON, INPUT):
            event = data.contents.fe
            events.append((number, *(getattr(event, name) for name in EVENT_FIELDS)))
            texts.append(_text(event.message) if kind == MESSAGE else b"")
        elif kind == RECORDING:
            record = data.contents.rec
            recordings.append((number, *(getattr(record, name) for name in RECORDING_FIELDS)))
        elif kind not in (*CONTROL, LOST_DATA):
            unknown.append((number, kind))
    edf.edf_close_file(file)
    return {
        "preamble": np.frombuffer(preamble.value, np.uint8),
        "samples": np.frombuffer(bytes(samples), np.dtype(edf.FSAMPLE)),
        "sample_numbers": np.array(order, np.int64),
        "events": np.array(events, float).reshape(-1, 1 + len(EVENT_FIELDS)),
        "texts": np.frombuffer(b"\0".join(texts), np.uint8),
        "recordings": np.array(recordings, float).reshape(-1, 1 + len(RECORDING_FIELDS)),
        "unknown": np.array(unknown, np.int64).reshape(-1, 2),
        "counts": np.array(sorted(counts.items()), np.int64).reshape(-1, 2),
    }


def _text(message: Any) -> bytes:
    """Text behind a pointer to its length and characters."""
    if not message:
        return b""
    address = ctypes.cast(message, ctypes.c_void_p).value or 0
    length = ctypes.c_short.from_address(address).value
    return ctypes.string_at(address + 2, max(0, length)).partition(b"\0")[0]


if __name__ == "__main__":
    try:
        np.savez(sys.argv[2], **read_records(sys.argv[1]))  # type: ignore[arg-type]
    except ImportError as error:
        sys.exit(f"eyelinkio: {error}")
    except OSError as error:
        sys.exit(str(error))
