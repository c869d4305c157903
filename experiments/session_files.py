"""The files of a session: their names, and the refusal to write over any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from foveola.data_schema import FoveolaError, refuse_existing
from foveola.data_schema.tombstones import withdrawal_of

from .settings import ExperimentSettings

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
#: A session of such a name would take the files of another one's continuation.
PART_PATTERN = re.compile(r"part\d+", re.IGNORECASE)


class SessionFiles(NamedTuple):
    """Files of a session; the journal stays when the recording is made from it.

    Attributes
    ----------
    recording, journal : Path
        What every session writes.
    truth : Path
        What a simulated observer really did.
    device_record : Path
        The record that a device kept itself, as it came from there.
    """

    recording: Path
    journal: Path
    truth: Path
    device_record: Path


def session_files(
    settings: ExperimentSettings, observer: str, session: str = "", part: int = 1
) -> SessionFiles:
    """Name the files: ``DATA/<experiment>_<observer>[_<session>][_part<n>].h5``.

    Raises
    ------
    FoveolaError
        If an id is no word that can stand in a file's name.
    """
    for what, word in (("observer", observer), ("session", session or "1")):
        if not ID_PATTERN.fullmatch(word) or PART_PATTERN.fullmatch(word):
            raise FoveolaError(
                f"{word!r} can't be the id of the {what}.",
                remedy="Use at most 64 letters (A to Z), digits and hyphens, "
                "and not the word part with a number.",
            )
    suffix = f"part{part}" if part > 1 else ""
    name = "_".join(filter(None, (settings.name, observer, session, suffix)))
    folder = Path(settings.data_folder)
    suffixes = (".h5", ".journal", ".truth.h5", ".edf")
    return SessionFiles(*(folder / f"{name}{suffix}" for suffix in suffixes))


def refuse_files(files: SessionFiles, observer: str, session: str, *, unfinished: bool) -> None:
    """Raise where a file of the session exists, or its observer withdrew; make the folder.

    Parameters
    ----------
    files : SessionFiles
        The files to be.
    observer, session : str
        Whose they are.
    unfinished : bool
        Whether the session that is there can be continued.
    """
    if found := withdrawal_of(observer, files.recording):
        raise FoveolaError(
            f"The observer {observer} withdrew on {found[1].day}.",
            remedy="Give whoever comes now an id of their own: foveola observer new.",
        )
    again = f"foveola resume EXPERIMENT.toml --observer {observer}"
    again += f" --session {session}" if session else ""
    other = "Run another session of the observer with --session 2."
    if files.journal.exists() and not files.recording.exists():
        raise FoveolaError(
            f"{files.journal} is there from a session that was cut off.",
            remedy=f"Continue it: {again}. Only keep its data: foveola recover {files.journal}. "
            f"{other}",
        )
    if unfinished:
        raise FoveolaError(
            f"{files.recording} exists and is never overwritten; its session was not finished.",
            remedy=f"Continue it: {again}. {other}",
        )
    for path in files:
        refuse_existing(path)
    try:
        files.recording.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FoveolaError(
            f"The folder {files.recording.parent} can't be made ({error}).",
            remedy="Set data_folder to a folder that can be written.",
        ) from error
