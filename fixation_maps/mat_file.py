"""Read variables of a MATLAB file that somebody else made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scipy import io

from foveola.data_schema import FileFormatError


def read_mat(path: str | Path, variable: str) -> Any:
    """Read one variable of a MATLAB 5 to 7.2 file; structs become dicts, cells lists.

    Raises
    ------
    FileFormatError
        If the file is missing, is no such file, is damaged, or lacks the variable.
    """
    content = read_mat_file(path, [variable])
    if variable not in content:
        raise FileFormatError(path, "this variable is missing.", place=variable)
    return content[variable]


def read_mat_file(path: str | Path, variables: list[str] | None = None) -> dict[str, Any]:
    """Read the variables of a MATLAB 5 to 7.2 file, or some of them, by name.

    Raises
    ------
    FileFormatError
        If the file is missing, is no such file, or is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise FileFormatError(
            path, "there is no such file.", remedy="Give the folder as the data set publishes it."
        )
    try:
        content = io.loadmat(path, variable_names=variables, simplify_cells=True)
    except NotImplementedError as error:
        raise FileFormatError(
            path, "this is a MATLAB 7.3 file, which can't be read here.", remedy="Save it as -v7."
        ) from error
    # scipy raises anything at all on a damaged file, from zlib.error to MemoryError.
    except Exception as error:
        raise FileFormatError(
            path,
            f"this is no MATLAB file, or it is damaged ({type(error).__name__}: {error}).",
            remedy="Fetch it anew.",
        ) from error
    return {name: value for name, value in content.items() if not name.startswith("__")}
