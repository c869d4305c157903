"""A network in an ONNX file as a model, run by ONNX Runtime in a process of its own."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, MissingExtraError

from .jail import Jail
from .model_options import ModelOptions
from .models import Kind, StimulusView
from .network_maps import NetworkMaps

MAX_FILE_BYTES = 2**31
#: A network works with far more than a map.
MEMORY_BYTES = 4 * 2**30
#: How a tensor stored outside the file states where: key "location" of a string entry.
STORED_OUTSIDE = b"\x0a\x08location"


class OnnxModel:
    """A network from images (1, 3, height, width) to a map.

    It runs on one core, so that its figures are the same on every machine, within limits of
    memory and time, and may not read other files.

    Parameters
    ----------
    path : Path
        The file; its name without the ending is the model's.
    options : ModelOptions
        Name, kind, input and time limit.

    Raises
    ------
    MissingExtraError
        If ONNX Runtime is not installed.
    FileFormatError
        If the file is missing, no ONNX file, or refers to other files.
    """

    def __init__(self, path: Path, options: ModelOptions) -> None:
        if importlib.util.find_spec("onnxruntime") is None:
            raise MissingExtraError("ONNX Runtime", "onnx")
        _refuse_file(path)
        self.name = options.name or path.stem
        self.kind: Kind = options.kind or "saliency_map"
        self.source = path.name
        self._path = path
        self._maps = NetworkMaps(path.name, options, self.kind)
        self._jail = Jail(MEMORY_BYTES, options.seconds)
        self._jail.ask(path, {"do": "load_onnx", "path": str(path.resolve())})

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Run the network on the image."""
        tensor = self._maps.tensor(view.image)
        request = {"do": "run_onnx", "path": str(self._path.resolve()), "shape": tensor.shape}
        shape, values = self._jail.ask_array(self._path, request, tensor.tobytes())
        output = np.empty(shape, np.float32) if values is None else values
        return self._maps.map_of(output, tensor.shape, view.stimulus.shape)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_jail"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._jail = Jail(MEMORY_BYTES, self._maps.options.seconds)

    def __del__(self) -> None:
        if "_jail" in self.__dict__:
            self._jail.close()


def _refuse_file(path: Path) -> None:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FileFormatError(
                path, "it is larger than an ONNX file may be.", remedy="Export it anew."
            )
        content = path.read_bytes()
    except OSError as error:
        raise FileFormatError(
            path, f"it can't be read ({error.strerror}).", remedy="Is it there, and yours to read?"
        ) from error
    if STORED_OUTSIDE in content:
        raise FileFormatError(
            path,
            "it keeps weights in another file.",
            remedy="Export it with all weights inside (save_as_external_data=False).",
        )
