"""Text files of recordings: lines, tables and columns of numbers, every line accounted for."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError

from .unpacked_file import read_unpacked

MAX_LISTED = 1000
MISSING = frozenset({"", ".", "-", "nan", "na", "n/a", "null", "none"})
Floats = NDArray[np.float64]


@dataclass
class LineAccount:
    """What became of the lines of a file.

    Attributes
    ----------
    lines : Counter
        How many lines there are of each sort.
    rejected : list of (int, str)
        Number and reason of the first thousand lines that are not understood.
    """

    lines: Counter[str] = field(default_factory=lambda: Counter({"rejected": 0}))
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Count a line that is not understood."""
        self.lines["rejected"] += 1
        if len(self.rejected) < MAX_LISTED:
            self.rejected.append((line, reason))


@dataclass
class Table:
    """Rows of cells under names; what is found wrong in a row takes the row away.

    Attributes
    ----------
    names : list of str
        Names of the columns, unique.
    rows : list of list of str
        Cells, as many as there are names.
    numbers_of_lines : list of int
        Where each row stands in the file.
    account : LineAccount
        Where rejected lines are noted.
    comma : bool
        Whether decimals stand behind a comma.
    wrong : dict
        Rows that are not understood, and why.
    """

    names: list[str]
    rows: list[list[str]]
    numbers_of_lines: list[int]
    account: LineAccount
    comma: bool = False
    wrong: dict[int, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def texts(self, name: str) -> list[str]:
        """Cells of a column, without blanks around them."""
        place = self.names.index(name)
        return [row[place].strip() for row in self.rows]

    def numbers(self, name: str) -> Floats:
        """A column as numbers, NaN where missing; a cell that is no number rejects its row."""
        values, bad = self._parsed(name)
        for i in bad:
            self.wrong.setdefault(i, f"{name!r} is no number: {self.texts_at(name, i)!r}")
        return values

    def is_numeric(self, name: str) -> bool:
        """Whether every cell of a column is a number or missing."""
        return not self._parsed(name)[1]

    def texts_at(self, name: str, row: int) -> str:
        """One cell, cut to what a message can show."""
        return self.rows[row][self.names.index(name)].strip()[:20]

    def _parsed(self, name: str) -> tuple[Floats, list[int]]:
        texts = self.texts(name)
        if self.comma:
            texts = [text.replace(",", ".") for text in texts]
        values, bad = np.full(len(texts), np.nan), []
        for i, text in enumerate(texts):
            try:
                values[i] = float(text)
            except ValueError:
                if text.lower() not in MISSING:
                    bad.append(i)
                continue
            if math.isinf(values[i]) or "_" in text:
                values[i] = np.nan
                bad.append(i)
        return values, bad

    def settled(self) -> NDArray[np.bool_]:
        """Note the rows found wrong, and return which rows are right."""
        right = np.ones(len(self.rows), bool)
        for i, reason in sorted(self.wrong.items()):
            self.account.reject(self.numbers_of_lines[i], reason)
            right[i] = False
        self.wrong.clear()
        return right


def read_lines(path: Path) -> list[str]:
    """Lines of a text file in UTF-8, UTF-16 or Latin-1, plain or packed by gzip.

    Raises
    ------
    FileFormatError
        If it can't be opened, is damaged or too large, or is no text.
    """
    content = read_unpacked(path).tobytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    if text.count("\0") > len(text) // 20:
        raise FileFormatError(path, "this is no text file.")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def make_table(
    header: str,
    lines: Iterable[tuple[int, str]],
    delimiter: str,
    account: LineAccount,
    *,
    comma: bool = False,
) -> Table:
    """Split lines into cells; lines with too few or too many are rejected.

    Parameters
    ----------
    header : str
        The line with the names.
    lines : iterable of (int, str)
        Number and text of each line.
    delimiter : str
        Between the cells; one at the end of every line is no cell.
    account : LineAccount
        Where rejected and blank lines are noted.
    comma : bool, default False
        Whether decimals stand behind a comma.
    """
    names = [name.strip().strip('"') for name in header.rstrip("\r").split(delimiter)]
    trailing = len(names) > 1 and names[-1] == ""
    if trailing:
        names.pop()
    table = Table(_unique(names), [], [], account, comma)
    count = len(names)
    for number, line in lines:
        if not line.strip():
            account.lines["blank"] += 1
            continue
        cells = line.rstrip("\r").split(delimiter)
        ended = len(cells) == count + 1 and cells[-1].strip() == ""
        if ended:
            cells.pop()
        # Where the names end with a delimiter, so must the cells: else one of them is missing.
        if len(cells) != count or (trailing and not ended):
            account.reject(
                number, f"a line of {len(cells) - (trailing and not ended)} columns, not {count}"
            )
            continue
        table.rows.append([cell.strip('"') for cell in cells])
        table.numbers_of_lines.append(number)
    return table


def _unique(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return found


def column_name(name: str) -> str:
    """Name of a further column, from the vendor's: letters, digits and underscores.

    Examples
    --------
    >>> column_name("Pupil diameter left [mm]"), column_name("L POR X [px]")
    ('pupil_diameter_left_mm', 'l_por_x_px')
    """
    return re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_") or "column"


def decimal_comma(lines: Sequence[str], delimiter: str) -> bool:
    """Whether numbers of some lines have decimals behind a comma."""
    if delimiter == ",":
        return False
    cells = [cell for line in lines for cell in line.split(delimiter)]
    return any(re.fullmatch(r"\s*-?\d+,\d+\s*", cell) for cell in cells)
