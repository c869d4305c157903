"""Observers' ids: a letter, a running number, and a check digit that finds slips of the keyboard.

The check digit is ISO/IEC 7064 MOD 37,36 over digits and letters: it finds every single wrong
character and nearly every pair that changed places.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from foveola.data_schema import FoveolaError
from foveola.data_schema.tombstones import NAME as TOMBSTONES
from foveola.data_schema.tombstones import read_tombstones

from .settings import NAME_PATTERN, ExperimentSettings

PREFIX_PATTERN = re.compile(r"[A-Z]{0,8}")
DIGITS = 3
#: Where the ids of an experiment stand that were given out, one a line; nothing but ids.
LIST_NAME = "observers.txt"


def new_ids(count: int, *, prefix: str = "P", taken: Iterable[str] = ()) -> list[str]:
    """Make ids that go on after the largest number taken.

    Parameters
    ----------
    count : int
        How many.
    prefix : str
        Capital letters before the number.
    taken : iterable of str
        Ids that were given out before.

    Examples
    --------
    >>> new_ids(3, taken=["P0015"])
    ['P0023', 'P0031', 'P0040']
    """
    if not PREFIX_PATTERN.fullmatch(prefix):
        raise FoveolaError(
            f"{prefix!r} can't begin an id.", remedy="Use up to eight capital letters A to Z."
        )
    pattern = re.compile(rf"{prefix}(\d+)[0-9A-Z]")
    numbers = [int(found[1]) for one in taken if (found := pattern.fullmatch(one))]
    first = max(numbers, default=0) + 1
    return [with_check_digit(f"{prefix}{first + i:0{DIGITS}d}") for i in range(count)]


def with_check_digit(stem: str) -> str:
    """Add the check digit to an id without one."""
    return f"{stem}{mod_37_36.calc_check_digit(stem)}"


def is_valid(observer: str) -> bool:
    """Whether an id ends with its check digit."""
    try:
        mod_37_36.validate(observer)
    except ValidationError:
        return False
    return len(observer) > 1


def checked_id(settings: ExperimentSettings, observer: str) -> str:
    """Return the id as it is written; refuse one whose check digit is wrong.

    Raises
    ------
    FoveolaError
        If the settings ask for checked ids and this is none; it names the likely one.
    """
    if settings.observer_ids == "free":
        return observer
    return checked(observer, Path(settings.data_folder).parent)


def checked(observer: str, folder: Path) -> str:
    """Return the id in capitals; FoveolaError where its check digit is wrong.

    Parameters
    ----------
    observer : str
        What was typed.
    folder : Path
        Of the experiment, whose list tells which ids were given out.
    """
    written = observer.upper()
    if is_valid(written):
        return written
    likely = likely_ids(written, given_ids(folder))
    raise FoveolaError(
        f"The check digit of {observer!r} is wrong: the id was mistyped, or it is none of ours.",
        remedy=(f"Did you mean {' or '.join(likely)}? " if likely else "")
        + "New ids: foveola observer new.",
    )


def likely_ids(written: str, given: Iterable[str]) -> list[str]:
    """Ids that someone may have meant: those given out that are near, or one slip away.

    Parameters
    ----------
    written : str
        What was typed.
    given : iterable of str
        Ids that were given out.

    Returns
    -------
    list of str
        At most three, the likeliest first.
    """
    near = difflib.get_close_matches(written, list(given), 3, 0.7)
    if near:
        return near
    swapped = [
        f"{written[:i]}{written[i + 1]}{written[i]}{written[i + 2 :]}"
        for i in range(len(written) - 1)
        if written[i] != written[i + 1]
    ]
    found = [one for one in swapped if is_valid(one)]
    stem = written[:-1]
    if re.fullmatch(r"[0-9A-Z]+", stem):
        found.append(with_check_digit(stem))
    if re.fullmatch(r"[A-Z]+\d+", written):
        found.append(with_check_digit(written))  # the digit was left out
    return list(dict.fromkeys(found))[:3]


def given_ids(folder: Path) -> list[str]:
    """Ids that an experiment's list says were given out; none where there is no list."""
    path = folder / LIST_NAME
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if re.fullmatch(NAME_PATTERN, line.strip())]


def give_ids(folder: Path, count: int, *, prefix: str = "P") -> list[str]:
    """Make new ids and add them to the experiment's list; none of someone who withdrew.

    Raises
    ------
    FoveolaError
        If the list can't be written.
    """
    stones = [read_tombstones(path.parent) for path in folder.rglob(TOMBSTONES)]
    taken, ids = given_ids(folder), list[str]()
    while len(ids) < count:
        (one,) = new_ids(1, prefix=prefix, taken=taken)
        taken.append(one)
        if not any(stone.find(one) for stone in stones):
            ids.append(one)
    try:
        with (folder / LIST_NAME).open("a", encoding="utf-8") as file:
            file.writelines(f"{one}\n" for one in ids)
    except OSError as error:
        raise FoveolaError(
            f"The list {folder / LIST_NAME} can't be written ({error.strerror}).",
            remedy="Name the folder of the experiment.",
        ) from error
    return ids
