"""The errors that a user of Foveola meets: what is wrong, where, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class FoveolaError(Exception):
    """Something the user can act on; the command line prints it without a traceback.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence.
    remedy : str, optional
        What to do about it.
    """

    def __init__(self, what: str, *, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel from a worker process whole: the default would call the class with its text."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[FoveolaError], args: tuple[Any, ...], attributes: dict[str, Any]
) -> FoveolaError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class FileFormatError(FoveolaError):
    """A file that is not what it should be.

    Parameters
    ----------
    path : path-like
        The file.
    reason : str
        What is wrong in it.
    place : str, optional
        Where in the file: a line (``"line 12"``), a data set, a key.
    remedy : str, optional
        What to do about it.
    """

    def __init__(self, path: str | Path, reason: str, *, place: str = "", remedy: str = "") -> None:
        self.path = Path(path)
        self.place = place
        self.reason = reason
        where = f"{path}: {place}: " if place else f"{path}: "
        super().__init__(where + reason, remedy=remedy)


class MissingExtraError(FoveolaError):
    """An optional library is not installed.

    Parameters
    ----------
    library : str
        What could not be imported.
    extra : str
        The extra of Foveola that brings it.
    """

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            f"{library} is not installed.", remedy=f"Install it: pip install 'foveola[{extra}]'"
        )
