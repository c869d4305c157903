"""A model in the user's own Python code, given as ``module:name``."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

from foveola.data_schema import FoveolaError

from .callable_model import CallableModel
from .model_options import ModelOptions
from .models import Kind, SaliencyModel
from .pysaliency_model import PysaliencyModel, is_pysaliency
from .torch_model import TorchModel, is_torch

MODULE_AND_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def imported_model(text: str, options: ModelOptions) -> SaliencyModel:
    """Import a model; this runs the module, which is looked for in the working folder too.

    Parameters
    ----------
    text : str
        ``module:name``; the name is that of a function of an image, a PyTorch module, an object of
        pysaliency's, an object with name, kind and predict, or a class of one of these that
        needs no arguments.
    options : ModelOptions
        What is said about it. A function may say its kind itself, as ``function.kind``.

    Raises
    ------
    FoveolaError
        If it can't be imported, or is none of these.
    """
    found = _imported(text)
    if isinstance(found, type):
        found = found()
    name = options.name or text.partition(":")[2]
    if isinstance(found, SaliencyModel):
        return found
    if is_torch(found):
        return TorchModel(found, name, options)
    if is_pysaliency(found):
        return PysaliencyModel(found, name, options.kind)
    if callable(found):
        own: Kind = getattr(found, "kind", "saliency_map")
        return CallableModel(found, name, options.kind or own)
    raise FoveolaError(
        f"{text} is a {type(found).__name__}, which is no model.",
        remedy="Give a function of an image, a torch module, a pysaliency model, or an object with "
        "name, kind and predict.",
    )


def _imported(text: str) -> Any:
    module, _, name = text.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise FoveolaError(
            f"{text}: there is no module {error.name!r}.",
            remedy="Run foveola in the folder of the module, or install it.",
        ) from error
    # The module is the user's own: whatever it raises is for them to read.
    except Exception as error:
        raise FoveolaError(
            f"{text}: importing {module!r} failed ({type(error).__name__}: {error}).",
            remedy="Import it in Python by itself first.",
        ) from error
    try:
        for part in name.split("."):
            found = getattr(found, part)
    except AttributeError as error:
        raise FoveolaError(
            f"{text}: the module has no {part!r}.", remedy="Check the name after the colon."
        ) from error
    return found
