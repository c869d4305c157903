"""Whose a file is."""

from __future__ import annotations

from pathlib import Path

from foveola.data_schema import FileFormatError, Observer
from foveola.data_schema.hdf5_file import format_of, open_file
from foveola.data_schema.hdf5_records import read_record
from foveola.data_schema.recording import FORMAT, VERSION
from foveola.tracking.journal import MAGIC, header_of
from foveola.tracking.journal_reader import JournalReader, JournalRecord


def observer_of(path: Path) -> str | None:
    """Id of the observer of a recording or a journal; None where the file is neither.

    Raises
    ------
    FileFormatError
        If that can't be told.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(len(MAGIC))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError(path, f"it can't be opened ({reason}).") from error
    if begin == MAGIC or path.suffix == ".journal":
        for part in JournalReader(path):
            if isinstance(part, JournalRecord) and part.content["kind"] == "header":
                return header_of(part.content).observer.id
        raise FileFormatError(path, "no header in it is whole, so nobody can tell whose it is.")
    if not begin.startswith(b"\x89HDF") and path.suffix not in {".h5", ".hdf5"}:
        return None
    if format_of(path) != FORMAT:
        return None
    return read_observer(path).id


def read_observer(path: Path) -> Observer:
    """Read the observer of a recording; FileFormatError where it is none."""
    with open_file(path, FORMAT, VERSION) as file:
        return read_record(path, file, "observer", Observer)
