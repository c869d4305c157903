"""Whether a session still runs: its process holds a lock on its journal until it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foveola.data_schema import FoveolaError

if sys.platform != "win32":
    import fcntl

    @contextmanager
    def session_lock(journal: Path) -> Iterator[None]:
        """Hold the lock of a journal; however the process ends, the system lets it go.

        Raises
        ------
        FoveolaError
            If another process holds it: the session still runs.
        """
        descriptor = os.open(journal, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FoveolaError(
                    f"The session that writes {journal} still runs.",
                    remedy="End it first, by the Escape key.",
                ) from error
            yield
        finally:
            os.close(descriptor)

else:

    @contextmanager
    def session_lock(journal: Path) -> Iterator[None]:  # noqa: ARG001
        """Nothing: Windows locks bytes against reading too, and finalising reads them."""
        yield
