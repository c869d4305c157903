"""Published data sets that can be imported, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from foveola.data_schema import FixationSet, FoveolaError

from .osie import CITATION as OSIE_CITATION
from .osie import import_osie


class Dataset(NamedTuple):
    """A published data set: what it is, and the function that imports its folder."""

    summary: str
    citation: str
    importer: Callable[[Path], FixationSet]


#: Every data set that can be imported.
DATASETS = {
    "osie": Dataset(
        "700 images of 800x600, 3 s, 15 observers, EyeLink", OSIE_CITATION, import_osie
    ),
}


def import_dataset(name: str, folder: str | Path) -> FixationSet:
    """Import a published data set from its folder.

    Raises
    ------
    FoveolaError
        If there is no importer of that name.
    FileFormatError
        If the folder does not hold the data set as published.
    """
    if name not in DATASETS:
        raise FoveolaError(
            f"There is no importer for the data set {name!r}.",
            remedy=f"Known are: {', '.join(DATASETS)}.",
        )
    return DATASETS[name].importer(Path(folder))
