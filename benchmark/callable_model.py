"""A Python function from an image to a map as a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .models import Kind, StimulusView


class CallableModel:
    """A function of an image.

    Parameters
    ----------
    function : callable
        Takes an image, uint8, shape (height, width, 3), and returns a map, shape (height, width).
    name : str
        Name in tables.
    kind : Kind, default "saliency_map"
        What it returns.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, kind: Kind = "saliency_map"
    ) -> None:
        self.name, self.kind = name, kind
        self._function = function

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Call the function with a copy of the image, so that it can't spoil the next model's."""
        return np.asarray(self._function(view.image.copy()))
