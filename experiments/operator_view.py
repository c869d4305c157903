"""The operator's view: a process of its own, so that it can't delay a flip.

``python -m foveola.experiments.operator_view --socket N`` is started by a session, which tells it
what happens and hears what the operator asks. It may be closed or killed at any time.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any

from foveola.data_schema import FoveolaError, MissingExtraError

from .operator_messages import LineReader, SessionPart


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the view until it is closed, or the session has ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--socket", required=True, help="connection to the session")
    parser.add_argument("--screen", type=int, default=1, help="its number, from 0")
    options = parser.parse_args(arguments)
    if hasattr(os, "nice"):
        os.nice(5)  # the session comes first
    connection = connected(options.socket)
    try:
        from PyQt6.QtWidgets import QApplication

        from .operator_window import OperatorWindow, place_window
    except ImportError as error:
        raise MissingExtraError("PyQt6", "lab") from error
    application = QApplication(sys.argv[:1])
    session, messages = first_words(connection)
    if session is None:
        return 0
    window = OperatorWindow(connection)
    for message in messages:
        window.state.update(message, time.monotonic())
    place_window(window, session, options.screen)
    window.show()
    return application.exec()


def first_words(connection: socket.socket) -> tuple[SessionPart | None, list[dict[str, Any]]]:
    """Wait for the message that describes the session; None where it ended before."""
    connection.setblocking(True)
    reader = LineReader()
    messages: list[dict[str, Any]] = []
    session = None
    while session is None or reader.unfinished:
        data = connection.recv(1 << 20)
        if not data:
            return None, []
        messages += reader.feed(data)
        session = next(
            (SessionPart(**one["session"]) for one in messages if "session" in one), None
        )
    connection.setblocking(False)
    return session, messages


def connected(word: str) -> socket.socket:
    """Take over the connection that the session handed down.

    Parameters
    ----------
    word : str
        A descriptor; on Windows ``-``: what describes it comes through the standard input.
    """
    if word == "-":
        return socket.fromshare(sys.stdin.buffer.read())  # type: ignore[attr-defined,no-any-return,unused-ignore]
    return socket.socket(fileno=int(word))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FoveolaError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
