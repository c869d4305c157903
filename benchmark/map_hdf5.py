"""Maps in one HDF5 file: Foveola's own, or a data set a stimulus, as pysaliency writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError

from .jail import shared_jail
from .map_file import Expected


class Hdf5OfMaps:
    """Maps of an HDF5 file, which a process of its own opens and reads.

    Parameters
    ----------
    path : Path
        A file of fixation maps (``foveola maps``), or one that holds a two-dimensional data set
        for each stimulus, in groups or not (pysaliency's ``export_model_to_hdf5``).

    Attributes
    ----------
    names : list of str
        Of the maps: ids of stimuli, or paths of data sets.
    """

    named_as_files = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[FoveolaError] = []
        answer, _ = shared_jail().ask(path, {"do": "list_hdf5", "path": str(path.resolve())})
        self.names: list[str] = [str(name) for name in answer["names"]]
        self._densities = bool(answer["densities"])

    def read(self, name: str, expected: Expected) -> NDArray[np.floating]:
        """Read the map of that name; a density becomes its logarithm where that is expected."""
        request = {
            "do": "read_hdf5",
            "path": str(self.path.resolve()),
            "name": name,
            "most_values": expected.most_values,
        }
        shape, values = shared_jail().ask_array(expected.path, request)
        expected.check_shape(shape)
        if values is None:
            raise FileFormatError(expected.path, "it is too large.", remedy="Resize the map.")
        if not (self._densities and expected.kind == "log_density"):
            return expected.finished(values)
        # Stored as float32, which sums to 1 but for its rounding.
        with np.errstate(divide="ignore", invalid="ignore"):
            return expected.finished(np.log(np.asarray(values, np.float64)))
