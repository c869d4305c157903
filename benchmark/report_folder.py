"""The folder of a report: written beside its place, and moved there when it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foveola.data_schema import FoveolaError

#: Marks a folder as a report of ours; a folder with it, and nothing but ours, may be replaced.
MARKER = "foveola-report.json"
ENTRIES = frozenset(
    {
        MARKER,
        "index.html",
        "report.css",
        "report.js",
        "report_charts.js",
        "report_image.js",
        "plotly.min.js",
        "leaderboard.csv",
        "categories",
        "images",
        "models",
        "pictures",
    }
)


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to fill, which takes the place of ``folder`` when the block ends well.

    Where the block raises, the new folder is removed and an older report stays as it was.

    Raises
    ------
    FoveolaError
        If the place is taken by anything but an older report, or writing fails.
    """
    folder = folder.absolute().resolve()
    refuse_foreign(folder)
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        yield part
        refuse_foreign(folder)  # what came there while the report was written is kept, too
        _swap(part, folder)
    except OSError as error:
        if error.errno is None:  # from HDF5, where it means a file that is read
            raise
        raise FoveolaError(
            f"The report can't be written to {folder} ({error.strerror}).",
            remedy="Choose another folder, or make room.",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def refuse_foreign(folder: Path) -> None:
    """Raise where the folder holds anything that is not a report of ours."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise FoveolaError(f"{folder} is a file.", remedy="Choose another folder for the report.")
    found = {entry.name for entry in folder.iterdir()}
    foreign = sorted(found - ENTRIES) if MARKER in found else sorted(found)
    if foreign:
        raise FoveolaError(
            f"{folder} is not empty and {foreign[0]!r} in it is no part of a report.",
            remedy="Choose another folder for the report.",
        )


def _swap(part: Path, folder: Path) -> None:
    old = folder.with_name(f"{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(old)
    try:
        part.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
