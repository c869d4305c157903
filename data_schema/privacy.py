"""Find in files what names a person, a machine or a place, or a day of an observer.

The rules: no user name, host name, e-mail address or path of a machine in any file; no time stamp
or name in the header of a format (gzip, zip, PNG, MATLAB, EDF); in tables and side-cars no date
after 1925, which is how BIDS tells shifted dates, and no age above 89. When a file was made
(``created_utc``) and, in a recording, when its session began (``started_utc``) are ours to keep.
"""

from __future__ import annotations

import getpass
import platform
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .errors import FileFormatError
from .file_texts import Text, texts_of

#: Names of accounts and machines that say nothing, and that stand in ordinary sentences.
COMMON_NAMES = {
    "admin", "administrator", "build", "computer", "debian", "docker", "guest", "home", "host",
    "lab", "linux", "localhost", "machine", "root", "runner", "server", "student", "test", "ubuntu",
    "user", "vm", "windows",
}  # fmt: skip
#: Of an author of a library that Plotly's script, which reports carry, names.
PUBLIC_EMAILS = {"feross@feross.org"}
HOMES = re.compile(
    r"(?<![\w.])(/home/[\w.-]+|/Users/[\w.-]+|/root/|[A-Za-z]:[\\/]Users[\\/][\w.-]+)"
    r"|file:///|(?<![\w\\])\\\\[\w.-]+\\[\w$.-]+"
)
ROOTS = "bin|data|etc|lab|media|mnt|net|opt|private|run|scratch|srv|tmp|usr|var|Volumes|work"
PATHS = re.compile(rf"(?<![\w.:/<*])/(?:{ROOTS})/[\w.-]+|(?<![\w])[A-Za-z]:\\[\w.-]+")
LONG_PATHS = re.compile(r"^/(?:[\w. -]+/){2,}[\w. -]+$")
EMAILS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}")
DATES = re.compile(
    r"(?<!\d)(19|20)\d\d-[01]\d-[0-3]\d(?!\d)|(?<!\d)[0-3]?\d[./][01]?\d[./](19|20)\d\d(?!\d)"
)
DAYS = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [A-Z][a-z]{2} [ \d]\d .*\d{4}")
NAMING_KEYS = re.compile(
    r"(^|[._\[\]/])(user|username|user_name|login|logname|operator|experimenter|host|hostname"
    r"|host_name|computer|computername|machine|node)$",
    re.IGNORECASE,
)
AGE_KEYS = re.compile(r"(^|[._])age(_years|_y)?$", re.IGNORECASE)
#: Moments that are ours to keep, and texts of pages in which dates are of the page itself.
KEPT_MOMENTS = re.compile(r"(created_utc|started_utc|generated)$", re.IGNORECASE)
LAST_SHIFTED_YEAR, OLDEST = 1925, 89


class Leak(NamedTuple):
    """Something that should not be in a file."""

    path: Path
    place: str
    kind: str
    text: str

    def words(self) -> str:
        """Say it in a line."""
        shown = self.text if len(self.text) <= 80 else f"{self.text[:77]}..."
        return f"{self.path}: {self.place}: {self.kind}: {shown!r}"


@dataclass(frozen=True)
class Names:
    """Words that name this user and this machine.

    Attributes
    ----------
    users, hosts : frozenset of str
        Lower case; without those that say nothing.
    """

    users: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of_this_machine(cls, more: Iterable[str] = ()) -> Names:
        """The user's and the machine's names here, and further words that must not appear."""
        hosts = {platform.node(), socket.gethostname(), platform.node().partition(".")[0]}
        return cls(_telling({getpass.getuser(), *more}), _telling(hosts))


def leaks_of(path: Path, names: Names, root: Path | None = None) -> list[Leak]:
    """Find everything in a file that should not be there.

    Parameters
    ----------
    path : Path
        Any file.
    names : Names
        Words that name the user and the machine.
    root : Path, optional
        The folder that is given away; names are checked below it.

    Returns
    -------
    list of Leak
        Each once; a file that can't be looked through is one, too.
    """
    try:
        found = [
            Leak(path, text.place, kind, said)
            for text in texts_of(path, root)
            for kind, said in _in_text(text, names, path)
        ]
    except FileFormatError as error:
        return [Leak(path, "", "unreadable", error.reason)]
    return list(dict.fromkeys(found))


def _in_text(text: Text, names: Names, path: Path) -> Iterator[tuple[str, str]]:
    said = text.text
    if text.place != "name" or "/" in said:
        yield from _paths(said)
    for found in EMAILS.finditer(said):
        if found[0] not in PUBLIC_EMAILS:
            yield "e-mail address", found[0]
    lower = said.lower()
    for kind, words in (("user name", names.users), ("host name", names.hosts)):
        for word in words:
            if word in lower and re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", lower):
                yield kind, said
    if text.kind == "key=value" and NAMING_KEYS.search(text.place) and re.search("[A-Za-z]", said):
        yield "name of a user or machine", said
    yield from _moments(text, path)


def _paths(said: str) -> Iterator[tuple[str, str]]:
    if found := HOMES.search(said):
        yield "home or network path", found[0]
    elif found := PATHS.search(said) or LONG_PATHS.search(said):
        yield "absolute path", found[0]


def _moments(text: Text, path: Path) -> Iterator[tuple[str, str]]:
    """Time stamps in headers; dates and ages in tables and side-cars."""
    if text.kind == "header":
        if text.text.startswith(("mtime=", "name=")):
            yield "time or name in a header", text.text
        elif DAYS.search(text.text) or DATES.search(text.text):
            yield "date in a header", text.text
        return
    if text.kind != "key=value":
        return
    if AGE_KEYS.search(text.place) and re.fullmatch(r"\d+(\.\d+)?", text.text):
        if float(text.text) > OLDEST:
            yield "age above 89", text.text
    elif not KEPT_MOMENTS.search(text.place) and path.suffix != ".html":
        found = DATES.search(text.text)
        if found and int(re.search(r"(19|20)\d\d", found[0])[0]) > LAST_SHIFTED_YEAR:  # type: ignore[index]
            yield "date", found[0]


def _telling(words: Iterable[str]) -> frozenset[str]:
    lower = {word.lower() for word in words}
    return frozenset(word for word in lower if len(word) >= 3 and word not in COMMON_NAMES)
