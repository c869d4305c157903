"""What has to be done in data folders so that nothing of an observer stays there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from foveola.benchmark.report_folder import MARKER, refuse_foreign
from foveola.data_schema import (
    FileFormatError,
    FoveolaError,
    open_fixation_maps,
    open_fixation_set,
    sha256_of,
)
from foveola.data_schema.fixation_maps import FORMAT as MAPS
from foveola.data_schema.fixation_set import FORMAT as SET
from foveola.data_schema.hdf5_file import format_of
from foveola.data_schema.recording import FORMAT as RECORDING
from foveola.data_schema.scores import FORMAT as SCORES
from foveola.data_schema.tombstones import NAME as TOMBSTONES
from foveola.data_schema.tombstones import read_tombstones
from foveola.experiments.observer_ids import LIST_NAME, given_ids
from foveola.tracking.journal import MAGIC

from .ownership import observer_of

What = Literal["mark stale", "rewrite", "rebuild", "remove"]
EXPORT_MARKER = "foveola_provenance.json"
BIDS_MARKER = "dataset_description.json"
PARTICIPANTS = "participants.tsv"
PIECE_BYTES = 2**24
HASH_BYTES = 64


class Step(NamedTuple):
    """One thing to do.

    Attributes
    ----------
    what : str
        Mark scores stale, rewrite a set or a table of participants, rebuild maps, or remove.
    path : Path
        The file or folder.
    source : Path or None
        The set that maps are rebuilt from.
    """

    what: What
    path: Path
    source: Path | None = None


@dataclass
class Plan:
    """All steps, what stands in their way, and what the user should know.

    Attributes
    ----------
    steps : list of Step
        In the order in which they are safe: nothing is removed that a later step needs.
    unsure : list of str
        Why nothing should be done before a person has looked.
    redo : list of str
        What is stale or gone and how it was made.
    names : set of str
        Names of the files that held the observer alone; no provenance may name them.
    hashes : set of str
        SHA-256 of everything that holds something of the observer.
    """

    steps: list[Step] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    redo: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)

    def add(self, what: What, path: Path, source: Path | None = None) -> None:
        """Add a step, once."""
        step = Step(what, path, source)
        if step not in self.steps and not self.removed(path):
            self.steps.append(step)

    def removed(self, path: Path) -> bool:
        """Whether a file goes, alone or with a folder."""
        gone = {step.path for step in self.steps if step.what == "remove"}
        return path in gone or any(parent in gone for parent in path.parents)

    def in_order(self) -> list[Step]:
        """The steps, without those within a folder that is removed whole."""
        order = {"mark stale": 0, "rewrite": 1, "rebuild": 2, "remove": 3}
        kept = [one for one in self.steps if one.what == "remove" or not self.removed(one.path)]
        return sorted(kept, key=lambda step: (order[step.what], str(step.path)))


def plan_withdrawal(observer: str, folders: Iterable[Path]) -> Plan:
    """Find everything of an observer in folders.

    Parameters
    ----------
    observer : str
        The id.
    folders : iterable of Path
        Data folders; everything below them is looked at, and nothing outside.
    """
    plan, folders = Plan(), list(folders)
    inside = {path for folder in folders for path in folder.rglob("*")}
    files = sorted(path for path in inside if _is_file(path))
    owned = [path for path in files if _is_theirs(path, observer, plan)]
    stems = {(path.parent, path.name.partition(".")[0]) for path in owned}
    for path in files:
        if path in owned or _goes_with(path, stems, observer):
            plan.names.add(path.name)
            plan.hashes.add(sha256_of(path))
            plan.add("remove", path)
    for folder in folders:
        _plan_unfinished(folder, observer, plan)
    for path in files:
        if path.name == LIST_NAME and observer in given_ids(path.parent):
            plan.add("rewrite", path)
    _plan_bids(files, observer, plan)
    _plan_sets(files, observer, plan)
    _plan_made_from(folders, files, observer, plan)
    return plan


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.name != TOMBSTONES


def _is_theirs(path: Path, observer: str, plan: Plan) -> bool:
    try:
        return observer_of(path) == observer
    except FileFormatError as error:
        if not re.search(r"\.part$", path.name):  # half of a file that another run finishes
            plan.unsure.append(str(error))
    return False


def _goes_with(path: Path, stems: set[tuple[Path, str]], observer: str) -> bool:
    """Whether a file's name says that it was made with a session of the observer."""
    for folder, stem in stems:
        beside = path.parent == folder and path.name.startswith(f"{stem}.")
        made = re.fullmatch(
            rf"{re.escape(stem)}(\.quality\.\w+|-[0-9a-f]{{16}}\.npz)(\..*\.part)?", path.name
        )
        if beside or made:
            return True
    kinds = r"(truth\.h5|edf|h5\.\d+\.part)"
    return bool(re.fullmatch(rf".*_{re.escape(observer)}(_[^_.]+)?\.{kinds}", path.name))


