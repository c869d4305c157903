"""A PyTorch module as a model."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model_options import ModelOptions
from .models import Kind, StimulusView
from .network_maps import NetworkMaps


class TorchModel:
    """A module from images (1, 3, height, width) to a map, run on the device it is on.

    Parameters
    ----------
    module : torch.nn.Module
        It is put into evaluation mode.
    name : str
        Name in tables.
    options : ModelOptions
        Kind and input.
    """

    def __init__(self, module: Any, name: str, options: ModelOptions) -> None:
        self.name = name
        self.kind: Kind = options.kind or "saliency_map"
        self._module = module.eval()
        self._maps = NetworkMaps(name, options, self.kind)

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Run the module on the image."""
        import torch

        tensor = self._maps.tensor(view.image)
        first = next(self._module.parameters(), None)
        with torch.inference_mode():
            given = torch.from_numpy(tensor)
            output = self._module(given if first is None else given.to(first.device, first.dtype))
        values = output.detach().to("cpu", torch.float32).numpy()
        return self._maps.map_of(values, tensor.shape, view.stimulus.shape)


def is_torch(found: object) -> bool:
    """Whether an object is a module of PyTorch; where that is not imported, nothing is."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(found, torch.nn.Module)
