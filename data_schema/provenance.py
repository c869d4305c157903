"""What produced a file: version, command, parameters, seed and the hashes of its inputs."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pydantic import Field

from .record import Record
from .stimulus import sha256_of

_RECORDED_AS: ContextVar[str | None] = ContextVar("recorded_as", default=None)
LIBRARIES = ("numpy", "scipy", "h5py", "pillow", "psychopy")


class InputFile(Record):
    """A file that something was made from; only its name is kept, never where it lay."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Provenance(Record):
    """What produced a file."""

    foveola_version: str
    command: str = Field(description="the command, with paths cut to their names")
    parameters: dict[str, Any] = Field(default_factory=dict)
    seed: int | None = None
    inputs: tuple[InputFile, ...] = ()
    created_utc: str = Field(description="ISO 8601; SOURCE_DATE_EPOCH is honoured")
    versions: dict[str, str] = Field(default_factory=dict)


def provenance(
    parameters: Mapping[str, Any] | None = None,
    *,
    inputs: Iterable[Path] = (),
    seed: int | None = None,
) -> Provenance:
    """Collect the provenance of a file that is about to be written.

    Parameters
    ----------
    parameters : mapping, optional
        Everything the result depends on besides its inputs; must be JSON.
    inputs : iterable of Path, optional
        Files it is made from; they are hashed.
    seed : int, optional
        Seed of the random generator, where there is one.
    """
    return Provenance(
        foveola_version=foveola_version(),
        command=_command(),
        parameters=dict(parameters or {}),
        seed=seed,
        inputs=tuple(InputFile(name=path.name, sha256=sha256_of(path)) for path in inputs),
        created_utc=_now().isoformat(timespec="seconds"),
        versions={"python": platform.python_version()}
        | {name: version for name in LIBRARIES if (version := _version(name))},
    )


@contextmanager
def recorded_as(command: str) -> Iterator[None]:
    """Within the block, provenance names this command: one that is done again on behalf of another.

    So that withdrawing an observer, whose id stands in that command, does not write it into files.
    """
    token = _RECORDED_AS.set(command)
    try:
        yield
    finally:
        _RECORDED_AS.reset(token)


def foveola_version() -> str:
    """Version of the installed Foveola."""
    return _version("foveola") or "unknown"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _now() -> datetime.datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC)
    return datetime.datetime.now(datetime.UTC)


def _command() -> str:
    if (recorded := _RECORDED_AS.get()) is not None:
        return recorded
    return " ".join(
        argument.rstrip("/\\").replace("\\", "/").rpartition("/")[2] for argument in sys.argv
    )