def _plan_unfinished(folder: Path, observer: str, plan: Plan) -> None:
    """Take up what an interrupted withdrawal had left to do."""
    found = read_tombstones(folder).find(observer)
    for what, name, source in found.left_to_do if found else ():
        path = folder / name
        plan.names.add(path.name)
        if path.exists() and what in ("mark stale", "rewrite", "rebuild", "remove"):
            plan.add(what, path, folder / source if source else None)  # type: ignore[arg-type]


def _plan_bids(files: list[Path], observer: str, plan: Plan) -> None:
    for path in files:
        if path.name != PARTICIPANTS or not (path.parent / BIDS_MARKER).exists():
            continue
        for label in bids_labels(path, observer):
            plan.add("rewrite", path)
            for inside in path.parent.rglob(label):
                plan.add("remove", inside)


def bids_labels(participants: Path, observer: str) -> list[str]:
    """Labels of an observer in a BIDS table of participants, as ``sub-01``."""
    rows = [line.split("\t") for line in participants.read_text("utf-8").splitlines()]
    return [row[0] for row in rows[1:] if observer in row[1:] or row[0] == f"sub-{observer}"]


def _plan_sets(files: list[Path], observer: str, plan: Plan) -> None:
    for path in files:
        if _format(path) == SET and not plan.removed(path):
            with open_fixation_set(path) as fixations:
                observers = fixations.observers
            if observer in observers:
                plan.hashes.add(sha256_of(path))
                plan.add("remove" if len(observers) == 1 else "rewrite", path)


def _plan_made_from(folders: list[Path], files: list[Path], observer: str, plan: Plan) -> None:
    """Follow the provenance: what was made from something of the observer, and so on."""
    sets = {sha256_of(path): path for path in files if _format(path) == SET}
    known = -1
    while known < len(plan.hashes):
        known = len(plan.hashes)
        for path in files:
            # Recordings and journals are made from nobody else's.
            if plan.removed(path) or _format(path) == RECORDING or _is_journal(path):
                continue
            found = hashes_in(path, plan.hashes)
            if found:
                _plan_one_made(folders, path, found, sets, observer, plan)


def _plan_one_made(
    folders: list[Path],
    path: Path,
    found: set[str],
    sets: dict[str, Path],
    observer: str,
    plan: Plan,
) -> None:
    kind = _format(path)
    if kind == SET:
        plan.hashes.add(sha256_of(path))
        plan.add("rewrite", path)
    elif kind == MAPS:
        plan.hashes.add(sha256_of(path))
        with open_fixation_maps(path) as maps:
            own = observer in (maps.info.observer, maps.info.left_out)
        source = next((sets[one] for one in found if one in sets), None)
        if own or (source is not None and plan.removed(source)):
            plan.add("remove", path)
        elif source is not None:
            plan.add("rebuild", path, source)
        else:
            plan.unsure.append(f"{path}: the set that these maps were made from is not here.")
    elif kind == SCORES:
        plan.add("mark stale", path)
    elif path.name in (EXPORT_MARKER, MARKER):
        _plan_folder(folders, path, plan)
    else:
        plan.add("remove", path)


def _plan_folder(folders: list[Path], marker: Path, plan: Plan) -> None:
    """A folder that an export or a report wrote goes whole, if nothing else is in it."""
    place = marker.parent
    try:
        if marker.name == MARKER:
            refuse_foreign(place)
    except FoveolaError as error:
        plan.unsure.append(str(error))
        return
    ours = [
        path for path in place.rglob("*") if _is_file(path) and (_format(path) or _is_journal(path))
    ]
    if place in folders or ours:
        plan.unsure.append(
            f"{marker}: this folder was exported with the observer, but data lie in it, too. "
            "Remove what was exported by hand."
        )
        return
    plan.redo.append(f"{place} was made with the observer and is removed.")
    plan.add("remove", place)


def hashes_in(path: Path, hashes: set[str]) -> set[str]:
    """Which of the SHA-256 a file names, anywhere in its bytes."""
    found: set[str] = set()
    wanted = {one.encode(): one for one in hashes}
    for piece in _pieces(path):
        found |= {
            wanted[word] for word in re.findall(rb"(?=([0-9a-f]{64}))", piece) if word in wanted
        }
    return found


def _pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, in pieces that overlap by a hash."""
    with path.open("rb") as file:
        tail = b""
        while piece := file.read(PIECE_BYTES):
            yield tail + piece
            tail = piece[-HASH_BYTES:]


def _is_journal(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _format(path: Path) -> str:
    """Format of a file of ours; empty for any other, also for one that can't be read."""
    with path.open("rb") as file:
        if not file.read(8).startswith(b"\x89HDF"):
            return ""
    try:
        return format_of(path)
    except FileFormatError:
        return ""
