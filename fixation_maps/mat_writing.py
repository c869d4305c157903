"""Writes MATLAB 5 files that say nothing of when and where they were written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scipy import io

#: The first 116 bytes are free text, in which scipy states the platform and the moment.
DESCRIPTION = b"MATLAB 5.0 MAT-file, written by Foveola".ljust(116)


def write_mat(path: Path, variables: Mapping[str, Any], **options: Any) -> None:
    """Write variables as a MATLAB 5 file; the same variables give the same bytes.

    Parameters
    ----------
    path : Path
        The file.
    variables : mapping
        By name.
    **options
        As :func:`scipy.io.savemat` takes them.
    """
    io.savemat(str(path), dict(variables), appendmat=False, **options)
    with path.open("rb+") as file:
        file.write(DESCRIPTION)
