"""A process of its own, with limits, that reads files whose libraries can be made to crash."""

from __future__ import annotations

import atexit
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError

WORKER = Path(__file__).with_name("jail_worker.py")
#: What a file may take beyond what the worker takes by itself, and how long an answer may take.
MEMORY_BYTES, SECONDS = 512 * 2**20, 30.0
LENGTHS = struct.Struct("<IQ")
MAX_HEADER_BYTES = 2**26
MAX_VALUES_BYTES = 2**32
PIPE_BYTES = 2**20
FETCH_ANEW = "Write the file anew, and copy it whole."

Request = dict[str, Any]


class Jail:
    """Asks a worker process, which is started when first needed and again after it died.

    The worker answers one request at a time, with JSON and the bytes of an array: nothing that it
    sends is run here, even if a file should take it over. Its memory, its processor time for each
    request, its open files and what it may write are limited; where the system has no such limits
    (Windows) the time alone is.

    Parameters
    ----------
    memory_bytes : int
        What it may take beyond its libraries.
    seconds : float
        How long a request may take, by the clock and by the processor.
    """

    def __init__(self, memory_bytes: int = MEMORY_BYTES, seconds: float = SECONDS) -> None:
        self._memory_bytes, self._seconds = memory_bytes, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, path: Path, request: Request, content: bytes = b"") -> tuple[Request, bytearray]:
        """Send a request about a file, and return the answer.

        Raises
        ------
        FileFormatError
            If the worker finds a fault in the file, dies of it, or takes too long.
        """
        with self._lock:
            answer, values = self._asked(path, request, content)
        if "error" in answer:
            raise FileFormatError(
                path,
                str(answer["error"]),
                place=str(answer.get("place", "")),
                remedy=str(answer.get("remedy") or FETCH_ANEW),
            )
        return answer, values

    def ask_array(
        self, path: Path, request: Request, content: bytes = b""
    ) -> tuple[tuple[int, ...], NDArray[np.generic] | None]:
        """Ask for an array: its shape, and itself unless it is larger than the request admits."""
        answer, values = self.ask(path, request, content)
        shape = tuple(int(side) for side in answer["shape"])
        if not values:
            return shape, None
        return shape, np.frombuffer(values, np.dtype(str(answer["dtype"]))).reshape(shape)

    def close(self) -> None:
        """End the worker; the next request starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

    def _asked(self, path: Path, request: Request, content: bytes) -> tuple[Request, bytearray]:
        process = self._started()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        # Twice the processor's limit, which comes first unless the worker sleeps or waits.
        clock = threading.Timer(2 * self._seconds, end)
        clock.start()
        try:
            head = json.dumps(request).encode()
            send, receive = _pipes(process)
            send.write(LENGTHS.pack(len(head), len(content)) + head)
            send.write(content)
            send.flush()
            return _answer(receive)
        except (EOFError, BrokenPipeError, OSError, ValueError) as error:
            process.kill()
            code = process.wait()
            self.close()
            raise FileFormatError(path, _end_of(code, late.is_set()), remedy=FETCH_ANEW) from error
        finally:
            clock.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        environment = dict(
            os.environ,
            # Its pool's stacks would count against the memory.
            OPENBLAS_NUM_THREADS="1",
            # A file may name a filter, which HDF5 would load from disk.
            HDF5_PLUGIN_PRELOAD="::",
            # A file that is only looked at may be replaced.
            HDF5_USE_FILE_LOCKING="FALSE",
        )
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), str(self._memory_bytes), str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            # The largest that Linux gives to anybody: the fewer turns a map takes, the cheaper.
            pipesize=PIPE_BYTES,
        )
        return self._process


@cache
def _jail_of(_process: int) -> Jail:
    return Jail()


def shared_jail() -> Jail:
    """The jail of this process; a forked one has its own."""
    return _jail_of(os.getpid())


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    return process.stdin, process.stdout


def _answer(receive: IO[bytes]) -> tuple[Request, bytearray]:
    head, values = LENGTHS.unpack(_exactly(receive, LENGTHS.size))
    if head > MAX_HEADER_BYTES or values > MAX_VALUES_BYTES:
        raise EOFError
    answer = json.loads(_exactly(receive, head))
    if not isinstance(answer, dict):
        raise EOFError
    return answer, _exactly(receive, values)


def _exactly(receive: IO[bytes], count: int) -> bytearray:
    content = bytearray(count)
    if receive.readinto(content) < count:  # type: ignore[attr-defined]
        raise EOFError
    return content


def _end_of(code: int, late: bool) -> str:
    if late or (hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU):
        return "reading it took too long and was ended."
    return f"reading it ended the reader (exit code {code}): it is damaged, or made to do that."
