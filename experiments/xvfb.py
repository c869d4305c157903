"""A screen in memory (Xvfb) for machines that have none: servers and continuous integration."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys

from foveola.data_schema import FoveolaError

REMEDY = (
    "Install Xvfb (Debian, Ubuntu: sudo apt-get install xvfb libglu1-mesa), "
    "or run without a window: --fast."
)
#: The server of this process and the connection that keeps it alive; at most one.
_running: list[tuple[subprocess.Popen[bytes], socket.socket]] = []


def display_missing() -> bool:
    """Whether this machine has no screen to open a window on."""
    return sys.platform.startswith("linux") and not os.environ.get("DISPLAY")


def ensure_display(width_px: int, height_px: int) -> str:
    """Start Xvfb where there is no screen; it ends with this process.

    A window library keeps its connection for as long as the process lives, so one server serves
    all sessions of a process.

    Parameters
    ----------
    width_px, height_px : int
        Size of the screen.

    Returns
    -------
    str
        A line for the user; empty where a screen was there.

    Raises
    ------
    FoveolaError
        If Xvfb is missing or does not start.
    """
    if not display_missing():
        return ""
    program = shutil.which("Xvfb")
    if program is None:
        raise FoveolaError("There is no screen here, and Xvfb is not installed.", remedy=REMEDY)
    number, server = _start(program, width_px, height_px)
    _running.append((server, _held_connection(number, server)))
    os.environ["DISPLAY"] = f":{number}"
    atexit.register(stop_display)
    return (
        f"No screen here: the window opens on Xvfb, a {width_px} x {height_px} screen in memory "
        f"(display :{number}, process {server.pid})."
    )


def stop_display() -> None:
    """Stop the server that :func:`ensure_display` started; harmless where it started none."""
    while _running:
        server, connection = _running.pop()
        os.environ.pop("DISPLAY", None)
        connection.close()  # the server ends with its last client
        try:
            server.wait(2)
        except subprocess.TimeoutExpired:
            server.terminate()
            server.wait(5)


def _start(program: str, width_px: int, height_px: int) -> tuple[int, subprocess.Popen[bytes]]:
    """Start the server; it chooses a free display number and tells it."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [
            *(program, "-displayfd", str(writing), "-screen", "0", f"{width_px}x{height_px}x24"),
            *("-nolisten", "tcp"),
            "-terminate",  # with its last client, so that it outlives no killed session
        ],
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C ends the session first, and the session the server
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.readline()
    if not answer.strip():
        server.wait(5)
        raise FoveolaError(f"Xvfb did not start (exit code {server.returncode}).", remedy=REMEDY)
    return int(answer), server


def _held_connection(number: int, server: subprocess.Popen[bytes]) -> socket.socket:
    """Connect as a client that does nothing, which keeps the server alive until we end."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    hello = struct.pack("<cxHHHHxx", b"l", 11, 0, 0, 0)  # byte order, version 11.0, no password
    try:
        connection.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108, where X servers listen
        connection.sendall(hello)
        accepted = connection.recv(1) == b"\x01"
    except OSError:
        accepted = False
    if not accepted:
        connection.close()
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        server.wait(5)
        raise FoveolaError("Xvfb refused the connection.", remedy=REMEDY)
    return connection
