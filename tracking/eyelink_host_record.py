"""The EDF file on an EyeLink's Host PC: a name that is free, and its way here, whole."""

from __future__ import annotations

import hashlib
import os
import secrets
import string
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from foveola.data_schema import FoveolaError, refuse_existing, written_whole

from .eyelink_edf import MAGIC
from .eyelink_edf_end import edf_end_s

#: The host's rule; its disk does not tell upper from lower case.
NAME_LENGTH, NAME_CHARACTERS = 8, string.ascii_uppercase + string.digits
NAMES_TRIED, TRANSFERS = 100, 3
#: So long before the last sample of the link a file may end, as the link is faster than a file.
END_SLACK_S = 1.0


def host_name(label: str, token: str, attempt: int = 0) -> str:
    """Name of eight characters made from a session's name of any length.

    It is a hash: whatever two sessions' names share (case, composed letters, their first eight
    characters), their hashes share nothing. The token makes it differ between sessions of the
    same name as well. There are 2.8e12 names: of a thousand, two are the same once in six
    million times, and even then the host is asked before.
    """
    digest = hashlib.blake2b(f"{label}\0{token}\0{attempt}".encode(), digest_size=16).digest()
    number, name = int.from_bytes(digest, "big"), ""
    for _ in range(NAME_LENGTH):
        number, index = divmod(number, len(NAME_CHARACTERS))
        name += NAME_CHARACTERS[index]
    return name


class HostRecord:
    """One EDF file on the Host PC.

    Parameters
    ----------
    token : callable, optional
        Gives a random word for each record.
    end_s : callable, optional
        Tells at which of the host's seconds an EDF file ends; NaN where that can't be known.
    """

    def __init__(
        self,
        token: Callable[[], str] = lambda: secrets.token_hex(8),
        end_s: Callable[[Path], float] = edf_end_s,
    ) -> None:
        self._token = token
        self._end_s = end_s
        self.name = ""

    def open(self, link: Any, label: str) -> str:
        """Open a file under a name that is free; return the name with its suffix.

        Raises
        ------
        FoveolaError
            If the host opens none.
        """
        token = self._token()
        for attempt in range(NAMES_TRIED):
            name = f"{host_name(label, token, attempt)}.EDF"
            if not is_on_host(link, name):
                break
        else:
            raise FoveolaError(
                f"All of {NAMES_TRIED} names are taken on the Host PC, which can't be by chance.",
                remedy="Start the EyeLink software on the Host PC again.",
            )
        try:
            code = link.openDataFile(name)
        except RuntimeError as error:
            code = str(error)
        if code:
            raise FoveolaError(
                f"The Host PC can't open the file {name} ({code}).",
                remedy="Free space on the Host PC's disk; check the session's folder there.",
            )
        self.name = name
        plain = label.encode("ascii", "replace").decode("ascii").replace("'", " ")
        link.sendCommand(f"add_file_preamble_text 'FOVEOLA {plain[:100]}'")
        return name

    def fetch(self, link: Any, path: Path, last_sample_s: float) -> None:
        """Close the file on the host and bring it here, whole; three tries.

        Parameters
        ----------
        link : pylink.EyeLink
            Connected, not recording.
        path : Path
            Where it shall lie; no file is there.
        last_sample_s : float
            Time of the last sample that came over the link, by the host's clock.

        Raises
        ------
        FoveolaError
            If it does not arrive whole, or ends too early; the file on the host stays.
        """
        refuse_existing(path)
        reasons = []
        for _ in range(TRANSFERS):
            try:
                link.setOfflineMode()
                link.closeDataFile()
                with written_whole(path, overwrite=False) as part:
                    self._receive(link, part)
                    end_s = self._end_s(part)
                break
            except (RuntimeError, OSError, _NotWholeError) as error:
                reasons.append(str(error))
        else:
            raise FoveolaError(
                f"The record {self.name} did not arrive whole ({'; '.join(dict.fromkeys(reasons))})"
                f". It still lies on the Host PC under that name.",
                remedy=f"Copy {self.name} from the Host PC by hand and keep it as {path}.",
            )
        if end_s < last_sample_s - END_SLACK_S:
            raise FoveolaError(
                f"The record {path} ends {last_sample_s - end_s:.1f} s before the last sample that "
                f"came over the link. It was kept; {self.name} still lies on the Host PC.",
                remedy=f"Compare it with {self.name} on the Host PC; the recording has the rest.",
            )

    def _receive(self, link: Any, part: Path) -> None:
        # A folder of its own: where the name is taken, the library silently chooses another.
        with tempfile.TemporaryDirectory(dir=part.parent, prefix=f"{part.name}.") as folder:
            arriving = Path(folder) / self.name
            size = link.receiveDataFile(self.name, str(arriving))
            if not arriving.exists():
                raise _NotWholeError("nothing arrived")
            if not size or arriving.stat().st_size != size:
                raise _NotWholeError(f"{arriving.stat().st_size} of {size} bytes arrived")
            with arriving.open("rb") as file:
                if not file.read(len(MAGIC)) == MAGIC:
                    raise _NotWholeError("it does not begin as an EDF file does")
            os.replace(arriving, part)  # noqa: PTH105, the same folder's disk


class _NotWholeError(Exception):
    """Why a transfer does not count."""


def is_on_host(link: Any, name: str) -> bool:
    """Whether the host has a file of that name.

    The library has no listing, and opening a file for writing empties it; but the host refuses
    to send a file that is not there. Where it is there after all, it is sent for nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        try:
            size = link.receiveDataFile(name, str(path))
        except RuntimeError:
            return False
        return bool(size and size > 0) or path.exists()
