"""Recordings made elsewhere: one protocol for all readers, and how a file finds its own."""

from __future__ import annotations

import importlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from foveola.data_schema import FileFormatError, FoveolaError, Recording, Screen

HEAD_BYTES = 2**16
#: Formats by the module of this folder that reads them, in the order in which they are tried.
READERS = {
    "eyelink-edf": "eyelink_edf",
    "lsl-xdf": "lsl_xdf",
    "titta": "titta_hdf5",
    "bids": "bids_import",
    "tobii-pro-lab": "tobii_pro_lab",
    "tobii-sdk": "tobii_sdk_text",
    "psychopy-tobii": "psychopy_tobii",
    "smi": "smi_text",
    "gazepoint": "gazepoint",
    "pupil-core": "pupil_core",
    "eyetribe": "eyetribe",
    "eyelink-asc": "eyelink_asc",
    "csv": "generic_csv",
}


@dataclass(frozen=True)
class ImportOptions:
    """What the user adds to what a file tells; None where the file shall speak.

    Attributes
    ----------
    screen : Screen, optional
        The whole screen, in place of the next three.
    screen_cm, screen_px : tuple, optional
        Width and height.
    distance_cm : float, optional
        From the eye to the screen.
    observer : str
        Id of the observer; the file's name by default.
    mapping : Path, optional
        TOML file that says what the columns of a generic CSV are.
    """

    screen: Screen | None = None
    screen_cm: tuple[float, float] | None = None
    distance_cm: float | None = None
    screen_px: tuple[int, int] | None = None
    observer: str = ""
    mapping: Path | None = None


@dataclass(frozen=True)
class ImportSummary:
    """What was found in a file.

    Attributes
    ----------
    path : Path
        The file.
    lines : dict
        How many lines (of a file that is no text: records) there are of each sort;
        ``"rejected"`` are those not understood. Their sum is the number of lines of the file.
    samples, blocks, trials, calibrations, messages, events : int
        What the recording holds.
    gaps : int
        Places within blocks where at least one sample is missing.
    loss : float
        Share of samples without gaze; NaN where there are no samples.
    cut_events : int
        Events that began and never ended; they are left out.
    shifted_messages : int
        Messages whose time was put back by the offset before their text.
    rejected : tuple of (int, str)
        Number and reason of the first thousand lines that are not understood.
    notes : tuple of str
        What else the user should know.
    """

    path: Path
    lines: dict[str, int]
    samples: int
    blocks: int
    trials: int
    calibrations: int
    messages: int
    events: int
    gaps: int
    loss: float
    cut_events: int
    shifted_messages: int
    rejected: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ImportResult:
    """A recording made elsewhere, and what was found in its file."""

    recording: Recording
    summary: ImportSummary


class Reader(Protocol):
    """A module of this folder that reads one format.

    Attributes
    ----------
    TITLE : str
        The format, as a user knows it.
    """

    TITLE: str

    def sniff(self, path: Path, head: bytes) -> bool:
        """Whether a file is of this format, by its name and its first bytes, unpacked."""
        ...

    def read(self, path: Path, options: ImportOptions) -> ImportResult:
        """Read a file.

        Raises
        ------
        FileFormatError
            If the file is not of this format, is damaged, or tells too little.
        """
        ...


def reader_of(name: str) -> Reader:
    """Get the reader of a format."""
    if name not in READERS:
        raise FoveolaError(
            f"There is no format {name!r}.", remedy=f"Choose one of: {', '.join(READERS)}."
        )
    return cast("Reader", importlib.import_module(f"foveola.tracking.{READERS[name]}"))


def sniff_format(path: str | Path, *, mapped: bool = False) -> str:
    """Tell the format of a file from its content.

    Parameters
    ----------
    path : path-like
        The file, or the folder of a BIDS data set's observer.
    mapped : bool, default False
        Whether the user gives a mapping file: then what no other reader knows is a CSV.

    Raises
    ------
    FileFormatError
        If no reader knows it.
    """
    path = Path(path)
    head = _head(path)
    for name in READERS:
        if reader_of(name).sniff(path, head):
            return name
    if mapped:
        return "csv"
    raise FileFormatError(
        path,
        "no reader knows this format.",
        remedy=f"State it: --format {'|'.join(READERS)}; csv needs --mapping FILE.toml, too.",
    )


def import_recording(
    path: str | Path, options: ImportOptions | None = None, *, file_format: str = ""
) -> ImportResult:
    """Read a recording made elsewhere.

    Parameters
    ----------
    path : path-like
        The file.
    options : ImportOptions, optional
        What the user adds to what the file tells.
    file_format : str, optional
        A name of :data:`READERS`; by default the file's content tells.

    Raises
    ------
    FileFormatError
        If no reader knows the format, or the file is damaged or tells too little.
    """
    path, options = Path(path), options or ImportOptions()
    name = file_format or sniff_format(path, mapped=options.mapping is not None)
    return reader_of(name).read(path, options)


def _head(path: Path) -> bytes:
    """First bytes of a file, unpacked, UTF-16 turned into UTF-8."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError(path, f"it can't be opened ({reason}).") from error
    if head[:2] == b"\x1f\x8b":
        head = _unpacked_head(head)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    return head


def _unpacked_head(head: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        return unpacker.decompress(io.BytesIO(head).read(), HEAD_BYTES)
    except zlib.error:
        return b""
