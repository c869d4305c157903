"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FoveolaError


@contextmanager
def written_whole(path: str | Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary name to write to, which becomes ``path`` when the block ends well.

    The temporary file lies beside ``path``; it is flushed to the disk, put in the place of
    ``path`` in one step, and the folder is flushed too. Where the block raises, it is removed.

    Parameters
    ----------
    path : path-like
        The file to be.
    overwrite : bool, default True
        Whether an older file gives way; raw data says False.

    Raises
    ------
    FoveolaError
        If the folder is missing, or the file exists and may not be overwritten, or is no file.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FoveolaError(f"The folder {path.parent} does not exist.", remedy="Make it first.")
    refuse_existing(path, overwrite=overwrite)
    if path.exists() and not path.is_file():  # a rename would take the place of a device
        raise FoveolaError(f"{path} is no regular file.", remedy="Choose another name.")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        if overwrite:
            part.replace(path)
        else:
            _publish_new(part, path)
        fsync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def refuse_existing(path: Path, *, overwrite: bool = False) -> None:
    """Raise where a file exists that must not be overwritten.

    A name that differs by upper and lower case, or by how its accents are composed, counts as the
    same: on another disk the one file would take the other's place.
    """
    if overwrite:
        return
    if os.path.lexists(path):
        raise FoveolaError(
            f"{path} exists and is never overwritten.", remedy="Choose another name."
        )
    for other in path.parent.iterdir() if path.parent.is_dir() else ():
        if _folded(other.name) == _folded(path.name):
            raise FoveolaError(
                f"{path} is too much like {other.name}, which exists: some disks see but one.",
                remedy="Choose another name.",
            )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _publish_new(part: Path, path: Path) -> None:
    """Put the file in place; unlike a rename, a link fails where another process was first."""
    try:
        os.link(part, path)
    except FileExistsError:
        refuse_existing(path)
    except OSError:  # a file system without links
        refuse_existing(path)
        part.replace(path)


def fsync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a new name outlives a power cut."""
    if os.name == "nt":  # Windows cannot open a folder; NTFS journals names itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
