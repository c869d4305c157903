"""A thousand names that clash: not one file may be overwritten, here or on an EyeLink's Host PC.

Sessions of one laboratory whose names differ in what disks and people confuse: upper and lower
case, composed and decomposed letters, brackets, spaces and dots, words that a system reserves,
and names whose first eight characters are the same, which is all that a Host PC keeps.

- Host: for each name a record is opened on a host that empties an older file of the same name
  without a word, as the real one does, and that knows no lower case; then every record must hold
  its own session and no other's. Once more on a host where another laboratory already has files
  under just the names that would be chosen first.
- Here: for each pair of ids a session writes its files; the second either gets names of its own,
  on a disk without upper and lower case too, or is refused before it writes. The first one's
  files must be as they were.
- A copy from the host never takes the place of a file that is there.

    python drills/name_clashes.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path

from claims import Claims, arguments_of

from foveola.data_schema import FoveolaError, Screen, refuse_existing
from foveola.experiments import ExperimentSettings, session_files
from foveola.tracking import MonotonicClock
from foveola.tracking.eyelink_host_record import HostRecord, host_name
from foveola.tracking.journal_writer import JournalWriter

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from made_eyelink_host import MadeEyeLink, made_end_s

NAMES = 1000
STEMS = ("freeview_anna", "freeview_Anna", "FREEVIEW_ANNA", "freeview_an[na]", "freeview_an na")
TWISTS = (
    "é",
    "e\u0301",
    "(1)",
    "[1]",
    "{1}",
    ".",
    "..",
    " ",
    "CON",
    "nul",
    "№",
    "ﬁ",
    "İ",
    "ß",
    "ss",
)


def labels(number: int) -> list[str]:
    """Names of sessions in families that clash: case, letters, brackets, the first eight."""
    families = (f"{stem}{twist}{i:03}" for i in count() for stem, twist in product(STEMS, TWISTS))
    return [next(families) for _ in range(number)]


def clashing_pairs(names: list[str]) -> int:
    """Pairs of neighbours that a disk without case, a composed disk or EDF-8 takes for one."""
    keys = [unicodedata.normalize("NFKC", name).casefold()[:8] for name in names]
    return len(names) - len(set(keys))


def on_host(names: list[str], *, taken: bool) -> tuple[MadeEyeLink, dict[str, str], dict]:
    """Open a record for each name; return the host, which file is whose, and what was there."""
    host = MadeEyeLink(MonotonicClock())
    words = iter(f"token {number}" for number in count())
    before = {}
    if taken:
        for number, name in enumerate(names):
            first = f"{host_name(name, f'token {number}')}.EDF"
            before[first] = host.files[first] = b"SR_RESEARCH another laboratory's"
    opened = {}
    for name in names:
        record = HostRecord(lambda: next(words), made_end_s)
        file = record.open(host, name)
        host.sendMessage(f"SESSION {names.index(name)}")
        host.closeDataFile()
        opened[name] = file
    return host, opened, before


def drill_host(claims: Claims, names: list[str]) -> None:
    for taken in (False, True):
        host, opened, before = on_host(names, taken=taken)
        own = sum(
            host.files[file].rstrip().endswith(f"SESSION {number}".encode())
            for number, file in enumerate(opened.values())
        )
        kept = sum(host.files[name] == content for name, content in before.items())
        whose = "names free" if not taken else f"{kept} of {len(before)} older files kept"
        claims.check(
            own == len(names) and not host.overwritten and kept == len(before),
            f"host, {whose}: {len(names)} sessions, {clashing_pairs(names)} of them alike in "
            f"their first eight characters, {own} records their own, "
            f"{len(host.overwritten)} overwritten",
        )


def ids() -> Iterator[tuple[str, str]]:
    """Pairs of ids that are alike: by case, by hyphens, by where a session's id begins."""
    for number in count():
        yield f"p{number:03}a", f"P{number:03}A"
        yield f"p-{number}", f"p{number}"
        yield f"Ｐ{number}", f"P{number}"
        yield f"e\u0301{number}", f"é{number}"
        yield f"p[{number}]", f"p({number})"
        yield f"con{number}.", f"con{number} "
        yield f"x{number}", f"x{number}"


def write_session(settings: ExperimentSettings, observer: str) -> dict[Path, bytes]:
    """Write the files of a session as the session does: nothing that is there gives way."""
    files = session_files(settings, observer)
    for path in files:
        refuse_existing(path)
    journal = JournalWriter(files.journal, 1000.0)
    journal.append_record({"kind": "message", "time_s": 0.0, "text": observer})
    journal.finish()
    return {files.journal: files.journal.read_bytes()}


def drill_here(claims: Claims, pairs: int, settings: ExperimentSettings) -> None:
    generator = ids()
    written: dict[Path, bytes] = {}
    sessions = refused = 0
    for _ in range(pairs):
        for observer in next(generator):
            try:
                written |= write_session(settings, observer)
                sessions += 1
            except FoveolaError:
                refused += 1
    changed = sum(path.read_bytes() != content for path, content in written.items())
    folded = len({path.name.casefold() for path in written})
    claims.check(
        changed == 0 and folded == len(written) == sessions,
        f"here: {2 * pairs} sessions of {pairs} pairs of ids that are alike, {sessions} written, "
        f"{refused} refused in words, {changed} overwritten, "
        f"{len(written) - folded} told apart by case only",
    )


def drill_copies(claims: Claims, names: list[str], folder: Path) -> None:
    host = MadeEyeLink(MonotonicClock())
    record = HostRecord(end_s=made_end_s)
    refused = 0
    for number, name in enumerate(names):
        record.open(host, name)
        path = folder / f"{number % 10}.edf"
        there = path.read_bytes() if path.exists() else None
        host.startRecording(1, 1, 1, 1)
        host.stopRecording()
        try:
            record.fetch(host, path, 0.0)
        except FoveolaError:
            refused += 1
            assert path.read_bytes() == there
    claims.check(
        refused == len(names) - 10 and len(list(folder.iterdir())) == 10,
        f"copies from the host: {len(names)} to 10 names, {refused} refused, 0 overwritten",
    )


def main() -> None:
    arguments = arguments_of(__doc__).parse_args()
    number = 100 if arguments.quick else NAMES
    claims = Claims()
    names = labels(number)
    drill_host(claims, names)
    screen = Screen(width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60)
    with tempfile.TemporaryDirectory() as folder:
        data, copies = Path(folder) / "data", Path(folder) / "copies"
        data.mkdir()
        copies.mkdir()
        settings = ExperimentSettings(
            name="clashes",
            stimuli="images",
            screen=screen.model_dump() | {"refresh_hz": 60.0},
            data_folder=str(data),
        )
        drill_here(claims, number // 2, settings)
        drill_copies(claims, names, copies)
    claims.end()


if __name__ == "__main__":
    main()
