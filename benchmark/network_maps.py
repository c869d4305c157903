"""From an image to what a network takes, and from what it gives to a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from skimage.transform import resize

from foveola.data_schema import FoveolaError

from .model_options import ModelOptions
from .models import Kind

#: Means and standard deviations of red, green and blue over ImageNet, which networks trained on
#: it are given (Krizhevsky et al. 2012; the figures that the PyTorch documentation states).
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True)
class NetworkMaps:
    """Turns images into a network's input and its output into maps, as the options say."""

    name: str
    options: ModelOptions
    kind: Kind

    def tensor(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Input of an image (height, width, 3): shape (1, 3, height, width), float32."""
        values = image.astype(np.float32)
        size = self.options.size_px
        if size and size != image.shape[:2]:
            values = _resized(values, (*size, 3)).astype(np.float32)
        if self.options.input != "bytes":
            values /= 255
        if self.options.input == "imagenet":
            values = (values - IMAGENET_MEAN) / IMAGENET_DEVIATION
        rows, columns = (-side % self.options.multiple for side in values.shape[:2])
        values = np.pad(values, ((0, rows), (0, columns), (0, 0)), mode="edge")
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None])

    def map_of(
        self, output: NDArray[np.generic], given: tuple[int, ...], shape: tuple[int, int]
    ) -> NDArray[np.float64]:
        """Map in the stimulus' size.

        Parameters
        ----------
        output : ndarray
            Of any shape whose sides longer than 1 are a height and a width.
        given : tuple of int
            Shape of the input.
        shape : (int, int)
            Height and width of the stimulus.

        Raises
        ------
        FoveolaError
            If the output is no map.
        """
        values = np.asarray(output)
        while values.ndim > 2 and values.shape[0] == 1:
            values = values[0]
        while values.ndim > 2 and values.shape[-1] == 1:
            values = values[..., 0]
        if values.ndim != 2 or values.dtype.kind not in "buif" or values.size == 0:
            raise FoveolaError(
                f"The output of {self.name} has shape {np.shape(output)} and type {values.dtype}.",
                remedy="It should give one map: (1, 1, height, width).",
            )
        values = np.asarray(values, np.float64)
        inner = self.options.size_px or shape
        if values.shape == tuple(given[-2:]):
            values = values[: inner[0], : inner[1]]
        return values if values.shape == shape else self._resized(values, shape)

    def _resized(self, values: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
        if self.kind == "saliency_map":
            return _resized(values, shape)
        # As probabilities, which are to sum to 1 over the stimulus' own pixels.
        with np.errstate(divide="ignore"):
            log = np.log(_resized(np.exp(values - values.max()), shape))
        return np.asarray(log - logsumexp(log), np.float64)


def _resized(values: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.asarray(
        resize(  # type: ignore[no-untyped-call]
            values, shape, order=1, mode="edge", anti_aliasing=True, preserve_range=True
        ),
        np.float64,
    )
