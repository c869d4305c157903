"""Tombstones: what stays of an observer who withdrew, so that no copy brings the data back.

``withdrawn.json`` lies in a data folder and holds a salt and, for each observer, a salted hash of
the id, a day and how many files of which kind went. The hash answers "is this the id?" and can't
simply be read. It is no secret against someone who tries all ids of a small pattern.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError

from .errors import FileFormatError, FoveolaError
from .record import Record
from .whole_file import written_whole

NAME = "withdrawn.json"
#: About 10 ms: nothing for one id, a while for somebody who tries all.
SCRYPT_N = 2**12


class Withdrawal(Record):
    """An observer who withdrew from the data of a folder."""

    id_hash: str = Field(pattern=r"^[0-9a-f]{32}$", description="scrypt of the id with the salt")
    day: str = Field(description="ISO 8601, UTC")
    state: str = Field(default="done", pattern="^(begun|done)$")
    counts: dict[str, int] = Field(default_factory=dict, description="files by what was done")
    left_to_do: tuple[tuple[str, str, str], ...] = Field(
        default=(), description="while begun: what, file, made from; emptied when done"
    )


class Tombstones(Record):
    """Everyone who withdrew from the data of a folder."""

    format: str = "foveola.withdrawn 1.0"
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    withdrawals: tuple[Withdrawal, ...] = ()

    def hash_of(self, observer: str) -> str:
        """Salted hash of an id."""
        return _hashed(self.salt, observer)

    def find(self, observer: str) -> Withdrawal | None:
        """The withdrawal of an observer, if there is one."""
        wanted = self.hash_of(observer) if self.withdrawals else ""
        return next((one for one in self.withdrawals if one.id_hash == wanted), None)


def read_tombstones(folder: Path) -> Tombstones:
    """Read the tombstones of a folder; new ones where there are none.

    Raises
    ------
    FileFormatError
        If the file is damaged: nobody can tell then who withdrew.
    """
    path = folder / NAME
    if not path.exists():
        return Tombstones(salt=secrets.token_hex(16))
    try:
        return Tombstones.model_validate(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise FileFormatError(
            path, "this list of withdrawn observers can't be read.", remedy="Restore it."
        ) from error


def write_withdrawal(
    folder: Path,
    observer: str,
    *,
    state: str,
    counts: dict[str, int],
    left_to_do: tuple[tuple[str, str, str], ...] = (),
) -> None:
    """Write or renew an observer's tombstone in a folder."""
    stones = read_tombstones(folder)
    new = Withdrawal(
        id_hash=stones.hash_of(observer),
        day=datetime.datetime.now(datetime.UTC).date().isoformat(),
        state=state,
        counts=counts,
        left_to_do=left_to_do,
    )
    others = tuple(one for one in stones.withdrawals if one.id_hash != new.id_hash)
    stones = stones.model_copy(update={"withdrawals": (*others, new)})
    with written_whole(folder / NAME) as part:
        part.write_text(stones.model_dump_json(indent=2) + "\n", encoding="utf-8")


def withdrawal_of(observer: str, file: Path) -> tuple[Path, Withdrawal] | None:
    """The withdrawal of an observer, and its folder, by the tombstones in those above a file."""
    for folder in file.absolute().parents:
        if (folder / NAME).is_file() and (found := read_tombstones(folder).find(observer)):
            return folder, found
    return None


def refuse_withdrawn(observer: str, file: Path) -> None:
    """Raise where the observer of a file withdrew, by the tombstones in the folders above it.

    Raises
    ------
    FoveolaError
        If so.
    """
    if found := withdrawal_of(observer, file):
        folder, withdrawal = found
        raise FoveolaError(
            f"{file} holds data of an observer who withdrew on {withdrawal.day}.",
            remedy=f"Remove what is left: foveola withdraw {observer} {folder}",
        )


@cache
def _hashed(salt: str, observer: str) -> str:
    data = observer.encode("utf-8", "surrogateescape")
    return hashlib.scrypt(data, salt=salt.encode(), n=SCRYPT_N, r=8, p=1, dklen=16).hex()
