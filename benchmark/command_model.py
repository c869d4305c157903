"""A command of the user's own as a model: it is given an image file and writes a map file."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError

from .map_file import READERS, read_map
from .model_options import ModelOptions
from .models import Kind, StimulusView

PREFIX = "command:"
LAST_WORDS = 300


class CommandModel:
    """A command such as ``python predict.py {image} {map}.npy``, run for each image, no shell.

    Parameters
    ----------
    command : str
        ``{image}`` stands for the path of the image, ``{map}`` for that of the map to write,
        followed by the ending of a format that maps are read from.
    options : ModelOptions
        Name, kind, and the seconds that one map may take.

    Raises
    ------
    FoveolaError
        If one of the two is not there, or the ending is no map's.
    """

    def __init__(self, command: str, options: ModelOptions) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise FoveolaError(
                f"The command {command!r} can't be split into words ({error}).",
                remedy="Close its quotes.",
            ) from error
        self._ending = next(
            (end for end in READERS for word in self._words if word.endswith("{map}" + end)), ""
        )
        if not self._ending or not any("{image}" in word for word in self._words):
            raise FoveolaError(
                f"The command {command!r} names no image to read, or no map to write.",
                remedy=f"Write it as '{PREFIX}python predict.py {{image}} {{map}}.npy'; endings: "
                f"{', '.join(READERS)}.",
            )
        self.name = options.name or Path(self._words[0]).stem
        self.kind: Kind = options.kind or "saliency_map"
        self.source = command
        self._seconds = options.seconds

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Run the command and read what it wrote.

        Raises
        ------
        FoveolaError
            If it can't be started, fails, takes too long or writes no sound map.
        """
        view.image  # noqa: B018  (checks that the file is the image that was shown)
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder, "map")
            words = [
                word.replace("{image}", str(view.path)).replace("{map}", str(output))
                for word in self._words
            ]
            self._run(words, view)
            written = output.with_suffix(self._ending)
            if not written.is_file() or written.is_symlink():
                raise FoveolaError(
                    f"The command {self.name!r} wrote no map of {view.stimulus.id!r}.",
                    remedy=f"It should write the file that {{map}}{self._ending} stands for.",
                )
            try:
                return read_map(written, view.stimulus.shape, kind=self.kind)
            except FileFormatError as error:
                raise FoveolaError(
                    f"The map that {self.name!r} wrote of {view.stimulus.id!r} can't be taken: "
                    f"{error.reason}",
                    remedy=error.remedy,
                ) from error

    def _run(self, words: list[str], view: StimulusView) -> None:
        about = f"The command {self.name!r} for {view.stimulus.id!r}"
        try:
            # A session of its own, so that what it started ends with it.
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise FoveolaError(
                f"{about} can't be started ({error.strerror}).", remedy="Is it installed?"
            ) from error
        with process:
            try:
                _, words_said = process.communicate(timeout=self._seconds)
            except subprocess.TimeoutExpired as error:
                _end(process)
                raise FoveolaError(
                    f"{about} took longer than {self._seconds:g} s.",
                    remedy="Allow more: ,seconds=N after the command.",
                ) from error
        if process.returncode:
            last = words_said.decode(errors="replace").strip()[-LAST_WORDS:]
            raise FoveolaError(
                f"{about} failed with exit code {process.returncode}: {last!r}",
                remedy="Run it by itself on that image.",
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
