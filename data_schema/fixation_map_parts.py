"""Write a file of maps so that a kill costs little: in parts, joined when all are there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import FileFormatError, FoveolaError
from .fixation_maps import (
    FORMAT,
    VERSION,
    FixationMapsWriter,
    MapInfo,
    MapRow,
    new_fixation_maps,
    open_fixation_maps,
)
from .hdf5_file import new_file, open_file
from .hdf5_records import write_record, write_table
from .provenance import Provenance
from .stimulus import Stimulus
from .whole_file import written_whole

#: A kill costs at most so many maps.
MAPS_A_PART = 64


@dataclass
class FixationMapsParts:
    """Appends maps to a file that may be continued after a kill.

    Attributes
    ----------
    done : int
        Number of maps that an earlier run left; the first to append is the one after them.
    """

    done: int
    _folder: Path
    _info: MapInfo
    _provenance: Provenance
    _count: int = 0
    _open: ExitStack = field(default_factory=ExitStack)
    _writer: FixationMapsWriter | None = None

    def append(
        self,
        stimulus: Stimulus,
        density: NDArray[np.floating],
        fixations: int,
        observers: int,
        sigma_px: float = float("nan"),
    ) -> None:
        """Append a map, as :meth:`FixationMapsWriter.append` does."""
        if self._writer is None:
            part = _part(self._folder, self._count // MAPS_A_PART)
            writing = new_fixation_maps(part, self._info, self._provenance)
            self._writer = self._open.enter_context(writing)
        self._writer.append(stimulus, density, fixations, observers, sigma_px)
        self._count += 1
        if self._count % MAPS_A_PART == 0:
            self._close()

    def _close(self) -> None:
        self._writer = None
        self._open.close()


@contextmanager
def resumed_fixation_maps(
    path: str | Path, info: MapInfo, provenance: Provenance
) -> Iterator[FixationMapsParts]:
    """Write maps one by one, with flat memory, going on where a killed run ended.

    Parts lie in a folder beside the file, ``NAME.parts``, each a whole file of maps. They are
    taken up where they were made in the same way of the same inputs by the same version, else
    thrown away. The file itself appears when all maps are there; then the folder goes.

    Parameters
    ----------
    path : path-like
        The file of maps to be.
    info : MapInfo
        How every map is made.
    provenance : Provenance
        Its parameters and inputs must determine the maps.

    Raises
    ------
    FoveolaError
        If the file's folder is missing.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FoveolaError(f"The folder {path.parent} does not exist.", remedy="Make it first.")
    folder = path.with_name(f"{path.name}.parts")
    done = _maps_left_behind(folder, _job(info, provenance))
    parts = FixationMapsParts(done, folder, info, provenance, _count=done)
    try:
        with parts._open:
            yield parts
            parts._close()
            _join(folder, parts._count, path, info, provenance)
    except BaseException:
        if not _part(folder, 0).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def is_made(path: str | Path, info: MapInfo, provenance: Provenance) -> bool:
    """Whether a file of maps is there already, made in the same way of the same inputs."""
    try:
        with open_fixation_maps(path) as maps:
            return _job(maps.info, maps.provenance) == _job(info, provenance)
    except FileFormatError:
        return False


def _job(info: MapInfo, provenance: Provenance) -> str:
    """What the maps depend on, as text."""
    job = {
        "info": info.model_dump(mode="json"),
        "parameters": provenance.parameters,
        "inputs": [one.model_dump() for one in provenance.inputs],
        "foveola": provenance.foveola_version,
        "maps_a_part": MAPS_A_PART,
    }
    return json.dumps(job, sort_keys=True, indent=1)


def _maps_left_behind(folder: Path, job: str) -> int:
    """Number of maps in whole parts of the same job; the folder is made, or emptied, for it."""
    note = folder / "job.json"
    if not (note.is_file() and note.read_text(encoding="utf-8") == job):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with written_whole(note) as part:
            part.write_text(job, encoding="utf-8")
        return 0
    whole = 0
    while _is_whole(_part(folder, whole)):
        whole += 1
    for stray in folder.glob("*.part"):  # what a kill left half written
        stray.unlink()
    return whole * MAPS_A_PART


def _is_whole(part: Path) -> bool:
    """Whether a part can be read and is full; a last one that isn't is made anew."""
    try:
        with open_fixation_maps(part) as maps:
            return len(maps.maps) == len(maps.stimuli) == MAPS_A_PART
    except FileFormatError:
        return False


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.h5"


def _join(folder: Path, count: int, path: Path, info: MapInfo, provenance: Provenance) -> None:
    """Make one file of the parts; compressed densities are copied as they are."""
    rows: list[MapRow] = []
    stimuli: list[Stimulus] = []
    with new_file(path, FORMAT, VERSION, provenance) as file:
        write_record(file, "info", info)
        densities = file.create_group("density")
        for number in range(-(-count // MAPS_A_PART)):
            part = _part(folder, number)
            with open_fixation_maps(part) as maps:
                found_rows, found_stimuli = maps.maps, maps.stimuli
            with open_file(part, FORMAT, VERSION) as opened:
                for i in range(len(found_rows)):
                    opened["density"].copy(str(i), densities, name=str(len(rows) + i))
            rows += found_rows
            stimuli += found_stimuli
        write_table(file, "maps", MapRow, rows)
        write_table(file, "stimuli", Stimulus, stimuli)
