"""A fixation set read stimulus by stimulus, for sets larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from .errors import FileFormatError
from .fixation_set import (
    FORMAT,
    STIMULUS_FIXATION_DTYPE,
    VERSION,
    ObserverRow,
    SetInfo,
    consents_of,
)
from .hdf5_file import open_file, read_provenance
from .hdf5_records import member, read_columns, read_record, read_table
from .provenance import Provenance
from .stimulus import Stimulus

#: So many rows are read at once where the whole table is gone through.
ROWS_AT_ONCE = 2**18


class FixationSource(Protocol):
    """What a :class:`~foveola.data_schema.FixationSet` and a streamed one have in common."""

    @property
    def info(self) -> SetInfo:
        """What holds for the whole set."""
        ...

    @property
    def stimuli(self) -> tuple[Stimulus, ...]:
        """The stimuli; their ids are unique."""
        ...

    @property
    def observers(self) -> tuple[str, ...]:
        """Ids of the observers."""
        ...

    @property
    def consent_share(self) -> Mapping[str, bool]:
        """Whether observers consent to share; those who were not asked are not in it."""
        ...

    def of(self, stimulus: int) -> NDArray[np.void]:
        """Fixations on the stimulus of that index."""
        ...

    def px_per_deg(self, stimulus: int) -> float:
        """Pixels per degree of the stimulus of that index; NaN: unknown."""
        ...

    def stimulus_path(self, stimulus: int) -> Path:
        """Path of the stimulus of that index."""
        ...


@dataclass(frozen=True)
class StreamedFixationSet:
    """A fixation set of an open file; the fixations on a stimulus are read when asked for.

    Attributes are those of :class:`~foveola.data_schema.FixationSet`, but for the table.
    """

    info: SetInfo
    stimuli: tuple[Stimulus, ...]
    observers: tuple[str, ...]
    provenance: Provenance
    folder: Path
    consent_share: Mapping[str, bool]
    _path: Path
    _file: h5py.File
    _offsets: NDArray[np.int64]

    def of(self, stimulus: int) -> NDArray[np.void]:
        """Fixations on the stimulus of that index, sorted by observer and order.

        Raises
        ------
        FileFormatError
            If they refer to an observer that is not there.
        """
        rows = slice(int(self._offsets[stimulus]), int(self._offsets[stimulus + 1]))
        table = read_columns(self._path, self._file, "fixations", STIMULUS_FIXATION_DTYPE, rows)
        observer = table["observer"]
        if len(table) and not (observer.min() >= 0 and observer.max() < len(self.observers)):
            raise FileFormatError(
                self._path, "there is no such observer.", place="/fixations/observer"
            )
        x_px, y_px, shown = table["x_px"], table["y_px"], self.stimuli[stimulus]
        inside = (x_px >= 0) & (x_px < shown.width_px) & (y_px >= 0) & (y_px < shown.height_px)
        table = table[inside]
        return table[np.lexsort((table["onset_s"], table["order"], table["observer"]))]

    def px_per_deg(self, stimulus: int) -> float:
        """Pixels per degree of the stimulus of that index: its own, or the set's; NaN: unknown."""
        own = self.stimuli[stimulus].px_per_deg
        return own if own > 0 else self.info.px_per_deg

    def stimulus_path(self, stimulus: int) -> Path:
        """Path of the stimulus of that index."""
        return self.folder / self.stimuli[stimulus].path


@contextmanager
def open_fixation_set(path: str | Path) -> Iterator[StreamedFixationSet]:
    """Open a fixation set without reading its fixations.

    Raises
    ------
    FileFormatError
        If the file is no fixation set of ours, is damaged, or its fixations are not sorted by
        stimulus; the message names the place.
    """
    path = Path(path)
    with open_file(path, FORMAT, VERSION) as file:
        stimuli = tuple(read_table(path, file, "stimuli", Stimulus))
        observers = read_table(path, file, "observers", ObserverRow)
        yield StreamedFixationSet(
            info=read_record(path, file, "info", SetInfo),
            stimuli=stimuli,
            observers=tuple(row.id for row in observers),
            consent_share=consents_of(observers),
            provenance=read_provenance(path, file),
            folder=path.parent,
            _path=path,
            _file=file,
            _offsets=_offsets(path, file, len(stimuli)),
        )


def _offsets(path: Path, file: h5py.File, stimuli: int) -> NDArray[np.int64]:
    """Row where each stimulus' fixations begin, and the number of rows."""
    place = "/fixations/stimulus"
    column = member(path, member(path, file, "fixations", h5py.Group), "stimulus", h5py.Dataset)
    if column.ndim != 1 or column.dtype.kind not in "iu":
        raise FileFormatError(path, "this is not a column of whole numbers.", place=place)
    counts = np.zeros(stimuli, np.int64)
    last = 0
    for start in range(0, len(column), ROWS_AT_ONCE):
        indices = np.asarray(column[start : start + ROWS_AT_ONCE], np.int64)
        if indices.min() < 0 or indices.max() >= stimuli:
            raise FileFormatError(path, "there is no such stimulus.", place=place)
        if np.any(np.diff(indices, prepend=last) < 0):
            raise FileFormatError(
                path,
                "the fixations are not sorted by stimulus.",
                place=place,
                remedy="Read the set and write it anew; every writer of Foveola sorts.",
            )
        last = int(indices[-1])
        counts += np.bincount(indices, minlength=stimuli)
    return np.concatenate([[0], np.cumsum(counts)])
