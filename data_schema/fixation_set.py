"""A FixationSet: fixations in stimulus pixels by stimulus and observer; what a data set is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .errors import FoveolaError
from .hdf5_file import new_file, open_file, read_provenance
from .hdf5_records import (
    read_columns,
    read_record,
    read_table,
    write_columns,
    write_record,
    write_table,
)
from .provenance import Provenance
from .record import Record
from .stimulus import Stimulus, relative_path

FORMAT, VERSION = "foveola.fixations", "1.1"

#: One fixation on a stimulus: indices of stimulus and observer, its place in the trial's order
#: (the first is 0, also where it was dropped), onset since the stimulus appeared, and place in
#: stimulus pixels.
STIMULUS_FIXATION_DTYPE = np.dtype(
    [
        ("stimulus", "<i4"),
        ("observer", "<i4"),
        ("order", "<i4"),
        ("onset_s", "<f8"),
        ("duration_s", "<f8"),
        ("x_px", "<f8"),
        ("y_px", "<f8"),
        ("dispersion_deg", "<f8"),
        ("eye", "u1"),
    ]
)


class ObserverRow(Record):
    """An observer of the set."""

    id: str
    consent_share: bool | None = Field(
        default=None, description="fixations and maps may be shared; null: not asked"
    )


class SetInfo(Record):
    """What holds for the whole set."""

    name: str
    citation: str = ""
    px_per_deg: float = Field(
        default=float("nan"), description="stimulus px; NaN: unknown, or one a stimulus"
    )
    source: str = Field(default="gaze", description="gaze, mouse or simulated")
    off_stimulus: int = Field(default=0, ge=0, description="fixations dropped: not on the stimulus")
    first_dropped: bool = Field(default=False, description="whether first fixations were left out")


@dataclass(frozen=True)
class FixationSet:
    """Fixations in stimulus pixels.

    Attributes
    ----------
    info : SetInfo
        Name, pixels per degree and what was left out.
    stimuli : tuple of Stimulus
        Their ids are unique.
    observers : tuple of str
        Ids.
    table : ndarray of STIMULUS_FIXATION_DTYPE, shape (n,)
        Sorted by stimulus, observer and order; :func:`fixation_set` sorts and checks.
    provenance : Provenance
        What produced it.
    folder : Path
        The folder that the stimuli's paths are relative to.
    consent_share : mapping of str to bool
        Whether observers consent to share; those who were not asked are not in it.
    """

    info: SetInfo
    stimuli: tuple[Stimulus, ...]
    observers: tuple[str, ...]
    table: NDArray[np.void]
    provenance: Provenance
    folder: Path = field(default_factory=Path)
    consent_share: Mapping[str, bool] = field(default_factory=dict)

    def of(self, stimulus: int) -> NDArray[np.void]:
        """Fixations on the stimulus of that index."""
        return self.table[self._offsets[stimulus] : self._offsets[stimulus + 1]]

    def px_per_deg(self, stimulus: int) -> float:
        """Pixels per degree of the stimulus of that index: its own, or the set's; NaN: unknown."""
        own = self.stimuli[stimulus].px_per_deg
        return own if own > 0 else self.info.px_per_deg

    def stimulus_path(self, stimulus: int) -> Path:
        """Path of the stimulus of that index."""
        return self.folder / self.stimuli[stimulus].path

    @cached_property
    def _offsets(self) -> NDArray[np.intp]:
        return np.searchsorted(self.table["stimulus"], np.arange(len(self.stimuli) + 1))


def pixel_of(rows: NDArray[np.void]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels of fixations as (row, column): places cut to whole numbers, as the field does."""
    return rows["y_px"].astype(np.intp), rows["x_px"].astype(np.intp)


def fixation_set(
    info: SetInfo,
    stimuli: tuple[Stimulus, ...],
    observers: tuple[str, ...],
    table: NDArray[np.void],
    provenance: Provenance,
    folder: Path | None = None,
) -> FixationSet:
    """Build a fixation set: sorts, and drops and counts the fixations that are off their stimulus.

    Raises
    ------
    FoveolaError
        If ids are not unique or the table refers to stimuli or observers that are not there.
    """
    for what, ids in (("stimulus", [one.id for one in stimuli]), ("observer", list(observers))):
        if len(set(ids)) < len(ids):
            double = next(one for one in ids if ids.count(one) > 1)
            raise FoveolaError(f"The {what} {double!r} appears twice.", remedy="Ids are unique.")
        if len(table) and not (table[what].min() >= 0 and table[what].max() < len(ids)):
            raise FoveolaError(f"Fixations refer to {what} indices that are not in the set.")
    widths = np.array([one.width_px for one in stimuli], float)[table["stimulus"]]
    heights = np.array([one.height_px for one in stimuli], float)[table["stimulus"]]
    x_px, y_px = table["x_px"], table["y_px"]
    inside = (x_px >= 0) & (x_px < widths) & (y_px >= 0) & (y_px < heights)
    kept = table[inside]
    order = np.lexsort((kept["onset_s"], kept["order"], kept["observer"], kept["stimulus"]))
    dropped = info.off_stimulus + int(np.count_nonzero(~inside))
    return FixationSet(
        info=info.model_copy(update={"off_stimulus": dropped}),
        stimuli=stimuli,
        observers=observers,
        table=kept[order],
        provenance=provenance,
        folder=folder or Path(),
    )


def write_fixation_set(path: str | Path, fixations: FixationSet) -> None:
    """Write a fixation set whole; stimulus paths become relative to the file's folder."""
    path = Path(path)
    stimuli = [
        stimulus.model_copy(update={"path": relative_path(fixations.stimulus_path(i), path.parent)})
        if stimulus.path
        else stimulus
        for i, stimulus in enumerate(fixations.stimuli)
    ]
    with new_file(path, FORMAT, VERSION, fixations.provenance) as file:
        write_record(file, "info", fixations.info)
        write_table(file, "stimuli", Stimulus, stimuli)
        observers = [
            ObserverRow(id=one, consent_share=fixations.consent_share.get(one))
            for one in fixations.observers
        ]
        write_table(file, "observers", ObserverRow, observers)
        write_columns(file, "fixations", fixations.table)


def read_fixation_set(path: str | Path) -> FixationSet:
    """Read a fixation set.

    Raises
    ------
    FileFormatError
        If the file is no fixation set of ours or is damaged; the message names the place.
    """
    path = Path(path)
    with open_file(path, FORMAT, VERSION) as file:
        observers = read_table(path, file, "observers", ObserverRow)
        found = fixation_set(
            info=read_record(path, file, "info", SetInfo),
            stimuli=tuple(read_table(path, file, "stimuli", Stimulus)),
            observers=tuple(row.id for row in observers),
            table=read_columns(path, file, "fixations", STIMULUS_FIXATION_DTYPE),
            provenance=read_provenance(path, file),
            folder=path.parent,
        )
        return replace(found, consent_share=consents_of(observers))


def consents_of(observers: Iterable[ObserverRow]) -> dict[str, bool]:
    """Whether observers consent to share, without those who were not asked."""
    return {row.id: row.consent_share for row in observers if row.consent_share is not None}
