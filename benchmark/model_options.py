"""What a user says about a model beside its name: ``net.onnx,kind=log_density,size=240x320``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from foveola.data_schema import FoveolaError

from .models import Kind

#: How pixels become numbers: 0 to 1 with ImageNet's means and deviations taken off, 0 to 1, or 0
#: to 255.
Normalisation = Literal["imagenet", "unit", "bytes"]

OPTION = re.compile(r"(kind|name|input|size|multiple|seconds)=(.*)")


@dataclass(frozen=True)
class ModelOptions:
    """Options of a model that is not Foveola's own.

    Attributes
    ----------
    kind : Kind or None
        What it predicts; None: what it says itself, or else a saliency map.
    name : str
        Its name in tables; empty: made of its file's or function's.
    input : Normalisation
        What a network is given.
    size_px : (int, int) or None
        Height and width that a network's input is resized to; None: the image's own.
    multiple : int
        A network's input is padded at the bottom and the right to a multiple of this, by
        repeating its border, and its output cut back.
    seconds : float
        How long one prediction of a network in a file or of a command may take.
    """

    kind: Kind | None = None
    name: str = ""
    input: Normalisation = "imagenet"
    size_px: tuple[int, int] | None = None
    multiple: int = 1
    seconds: float = 300.0


def parse_model(text: str, kind: Kind | None = None) -> tuple[str, ModelOptions]:
    """Split what a user gave into a model's name or path, and its options.

    Parameters
    ----------
    text : str
        ``NAME[,option=value...]``; a path may hold commas.
    kind : Kind, optional
        Of models that say nothing of their own.

    Raises
    ------
    FoveolaError
        If a value is none of its option's.
    """
    options = ModelOptions(kind=kind)
    parts = text.split(",")
    while len(parts) > 1 and (match := OPTION.fullmatch(parts[-1])):
        options = _with(options, match[1], match[2])
        parts.pop()
    return ",".join(parts), options


def _with(options: ModelOptions, option: str, value: str) -> ModelOptions:
    if option == "kind" and value in get_args(Kind):
        return replace(options, kind=cast("Kind", value))
    if option == "name" and value and value.isprintable():
        return replace(options, name=value)
    if option == "input" and value in get_args(Normalisation):
        return replace(options, input=cast("Normalisation", value))
    if option == "size" and (size := re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", value)):
        return replace(options, size_px=(int(size[1]), int(size[2])))
    if option == "multiple" and re.fullmatch(r"[1-9]\d{0,3}", value):
        return replace(options, multiple=int(value))
    if option == "seconds" and re.fullmatch(r"[1-9]\d{0,5}", value):
        return replace(options, seconds=float(value))
    raise FoveolaError(
        f"{option}={value} is no option of a model.",
        remedy="Options: kind=saliency_map or log_density, name=TEXT, input=imagenet, unit or "
        "bytes, size=HEIGHTxWIDTH, multiple=N, seconds=N.",
    )
