"""A model object of pysaliency, known by its methods: pysaliency itself is not needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .models import Kind, StimulusView


class PysaliencyModel:
    """An object with ``log_density(image)`` or ``saliency_map(image)``.

    Parameters
    ----------
    model : object
        A ``pysaliency.Model`` or ``pysaliency.SaliencyMapModel``, or anything with their methods.
    name : str
        Name in tables.
    kind : Kind, optional
        Which of the two methods is asked; by default the log density where there is one.
    """

    def __init__(self, model: Any, name: str, kind: Kind | None = None) -> None:
        self.name = name
        self.kind: Kind = kind or (
            "log_density" if hasattr(model, "log_density") else "saliency_map"
        )
        self._model = model

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Ask the object about a copy of the image."""
        ask = getattr(self._model, self.kind)
        return np.asarray(ask(view.image.copy()))


def is_pysaliency(found: object) -> bool:
    """Whether an object has a method of pysaliency's models."""
    return any(callable(getattr(found, one, None)) for one in ("log_density", "saliency_map"))
