"""Read a text file of gaze: numbers in columns."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError


def read_gaze_table(
    path: Path,
    columns: int,
    *,
    separator: str | None = None,
    header_lines: int = 0,
) -> tuple[NDArray[np.float64], list[str]]:
    """Read the first columns as numbers, and what follows them as text.

    Parameters
    ----------
    path : Path
        The file.
    columns : int
        How many columns are numbers; an empty cell, ``.`` or ``NaN`` is NaN.
    separator : str, optional
        What is between columns; any white space by default.
    header_lines : int, default 0
        Lines to pass over.

    Returns
    -------
    numbers : ndarray, shape (n, columns)
    rest : list of str, length n

    Raises
    ------
    FileFormatError
        If a line has too few columns or no numbers; it is named.
    """
    rows: list[list[float]] = []
    rest: list[str] = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(
            path, f"it can't be read ({error}).", remedy="Fetch it anew."
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if number <= header_lines or not line.strip():
            continue
        cells = line.split(separator)
        try:
            if len(cells) < columns:
                raise ValueError(f"{len(cells)} columns")
            rows.append([_number(cell.strip()) for cell in cells[:columns]])
        except ValueError as error:
            raise FileFormatError(
                path,
                f"this is not {columns} columns of numbers ({error}).",
                place=f"line {number}",
                remedy="Fetch it anew.",
            ) from error
        rest.append(" ".join(cells[columns:]).strip())
    return np.array(rows, float).reshape(-1, columns), rest


def _number(cell: str) -> float:
    return math.nan if cell in ("", ".") else float(cell)
