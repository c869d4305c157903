"""Whether what is exported may be shared, by what its observers consented to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import typer

from foveola.data_schema import (
    FixationSet,
    FoveolaError,
    Observer,
    open_fixation_maps,
    refuse_withdrawn,
)

from .ownership import read_observer
from .words import number_of

REMEDY = "Make the set anew without them: foveola fixations --shareable."


def require_shareable_set(fixations: FixationSet, path: Path, maps: Path | None = None) -> None:
    """Raise where an observer of a set does not consent to share; warn where nobody asked.

    So it is with the maps that go with it, where there are any.

    Raises
    ------
    FoveolaError
        If so, or if an observer withdrew.
    """
    for one in fixations.observers:
        refuse_withdrawn(one, path)
    answers = [fixations.consent_share.get(one) for one in fixations.observers]
    _judge(path, answers.count(False), answers.count(None))
    if maps is not None:
        require_shareable_maps(maps)


def require_shareable_maps(path: Path) -> None:
    """Raise where maps hold fixations of observers who do not consent to share; warn likewise."""
    with open_fixation_maps(path) as maps:
        _judge(path, maps.info.not_to_share, maps.info.not_asked)


def _judge(path: Path, refused: int, not_asked: int) -> None:
    if refused:
        raise FoveolaError(
            f"{path} holds fixations of {number_of(refused, 'observer')} without consent to share.",
            remedy=REMEDY,
        )
    if not_asked:
        typer.secho(
            f"{path}: consent to share is not known for {number_of(not_asked, 'observer')}.",
            err=True,
            fg="yellow",
        )


class Shareable(NamedTuple):
    """Recordings by what their observers consented to."""

    paths: list[Path]
    refused: list[Path]
    not_asked: list[Path]


def shareable_recordings(paths: Sequence[Path], *, raw: bool) -> Shareable:
    """Sort recordings by whether they may be shared, raw or as fixations; all of an observer alike.

    Raises
    ------
    FileFormatError
        If a recording can't be read.
    FoveolaError
        If an observer withdrew.
    """
    observers = {path: read_observer(path) for path in paths}
    for path, observer in observers.items():
        refuse_withdrawn(observer.id, path)
    found = Shareable([], [], [])
    answers = answers_of(observers.values(), raw=raw)
    for path, observer in observers.items():
        if answers[observer.id] is False:
            found.refused.append(path)
            continue
        found.paths.append(path)
        if answers[observer.id] is None:
            found.not_asked.append(path)
    return found


def answers_of(observers: Iterable[Observer], *, raw: bool = False) -> Mapping[str, bool | None]:
    """The answer of each observer: no where any session says no, else unknown where any does."""
    answers: dict[str, bool | None] = {}
    for one in observers:
        said = {answers.get(one.id, True), one.consent_share}
        said |= {one.consent_share_raw} if raw else set()
        answers[one.id] = False if False in said else None if None in said else True
    return answers


def tell(found: Shareable) -> None:
    """Say which recordings are left out, and which go unasked."""
    for path in found.refused:
        typer.secho(f"Left out: {path}: its observer does not consent to share.", err=True)
    if found.not_asked:
        words = number_of(len(found.not_asked), "recording")
        typer.secho(f"Consent to share is not known for {words}.", err=True, fg="yellow")
