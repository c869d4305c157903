"""How the names of maps find their stimuli, whatever a folder or an archive calls its files."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from foveola.data_schema import FileFormatError, FoveolaError, Stimulus

from .map_file import READERS

MAX_FILES = 1_000_000
NAMED_AT_MOST = 5
MAX_NAME = 1024

#: What Windows takes for devices, with any ending.
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")

RENAME = "Name maps as the stimuli, with letters, digits, dashes and dots."


@dataclass(frozen=True)
class Matches:
    """Which map belongs to which stimulus.

    Attributes
    ----------
    found : dict
        Name of the map by the stimulus' id.
    missing : list of str
        Ids of the stimuli without a map.
    unused : list of str
        Names of maps that belong to no stimulus.
    faults : list of FoveolaError
        What is wrong with the names.
    """

    found: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    faults: list[FoveolaError] = field(default_factory=list)


def match_names(
    source: Path, names: Iterable[str], stimuli: Sequence[Stimulus], *, files: bool = True
) -> Matches:
    """Match maps with stimuli.

    The map of the stimulus ``a/b.jpg`` is called ``a/b.png`` or ``a/b.jpg.png`` (of a data set in
    a file: ``a/b`` or ``a/b.jpg``); all maps may lie in one folder more. Case and the spelling of
    accents are no matter, because no file system tells them apart safely.

    Parameters
    ----------
    source : Path
        Where the maps are; it is named in faults.
    names : iterable of str
        With forward slashes.
    stimuli : sequence of Stimulus
        Each needs a map.
    files : bool, default True
        Whether names end in the format of a file.
    """
    asked = {key for stimulus in stimuli for key in _keys_of(stimulus)}
    matches = Matches()
    named = _named(source, names, asked, matches.faults, files=files)
    claims: dict[str, str] = {}
    for stimulus in stimuli:
        candidates = [named[key] for key in _keys_of(stimulus) if key in named]
        if len(candidates) > 1:
            matches.faults.append(_double(source, candidates[0], candidates[1]))
        if not candidates:
            matches.missing.append(stimulus.id)
            continue
        name = candidates[0]
        if name in claims:
            matches.faults.append(_claimed_twice(source, name, claims[name], stimulus.id))
        claims[name] = stimulus.id
        matches.found[stimulus.id] = name
    matches.unused.extend(name for name in named.values() if name not in claims)
    if matches.missing:
        matches.faults.append(_missing_fault(source, matches.missing, len(stimuli)))
    return matches


def shown(name: str) -> str:
    """Return a name that is safe to print: what can't be seen is spelled out."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def member_path(source: Path, name: str) -> Path:
    """Path by which a member is told: within its source, wherever its name leads."""
    return Path(f"{source}/{shown(name)}")


def is_litter(name: str) -> bool:
    """Whether a file is what file systems leave behind, and no part of a submission."""
    return any(
        (part.startswith(".") and not part.startswith("..") and part != ".") or part == "__MACOSX"
        for part in name.split("/")
    )


def fault_of_name(name: str) -> str:
    """Why a name can't be a map's on every system; empty where it can."""
    parts = name.split("/")
    if not name.isprintable():
        return "its name holds characters that can't be seen."
    if len(name) > MAX_NAME:
        return f"its name is longer than {MAX_NAME} characters."
    if name.startswith("/") or ".." in parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "its name leads out of its folder."
    if any(part != "." and part != part.rstrip(" .") for part in parts):
        return "its name ends in a space or a dot, which Windows drops."
    if any(DEVICE.fullmatch(part) for part in parts):
        return "Windows takes its name for a device."
    return ""


def _named(
    source: Path,
    names: Iterable[str],
    asked: set[str],
    faults: list[FoveolaError],
    *,
    files: bool,
) -> dict[str, str]:
    """Names of maps by the spelling by which they are compared."""
    kept = []
    for name in names:
        reason = fault_of_name(name)
        # An image that is itself called con.jpg has a map of that name.
        if reason and not (name.isprintable() and _key(_stem(name, files=files)) in asked):
            faults.append(FileFormatError(member_path(source, name), reason, remedy=RENAME))
        else:
            kept.append(name)
    keys = [_key(_stem(name, files=files)) for name in kept]
    if keys and not asked.intersection(keys):
        keys = _without_common_folder(keys)
    named: dict[str, str] = {}
    counts = Counter(keys)
    for name, key in zip(kept, keys, strict=True):
        if key in named:
            faults.append(_double(source, name, named[key]))
        elif counts[key] and key:
            named[key] = name
    return named


def _without_common_folder(keys: list[str]) -> list[str]:
    tops = {key.partition("/")[0] for key in keys}
    if len(tops) == 1 and all("/" in key for key in keys):
        return [key.partition("/")[2] for key in keys]
    return keys


def _keys_of(stimulus: Stimulus) -> list[str]:
    path = PurePosixPath(stimulus.id)
    return list(dict.fromkeys((_key(stimulus.id), _key(str(path.with_suffix(""))))))


def _stem(name: str, *, files: bool) -> str:
    path = PurePosixPath(name)  # which leaves out "./"
    return str(path.with_suffix("")) if files and path.name else str(path)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def is_map_name(name: str) -> bool:
    """Whether a file's ending is that of a format that maps are read from."""
    return PurePosixPath(name).suffix.lower() in READERS


def is_archive_name(name: str) -> bool:
    """Whether a file's ending is that of an archive."""
    return PurePosixPath(name).suffix.lower() in ARCHIVES


def _double(source: Path, name: str, other: str) -> FileFormatError:
    return FileFormatError(
        member_path(source, name),
        f"{PurePosixPath(other).name!r} is a map of the same stimulus.",
        remedy="Keep one of the two.",
    )


def _claimed_twice(source: Path, name: str, first: str, second: str) -> FileFormatError:
    return FileFormatError(
        member_path(source, name),
        f"it is named as both {first!r} and {second!r}.",
        remedy=f"Keep the stimulus' ending: {second}{PurePosixPath(name).suffix}.",
    )


def _missing_fault(source: Path, missing: Sequence[str], count: int) -> FileFormatError:
    more = f" and {len(missing) - NAMED_AT_MOST} more" if len(missing) > NAMED_AT_MOST else ""
    return FileFormatError(
        source,
        f"{len(missing)} of {count} maps are missing: {', '.join(missing[:NAMED_AT_MOST])}{more}.",
        remedy=f"Name maps as the stimuli, ending in {', '.join(READERS)}.",
    )
